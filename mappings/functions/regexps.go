package functions

import (
	"regexp"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func regexpFunctions() []Function {
	const g = "regexp"
	return []Function{
		{"regexMatch", g, `regexMatch "PATTERN" TEXT`,
			"Whether the text has a match of the pattern (RE2).",
			`{{ regexMatch "^[0-9]+$" .id }}`, "true", bindRegexMatch},
		{"regexFind", g, `regexFind "PATTERN" TEXT`,
			`The first match, or "".`,
			`{{ regexFind "[0-9]+" "order 66, 67" }}`, "66", bindRegexFind},
		{"regexFindAll", g, `regexFindAll "PATTERN" TEXT`,
			"All matches, as a list.",
			`{{ regexFindAll "[0-9]+" "order 66, 67" }}`, `["66","67"]`, bindRegexFindAll},
		{"regexReplaceAll", g, `regexReplaceAll "PATTERN" TEXT NEW`,
			"With every match made NEW, in which ${1} is the first group.",
			`{{ regexReplaceAll "[^0-9]" "+1 (415)" "" }}`, "1415", ordered(bindRegexReplaceAll)},
	}
}

// maxPattern is the longest pattern, in bytes: matching time grows with it.
const maxPattern = 1000

// bindRegexp compiles the pattern, once for all rows. It must be written out, so that a row cannot bring one.
func bindRegexp(c *mappings.Call, fn func(re *regexp.Regexp, args []any) (any, error)) mappings.Func {
	pattern, _ := c.Text(0)
	if len(pattern) > maxPattern {
		return c.Refuse(0, "the pattern is longer than 1,000 bytes", "split it")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		says := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return c.Refuse(0, "the pattern is not understood: "+says, "RE2 syntax: https://github.com/google/re2/wiki/Syntax")
	}
	return func(_ *mappings.Frame, args []any) (any, error) { return fn(re, args) }
}

func bindRegexMatch(c *mappings.Call) mappings.Func {
	return bindRegexp(c, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := values.Text(args[1])
		return re.MatchString(text), err
	})
}

func bindRegexFind(c *mappings.Call) mappings.Func {
	return bindRegexp(c, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := values.Text(args[1])
		return re.FindString(text), err
	})
}

func bindRegexFindAll(c *mappings.Call) mappings.Func {
	return bindRegexp(c, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := values.Text(args[1])
		if err != nil {
			return nil, err
		}
		found := []any{}
		for _, match := range re.FindAllString(text, values.MaxItems+1) {
			found = append(found, match)
		}
		return found, nil
	})
}

func bindRegexReplaceAll(c *mappings.Call) mappings.Func {
	return bindRegexp(c, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := values.Text(args[1])
		if err != nil {
			return nil, err
		}
		replacement, err := values.Text(args[2])
		if err != nil {
			return nil, err
		}
		return replaceMatches(re, text, replacement)
	})
}

// replaceMatches is ReplaceAllString with a limit: a long replacement of many matches could otherwise grow far beyond
// what a template may print before anything stops it.
func replaceMatches(re *regexp.Regexp, text, replacement string) (any, error) {
	var b []byte
	copied := 0
	for _, match := range re.FindAllStringSubmatchIndex(text, values.MaxText) {
		b = append(b, text[copied:match[0]]...)
		b = re.ExpandString(b, replacement, text, match)
		copied = match[1]
		if len(b) > values.MaxText {
			return nil, values.ErrTooLong
		}
	}
	return string(append(b, text[copied:]...)), nil
}
