package mappings

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzTemplate runs any template over any row: no panic, bounded time and output, and nothing of
// Go's own marks for missing or misprinted values.
func FuzzTemplate(f *testing.F) {
	for _, fn := range Functions() {
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
		e, faults := CompileText(Text{Value: source}, o)
		if (e == nil) != (len(faults) > 0) {
			t.Fatal("neither compiled nor faulted")
		}
		for _, fault := range faults {
			if fault.Message == "" || fault.Pos.Line < 0 {
				t.Errorf("fault %+v", fault)
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
		m, _ := Compile(object("a", tmpl(source)), o)
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
	if len(out) > maxText {
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

// TestBounds runs templates that would not end, or not fit into memory.
func TestBounds(t *testing.T) {
	big := make([]any, 50_000)
	for i := range big {
		big[i] = "x"
	}
	deep := any("x")
	for range 10_000 {
		deep = []any{deep}
	}
	row := map[string]any{"big": big, "huge": make([]any, maxItems+1), "deep": deep, "html": strings.Repeat("<script><a =\">\" </", 50_000), "text": strings.Repeat("a", maxText)}
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
			e, faults := CompileText(Text{Value: template}, Options{})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			_, err := e.Text(&Input{Row: values(row)})
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got %v, want %q", err, want)
			}
			if d := time.Since(begin); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestPayloadBounds wants the values that keep their type bounded too.
func TestPayloadBounds(t *testing.T) {
	for template, want := range map[string]string{
		`{{ $l := list 1 }}{{ range slice .l 0 40 }}{{ $l = list $l $l }}{{ end }}{{ $l }}`: "1 MiB",
		`{{ .deep }}`:              "nested more than 100",
		`{{ .wide }}`:              "more than 100,000 values",
		`{{ repeat 1048577 "a" }}`: "1 MiB",
	} {
		deep := any("x")
		for range 200 {
			deep = map[string]any{"d": deep}
		}
		wide := any("x")
		for range 20 {
			wide = []any{wide, wide}
		}
		m := mustCompile(t, object("a", tmpl(template)), Options{})
		_, err := m.Apply(&Input{Row: values{"l": make([]any, 100), "deep": deep, "wide": wide}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", template, err, want)
		}
	}
}

// corpus reads a file of the hostile inputs that CI keeps beside the checkout.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("KUSTSYNC_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpora")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return b
}

// TestNaughtyStrings wants every odd string to pass through a template unchanged: row data is
// never parsed as a template.
func TestNaughtyStrings(t *testing.T) {
	var naughty []string
	if err := json.Unmarshal(corpus(t, "blns/blns.json"), &naughty); err != nil {
		t.Fatal(err)
	}
	naughty = append(naughty, "{{ .secret }}", "{{ range 1000000000 }}{{ end }}", "${HOME}", "<no value>", "%!s(int=1)")
	m := mustCompile(t, object("value", tmpl("{{ .x }}"), "text", tmpl("[{{ .x }}]")), Options{Columns: []string{"x"}})
	for _, s := range naughty {
		got, err := m.Apply(&Input{Row: values{"x": s}})
		want := map[string]any{"value": s, "text": "[" + s + "]"}
		if s == "" {
			delete(want, "value")
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", s, err, diff)
		}
		for _, f := range Functions() {
			if e, faults := CompileText(Text{Value: "{{ .x | " + f.Name + " }}"}, Options{}); len(faults) == 0 {
				if out, err := e.Text(&Input{Row: values{"x": s}}); err == nil && !utf8.ValidString(out) {
					t.Errorf("%s of %q prints broken UTF-8", f.Name, s)
				}
			}
		}
	}
}

// TestEmailCorpus holds email to the isemail collection: what that refuses is refused, and what it
// calls valid without any warning is taken, but for quoted and dotless addresses, which Kustomer's
// mail could not be sent to.
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
		fault := checkEmail(address)
		_, domain, _ := strings.Cut(address, "@")
		switch {
		case tt.Category == "ISEMAIL_ERR" && fault == "":
			t.Errorf("%q is taken", address)
		case tt.Category == "ISEMAIL_VALID_CATEGORY" && fault != "" && strings.Contains(domain, ".") && !strings.Contains(address, `"`):
			t.Errorf("%q is refused: %s", address, fault)
		}
	}
	if len(tests.Test) < 100 {
		t.Errorf("read %d tests", len(tests.Test))
	}
}

// TestConcurrentApply has many goroutines share one mapping; -race watches.
func TestConcurrentApply(t *testing.T) {
	m := tenFields(t)
	want, err := m.Apply(tenFieldRow())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 {
				in := tenFieldRow()
				if i%5 == 0 {
					in.Row.Object()["created"] = "never"
					if _, err := m.Apply(in); err == nil {
						t.Error("no error")
					}
					continue
				}
				got, err := m.Apply(in)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%v %s", err, diff)
				}
			}
		})
	}
	group.Wait()
}

func tenFields(t testing.TB) *Mapping {
	return mustCompile(t, object(
		"externalId", tmpl("zd-{{ .id }}"), "name", tmpl(`{{ .first }} {{ .last }}`), "company", tmpl("{{ .company }}"),
		"emails", items(object("type", tmpl("work"), "email", tmpl("{{ .email | lower | trim }}"))),
		"locale", tmpl("{{ .locale | default `en` }}"), "tags", tmpl(`{{ .labels | split "|" }}`), "createdAt", tmpl(`{{ .created | date }}`),
		"custom", object("tierStr", tmpl("{{ .plan | upper }}"), "mrrNum", tmpl("{{ .mrr }}"), "vipBool", tmpl(`{{ if eq .plan "gold" }}true{{ else }}false{{ end }}`)),
	), Options{})
}

func tenFieldRow() *Input {
	return &Input{Row: values{
		"id": "1001", "first": "Jo", "last": "Lee", "company": "Acme", "email": " Jo@Example.com", "locale": "",
		"labels": "vip|new", "created": "2024-07-01T10:20:30Z", "plan": "gold", "mrr": "12.5",
	}}
}

func BenchmarkApplyTenFields(b *testing.B) {
	m, in := tenFields(b), tenFieldRow()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Apply(in); err != nil {
			b.Fatal(err)
		}
	}
}
