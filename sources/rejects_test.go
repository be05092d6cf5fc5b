package sources_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sources"
)

func TestNeutralise(t *testing.T) {
	for cell, want := range map[string]string{
		"":                     "",
		"Ann":                  "Ann",
		"=1+1":                 "'=1+1",
		"+15550100":            "'+15550100",
		"-":                    "'-",
		"@x":                   "'@x",
		"\tx":                  "'\tx",
		"\rx":                  "'\rx",
		"  =1":                 "'  =1",
		"＝1":                   "'＝1",
		"'=1":                  "''=1",
		"'Ann'":                "'Ann'",
		"a=1":                  "a=1",
		"a\n=1\nb":             "a\n'=1\nb",
		"\u00a0=1":             "'\u00a0=1",
		"2024-01-01":           "2024-01-01",
		"a\r\n\r\n=b":          "a\r\n\r\n'=b",
		"''' =x":               "'''' =x",
		"'":                    "'",
		"\xff=":                "\xff=",
		strings.Repeat("'", 3): "'''",
	} {
		if got := sources.Neutralise(cell); got != want {
			t.Errorf("Neutralise(%q) = %q, want %q", cell, got, want)
		}
	}
}

// TestNeutraliseIsUndone writes any cell as a file of rejected rows has it, and reads it again.
func TestNeutraliseIsUndone(t *testing.T) {
	parts := rapid.SampledFrom([]string{"'", "=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "a", "é", `"`, ",", "\u00a0", "\x00"})
	rapid.Check(t, func(t *rapid.T) {
		cell := strings.Join(rapid.SliceOfN(parts, 0, 12).Draw(t, "parts"), "")
		if got := sources.Restore(sources.Neutralise(cell)); got != cell {
			t.Fatalf("%q became %q", cell, got)
		}
		// A CSV reader turns CRLF into LF: no more than that may change on the way.
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		_ = w.Write([]string{"x", sources.Neutralise(cell)})
		w.Flush()
		record, err := csv.NewReader(&file).Read()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := sources.Restore(record[1]), strings.ReplaceAll(cell, "\r\n", "\n"); got != want {
			t.Fatalf("%q came back from a file as %q", cell, got)
		}
	})
}

const addedHeader = ",_file,_line,_step,_key,_stage,_field,_status,_error,_raw\n"

func TestRejectedCSV(t *testing.T) {
	// These say how the source itself is written, and must have no effect.
	dialect := sources.Options{Delimiter: ";", Encoding: "windows-1252", Comment: "1", SkipRows: 3, Header: []string{"x", "y"}, NullValues: []string{"-"}}
	runShown(t, "in.csv", []shown{
		{"corrected", "id,name" + addedHeader + "1,'=é,a.csv,7,s,k,map,name,,bad,\n2,'-,a.csv,8,s,k,map,name,,bad,\n", dialect, `
			header: id name
			2: id="1" name="=é"
			3: id="2" name=<nil>
			`},
		{"rows that could not be split", "id,name" + addedHeader +
			",,a.csv,7,s,,read,,,ragged,'=1;b;c\n2,b,a.csv,8,s,,read,,,ragged,2;b;c\n,,a.csv,9,s,,read,,,ragged,\n", dialect, `
			header: id name
			2! this row could not be split when it was rejected, and has not been corrected | raw: "=1;b;c"
			3: id="2" name="b"
			`},
		{"saved by a spreadsheet with semicolons and a mark", "\uFEFFid;name" + strings.ReplaceAll(addedHeader, ",", ";") + "1;'=x;a;7;s;;map;;;bad;\n", dialect, `
			header: id name
			2: id="1" name="=x"
			`},
		{"other columns behind them make an ordinary file", "id" + strings.TrimSpace(addedHeader) + ",more\n'=1,,,,,,,,,,\n", sources.Options{}, `
			header: id _file _line _step _key _stage _field _status _error _raw more
			2: _error="" _field="" _file="" _key="" _line="" _raw="" _stage="" _status="" _step="" id="'=1" more=""
			`},
	})
}

func TestRejectedFileNeedsNoType(t *testing.T) {
	for _, typ := range []string{"xlsx", "json", "ndjson", "csv"} {
		got := show(t, "in.csv", "id"+addedHeader+"1,,,,,,,,,\n", sources.Options{Type: typ, Sheet: "2", Records: "a.b"})
		if want := "header: id\n2: id=\"1\"\n"; got != want {
			t.Errorf("type %s: got %q, want %q", typ, got, want)
		}
	}
}

func TestRejectedNDJSON(t *testing.T) {
	added := `"_file":"a","_line":1,"_step":"s","_key":"k","_stage":"map","_field":"","_status":null,"_error":"bad","_raw":`
	text := `{"id":"1",` + added + `""}` + "\n" + `{` + added + `"{\"id\":"}` + "\n" + `{"id":"2","_file":"mine"}` + "\n"
	want := `1: id="1"
2! this row could not be split when it was rejected, and has not been corrected | raw: "{\"id\":"
3: _file="mine" id="2"
`
	for _, o := range []sources.Options{{}, {Type: "json", Records: "data"}} {
		if got := show(t, "in.ndjson", text, o); got != want {
			t.Errorf("%+v: got\n%swant\n%s", o, got, want)
		}
	}
}

func TestRejectColumnsAreFresh(t *testing.T) {
	sources.RejectColumns()[0] = "x"
	if slices.Contains(sources.RejectColumns(), "x") {
		t.Error("a caller changed the list for all")
	}
}
