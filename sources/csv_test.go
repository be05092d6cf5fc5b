package sources_test

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

func TestCSVRows(t *testing.T) {
	runShown(t, "in.csv", []shown{
		{"plain", "id,name\n007,Ann\n2, b \n", sources.Options{}, `
			header: id name
			2: id="007" name="Ann"
			3: id="2" name=" b "
			`},
		{"no line end at the end", "id\n1", sources.Options{}, `
			header: id
			2: id="1"
			`},
		{"a quote at the end, behind a line end", "id,n\n1,\"ab\ncdefghi\"", sources.Options{}, `
			header: id n
			2: id="1" n="ab\ncdefghi"
			`},
		{"CRLF, and lines in quotes become LF", "id,note\r\n1,\"a\r\nb\"\r\n2,c\r\n", sources.Options{}, `
			header: id note
			2: id="1" note="a\nb"
			4: id="2" note="c"
			`},
		{"CR only", "id,note\r1,\"a\rb\"\r2,c\r", sources.Options{}, `
			header: id note
			2: id="1" note="a\rb"
			4: id="2" note="c"
			`},
		{"mixed line ends", "id,n\r\n1,a\n2,b\r3,c\r\r\n4,d", sources.Options{}, `
			header: id n
			2: id="1" n="a"
			3: id="2" n="b"
			4: id="3" n="c"
			6: id="4" n="d"
			`},
		{"blank lines and empty cells are no rows", "id,n\n\n  \n,\n\"\",\"\"\n1,\n\x1A", sources.Options{}, `
			header: id n
			6: id="1" n=""
			`},
		{"doubled quotes", "id,n\n\"a \"\"b\"\"\",\"\"\"\"\n", sources.Options{}, `
			header: id n
			2: id="a \"b\"" n="\""
			`},
		{"ragged rows", "id,n\n1\n2,b\n3,c,d\n", sources.Options{}, `
			header: id n
			2! the row has 1 cell, the header 2 | raw: "1"
			3: id="2" n="b"
			4! the row has 3 cells, the header 2 | raw: "3,c,d"
			`},
		{"stray quotes", "id,n\n1,5\" pipe\n2,\"b\"x\n3,c\n", sources.Options{}, `
			header: id n
			2! a quote stands inside a cell that does not begin with one | raw: "1,5\" pipe"
			3! text follows the quote that ends a cell | raw: "2,\"b\"x"
			4: id="3" n="c"
			`},
		{"a quote that another row closes spoils both lines and no more", "id,n\n1,\"a\n2,\"b\"\n3,c\n", sources.Options{}, `
			header: id n
			2! text follows the quote that ends a cell | raw: "1,\"a\n2,\"b\""
			4: id="3" n="c"
			`},
		{"NUL", "id,n\n1,a\x00\n2,\"\x00\"\n3,c\n", sources.Options{}, `
			header: id n
			2! a NUL byte is in this row | raw: "1,a\x00"
			3! a NUL byte is in this row | raw: "2,\"\x00\""
			4: id="3" n="c"
			`},
		{"a quote that is never closed", "id,n\n1,a\n2,\"b\n3,c\n", sources.Options{}, `
			header: id n
			2: id="1" n="a"
			error: in.csv:3: the quote that begins a cell here is never closed; put quotes only around whole cells, and write "" for a quote inside one
			`},
		{"a quote in the second line of a row that is never closed", "id,n\n1,a\n\"2\n\",\"b\n3,c\n", sources.Options{}, `
			header: id n
			2: id="1" n="a"
			error: in.csv:4: the quote that begins a cell here is never closed; put quotes only around whole cells, and write "" for a quote inside one
			`},
		{"nulls", "id,n\nNULL,null\n\\N,a\n", sources.Options{NullValues: []string{"NULL", `\N`}}, `
			header: id n
			2: id=<nil> n="null"
			3: id=<nil> n="a"
			`},
		{"comments", "# hi\nid,n\n#1,a\n\"#2\",b\n", sources.Options{Comment: "#"}, `
			header: id n
			4: id="#2" n="b"
			`},
	})
}

