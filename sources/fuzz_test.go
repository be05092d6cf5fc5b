package sources

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// readResult is all that a reader returned.
type readResult struct {
	Columns []string
	Rows    []Row
	Err     error
}

// clean reports whether nothing was damaged.
func (s readResult) clean() bool {
	return s.Err == nil && !slices.ContainsFunc(s.Rows, func(r Row) bool { return r.Err != nil })
}

// readAll reads text to its end, and checks what must be true for any text.
func readAll(t *testing.T, parse parse, in io.Reader, o Options) (s readResult) {
	r, err := parse(in, o)
	if err != nil {
		return readResult{Err: err}
	}
	s.Columns = r.columns()
	line := 0
	for {
		row, err := r.next()
		if err == io.EOF {
			return s
		}
		if err != nil {
			s.Err = err
			return s
		}
		if row.Pos.Line < max(line, 1) {
			t.Fatalf("a row in line %d comes after one in line %d", row.Pos.Line, line)
		}
		if (row.Err == nil) != (row.Values != nil) || !utf8.ValidString(row.Raw) || len(row.Raw) > MaxRaw {
			t.Fatalf("row %+v", row)
		}
		line = row.Pos.Line
		s.Rows = append(s.Rows, row)
	}
}

// sameValues compares the Values of rows, which damaged rows do not have.
var sameValues = cmp.Transformer("object", func(v Values) map[string]any {
	if v == nil {
		return nil
	}
	return v.Object()
})

func FuzzCSV(f *testing.F) {
	for _, text := range []string{
		"a,b\n1,2\n", "a;b\r\n\"x\r\ny\";\"\"\"\"\r\n", "a\tb\rc\td\r", "\uFEFFid\n\"never", "sep=;\na;b\n", "a,b\n1\n\x00,\n'=1,x\"y\n",
		"\xFF\xFEa\x00\n\x00", "a,b\n\n ,\n\"\",\"\"\n\x1A", "é,b\n\xE9,2\n", "x,_file,_line,_step,_key,_stage,_field,_status,_error,_raw\n1,,,,,,,,,\n",
	} {
		f.Add(text, uint8(0))
		f.Add(text, uint8(7))
	}
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		o := Options{Name: "in.csv", HeaderRow: int(choice % 4)}
		o.Delimiter = []string{"", ",", ";", "\t", "|", "é"}[choice%6]
		o.Comment = []string{"", "#", "\u2028"}[choice%3]
		o.Encoding = []string{"", "utf-16le", "shift_jis", "windows-1252", "gb18030"}[choice%5]
		whole := readAll(t, parseCSV, strings.NewReader(text), o)
		pieces := readAll(t, parseCSV, iotest.OneByteReader(strings.NewReader(text)), o)
		if diff := cmp.Diff(whole, pieces, sameValues, cmp.Comparer(func(a, b error) bool { return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error()) })); diff != "" {
			t.Fatalf("read in pieces (-whole +pieces):\n%s", diff)
		}
	})
}

// FuzzScanner compares with encoding/csv, but not texts with a CR alone, which is no line end there.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "\"a\r\n\"\"b\"\"\",\n\n,,\n", "a\"b,c\n", "\"a\"b\n", "\"", "\"a\",\"b\nc\"\r\n", ",\"\"\n", "\"\",\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") || strings.ContainsAny(text, "\x00\x1A") {
			return
		}
		want, wrong := readWithLibrary(text)
		got, fault := readWithScanner(t, text)
		if wrong != nil {
			if fault == nil {
				t.Fatalf("encoding/csv says %v, we read %q", wrong, got)
			}
			return
		}
		if fault != nil {
			t.Fatalf("we say %v, encoding/csv reads %q", fault, want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-encoding/csv +ours):\n%s", diff)
		}
	})
}

