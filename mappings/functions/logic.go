package functions

import (
	"errors"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func logicFunctions() []Function {
	const g = "logic"
	return []Function{
		{"and", g, `and A...`,
			"The first false value (false, 0, empty), else the last.",
			`{{ and .id "yes" }}`, "yes", bindAnd},
		{"or", g, `or A...`,
			"The first true value, else the last.",
			`{{ or .missing "none" }}`, "none", bindOr},
		{"not", g, `not A`,
			"true for false, 0 and empty values.",
			`{{ not .missing }}`, "true", run(not)},
		{"eq", g, `eq A B...`,
			"Whether A equals one of the others: text with text, number with number, time with time.",
			`{{ eq .status "closed" "solved" }}`, "true", run(eq)},
		{"ne", g, `ne A B`,
			"Whether A and B differ.",
			`{{ ne .status "open" }}`, "true", run(ne)},
		{"lt", g, `lt A B`,
			"Whether A is less than B; text is compared as text, so make numbers of it first.",
			`{{ lt (number .amount) 20 }}`, "true", run(ordering(func(c int) bool { return c < 0 }))},
		{"le", g, `le A B`,
			"Whether A is at most B.",
			`{{ le 2 2 }}`, "true", run(ordering(func(c int) bool { return c <= 0 }))},
		{"gt", g, `gt A B`,
			"Whether A is greater than B.",
			`{{ gt 3 2 }}`, "true", run(ordering(func(c int) bool { return c > 0 }))},
		{"ge", g, `ge A B`,
			"Whether A is at least B.",
			`{{ ge 2 3 }}`, "false", run(ordering(func(c int) bool { return c >= 0 }))},
		{"default", g, `default B A`,
			"A, or B when A is empty; 0 and false are not empty.",
			`{{ .missing | default "n/a" }}`, "n/a", run(defaultTo)},
		{"coalesce", g, `coalesce A...`,
			"The first that is not empty.",
			`{{ coalesce .missing .phone .id }}`, "(415) 555-2671", run(coalesce)},
		{"ternary", g, `ternary A B CONDITION`,
			"A when the condition is true, else B.",
			`{{ eq .status "solved" | ternary "done" "open" }}`, "done", run(ternary)},
		{"empty", g, `empty A`,
			`Whether A is "", nothing, an empty list or an empty object.`,
			`{{ empty .missing }}`, "true", run(empty)},
		{"required", g, `required "MESSAGE" A`,
			"A; when it is empty the row is rejected with the message.",
			`{{ .id | required "no id" }}`, "7", bindRequired},
		{"bool", g, `bool A`,
			"true, yes, y, t, on, 1 and their opposites as true or false, in any case.",
			`{{ bool "Yes" }}`, "true", run(toBool)},
	}
}

func bindAnd(c *mappings.Call) mappings.Func {
	c.Until(false)
	return nil
}

func bindOr(c *mappings.Call) mappings.Func {
	c.Until(true)
	return nil
}

func not(_ *mappings.Frame, args []any) (any, error) { return !values.IsTrue(args[0]), nil }

func eq(_ *mappings.Frame, args []any) (any, error) {
	for _, other := range args[1:] {
		same, err := values.Equal(args[0], other)
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

func ne(_ *mappings.Frame, args []any) (any, error) {
	same, err := values.Equal(args[0], args[1])
	return !same, err
}

// ordering returns a comparison that holds for some results of values.Compare.
func ordering(holds func(int) bool) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		order, err := values.Compare(args[0], args[1])
		return holds(order), err
	}
}

func defaultTo(_ *mappings.Frame, args []any) (any, error) {
	if values.IsEmpty(args[1]) {
		return args[0], nil
	}
	return args[1], nil
}

func coalesce(_ *mappings.Frame, args []any) (any, error) {
	for _, v := range args {
		if !values.IsEmpty(v) {
			return v, nil
		}
	}
	return "", nil
}

func ternary(_ *mappings.Frame, args []any) (any, error) {
	if values.IsTrue(args[2]) {
		return args[0], nil
	}
	return args[1], nil
}

func empty(_ *mappings.Frame, args []any) (any, error) { return values.IsEmpty(args[0]), nil }

func bindRequired(c *mappings.Call) mappings.Func {
	message, _ := c.Text(0)
	return func(_ *mappings.Frame, args []any) (any, error) {
		if values.IsEmpty(args[1]) {
			return nil, mappings.Unprefixed(errors.New(message))
		}
		return args[1], nil
	}
}

func toBool(_ *mappings.Frame, args []any) (any, error) {
	if b, ok := args[0].(bool); ok {
		return b, nil
	}
	text, err := values.Text(args[0])
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
	return nil, &values.Error{Message: "neither true nor false (true, yes, y, t, on, 1 and their opposites)", Value: text}
}