func TestCSVHeader(t *testing.T) {
	runShown(t, "in.csv", []shown{
		{"BOM before a quote, spaces, other form of an accent", "\uFEFF\"id \", Nu\u0308r\n1,2\n", sources.Options{}, `
			header: id Nür
			2: Nür="2" id="1"
			`},
		{"header row by its line", "Title \"x\n\nid,n\n1,a\n", sources.Options{HeaderRow: 3}, `
			header: id n
			4: id="1" n="a"
			`},
		{"skipped lines come on top", "x\ny\nz\nid,n\n1,a\n", sources.Options{SkipRows: 2, HeaderRow: 2}, `
			header: id n
			5: id="1" n="a"
			`},
		{"names for a file without them", "1,a\n2,b,c\n", sources.Options{Header: []string{"id", " n"}}, `
			header: id n
			1: id="1" n="a"
			2! the row has 3 cells, the header 2 | raw: "2,b,c"
			`},
		{"names for an empty file", "", sources.Options{Header: []string{"id"}}, `
			header: id
			`},
		{"only a header", "id,n\n", sources.Options{}, `
			header: id n
			`},
		{"empty", "", sources.Options{}, `
			error: in.csv: the file is empty: it has no header; check the export that wrote it
			`},
		{"too short for its header", "a\nb\n", sources.Options{HeaderRow: 4}, `
			error: in.csv: the file ends before its header, which should be in line 4; check skip_rows: and header_row:
			`},
		{"names twice and no names", "id,,n,id,\n", sources.Options{}, `
			error: in.csv:1: the header leaves columns without a name: column 2 (behind "id"), column 5 (behind "id"); and names columns twice: "id" (columns 1 and 4); give every column a name of its own, or set header_row: to the line that does
			`},
		{"names twice, spaces aside", "id,n, id\n", sources.Options{}, `
			error: in.csv:1: the header names columns twice: "id" (columns 1 and 3); give every column a name of its own
			`},
		{"a stray quote", "id,n\"\n", sources.Options{}, `
			error: in.csv:1: the header cannot be read: a quote stands inside a cell that does not begin with one; put quotes only around whole cells, and write "" for a quote inside one
			`},
		{"two ways to name columns", "id\n", sources.Options{Header: []string{"a"}, HeaderRow: 2}, `
			error: in.csv: header: and header_row: cannot both be set; use skip_rows: for lines before the first row of a file without a header
			`},
		{"a delimiter of two characters", "id\n", sources.Options{Delimiter: "||"}, `
			error: in.csv: delimiter: "||" cannot part cells; use one character, such as ";" or "\t"
			`},
		{"a quote as comment", "id\n", sources.Options{Comment: `"`}, `
			error: in.csv: comment: "\"" cannot begin a comment; use one character, such as "#"
			`},
	})
}

func TestCSVDelimiter(t *testing.T) {
	for name, test := range map[string]struct {
		file, text, want string
		o                sources.Options
	}{
		"comma":                         {text: "a,b\n1,2\n", want: "a b"},
		"semicolon":                     {text: "a;b\n1,5;2,5\n", want: "a b"},
		"tab":                           {text: "a\tb\n1,5\t2\n", want: "a b"},
		"bar":                           {text: "a|b\n1|2\n", want: "a b"},
		"one column":                    {text: "a\n1\n", want: "a"},
		"commas in names":               {text: "a, x;b, y\n1;2\n3;4\n", want: "a, x b, y"},
		"commas in most rows":           {text: "a, x;b\nDoe, J;2\nRoe;4\n", want: "a, x b"},
		"quoted delimiters":             {text: "\"a;x;y\",b\n\"1;2;3\",4\n", want: "a;x;y b"},
		"Excel's line":                  {text: "sep=;\r\na,b;c\r\n1;2\r\n", want: "a,b c"},
		"Excel's line and header_row 2": {text: "sep=;\na,b;c\n1;2\n", want: "a,b c", o: sources.Options{HeaderRow: 2}},
		"set":                           {text: "a,x;b\n1;2\n", want: "a,x b", o: sources.Options{Delimiter: ";"}},
		"set by name":                   {text: "a,x\tb\n", want: "a,x b", o: sources.Options{Delimiter: "tab"}},
		"set to a wide character":       {text: "a§b\n1§2\n", want: "a b", o: sources.Options{Delimiter: "§"}},
		"after a title":                 {text: "Report, 2024, all\na;b\n1;2\n", want: "a b", o: sources.Options{HeaderRow: 2}},
		"by rows, where names are set":  {text: "1,5;2\n3,5;4\n", want: "a b", o: sources.Options{Header: []string{"a", "b"}}},
		"tsv prefers tabs":              {file: "in.tsv", text: "a,x\tb,y\n1\t2\n", want: "a,x b,y"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.file == "" {
				test.file = "in.csv"
			}
			got, _, _ := strings.Cut(show(t, test.file, test.text, test.o), "\n")
			if got != "header: "+test.want {
				t.Errorf("got %q, want header: %s", got, test.want)
			}
		})
	}
}