// readWithLibrary reads text with encoding/csv, without the records that our scanner skips.
func readWithLibrary(text string) (records [][]string, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		first, _ := r.FieldPos(0)
		line := strings.TrimSpace(strings.Split(text, "\n")[first-1])
		if line != "" && slices.ContainsFunc(record, func(cell string) bool { return cell != "" }) {
			records = append(records, record)
		}
	}
}

// readWithScanner reads text with our scanner, whose buffer is at first too small for it.
func readWithScanner(t *testing.T, text string) (records [][]string, fault error) {
	s := newScanner(iotest.HalfReader(strings.NewReader(text)), ",", "")
	s.buf = make([]byte, 3)
	for {
		rec, err := s.next()
		if err == io.EOF {
			return records, fault
		}
		if err != nil {
			return records, err
		}
		if want := strings.Count(text[:strings.Index(text, string(rec.raw))], "\n") + 1; rec.line < want {
			t.Fatalf("record %q is in line %d, not before line %d", rec.raw, rec.line, want)
		}
		if rec.err != nil {
			fault = rec.err
			continue
		}
		record := make([]string, len(rec.cells))
		for i := range record {
			record[i] = string(rec.cell(i))
		}
		records = append(records, record)
	}
}

func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`[{"a":1}]`, `[]`, `{"a":[{"b":[1,{"c":"\ud83d\ude00"}]}]}`, "[{\"a\":\n1},\n2]", `[{"a":1,"a":2}]`, `[{"a":"\ud800"}]`, `[{"a":1},]`, `[{"a":1}] x`,
		`{"a":[{}],"b":[1,,2]}`, "\xFF\xFE[\x00]\x00", `[[[[`, `{"a":{"a":[]}}`, "[{\"\u00e9\":\"\xe9\"}]",
	} {
		f.Add(text, "")
		f.Add(text, "a")
	}
	f.Fuzz(func(t *testing.T, text, records string) {
		got := readAll(t, parseJSON, strings.NewReader(text), Options{Name: "in.json", Records: records})
		if strings.HasPrefix(text, "\xFF\xFE") || strings.HasPrefix(text, "\xFE\xFF") {
			return
		}
		text = strings.TrimPrefix(text, "\uFEFF")
		if got.Err == nil && !(json.Valid([]byte(text)) && utf8.ValidString(text)) {
			t.Fatalf("a text that is no JSON is read as %+v", got)
		}
		var want []map[string]any
		if recordsPath(records) != nil || !got.clean() || unmarshal(text, &want) != nil {
			return
		}
		values := []map[string]any{}
		for _, row := range got.Rows {
			values = append(values, row.Values.Object())
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Fatalf("(-encoding/json +ours):\n%s", diff)
		}
	})
}

func unmarshal(text string, to any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(to)
}

func FuzzNDJSON(f *testing.F) {
	for _, text := range []string{"{\"a\":1}\n{\"b\":[null,true,false,-1.5e+3,\"x\\n\"]}\n", "{\"a\":\n\n[1]\r\n{}", "{\"a\":1,\"\\u0061\":2}", "\uFEFF{}", "{\"a\":\"\xff\"}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := readAll(t, parseNDJSON, strings.NewReader(text), Options{Name: "in.ndjson"})
		if got.Err != nil || strings.HasPrefix(text, "\xFF\xFE") || strings.HasPrefix(text, "\xFE\xFF") {
			return
		}
		lines := bytes.Split([]byte(strings.TrimPrefix(text, "\uFEFF")), []byte("\n"))
		for _, row := range got.Rows {
			line := lines[row.Pos.Line-1]
			if row.Err != nil {
				continue
			}
			var want map[string]any
			if err := unmarshal(string(line), &want); err != nil || !json.Valid(line) {
				t.Fatalf("line %q, %v, is read as %v", line, err, row.Values)
			}
			if diff := cmp.Diff(want, row.Values.Object()); diff != "" {
				t.Fatalf("(-encoding/json +ours):\n%s", diff)
			}
		}
	})
}
