package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// laughs returns the attack "billion laughs": ten aliases of ten aliases, nine times.
func laughs() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

// TestLimits: a hostile file is refused in little time and memory.
func TestLimits(t *testing.T) {
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct{ text, want string }{
		"size":             {strings.Repeat("# ....\n", 200_000), "larger than 1 MiB"},
		"laughs":           {laughs(), "more than 50000 values"},
		"merged laughs":    {"a: &a { b: c }\n" + lines(9, "m%d: {<<: [*a, *a], <<: [*a, *a]}\n"), ""},
		"depth":            {"a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), "more than 64 levels"},
		"library's depth":  {strings.Repeat("[", 20_000), "nested too deeply"},
		"block depth":      {lines(300, "k%d: v\n") + strings.Repeat("- ", 30_000), ""},
		"cycle":            {"a: &a\n  b: *a\n", "holds the alias"},
		"cycle by a merge": {"a: &a\n  <<: *a\n", "holds the alias"},
		"many keys":        {smallest + lines(40_000, "k%d: v\n"), "unknown key \"k0\""},
		"many secrets":     {smallest + "kustomer:\n" + lines(5_000, "  key%d: value-%[1]d\n"), "unknown key"},
		"one long secret":  {smallest + "kustomer: {" + lines(5_000, "key%d: value-%[1]d, ") + "}\n", "unknown key"},
		"many names":       {"version: 1\nsteps:\n" + lines(5_000, "  K%d: v\n"), "has a name"},
		"one key":          {smallest + strings.Repeat("k: v\n", 40_000), "already on line"},
		"long line":        {"version: 1\nname: " + strings.Repeat("x", 1_000_000), "name must be"},
		"long key":         {"version: 1\n" + strings.Repeat("x", 900) + ": y", "unknown key"},
		"very long key":    {"? " + strings.Repeat("x", 900_000) + "\n: y\n", "unknown key"},
		"big number":       {smallest + "run: { workers: 1e999999999, retries: 99999999999999999999999 }", "workers must be"},
		"no break":         {strings.Repeat("a: 'b\n", 20_000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, got := read(t, c.text, Options{})
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 2048 {
				t.Errorf("allocated %d MiB", used)
			}
			if got == "" || !strings.Contains(got, c.want) {
				t.Errorf("want %q, got %.300s", c.want, got)
			}
			if len(got) > 200<<10 {
				t.Errorf("the diagnostics take %d bytes", len(got))
			}
		})
	}
}

// TestYAMLSuite reads the files of the YAML test suite: no panic, no file that takes long, and a diagnostic for each,
// since none of them is a pipeline.
func TestYAMLSuite(t *testing.T) {
	dir := os.Getenv("KUSTSYNC_CORPORA")
	if dir == "" {
		dir = "../../../shared/corpora"
	}
	dir = filepath.Join(dir, "yaml-test-suite", "src")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the corpora are not here; set KUSTSYNC_CORPORA")
	}
	v, cases := newTestValidator(t), 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		texts := []string{string(data)}
		var suite []struct {
			YAML string `yaml:"yaml"`
		}
		if yaml.Unmarshal(data, &suite) == nil {
			for _, s := range suite {
				texts = append(texts, strings.NewReplacer("␣", " ", "———»", "\t", "——»", "\t", "—»", "\t", "»", "\t", "∎\n", "", "←", "\r", "⇔", "\ufeff", "↵", "").Replace(s.YAML))
			}
		}
		for _, text := range texts {
			cases++
			start := time.Now()
			if _, err := v.parse(path, []byte(text), Options{}); err == nil {
				t.Errorf("%s passes as a pipeline", path)
			} else if err.Error() == "" {
				t.Errorf("%s: a diagnostic without a message", path)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s took %v", path, took)
			}
		}
		return nil
	})
	if err != nil || cases < 100 {
		t.Errorf("%d cases, %v", cases, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add(smallest)
	f.Add(laughs())
	f.Add("a: {<<: {? {x: y} : z}}")
	f.Add("a: &a [*a]\n---\n- b")
	f.Add(smallest + "kustomer: { api_key: s3cr3t-key-value }\nname: s3cr3t-key-value\n")
	f.Add("version: 1\nname: \"${A}${B:-{{}\u2028$${{ \\x00\"\n")
	f.Add("version: 1\nsteps: { a: { key: {{ .x }}, mapping: { emails: [{ email: {{ .y }} }, 3], custom: { a: b } } } }")
	v := newTestValidator(f)
	o := Options{Env: environment(map[string]string{"A": "{{", "B": "1"}), Vars: map[string]string{"C": "d"}}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		file, err := v.parse("pipeline.yaml", []byte(text), o)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
		if err == nil {
			for _, w := range file.Warnings() {
				checkDiagnostic(t, w)
			}
			return
		}
		diagnostics, ok := err.(Diagnostics)
		if !ok || len(diagnostics) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, diagnostic := range diagnostics {
			checkDiagnostic(t, diagnostic)
		}
	})
}

// checkDiagnostic checks what holds for every diagnostic: a message, a fix, a place, at most four lines, and no control
// characters.
func checkDiagnostic(t *testing.T, f Diagnostic) {
	t.Helper()
	var b strings.Builder
	if err := f.Render(&b, Style{}); err != nil {
		t.Fatal(err)
	}
	shown := b.String()
	if f.Message == "" || f.Hint == "" || f.Pos.File != "pipeline.yaml" || strings.Count(shown, "\n") > 4 {
		t.Errorf("%+v\n%s", f, shown)
	}
	for _, r := range shown {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			t.Errorf("%U is shown: %q", r, shown)
		}
	}
}
