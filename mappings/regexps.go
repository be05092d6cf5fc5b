package mappings

import (
	"regexp"
	"strings"
)

// maxPattern bounds a pattern, in bytes: matching time grows with it.
const maxPattern = 1000

// bindRegexp compiles the pattern once; it must be written out, so that a row cannot bring one.
func bindRegexp(s *site, fn func(re *regexp.Regexp, args []any) (any, error)) impl {
	pattern, _ := s.text(0)
	if len(pattern) > maxPattern {
		return s.fault(0, "the pattern is longer than 1,000 bytes", "split it")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		says := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return s.fault(0, "the pattern is not understood: "+says, "RE2 syntax: https://github.com/google/re2/wiki/Syntax")
	}
	return func(_ *frame, args []any) (any, error) { return fn(re, args) }
}

func bindRegexMatch(s *site) impl {
	return bindRegexp(s, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := asText(args[1])
		return re.MatchString(text), err
	})
}

func bindRegexFind(s *site) impl {
	return bindRegexp(s, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := asText(args[1])
		return re.FindString(text), err
	})
}

func bindRegexFindAll(s *site) impl {
	return bindRegexp(s, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := asText(args[1])
		if err != nil {
			return nil, err
		}
		found := []any{}
		for _, match := range re.FindAllString(text, maxItems+1) {
			found = append(found, match)
		}
		return found, nil
	})
}

func bindRegexReplaceAll(s *site) impl {
	return bindRegexp(s, func(re *regexp.Regexp, args []any) (any, error) {
		text, err := asText(args[1])
		if err != nil {
			return nil, err
		}
		fresh, err := asText(args[2])
		if err != nil {
			return nil, err
		}
		return replaceMatches(re, text, fresh)
	})
}

// replaceMatches is ReplaceAllString with a bound: a long replacement of many matches would
// otherwise grow far beyond what a template may print before anything could stop it.
func replaceMatches(re *regexp.Regexp, text, fresh string) (any, error) {
	var b []byte
	copied := 0
	for _, match := range re.FindAllStringSubmatchIndex(text, maxText) {
		b = append(b, text[copied:match[0]]...)
		b = re.ExpandString(b, fresh, text, match)
		copied = match[1]
		if len(b) > maxText {
			return nil, errTooLong
		}
	}
	return string(append(b, text[copied:]...)), nil
}
