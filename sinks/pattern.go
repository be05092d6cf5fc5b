package sinks

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// pattern is a regular expression. Most of those of fields say which characters a text may hold, and perhaps
// which may come first: these are answered for ASCII without the machine behind regexp, in a twentieth of its time.
type pattern struct {
	*regexp.Regexp
	simple      bool // first and rest say it all of ASCII texts that are not empty
	first, rest asciiSet
}

// asciiSet is a set of ASCII characters, a bit each.
type asciiSet [2]uint64

func (s *asciiSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 == 1 }

func newPattern(text string) (*pattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	p := &pattern{Regexp: re}
	if tree, err := syntax.Parse(text, syntax.Perl); err == nil {
		p.simplify(tree)
	}
	return p, nil
}

// simplify knows ^[rest]*$, ^[rest]+$ and ^[first][rest]*$.
func (p *pattern) simplify(tree *syntax.Regexp) {
	parts := tree.Sub
	if tree.Op != syntax.OpConcat || len(parts) < 3 || len(parts) > 4 ||
		parts[0].Op != syntax.OpBeginText || parts[len(parts)-1].Op != syntax.OpEndText {
		return
	}
	last := parts[len(parts)-2]
	many := last.Op == syntax.OpStar || last.Op == syntax.OpPlus && len(parts) == 3
	if !many || last.Sub[0].Op != syntax.OpCharClass || len(parts) == 4 && parts[1].Op != syntax.OpCharClass {
		return
	}
	p.simple, p.rest = true, asciiOf(last.Sub[0].Rune)
	if p.first = p.rest; len(parts) == 4 {
		p.first = asciiOf(parts[1].Rune)
	}
}

// asciiOf returns the ASCII characters of a class, which is pairs of a first and a last rune.
func asciiOf(class []rune) (set asciiSet) {
	for i := 0; i < len(class); i += 2 {
		for c := class[i]; c <= min(class[i+1], utf8.RuneSelf-1); c++ {
			set[c>>6] |= 1 << (c & 63)
		}
	}
	return set
}

// fits reports whether the expression matches.
func (p *pattern) fits(text string) bool {
	if !p.simple || text == "" {
		return p.MatchString(text)
	}
	set := &p.first
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return p.MatchString(text)
		}
		if !set.has(c) {
			return false
		}
		set = &p.rest
	}
	return true
}
