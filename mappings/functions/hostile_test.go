package functions

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

// FuzzTemplate runs any template over any row: no panic, limited time and output, and none of the marks that Go
// prints for missing or wrongly printed values.
func FuzzTemplate(f *testing.F) {
	for _, fn := range All() {
		f.Add(fn.Example, "12a")
	}
	for _, template := range []string{
		`{{ range split "" .x }}{{ range $.l }}{{ end }}{{ end }}`,
		`{{ $s := "ab" }}{{ range .l }}{{ $s = print $s $s }}{{ end }}{{ $s }}`,
		`{{ $l := list 1 }}{{ range .l }}{{ $l = list $l $l }}{{ end }}{{ $l }}`,
		`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`,
		`{{ printf "%*d" 1000000000 1 }}`, `{{ .x.y.z }}`, `{{ index . "q" }}`, `{{ $.x }}{{ with . }}{{ . }}{{ end }}`,
		`{{ repeat 1000000000 .x }}`, `{{ mul 1e300 1e300 }}`, `{{ if }}`, `{{ .first-name }}`, `{{/* */}}`, "{{ `", `{{ 'a' }}`, `{{(1).a}}`, `{{nil.a}}`, `{{ $x := 1 }}{{ $x.y }}`,
		`{{ and nil .x | or nil | not }}`, `{{ uniq (concat .l .l .l) }}`, `{{ regexReplaceAll "(a|aa)+$" .x "$1$1" }}`,
	} {
		f.Add(template, "a,b")
	}
	f.Fuzz(func(t *testing.T, source, cell string) {
		begin := time.Now()
		o := manualOptions()
		o.Columns = nil
		e, diagnostics := compileText(mappings.Text{Value: source}, o)
		if (e == nil) != (len(diagnostics) > 0) {
			t.Fatal("a template needs either diagnostics or none and an Expr")
		}
		for _, d := range diagnostics {
			if d.Message == "" || d.Pos.Line < 0 {
				t.Errorf("a diagnostic without a message or place: %+v", d)
			}
		}
		if e == nil {
			return
		}
		in := manualRow()
		row := in.Row.Object()
		row["x"], row["l"] = cell, make([]any, 2000)
		out, err := e.Text(in)
		if err == nil {
			checkOutput(t, source, cell, out)
		}
		m, _ := compile(o, "a", source)
		if payload, err := m.Apply(in); err == nil {
			if _, err := json.Marshal(payload); err != nil {
				t.Errorf("%s: payload is no JSON: %v", source, err)
			}
		}
		if d := time.Since(begin); d > 30*time.Second {
			t.Errorf("%s: took %v", source, d)
		}
	})
}

func checkOutput(t *testing.T, source, cell, out string) {
	t.Helper()
	if len(out) > values.MaxText {
		t.Errorf("%s: prints %d bytes", source, len(out))
	}
	for _, mark := range []string{"<no value>", "%!", "<nil>", "map["} {
		if strings.Contains(out, mark) && !strings.Contains(source+cell, mark[:1]) {
			t.Errorf("%s: prints %q", source, mark)
		}
	}
	if utf8.ValidString(source) && utf8.ValidString(cell) && !utf8.ValidString(out) {
		t.Errorf("%s of %q: prints broken UTF-8", source, cell)
	}
}

