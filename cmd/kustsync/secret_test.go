package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// secretKey has characters that encodings change.
const secretKey = "canary/key+with=marks.0123456789abcdef"

// TestTheKeyIsNowhere checks that nothing that a run prints or stores holds the API key: at debug level, with injected
// faults and rejected rows, and with a key that the sandbox refuses.
func TestTheKeyIsNowhere(t *testing.T) {
	faults, err := sandbox.ParseFaults("500-after:20%,reset-before:10%,html-502:10%")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		opts sandbox.Options
		exit int
	}{
		{"a run with rejects", sandbox.Options{Faults: faults}, exitRows},
		{"a key that is refused", sandbox.Options{Keys: map[string][]string{"another": nil}}, exitEnvironment},
	} {
		for _, format := range []string{"text", "json"} {
			t.Run(c.name+" "+format, func(t *testing.T) {
				box, err := sandbox.New(c.opts)
				if err != nil {
					t.Fatal(err)
				}
				server := httptest.NewServer(box)
				defer server.Close()
				dir := t.TempDir()
				writeSecretFiles(t, dir, server.URL)
				cmd := exec.Command("kustsync", "run", "--log-level", "debug", "--log-format", format, "--show-values", filepath.Join(dir, "p.yaml"))
				cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY="+secretKey)
				out, err := cmd.CombinedOutput()
				if got := cmd.ProcessState.ExitCode(); got != c.exit {
					t.Fatalf("exit code %d, want %d: %v\n%s", got, c.exit, err, out)
				}
				if !bytes.Contains(out, []byte("/v1/")) {
					t.Errorf("the debug log names no request:\n%s", out)
				}
				noSecret(t, "the output", out)
				noSecretBelow(t, dir)
			})
		}
	}
}

// writeSecretFiles writes a pipeline and its source, with one row that is rejected.
func writeSecretFiles(t *testing.T, dir, base string) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("id,email\n")
	for i := range 30 {
		rows.WriteString(strings.Repeat("x", i+1) + ",u" + strings.Repeat("x", i+1) + "@example.com\n")
	}
	rows.WriteString("bad,nowhere\n")
	pipeline := "version: 1\nkustomer: { base_url: \"" + base + "\" }\nrun: { in_doubt_wait: 1ms, max_errors: 100% }\nsteps:\n  customer:\n" +
		"    from: c.csv\n    sink: create_customer\n    key: '{{ .id }}'\n    mapping: { emails: [{ email: '{{ .email }}' }] }\n"
	for name, text := range map[string]string{"p.yaml": pipeline, "c.csv": rows.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// noSecretBelow checks every file below dir with noSecret.
func noSecretBelow(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		noSecret(t, path, text)
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files below %s: %v", files, dir, err)
	}
}

// noSecret checks that a text does not hold the API key, in any of the encodings that could carry it.
func noSecret(t *testing.T, where string, text []byte) {
	t.Helper()
	for form, secret := range map[string]string{
		"as it is": secretKey, "base64": base64.StdEncoding.EncodeToString([]byte(secretKey)),
		"hex": hex.EncodeToString([]byte(secretKey)), "url": url.QueryEscape(secretKey), "path": url.PathEscape(secretKey),
		"its beginning": secretKey[:12],
	} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds the key (%s)", where, form)
		}
	}
}
