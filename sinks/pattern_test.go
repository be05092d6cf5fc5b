package sinks

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestPatternIsItsExpression: what a pattern answers without its expression is what that would have said.
func TestPatternIsItsExpression(t *testing.T) {
	for text, simple := range map[string]bool{
		`^\P{Cc}+$`: true, `^\P{Cc}*$`: true, `^[a-z ]+$`: true, `^[0-9a-zÀ-ÿ.][0-9a-zÀ-ÿ. ]*$`: true,
		`^[^a]*$`: true, `(?i)^[a-m]+$`: true, `^[a-z]+`: false, `[a-z]+$`: false, `^[a-z]$`: false, `^[a-z][0-9]+$`: false, `^[a-z]?[0-9]*$`: false, `^/v1/.`: false, `^(a|bc)*$`: false,
		`(?m)^[a-z]+$`: false, `^[a-z]+?$`: true, `^[a-z]{2,}$`: false, ``: false,
	} {
		p, err := newPattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.simple != simple {
			t.Errorf("%s: simple is %v", text, p.simple)
		}
		re := regexp.MustCompile(text)
		drawn := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9. \n]{0,6}`), rapid.StringMatching(`[a-dÀ-ÿ\x00-\x20\x7f]{0,5}`), rapid.StringN(0, 3, 3))
		rapid.Check(t, func(rt *rapid.T) {
			if s := drawn.Draw(rt, "text"); p.fits(s) != re.MatchString(s) {
				rt.Fatalf("%s: %q fits: %v", text, s, p.fits(s))
			}
		})
	}
}

func BenchmarkPattern(b *testing.B) {
	p, err := newPattern(`^\P{Cc}+$`)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("simple", func(b *testing.B) {
		for b.Loop() {
			p.fits("zd-1234567")
		}
	})
	b.Run("regexp", func(b *testing.B) {
		for b.Loop() {
			p.MatchString("zd-1234567")
		}
	})
}
