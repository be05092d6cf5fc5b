package sources_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources"
)

// show opens a file with a text, and returns all that is read from it, one thing a line:
//
//	header: id name
//	2: id="1" name="Ann"
//	3! the row has 1 cell, the header 2 | raw: "x"
//	error: in.csv:4: …
func show(t *testing.T, name, text string, o sources.Options) string {
	t.Helper()
	o.Path, o.Name = filepath.Join(t.TempDir(), name), name
	if err := os.WriteFile(o.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		return mustBeFault(t, err)
	}
	return showRows(t, src)
}

func showRows(t *testing.T, src sources.Source) string {
	t.Helper()
	var out strings.Builder
	if columns := src.Columns(); columns != nil {
		fmt.Fprintln(&out, "header:", strings.Join(columns, " "))
	}
	for row, err := range src.Rows(t.Context()) {
		switch {
		case err != nil:
			out.WriteString(mustBeFault(t, err))
		case row.Err != nil:
			var fault *sources.Error
			if !errors.As(row.Err, &fault) || fault.Pos != (sources.Pos{}) || fault.Hint == "" {
				t.Errorf("row %v: fault %#v, want an *Error without a place and with a hint", row.Pos, row.Err)
			}
			fmt.Fprintf(&out, "%d! %s | raw: %q\n", row.Pos.Line, fault.Message, row.Raw)
		default:
			fmt.Fprintf(&out, "%d:%s\n", row.Pos.Line, showValues(row.Values.Object()))
		}
	}
	return out.String()
}

func showValues(values map[string]any) string {
	var out strings.Builder
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&out, " %s=%#v", name, values[name])
	}
	return out.String()
}

// mustBeFault returns the line for an error that ended a source, which must be an *Error with a file.
func mustBeFault(t *testing.T, err error) string {
	t.Helper()
	var fault *sources.Error
	if !errors.As(err, &fault) || fault.Pos.File == "" {
		t.Errorf("error %#v, want an *Error with a file", err)
	}
	return "error: " + err.Error() + "\n"
}

// shown is one test of what show returns; the lines of want may be indented by three tabs.
type shown struct {
	name, text string
	o          sources.Options
	want       string
}

// runShown runs tests with files of one name.
func runShown(t *testing.T, file string, tests []shown) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := strings.TrimLeft(strings.ReplaceAll(test.want, "\n\t\t\t", "\n"), "\n")
			if diff := cmp.Diff(want, show(t, file, test.text, test.o)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
