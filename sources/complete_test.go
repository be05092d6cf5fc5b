package sources

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestUnended: the files of a glob whose last line does not end are named, also where they are packed, and no others.
func TestUnended(t *testing.T) {
	utf16 := func(text string) string {
		b := []byte{0xFF, 0xFE}
		for _, r := range text {
			b = append(b, byte(r), 0)
		}
		return string(b)
	}
	for _, c := range []struct {
		name, text string
		unended    bool
	}{
		{"whole.csv", "id\n1\n", false},
		{"cut.csv", "id\n1\n2", true},
		{"crlf.csv", "id\r\n1\r\n", false},
		{"old-mac.csv", "id\r1\r", false},
		{"header.csv", "id\n", false},
		{"wide.csv", utf16("id\n1\n"), false},
		{"wide-cut.csv", utf16("id\n1\n2"), true},
		{"whole.csv.gz", packed(t, "id\n1\n"), false},
		{"cut.csv.gz", packed(t, "id\n1"), true},
		{"whole.ndjson", `{"id":1}` + "\n", false},
		{"cut.ndjson", `{"id":1}` + "\n" + `{"id":2}`, true},
		{"array.json", `[{"id":1}]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.name), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			o := Options{Path: filepath.Join(dir, "*"), Name: "*", MaxUnpacked: DefaultMaxUnpacked}
			names, err := Unended(t.Context(), o)
			if err != nil || slices.Contains(names, c.name) != c.unended || len(names) > 1 {
				t.Errorf("%v, %v; want the file: %t", names, err, c.unended)
			}
		})
	}
}

func TestNewest(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for i, name := range []string{"a.csv", "b.csv", "c.csv"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		when := at.AddDate(0, 0, -(i-1)*(i-1)) // b is the newest
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := Newest(Options{Path: filepath.Join(dir, "*.csv")})
	if !ok || err != nil || !got.Equal(at) {
		t.Errorf("%v, %t, %v; want %v", got, ok, err, at)
	}
	if _, ok, err := Newest(Options{Path: "-"}); ok || err != nil {
		t.Errorf("standard input has a time: %t, %v", ok, err)
	}
}