// TestBounds: templates that would not end, or not fit into memory, are an error.
func TestBounds(t *testing.T) {
	big := make([]any, 50_000)
	for i := range big {
		big[i] = "x"
	}
	deep := any("x")
	for range 10_000 {
		deep = []any{deep}
	}
	row := map[string]any{"big": big, "huge": make([]any, values.MaxItems+1), "deep": deep, "html": strings.Repeat("<script><a =\">\" </", 50_000), "text": strings.Repeat("a", values.MaxText)}
	for template, want := range map[string]string{
		`{{ range .big }}{{ range $.big }}{{ end }}{{ end }}`:                                                      "too much work",
		`{{ range .big }}{{ $x := upper $.text }}{{ end }}`:                                                        "too much work",
		`{{ range .big }}{{ range $.big }}a{{ break }}{{ end }}{{ end }}{{ len .big }}`:                            "",
		`{{ range .big }}{{ $.text }}{{ end }}`:                                                                    "more than 1 MiB",
		`{{ range .huge }}{{ end }}`:                                                                               "more than 100000",
		`{{ $s := "ab" }}{{ range .big }}{{ $s = print $s $s }}{{ end }}`:                                          "more than 1 MiB",
		`{{ $l := list 1 }}{{ range slice .big 0 40 }}{{ $l = list $l $l }}{{ end }}{{ $l }}`:                      "more than 1 MiB",
		`{{ $l := list 1 }}{{ range slice .big 0 40 }}{{ $l = concat $l $l }}{{ end }}`:                            "more than 100000",
		`{{ $l := list 1 }}{{ range slice .big 0 18 }}{{ $l = list $l $l }}{{ end }}{{ uniq (list $l $l) | len }}`: "more than 1 MiB",
		`{{ $l := list 1 }}{{ range slice .big 0 12 }}{{ $l = list $l $l }}{{ end }}{{ $m := list $l }}{{ range slice .big 0 16 }}{{ $m = concat $m $m }}{{ end }}{{ uniq $m | len }}`: "too much work",
		`{{ $n := 10 }}{{ range .big }}{{ $n = mul $n $n }}{{ end }}`: "400 digits",
		`{{ json .deep }}`:             "nested more than 100",
		`{{ .deep }}`:                  "nested more than 100",
		`{{ regexFindAll "a" .text }}`: "more than 100000",
		`{{ split "a" .text }}`:        "more than 100000",
		`{{ stripTags .html | len }}`:  "",
	} {
		t.Run(template, func(t *testing.T) {
			begin := time.Now()
			e, diagnostics := compileText(mappings.Text{Value: template}, mappings.Options{})
			if len(diagnostics) > 0 {
				t.Fatal(diagnostics)
			}
			_, err := e.Text(&mappings.Input{Row: mapRow(row)})
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want %q", err, want)
			}
			if d := time.Since(begin); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// corpus reads a file of the hostile inputs that CI keeps beside the checkout.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("KUSTSYNC_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return b
}

// TestNaughtyStrings: every odd string goes through a template unchanged, since row data is never parsed as a
// template.
func TestNaughtyStrings(t *testing.T) {
	var odd []string
	if err := json.Unmarshal(corpus(t, "blns/blns.json"), &odd); err != nil {
		t.Fatal(err)
	}
	odd = append(odd, "{{ .secret }}", "{{ range 1000000000 }}{{ end }}", "${HOME}", "<no value>", "%!s(int=1)")
	m, diagnostics := compile(mappings.Options{Columns: []string{"x"}}, "value", "{{ .x }}", "text", "[{{ .x }}]")
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	for _, s := range odd {
		got, err := m.Apply(&mappings.Input{Row: mapRow{"x": s}})
		want := map[string]any{"value": s, "text": "[" + s + "]"}
		if s == "" {
			delete(want, "value")
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", s, err, diff)
		}
		for _, f := range All() {
			if e, diagnostics := compileText(mappings.Text{Value: "{{ .x | " + f.Name + " }}"}, mappings.Options{}); len(diagnostics) == 0 {
				if out, err := e.Text(&mappings.Input{Row: mapRow{"x": s}}); err == nil && !utf8.ValidString(out) {
					t.Errorf("%s of %q prints broken UTF-8", f.Name, s)
				}
			}
		}
	}
}

// TestEmailCorpus compares email with the isemail collection: it refuses what the collection calls an error, and
// accepts what the collection calls valid without a warning, except for quoted addresses and those without a dot, to
// which Kustomer's mail could not be sent.
func TestEmailCorpus(t *testing.T) {
	var tests struct {
		Test []struct {
			Address  string `xml:"address"`
			Category string `xml:"category"`
		} `xml:"test"`
	}
	if err := xml.Unmarshal(corpus(t, "isemail/test/tests.xml"), &tests); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests.Test {
		// The file shows control characters as their pictures, U+2400 and on.
		address := strings.Map(func(r rune) rune {
			if r >= 0x2400 && r <= 0x241F {
				return r - 0x2400
			}
			return r
		}, tt.Address)
		wrong := checkEmail(address)
		_, domain, _ := strings.Cut(address, "@")
		switch {
		case tt.Category == "ISEMAIL_ERR" && wrong == "":
			t.Errorf("checkEmail accepts %q", address)
		case tt.Category == "ISEMAIL_VALID_CATEGORY" && wrong != "" && strings.Contains(domain, ".") && !strings.Contains(address, `"`):
			t.Errorf("checkEmail refuses %q: %s", address, wrong)
		}
	}
	if len(tests.Test) < 100 {
		t.Errorf("the collection has only %d tests: is the file whole?", len(tests.Test))
	}
}
