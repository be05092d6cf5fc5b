package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"text/template"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/mappings"
)

// customerName reads a file in which a mapping has name: VALUE, and returns the template of that field.
func customerName(t interface{ Fatalf(string, ...any) }, v *validator, value string, env map[string]string) mappings.Text {
	text := smallest + "  c:\n    from: c.csv\n    sink: create_customer\n    key: \"{{ .id }}\"\n    mapping:\n      name: " + value + "\n"
	file, err := v.parse("pipeline.yaml", []byte(text), Options{Env: environment(env)})
	if err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return file.Steps[1].Mapping.Fields[0].Value.Text
}

func TestExpand(t *testing.T) {
	v := newTestValidator(t)
	env := map[string]string{"A": "acme", "EMPTY": "", "EVIL": "{{ .secret }}", "OPEN": "{", "REF": "${A}", "NUMBER": "007", "NULL": "null", "YAML": "a: [b, {c: d}]"}
	for in, want := range map[string]string{
		"'${A}'":             "acme",
		"${A}":               "acme",
		"'${A}-${A}'":        "acme-acme",
		"'${NOPE:-none}'":    "none",
		"'${EMPTY:-none}'":   "none",
		"'${EMPTY}'":         "",
		"'${A:-none}'":       "acme",
		"'${NOPE:-}'":        "",
		"'$A $ $oid US$'":    "$A $ $oid US$",
		"'$$ $${A} $$$${A}'": "$ ${A} $${A}",
		"'$$${A}'":           "$acme",
		"'${REF}'":           `${{"{"}}A}`,
		"${NUMBER}":          "007",
		"${NULL}":            "null",
		"${YAML}":            `a: [b, {{"{"}}c: d}]`,
		"'${EVIL}'":          `{{"{"}}{{"{"}} .secret }}`,
		"'{${OPEN} .x }}'":   `{{"{"}}{{"{"}} .x }}`,
		"'{${EMPTY}{ .x }}'": `{{"{"}}{ .x }}`,
		"'${OPEN}{{ .x }}'":  `{{"{"}}{{ .x }}`,
		"'{{ .x }}${A}'":     "{{ .x }}acme",
		"'{{ $x := .a }}{{ $x }} {{ print \"$$\" }}'":          `{{ $x := .a }}{{ $x }} {{ print "$" }}`,
		"'{{ \"}} \" }}${A}{{/* }} */}}${A}{{ `}}` }}${A}'":    "{{ \"}} \" }}acme{{/* }} */}}acme{{ `}}` }}acme",
		"'{{- .x -}} ${A} {{ print \"\\\"}}\" }}${A}{{ .open'": `{{- .x -}} acme {{ print "\"}}" }}acme{{ .open`,
	} {
		if got := customerName(t, v, in, env).Value; got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// TestValuesAreNeverTemplates: whatever a variable holds, the template prints it as it is.
func TestValuesAreNeverTemplates(t *testing.T) {
	v := newTestValidator(t)
	piece := rapid.SampledFrom([]string{"{", "}", "{{", "}}", ".x", " ", "a", `"`, "`", "-", "/*", "$", "é"})
	rapid.Check(t, func(rt *rapid.T) {
		value := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(rt, "value"), "")
		before := rapid.SampledFrom([]string{"", "{", "a{", "{{ .x }}", "}", "$${"}).Draw(rt, "before")
		after := rapid.SampledFrom([]string{"", "{ .x }}", "{{ .x }}", "}}", ".x }}"}).Draw(rt, "after")
		got := customerName(rt, v, "'"+before+"${V}"+after+"'", map[string]string{"V": value})
		parsed, err := template.New("").Parse(got.Value)
		if err != nil {
			rt.Fatalf("%q: %v", got.Value, err)
		}
		var out strings.Builder
		if err := parsed.Execute(&out, map[string]string{"x": "ROW"}); err != nil {
			rt.Fatal(err)
		}
		want := strings.NewReplacer("{{ .x }}", "ROW", "$$", "$").Replace(before) + value + strings.NewReplacer("{{ .x }}", "ROW").Replace(after)
		if out.String() != want {
			rt.Fatalf("%q prints %q, want %q", got.Value, out.String(), want)
		}
	})
}

// TestVarsWin: --var wins over the environment, and reaches numbers and booleans too.
func TestVarsWin(t *testing.T) {
	text := smallest + "run:\n  workers: '${W}'\n  max_errors: ${M}\n  timeout: ${T}\nkustomer: { allow_host: \"${H}\" }\n"
	o := Options{Specs: specs(), Vars: map[string]string{"W": "7", "M": "5%", "H": "true"}, Env: environment(map[string]string{"W": "9", "T": "5s"})}
	file, diagnostics := read(t, text, o)
	if diagnostics != "" {
		t.Fatal(diagnostics)
	}
	if r := file.Run; r.Workers != 7 || r.MaxErrors.Percent != 5 || r.Timeout.Seconds() != 5 || !file.Kustomer.AllowHost {
		t.Errorf("%+v", r)
	}
}

// TestKeyIsNeverRead: nothing asks the environment for the API key.
func TestKeyIsNeverRead(t *testing.T) {
	env := func(name string) (string, bool) {
		if strings.Contains(name, "KEY") {
			t.Errorf("%s is read", name)
		}
		return "", false
	}
	for _, key := range []string{"${KUSTOMER_API_KEY}", "${OTHER_KEY}"} {
		text := smallest + "kustomer: { api_key: \"" + key + "\" }\nname: \"" + key + "\"\n"
		if _, err := Parse("p.yaml", []byte(text), Options{Specs: specs(), Env: env}); err == nil || !strings.Contains(err.Error(), "holds the API key") {
			t.Errorf("%s elsewhere: %v", key, err)
		}
	}
	_, err := Parse("p.yaml", []byte(smallest), Options{Specs: specs(), Vars: map[string]string{"KUSTOMER_API_KEY": "s3cr3t"}})
	if err == nil || !strings.HasPrefix(err.Error(), "p.yaml: --var KUSTOMER_API_KEY would") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("--var: %v", err)
	}
}

func TestUnusedVar(t *testing.T) {
	_, got := read(t, smallest+"name: ${NAME}\n", Options{Vars: map[string]string{"NAME": "a", "NAMES": "b", "ZZ": "c"}})
	want := "pipeline.yaml: warning: nothing in the file reads --var NAMES\n  fix: did you mean --var NAME?\n" +
		"pipeline.yaml: warning: nothing in the file reads --var ZZ\n  fix: write ${ZZ} where the value belongs"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSubstitutionIsBounded: a long value that is used often does not fill the memory.
func TestSubstitutionIsBounded(t *testing.T) {
	text := smallest + "tables:\n  a:\n    values:\n"
	for i := range 2000 {
		text += fmt.Sprintf("      k%d: ${BIG}${BIG}\n", i)
	}
	_, err := Parse("p.yaml", []byte(text), Options{Specs: specs(), Env: environment(map[string]string{"BIG": strings.Repeat("x", 100<<10)})})
	var diagnostics Diagnostics
	if !errors.As(err, &diagnostics) || !strings.Contains(diagnostics[0].Message, "more than 4 MiB") || len(diagnostics) != 1 {
		t.Errorf("%.300v", err)
	}
}
