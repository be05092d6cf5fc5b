package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	mark := func(name string) func(string) string {
		return func(s string) string { return "<" + name + ":" + s + ">" }
	}
	at := func(column int) Pos { return Pos{File: "p.yaml", Line: 3, Column: column} }
	for name, c := range map[string]struct {
		diagnostic Diagnostic
		style      Style
		want       string
	}{
		"whole":    {Diagnostic{Pos: at(3), Message: "m", Hint: "h", Line: "a: bad word"}, Style{}, "p.yaml:3:3: m\n  3 | a: bad word\n    |   ^\n  fix: h\n"},
		"file":     {Diagnostic{Pos: Pos{File: "p.yaml"}, Message: "m", Hint: "h"}, Style{}, "p.yaml: m\n  fix: h\n"},
		"warning":  {Diagnostic{Pos: Pos{File: "p.yaml"}, Message: "m", Warning: true}, Style{}, "p.yaml: warning: m\n"},
		"word":     {Diagnostic{Pos: at(4), Message: "m", Line: "a: bad-word x"}, Style{}, "p.yaml:3:4: m\n  3 | a: bad-word x\n    |    ^^^^^^^^\n"},
		"quoted":   {Diagnostic{Pos: at(1), Message: "m", Line: `"a b": c`}, Style{}, "p.yaml:3:1: m\n  3 | \"a b\": c\n    | ^^^^^\n"},
		"template": {Diagnostic{Pos: at(1), Message: "m", Line: `{{ .x }} c`}, Style{}, "p.yaml:3:1: m\n  3 | {{ .x }} c\n    | ^^^^^^^^\n"},
		"tabs":     {Diagnostic{Pos: at(4), Message: "m", Line: "\ta\tbad"}, Style{}, "p.yaml:3:4: m\n  3 | \ta\tbad\n    | \t \t^^^\n"},
		"wide":     {Diagnostic{Pos: at(4), Message: "m", Line: "客: 顧客"}, Style{}, "p.yaml:3:4: m\n  3 | 客: 顧客\n    |     ^^^^\n"},
		"combined": {Diagnostic{Pos: at(5), Message: "m", Line: "e\u0301: x"}, Style{}, "p.yaml:3:5: m\n  3 | e\u0301: x\n    |    ^\n"},
		"control":  {Diagnostic{Pos: at(3), Message: "m", Line: "\x1b[x\u202e\x00"}, Style{}, "p.yaml:3:3: m\n  3 | \\x1b[x\\u202e\\x00\n    |      ^\n"},
		"past end": {Diagnostic{Pos: at(99), Message: "m", Line: "ab"}, Style{}, "p.yaml:3:99: m\n  3 | ab\n    |   ^\n"},
		"column 0": {Diagnostic{Pos: at(0), Message: "m", Line: "ab"}, Style{}, "p.yaml:3:0: m\n  3 | ab\n    | ^^\n"},
		"styled": {
			Diagnostic{Pos: at(1), Message: "m", Hint: "h", Line: "a"},
			Style{Place: mark("place"), Error: mark("error"), Warning: mark("warning"), Gutter: mark("gutter"), Caret: mark("caret"), Fix: mark("fix")},
			"<place:p.yaml:3:1:> <error:m>\n<gutter:  3 | >a\n<gutter:    | ><caret:^>\n<fix:  fix: >h\n",
		},
		"file name": {Diagnostic{Pos: Pos{File: "a\x1b[31m.yaml"}, Message: "m"}, Style{}, "a\\x1b[31m.yaml: m\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := c.diagnostic.Render(&b, c.style); err != nil || b.String() != c.want {
				t.Errorf("%v, got\n%s\nwant\n%s", err, b.String(), c.want)
			}
		})
	}
}

// TestLongLines: the part of a long line that is shown has the place in it, with the marker under it.
func TestLongLines(t *testing.T) {
	line := strings.Repeat("x ", 500)
	for _, column := range []int{1, 50, 61, 62, 500, 990, 999, 1001} {
		text := []rune(line)
		if column <= len(text) {
			text[column-1] = '!'
		}
		shown, marker := excerpt(string(text), column)
		at := strings.IndexByte(marker, '^')
		runes := []rune(shown)
		if len(runes) > excerptWidth+2 || at < 0 || at > len(runes) || column <= len(text) && runes[at] != '!' {
			t.Errorf("column %d:\n%s\n%s", column, shown, marker)
		}
	}
}

// TestDiagnosticsAreBounded: of very many diagnostics the first 500 are shown and the others counted.
func TestDiagnosticsAreBounded(t *testing.T) {
	text := smallest
	for i := range 510 {
		text += fmt.Sprintf("k%d: v\n", i)
	}
	_, shown := read(t, text, Options{})
	if want := "\npipeline.yaml: 10 more faults are left out\n  fix: correct these first"; !strings.HasSuffix(shown, want) || strings.Count(shown, "unknown key") != 500 {
		t.Error(shown[len(shown)-500:])
	}
}

func TestNearest(t *testing.T) {
	known := []string{"create_customer", "create_conversation", "send_message", "externalId", "name", "key", "m", "f"}
	for word, want := range map[string]string{
		"create_custmer": "create_customer",
		"createCustomer": "create_customer",
		"externalid":     "externalId",
		"external_id":    "externalId",
		"naem":           "name",
		"nmae":           "name",
		"names":          "name",
		"kye":            "key",
		"send":           "",
		"x":              "",
		"":               "",
		"ab":             "",
		"female":         "",
	} {
		got, ok := Nearest(word, known)
		if got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "8GiB": 8 << 30, "500 MB": 500e6, "2 TiB": 2 << 40, "0": 0, "": 0, "GiB": 0, "-1": 0, "9999999999TiB": 0, "1 XB": 0, "1.5GiB": 0} {
		if got, err := parseSize(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("parseSize(%q) = %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]Budget{"0": {}, "25": {Rows: 25}, "10%": {Percent: 10}, "0.5%": {Percent: 0.5}, "100%": {Percent: 100}, "100.5%": {}, "-1": {}, "x": {}} {
		if got, err := ParseMaxErrors(text); got != want || (err == nil) != (want != Budget{} || text == "0") {
			t.Errorf("ParseMaxErrors(%q) = %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]float64{"80%": 0.8, "100%": 1, "0%": 0, "0.8": 0, "101%": 0, "": 0} {
		if got, err := ParseBudget(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("ParseBudget(%q) = %v, %v", text, got, err)
		}
	}
}
