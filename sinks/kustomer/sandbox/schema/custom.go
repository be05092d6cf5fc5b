package schema

import "strings"

// customSuffixes decide the type of a custom attribute (kustomer-api.md 5.4).
var customSuffixes = []struct {
	suffix string
	rule   *Rule
}{
	{"Str", nullable(str(1024))},
	{"Txt", nullable(str(1024))},
	{"Num", nullable(number())},
	{"At", nullable(formatted(dateTime))},
	{"Bool", nullable(boolean())},
	{"Url", nullable(formatted(absURI))},
	{"Id", nullable(formatted(hexID))},
}

// customRule finds the rule for a custom attribute; nil when its name has no known suffix.
func customRule(name string) (suffix string, r *Rule) {
	for _, s := range customSuffixes {
		if len(name) > len(s.suffix) && strings.HasSuffix(name, s.suffix) {
			return s.suffix, s.rule
		}
	}
	return "", nil
}