func TestCSVEncoding(t *testing.T) {
	utf16 := func(text, mark string, order func(unit rune) string) string {
		out := mark
		for _, r := range text {
			out += order(r)
		}
		return out
	}
	little := func(r rune) string { return string([]byte{byte(r), byte(r >> 8)}) }
	big := func(r rune) string { return string([]byte{byte(r >> 8), byte(r)}) }
	runShown(t, "in.csv", []shown{
		{"not UTF-8", "id,n\n1,a\n2,caf\xE9\n", sources.Options{}, `
			header: id n
			2: id="1" n="a"
			error: in.csv:3: byte 0xE9 at offset 14 is not UTF-8; set encoding: to what the file was written in, such as windows-1252
			`},
		{"a character cut at the end", "id,n\n1,caf\xC3", sources.Options{}, `
			header: id n
			error: in.csv:2: byte 0xC3 at offset 10 is not UTF-8; set encoding: to what the file was written in, such as windows-1252
			`},
		{"U+FFFD that is in the file", "id\n\uFFFD\n", sources.Options{}, `
			header: id
			2: id="�"
			`},
		{"windows-1252", "id\ncaf\xE9 \x80\n", sources.Options{Encoding: "windows-1252"}, `
			header: id
			2: id="café €"
			`},
		{"Shift JIS", "id\n\x96\xBC\x91O\n", sources.Options{Encoding: "Shift_JIS"}, `
			header: id
			2: id="名前"
			`},
		{"bytes that are not of the encoding", "id\nab\n\x96\xFF\xFF\n", sources.Options{Encoding: "shift_jis"}, `
			header: id
			2: id="ab"
			error: in.csv:3: a character here is not shift_jis; set encoding: to what the file was written in, such as windows-1252
			`},
		{"UTF-16LE by its mark", utf16("id\nnäme\uFFFD\n", "\xFF\xFE", little), sources.Options{}, `
			header: id
			2: id="näme�"
			`},
		{"UTF-16BE by its mark, also when encoding: says utf-16", utf16("id\nnäme\n", "\xFE\xFF", big), sources.Options{Encoding: "utf-16"}, `
			header: id
			2: id="näme"
			`},
		{"UTF-16LE by name", utf16("id\nnäme\n", "", little), sources.Options{Encoding: "utf-16le"}, `
			header: id
			2: id="näme"
			`},
		{"half a character in UTF-16", utf16("id\n1\n\uFFFD", "\xFF\xFE", little) + "\x00\xD8" + little('x'), sources.Options{}, `
			header: id
			2: id="1"
			error: in.csv:3: a character here is not utf-16le; set encoding: to what the file was written in, such as windows-1252
			`},
		{"UTF-16 that ends in half a unit", utf16("id\n1\n", "\xFF\xFE", little) + "x", sources.Options{}, `
			header: id
			2: id="1"
			error: in.csv:3: a character here is not utf-16le; set encoding: to what the file was written in, such as windows-1252
			`},
		{"UTF-16 without a mark", utf16("id\n1\n", "", little), sources.Options{}, `
			error: in.csv: this looks like UTF-16 without a byte order mark; set encoding: utf-16le or utf-16be
			`},
		{"UTF-32", "\xFF\xFE\x00\x00i\x00\x00\x00", sources.Options{}, `
			error: in.csv: this is UTF-32 text; save the file as UTF-8
			`},
		{"a mark against encoding:", "\uFEFFid\n1\n", sources.Options{Encoding: "latin1"}, `
			error: in.csv: the text begins with the mark of utf-8, but encoding: says windows-1252; remove encoding:
			`},
		{"no such encoding", "id\n", sources.Options{Encoding: "ansi"}, `
			error: in.csv: there is no encoding "ansi"; use a WHATWG name, such as windows-1252, iso-8859-15 or shift_jis
			`},
	})
}

