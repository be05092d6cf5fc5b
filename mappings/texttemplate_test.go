package mappings_test

import (
	"fmt"
	"strings"
	"testing"
	"text/template"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
)

// The language of templates is that of text/template, which this package only parses with: random templates must
// print what text/template prints with the same functions.

// goFuncs returns functions of templates as text/template takes them. It has and, or and not of its own.
func goFuncs(t testing.TB) template.FuncMap {
	t.Helper()
	funcs := template.FuncMap{}
	for _, name := range []string{"lower", "upper", "trim", "trunc", "replace", "split", "join", "list", "print", "default", "ternary", "eq", "ne", "len", "first", "last", "has", "index", "contains", "add", "dict", "html"} {
		funcs[name] = mappings.GoFunc(functions.Table(), name)
	}
	return funcs
}

func goRow() map[string]any {
	return map[string]any{
		"s": "Héllo wörld", "t": " a,b,,c ", "e": "", "n": int64(7), "z": int64(0), "b": true, "f": false,
		"l": []any{"x", "", "y", int64(3)}, "el": []any{}, "o": map[string]any{"k": "v", "l": []any{"i", "j"}},
		"os": []any{map[string]any{"k": "1"}, map[string]any{"k": "2"}},
	}
}

// templates generates the text of templates. vars counts the variables in sight.
type templates struct {
	*rapid.T
	vars int
}

func (g *templates) pick(from ...string) string { return rapid.SampledFrom(from).Draw(g.T, "pick") }
func (g *templates) flip() bool                 { return rapid.Bool().Draw(g.T, "flip") }

func (g *templates) text(depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(g.T, "parts") {
		b.WriteString(g.part(depth))
	}
	return b.String()
}

func (g *templates) part(depth int) string {
	if depth <= 0 {
		return g.pick("plain ", "{{/* note */}}", " {{- `raw` -}} ", "{{ "+g.value(1)+" | print }}")
	}
	switch g.pick("text", "action", "action", "var", "set", "if", "with", "range", "range2") {
	case "text":
		return g.pick("plain ", "\n", "}} ", "{ ")
	case "var":
		value := g.value(depth)
		g.vars++
		return fmt.Sprintf("{{ $v%d := %s }}", g.vars-1, value)
	case "set":
		if g.vars > 0 {
			return fmt.Sprintf("{{ $v%d = %s }}", g.vars-1, g.value(depth))
		}
	case "if":
		return "{{ if " + g.value(depth) + " }}" + g.body(depth) + g.orElse(depth, "if") + "{{ end }}"
	case "with":
		return "{{ with $x := " + g.value(depth) + " }}{{ print . }}{{ print $x }}" + g.body(depth) + g.orElse(depth, "with") + "{{ end }}"
	case "range":
		return "{{ range " + g.list(depth) + " }}{{ print . }}" + g.pick("", "{{ break }}", "{{ if eq . `x` }}{{ continue }}{{ end }};") + g.body(depth) + g.orElse(depth, "") + "{{ end }}"
	case "range2":
		return "{{ range $i, $e := " + g.list(depth) + " }}{{ $i }}={{ print $e }}" + g.body(depth) + "{{ end }}"
	}
	return "{{ " + g.value(depth) + " | print }}"
}

// body returns a block, whose variables end with it.
func (g *templates) body(depth int) string {
	vars := g.vars
	defer func() { g.vars = vars }()
	return g.text(depth - 1)
}

// orElse returns nothing, an else, or an else if or else with; for word "" it returns no else with a word.
func (g *templates) orElse(depth int, word string) string {
	switch g.pick("", "else", "elseif") {
	case "else":
		return "{{ else }}" + g.body(depth)
	case "elseif":
		if word == "" {
			return ""
		}
		return "{{ else " + word + " " + g.value(depth) + " }}" + g.body(depth)
	}
	return ""
}

func (g *templates) list(depth int) string {
	if depth <= 0 {
		return g.pick("$.l", "$.el", "$.os", "$.o.l")
	}
	return g.pick("$.l", "$.o.l", `(split "," $.t)`, "(list "+g.operand(depth-1)+" "+g.operand(depth-1)+")", "(list 1 2 3)")
}

func (g *templates) operand(depth int) string {
	if depth > 0 && g.flip() {
		return "(" + g.value(depth-1) + ")"
	}
	if g.vars > 0 && g.flip() {
		return fmt.Sprintf("$v%d", rapid.IntRange(0, g.vars-1).Draw(g.T, "var"))
	}
	return g.pick("$.s", "$.t", "$.e", "$.n", "$.z", "$.b", "$.f", "$.l", "$.el", "$.o.k", "$.o.none", "$.o.none.more", `"lit"`, "`raw`", "5", "true", "nil", "(index $.os 0).k")
}

func (g *templates) value(depth int) string {
	x, y := g.operand(depth-1), g.operand(depth-1)
	if x == "nil" {
		x = "$.n"
	}
	return g.pick(
		x, x+" | lower", "upper "+x+" | trim", x+" | trunc 3", "replace `l` `L` $.s", "and "+x+" "+y, "or "+x+" "+y, "not "+x,
		x+" | default "+y, "eq "+x+" "+y, "ne "+x+" "+x, "len "+x, "print "+x+" "+y, "join `-` "+g.list(depth-1), "first ("+g.list(depth-1)+")",
		"ternary `a` `b` "+x, x+" | and "+y, x+" | or "+y, "has "+y+" $.l", "index $.l 1", "index $.o `k`", "add 1 $.n", "dict `k` "+x, "(dict `k` "+x+").k", "html "+x,
	)
}

func TestLikeTextTemplate(t *testing.T) {
	funcs := goFuncs(t)
	compared := 0
	rapid.Check(t, func(rt *rapid.T) {
		g := &templates{T: rt}
		source := g.text(3)
		goTemplate, err := template.New("t").Funcs(funcs).Parse(source)
		if err != nil {
			rt.Fatalf("%s: %v", source, err)
		}
		var want strings.Builder
		wantErr := goTemplate.Execute(&want, goRow())
		e, diagnostics := compileText(mappings.Text{Value: source}, mappings.Options{})
		if len(diagnostics) > 0 {
			rt.Fatalf("%s: %v", source, diagnostics)
		}
		got, err := e.Text(&mappings.Input{Row: mapRow(goRow())})
		if (err == nil) != (wantErr == nil) {
			rt.Fatalf("%s\nprints %q, %v\nand in text/template %q, %v", source, got, err, want.String(), wantErr)
		}
		if err == nil && got != want.String() {
			rt.Fatalf("%s\nprints %q\nand in text/template %q", source, got, want.String())
		}
		if err == nil {
			compared++
		}
	})
	if compared < 10 {
		t.Errorf("only %d templates ran without an error: change templates.value, which draws too many that fail", compared)
	}
	t.Logf("%d templates compared", compared)
}

// BenchmarkTextTemplate renders the templates of BenchmarkApplyTenFields by text/template, without making a payload.
// Only the ratio of the two within one run says something.
func BenchmarkTextTemplate(b *testing.B) {
	funcs := goFuncs(b)
	funcs["date"] = func(v any) any { return v }
	var compiled []*template.Template
	m := tenFields(b)
	for _, text := range mappings.Texts(m) {
		compiled = append(compiled, template.Must(template.New("t").Funcs(funcs).Parse(text)))
	}
	row := tenFieldRow().Row.Object()
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range compiled {
			var out strings.Builder
			if err := t.Execute(&out, row); err != nil {
				b.Fatal(err)
			}
		}
	}
}
