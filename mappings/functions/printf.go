package functions

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/decimal"
	"github.com/kustsync/kustsync/mappings/values"
)

// directive is a verb of a format such as %05d, with the text before it.
type directive struct {
	before string
	spec   string // "%05.2"; "" at the end of the format
	verb   byte
}

// maxWidth is the largest width and the largest precision of printf.
const maxWidth = 1000

var directivePattern = regexp.MustCompile(`%([-+ 0]*)(\d{0,4})(?:\.(\d{0,4}))?(.?)`)

// bindPrintf checks the format and the number of values, so that Go's marks of a wrong format (%!) are never printed.
func bindPrintf(c *mappings.Call) mappings.Func {
	format, _ := c.Text(0)
	directives, values, err := parseFormat(format)
	if err != nil {
		return c.Refuse(0, err.Error(), "verbs are %s, %d, %f, %q, %v and %%, with a width such as %05d or %.2f")
	}
	if values != c.Args()-1 {
		return c.Refuse(0, fmt.Sprintf("the format wants %d values, %d follow", values, c.Args()-1), "give one value for each %")
	}
	return func(_ *mappings.Frame, args []any) (any, error) { return printFormat(directives, args[1:]) }
}

func parseFormat(format string) (directives []directive, values int, err error) {
	end := 0
	for _, m := range directivePattern.FindAllStringSubmatchIndex(format, -1) {
		d := directive{before: format[end:m[0]], spec: format[m[0]:m[8]]}
		end = m[1]
		if m[8] == m[9] {
			return nil, 0, errors.New("the format ends in the middle of a %")
		}
		d.verb = format[m[8]]
		if !strings.ContainsRune("sdfqv%", rune(d.verb)) {
			return nil, 0, fmt.Errorf("the format has %q, which is not known", format[m[0]:m[1]])
		}
		for _, group := range []int{4, 6} {
			if n, _ := strconv.Atoi(sub(format, m, group)); n > maxWidth {
				return nil, 0, fmt.Errorf("the format has a width over %d", maxWidth)
			}
		}
		if d.verb != '%' {
			values++
		} else if d.spec != "%" {
			return nil, 0, errors.New("the format has a width before %%")
		}
		directives = append(directives, d)
	}
	return append(directives, directive{before: format[end:]}), values, nil
}

func sub(s string, m []int, group int) string {
	if m[group] < 0 {
		return ""
	}
	return s[m[group]:m[group+1]]
}

func printFormat(directives []directive, args []any) (any, error) {
	var b []byte
	for _, d := range directives {
		b = append(b, d.before...)
		switch {
		case d.spec == "":
			continue
		case d.verb == '%':
			b = append(b, '%')
			continue
		}
		v, err := d.operand(args[0])
		if err != nil {
			return nil, err
		}
		args = args[1:]
		b = fmt.Appendf(b, d.spec+string(d.print()), v)
		if len(b) > values.MaxText {
			return nil, values.ErrTooLong
		}
	}
	return string(b), nil
}

// print returns the verb for fmt: %v prints a value's text here.
func (d *directive) print() byte {
	if d.verb == 'v' {
		return 's'
	}
	return d.verb
}

// operand returns the Go value that fmt prints.
func (d *directive) operand(v any) (any, error) {
	switch d.verb {
	case 'd':
		return wholeNumber(v)
	case 'f':
		r, err := values.Rat(v)
		if err != nil {
			return nil, err
		}
		return new(big.Float).SetPrec(4 * decimal.MaxDigits).SetRat(r), nil
	case 'v':
		b, err := values.AppendText(nil, v)
		return string(b), err
	}
	return values.Text(v)
}

// wholeNumber returns a number for %d. Text is an error, even when it looks like a number.
func wholeNumber(v any) (any, error) {
	if !values.IsNumber(v) {
		return nil, fmt.Errorf("%%d wants a number, got %s; use int", values.KindOf(v))
	}
	n, err := toInt(nil, []any{v})
	if err != nil {
		return nil, err
	}
	if digits, ok := n.(json.Number); ok {
		r, err := values.ParseRat(string(digits))
		if err != nil {
			return nil, err
		}
		return r.Num(), nil
	}
	return n, nil
}