func TestCSVLimits(t *testing.T) {
	const mib = 1 << 20
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, test := range map[string]struct{ text, want string }{
		"the longest cell":           {"id,n\n1," + long(mib) + "\n2,b\n", ""},
		"the longest quoted cell":    {"id,n\n1,\"" + long(mib-1) + "\"\"\"\n2,b\n", ""},
		"a longer cell":              {"id,n\n\n1," + long(mib+1) + "\n2,b\n", "in.csv:3: the cell that begins here is longer than 1 MiB"},
		"a longer quoted cell":       {"id,n\n1,\"" + strings.Repeat("x\n", mib) + "\"\n2,b\n", "in.csv:2: the cell that begins here is longer than 1 MiB"},
		"a longer cell in a mixed":   {"id,n\n\"1\"," + long(mib+1) + "\n2,b\n", "in.csv:2: the cell that begins here is longer than 1 MiB"},
		"an endless line":            {"id,n\n1" + strings.Repeat(long(999)+",", 20_000), "in.csv:2: the row that begins here is longer than 16 MiB"},
		"an endless row with quotes": {"id,n\n1" + strings.Repeat(",\""+long(1997)+"\n\"", 10_000), "in.csv:2: the row that begins here is longer than 16 MiB"},
		"a quote that stays open":    {"id,n\n1,\"" + strings.Repeat("2,b\n", mib), "in.csv:2: the cell that begins here is longer than 1 MiB"},
		"an endless header":          {strings.Repeat(long(999), 20_000), "in.csv:1: the row that begins here is longer than 16 MiB"},
		"too many columns":           {strings.Repeat("x,", 16_384), "in.csv:1: the header cannot be read: this row has more than 16,384 cells"},
	} {
		t.Run(name, func(t *testing.T) {
			got := show(t, "in.csv", test.text, sources.Options{Delimiter: ","})
			if test.want == "" {
				if strings.Contains(got, "!") || strings.Count(got, "\n") != 3 {
					t.Errorf("got %.200q", got)
				}
				return
			}
			if !strings.Contains(got, "error: "+test.want) {
				t.Errorf("got %.200q, want an error with %q", got, test.want)
			}
		})
	}
}

func TestRawIsBounded(t *testing.T) {
	got := show(t, "in.csv", "id,n\n"+strings.Repeat("é,", sources.MaxRaw)+"\n", sources.Options{})
	_, raw, _ := strings.Cut(got, "raw: ")
	if want := strings.Repeat("é,", sources.MaxRaw/3) + "\"\n"; raw != `"`+want {
		t.Errorf("raw has %d bytes: …%q", len(raw), raw[len(raw)-20:])
	}
}

// TestCSVAcrossBuffers puts every kind of row across the end of the scanner's buffer.
func TestCSVAcrossBuffers(t *testing.T) {
	const rows = "1,a\r\n\r\n2,\"b\r\n\"\"\"\r\n3,\"c\"x\r\n4,d,e\r\n5,é"
	const want = `
3: id="1" n="a"
5: id="2" n="b\n\""
7! text follows the quote that ends a cell | raw: "3,\"c\"x"
8! the row has 3 cells, the header 2 | raw: "4,d,e"
9: id="5" n="é"
`
	for pad := range len(rows) + 8 {
		lead := strings.Repeat("x", 64<<10-len("id,n\n")-pad) + ",y\r\n"
		got := show(t, "in.csv", "id,n\n"+lead+rows, sources.Options{Delimiter: ","})
		if _, got, _ := strings.Cut(got, "n=\"y\""); got != want {
			t.Fatalf("with %d bytes before the edge: got %s", pad, got)
		}
	}
}

func TestStdinOnce(t *testing.T) {
	o := sources.Options{Path: "-", Type: "csv", Stdin: strings.NewReader("id\n1\n")}
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := showRows(t, src), "header: id\n2: id=\"1\"\n"; got != want {
		t.Errorf("first pass: %q, want %q", got, want)
	}
	if got, want := showRows(t, src), "header: id\nerror: standard input: standard input can be read only once; save it to a file and name that\n"; got != want {
		t.Errorf("second pass: %q, want %q", got, want)
	}
}
