package mappings

import (
	"errors"
	"strings"
)

func bindAnd(s *site) impl { return shortCircuit(s, false) }
func bindOr(s *site) impl  { return shortCircuit(s, true) }

// shortCircuit evaluates arguments up to the first whose truth is stop. A piped value, as always,
// is evaluated before the function is reached, though it comes last.
func shortCircuit(s *site, stop bool) impl {
	args := s.args
	var piped *term
	if s.pipe {
		piped, args = &args[len(args)-1], args[:len(args)-1]
	}
	s.eval = func(f *frame) (last any, err error) {
		if piped != nil {
			if last, err = piped.eval(f); err != nil {
				return nil, err
			}
		}
		for _, a := range args {
			v, err := a.eval(f)
			if err != nil || truth(v) == stop {
				return v, err
			}
			if piped == nil {
				last = v
			}
		}
		return last, nil
	}
	return nil
}

func not(_ *frame, args []any) (any, error) { return !truth(args[0]), nil }

func eq(_ *frame, args []any) (any, error) {
	for _, other := range args[1:] {
		same, err := equal(args[0], other)
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

func ne(_ *frame, args []any) (any, error) {
	same, err := equal(args[0], args[1])
	return !same, err
}

func ordering(holds func(int) bool) impl {
	return func(_ *frame, args []any) (any, error) {
		order, err := compare(args[0], args[1])
		return holds(order), err
	}
}

func defaultTo(_ *frame, args []any) (any, error) {
	if isEmpty(args[1]) {
		return args[0], nil
	}
	return args[1], nil
}

func coalesce(_ *frame, args []any) (any, error) {
	for _, v := range args {
		if !isEmpty(v) {
			return v, nil
		}
	}
	return "", nil
}

func ternary(_ *frame, args []any) (any, error) {
	if truth(args[2]) {
		return args[0], nil
	}
	return args[1], nil
}

func empty(_ *frame, args []any) (any, error) { return isEmpty(args[0]), nil }

func bindRequired(s *site) impl {
	message, _ := s.text(0)
	return func(_ *frame, args []any) (any, error) {
		if isEmpty(args[1]) {
			return nil, &ownWords{errors.New(message)}
		}
		return args[1], nil
	}
}

func toBool(_ *frame, args []any) (any, error) {
	if b, ok := args[0].(bool); ok {
		return b, nil
	}
	text, err := asText(args[0])
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return "", nil
	case "true", "yes", "y", "t", "on", "1":
		return true, nil
	case "false", "no", "n", "f", "off", "0":
		return false, nil
	}
	return nil, &ValueError{Message: "neither true nor false (true, yes, y, t, on, 1 and their opposites)", Value: text}
}
