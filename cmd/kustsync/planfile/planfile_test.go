package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/program"
)

// aPlan is a plan as it is kept.
func aPlan() Plan {
	sum := strings.Repeat("0a", 32)
	return Plan{
		Version: Version, ID: "20261120T104934Z-cfx3ye", MadeAt: time.Date(2026, 11, 20, 10, 49, 34, 0, time.UTC),
		Pipeline: "load", Target: "sandbox", Sources: []string{"people=/x.csv"}, Ledger: sum,
		Fingerprint: program.Fingerprint{File: sum, Sources: map[string]string{"people": sum}, Tables: map[string]string{}, Mapping: sum, Rows: 3},
		Steps:       map[string]map[drive.Action]int{"customer": {drive.ActCreate: 3}},
	}
}

func TestParse(t *testing.T) {
	good, err := json.Marshal(aPlan())
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(aPlan(), *got); d != "" {
		t.Error(d)
	}
	with := func(was, is string) string {
		text := strings.Replace(string(good), was, is, 1)
		if text == string(good) {
			t.Fatalf("%s holds no %s", good, was)
		}
		return text
	}
	tests := map[string]struct{ text, want string }{
		"nothing":          {"", "is no plan of kustsync"},
		"a table":          {"id,name\n1,Ann\n", "is no plan of kustsync"},
		"other JSON":       {`{"a":1}`, "is no plan of kustsync"},
		"a list":           {`[]`, "is no plan of kustsync"},
		"two plans":        {string(good) + string(good), "is no plan of kustsync"},
		"half of one":      {string(good[:len(good)/2]), "is no plan of kustsync"},
		"a later version":  {with(`"kustsync_plan":1`, `"kustsync_plan":2`), "is a plan of version 2"},
		"an unknown field": {with(`"limit":0`, `"limits":0`), "cannot be understood"},
		"another type":     {with(`"limit":0`, `"limit":"0"`), "cannot be understood"},
		"a negative limit": {with(`"limit":0`, `"limit":-1`), "is damaged"},
		"no digest":        {with(`"mapping":"0a`, `"mapping":"`), "a digest is missing"},
		"no name":          {with(`"pipeline":"load"`, `"pipeline":""`), "is damaged"},
		"an odd id":        {with(`"id":"2026`, `"id":"\u0000`), "is damaged"},
		"a long id":        {with(`"id":"2026`, `"id":"`+strings.Repeat("a", 65)), "is damaged"},
		"a short digest":   {with(`"mapping":"0a`, `"mapping":"a`), "a digest is missing"},
		"very long":        {strings.Repeat(" ", maxBytes+1), "too large"},
	}
	for name, tt := range tests {
		if _, err := parse([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	var format *FormatError
	for name, path := range map[string]string{"a folder": dir, "no file": filepath.Join(dir, "x")} {
		if _, err := Read(path); err == nil || errors.As(err, &format) {
			t.Errorf("%s: %v, want the error of the system", name, err)
		}
	}
	path := filepath.Join(dir, "plan.json")
	if err := os.WriteFile(path, bytes.Repeat([]byte(" "), maxBytes+10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.As(err, &format) {
		t.Errorf("a file that is too large: %v, want a FormatError", err)
	}
}

// FuzzParse: whatever the file holds, it is refused in words or is a plan that is kept as it was read.
func FuzzParse(f *testing.F) {
	good, err := json.Marshal(aPlan())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"kustsync_plan":1}`))
	f.Add([]byte(`{"kustsync_plan":1,"fingerprint":{"sources":null}}`))
	f.Add(bytes.Replace(good, []byte(`"sources":["people=/x.csv"]`), []byte(`"sources":null`), 1))
	f.Add([]byte("\x00\xff{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parse(text)
		if err != nil {
			if p != nil || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%q", err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parse(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if d := cmp.Diff(p, back); d != "" {
			t.Error(d)
		}
		if what := p.Fingerprint.Changed(back.Fingerprint); len(what) > 0 {
			t.Errorf("%v changed", what)
		}
	})
}
