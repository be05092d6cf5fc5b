package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

// TestRules: bad of each rule breaks that rule and no other, and gives want.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			if seen[r.name] || r.doc == "" {
				t.Errorf("rules.go: the rule needs a name that no other rule has, and a doc")
			}
			seen[r.name] = true
			text := "version: 1\n" + r.bad
			if !strings.Contains(text, "steps:") {
				text = smallest + r.bad
			}
			file, err := Parse("pipeline.yaml", []byte(text), Options{Specs: specs()})
			var diagnostics Diagnostics
			if !errors.As(err, &diagnostics) {
				diagnostics = file.Warnings()
			}
			if len(diagnostics) != 1 {
				t.Fatalf("rules.go: bad must break this rule and no other; its diagnostics are:\n%s", diagnostics.Error())
			}
			f := diagnostics[0]
			got := f.Message + "; fix: " + f.Hint
			if f.Warning {
				got = "warning: " + got
			}
			if got != r.want {
				t.Errorf("rules.go: bad gives\n%s\nand want is\n%s", got, r.want)
			}
			if f.Pos.Line == 0 || f.Line == "" {
				t.Errorf("rules.go: the diagnostic of bad has no place: %v", f.Pos)
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://acme.api.kustomerapp.com":           "",
		"https://acme.api.kustomerapp.com:443/":      "",
		"https://ACME.api.KustomerApp.com":           "",
		"http://localhost:8911":                      "",
		"http://127.0.0.1:8911":                      "",
		"http://[::1]:8911/":                         "",
		"http://acme.api.kustomerapp.com":            "https",
		"http://10.0.0.1":                            "https",
		"http://localhost.evil.example":              "https",
		"https://kustomerapp.com.evil.example":       "not under",
		"https://evilkustomerapp.com":                "not under",
		"https://evil.example#.kustomerapp.com":      "fragment",
		"https://evil.example/?x=.kustomerapp.com":   "query",
		"https://acme.api.kustomerapp.com?":          "query",
		"https://acme.api.kustomerapp.com#":          "fragment",
		"https://acme.api.kustomerapp.com/v1":        "path",
		"https://evil.example\\.kustomerapp.com":     "not an address",
		"https://evil.example%2f.kustomerapp.com":    "not an address",
		"https://a_b.kustomerapp.com":                "proper host",
		"https://.kustomerapp.com":                   "proper host",
		"https://acme.api.kustomerapp.com.":          "proper host",
		"https://u:hunter22@acme.kustomerapp.com":    "password",
		"https://kustomerapp.com@evil.example":       "password",
		"acme.api.kustomerapp.com":                   "not an address",
		"ftp://acme.api.kustomerapp.com":             "https",
		"https:acme":                                 "not an address",
		"file:///etc/passwd":                         "not an address",
		"https://acme.api.kustomerapp.com\r\nX: y":   "not an address",
		"https://acme.api.kustomerapp.com:port":      "not an address",
		"https://169.254.169.254":                    "not under",
		"https://аcme.api.kustomerapp.com (cyrillic": "not an address",
	} {
		got, hint := checkURL(address, false)
		if (want == "") != (got == "") || !strings.Contains(got, want) || (got != "") != (hint != "") {
			t.Errorf("checkURL(%q) = %q, %q, want %q", address, got, hint, want)
		}
		if strings.Contains(got+hint, "hunter22") {
			t.Errorf("checkURL(%q) repeats the password", address)
		}
	}
	if got, _ := checkURL("https://proxy.acme.example", true); got != "" {
		t.Errorf("allow_host: %s", got)
	}
}

// TestWarningsBesideDiagnostics: warnings are reported beside other diagnostics, and a file with only warnings loads.
func TestWarningsBesideDiagnostics(t *testing.T) {
	text := "version: 1\nsources: { a: { path: a.csv } }\nsteps:\n  s: { from: b.csv, sink: create_customer, key: id, mapping: {} }\n"
	file, err := Parse("pipeline.yaml", []byte(text), Options{Specs: specs()})
	if err != nil || len(file.Warnings()) != 2 {
		t.Errorf("%v, %v", file.Warnings(), err)
	}
	var diagnostics Diagnostics
	file, err = Parse("pipeline.yaml", []byte(text+"runn: {}\n"), Options{Specs: specs()})
	if !errors.As(err, &diagnostics) || len(diagnostics) != 3 || file == nil || len(file.Steps) != 1 {
		t.Errorf("%v, %v", file, err)
	}
}

// TestFormat: a source's format is that of its type, else that of its extension.
func TestFormat(t *testing.T) {
	for want, all := range map[string][]Source{
		"xlsx":   {{Type: "xlsm"}, {Path: String{Value: "/a/B.XLSX"}}, {Path: String{Value: "b.csv"}, Type: "xlsx"}},
		"csv":    {{Path: String{Value: "a.txt.gz"}}, {Path: String{Value: "a-*.csv.zst"}}, {Type: "csv"}},
		"ndjson": {{Type: "jsonl"}},
		"":       {{Path: String{Value: "-"}}, {Path: String{Value: "a"}}, {Type: "parquet"}},
	} {
		for _, s := range all {
			if got, known := s.format(); known != (want != "") || known && got.Name() != want {
				t.Errorf("%q, %q: %v, want %q", s.Path.Value, s.Type, got, want)
			}
		}
	}
}

// TestFormatOptions: each option of each format is taken by that format and refused by the others.
func TestFormatOptions(t *testing.T) {
	values := map[string]string{
		"delimiter": "tab", "encoding": "utf-8", "comment": "'#'", "skip_rows": "1", "header_row": "1", "header": "[id]",
		"null_values": "[x]", "sheet": "One", "range": "A1:B2", "records": "data",
	}
	for _, f := range sources.Formats() {
		for _, option := range sources.FormatOptions() {
			text := fmt.Sprintf("%ssources: { a: { path: a.%s, %s: %s } }", smallest, f.Name(), option, values[option])
			_, err := Parse("p.yaml", []byte(text), Options{Specs: specs()})
			if refused := err != nil && strings.Contains(err.Error(), option+" is an option of "); refused == f.Takes(option) {
				t.Errorf("%s in a %s file: %v", option, f.Name(), err)
			}
		}
	}
}
