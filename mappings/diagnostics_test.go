package mappings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/mappings"
)

// csvOptions are those of a step over a CSV file.
func csvOptions() mappings.Options {
	return mappings.Options{
		Columns: []string{"id", "Email", "first_name", "Last Name", "address.city", "2nd"},
		Each:    true, Parent: []string{"ticket", "Sub Ject"},
		Step: "message", Steps: []string{"customer", "conversation"}, SameRow: []string{"customer"},
		Tables: map[string]mappings.Table{"statuses": {}},
	}
}

// TestDiagnostics: the offset, the message and the fix of everything that can be wrong in a template.
func TestDiagnostics(t *testing.T) {
	tests := []struct {
		template string
		at       int
		message  string
		hint     string
	}{
		// Columns.
		{`{{ .idd }}`, 3, `no column "idd"`, "did you mean .id?"},
		{`{{ .email }}`, 3, `no column "email"`, "did you mean .Email?"},
		{`{{ .last_name }}`, 3, `no column "last_name"`, `did you mean {{ col "Last Name" }}?`},
		{`{{ .address.city }}`, 3, `no column "address"`, `write {{ col "address.city" }}`},
		{`{{ .zzzzzz }}`, 3, `no column "zzzzzz"`, "the columns are id, Email, first_name, Last Name, address.city, 2nd"},
		{`a {{ $.idd }}`, 5, `no column "idd"`, "did you mean .id?"},
		{`{{ index . "idd" }}`, 11, `no column "idd"`, "did you mean .id?"},
		{`{{ get $ "idd" }}`, 9, `no column "idd"`, "did you mean .id?"},
		{`{{ index . .id }}`, 11, "index: the name of a column must be written out in quotes", "so that it can be checked against the header"},
		{`{{ col "LastName" }}`, 7, `no column "LastName"`, `did you mean {{ col "Last Name" }}?`},
		{`{{ col .id }}`, 7, "col: the column must be written out in quotes", `write col "COLUMN"`},
		{`{{ with .id }}{{ .idd }}{{ $.idd }}{{ end }}`, 27, `no column "idd"`, "did you mean .id?"},
		{`{{ with .id }}{{ else }}{{ .idd }}{{ end }}`, 27, `no column "idd"`, "did you mean .id?"},
		{`{{ with . }}{{ .idd }}{{ end }}`, 15, `no column "idd"`, "did you mean .id?"},
		{`{{ range split "," .id }}{{ .idd }}{{ $.idd }}{{ end }}`, 38, `no column "idd"`, "did you mean .id?"},
		{`{{ $row := . }}{{ $row.idd }}`, 18, `no column "idd"`, "did you mean .id?"},
		{`{{ if .idd }}x{{ end }}`, 6, `no column "idd"`, "did you mean .id?"},
		{`{{ parent.tiket }}`, 3, `no column "tiket"`, "did you mean parent.ticket?"},
		{`{{ parent.subject }}`, 3, `no column "subject"`, `did you mean index parent "Sub Ject"?`},
		{`{{ with parent }}{{ .tiket }}{{ end }}`, 20, `no column "tiket"`, "did you mean parent.ticket?"},
		{`{{ .Last Name }}`, 3, ".Last is not a function, it takes no values", `a column whose name has spaces is written {{ col "Last Name" }}`},
		{`{{ .first-name }}`, 0, "a column name with other characters than letters, digits and _ cannot follow the point", `write {{ col "first_name" }}`},
		{`{{ .2nd }}`, 0, "a column name with other characters than letters, digits and _ cannot follow the point", `write {{ col "2nd" }}`},
		// Functions.
		{`{{ .id | uper }}`, 9, `no function "uper"`, "did you mean upper?"},
		{`{{ env "HOME" }}`, 3, `no function "env"`, "templates do not read the machine; ${NAME} outside {{ }} takes a variable"},
		{`{{ splitList "," .id }}`, 3, `no function "splitList"`, "the function is split"},
		{`{{ first_name }}`, 3, `no function "first_name"`, "a column is written with a point: .first_name"},
		{`{{ call .id }}`, 3, `no function "call"`, "functions are called by their name"},
		{`{{ trunc .id }}`, 3, "trunc: wrong number of values (1)", "write trunc N TEXT"},
		{`{{ .id | lower "x" }}`, 9, "lower: wrong number of values (2)", "write lower TEXT"},
		{`{{ 5 | sub 1 }}`, 7, "sub: a value that comes through | would be taken as the last one", "write sub A B"},
		{`{{ .id | regexReplaceAll "a" "b" }}`, 9, "regexReplaceAll: a value that comes through | would be taken as the last one", `write regexReplaceAll "PATTERN" TEXT NEW`},
		{`{{ regexMatch "(" .id }}`, 14, "regexMatch: the pattern is not understood: missing closing ): `(`", "RE2 syntax: https://github.com/google/re2/wiki/Syntax"},
		{`{{ regexMatch .id "x" }}`, 14, "regexMatch: the pattern must be written out in quotes", `write regexMatch "PATTERN" TEXT`},
		{`{{ .id | required .id }}`, 18, "required: the message must be written out in quotes", `write required "MESSAGE" A`},
		{`{{ dict "a" }}`, 3, "dict: a name has no value", "write dict NAME VALUE NAME VALUE ..."},
		{`{{ round .id .id }}`, 13, "round: the places must be a number from 0 to 12, written out", "write round .amount 2"},
		{`{{ printf "%d" }}`, 10, "printf: the format wants 1 values, 0 follow", "give one value for each %"},
		{`{{ printf "%z" .id }}`, 10, `printf: the format has "%z", which is not known`, "verbs are %s, %d, %f, %q, %v and %%, with a width such as %05d or %.2f"},
		{`{{ printf "%9999d" .id }}`, 10, "printf: the format has a width over 1000", "verbs are %s, %d, %f, %q, %v and %%, with a width such as %05d or %.2f"},
		{`{{ .id | phone "XX" }}`, 15, "phone: no such region", `write two capital letters: phone "US"`},
		// Times.
		{`{{ .id | date "YYYY-MM-DD" }}`, 14, `date: the layout "YYYY-MM-DD" names no year`, `write a Go layout ("2006-01-02 15:04"), a strftime layout ("%Y-%m-%d %H:%M"), "unix" or "unixms"`},
		{`{{ .id | date "2006-01-02 MST" }}`, 14, `date: the layout "2006-01-02 MST" has the abbreviation of a time zone, which names no zone for certain; use an offset (-07:00, %z)`, `write a Go layout ("2006-01-02 15:04"), a strftime layout ("%Y-%m-%d %H:%M"), "unix" or "unixms"`},
		{`{{ .id | date "%d.%m.%Y %Z" }}`, 14, `date: the layout "%d.%m.%Y %Z" has the abbreviation of a time zone, which names no zone for certain; use an offset (-07:00, %z)`, `write a Go layout ("2006-01-02 15:04"), a strftime layout ("%Y-%m-%d %H:%M"), "unix" or "unixms"`},
		{`{{ .id | dateModify "1 day" }}`, 20, "dateModify: not a duration", `write "90m", "-1.5h" or "36h30m"; addDays moves by days`},
		// References.
		{`{{ ref "custmer" .id }}`, 7, `ref: no step "custmer"`, `did you mean "customer"?`},
		{`{{ ref "xyzxyz" .id }}`, 7, `ref: no step "xyzxyz"`, "the steps are customer, conversation"},
		{`{{ ref "message" .id }}`, 7, "ref: a step cannot refer to itself", "name the step that loads the parents"},
		{`{{ ref .id }}`, 7, "ref: the step must be written out in quotes", `write ref "STEP" [KEY]`},
		{`{{ ref "conversation" }}`, 7, `ref: step "conversation" reads another source, so this row has no key in it`, `give the parent's key: ref "conversation" (print ... .column)`},
		{`{{ .id | lookup "states" }}`, 16, `lookup: no table "states"`, `did you mean "statuses"?`},
		{`{{ lookup .id .id }}`, 10, "lookup: the table must be written out in quotes", `write lookup "TABLE" KEY`},
		// Values.
		{`{{ .id | default 'n/a' }}`, 0, "text stands in single quotes", `write it in double quotes or backquotes: "n/a"`},
		{`{{ .id | default 'n' }}`, 17, "text stands in single quotes", `write it in double quotes or backquotes: "n/a"`},
		{`{{ print 010 }}`, 9, "the number 010 begins with 0", `write "010" for text, or leave the zeros out`},
		{`{{ print 1i }}`, 9, "the number 1i is not understood", ""},
		{`{{ range 1000000000 }}{{ end }}`, 9, "range goes over a list, not a number", "split makes a list of text"},
		{`{{ nil }}`, 3, "nil is no value of its own", "{{ null }} clears a field"},
		{`{{ "x" "y" }}`, 3, `"x" is not a function, it takes no values`, "a function comes first, its values follow"},
		{`{{ $x = 1 }}`, 3, "undefined variable $x", "declare it with :="},
		{`{{ if .id }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}`, 38, "undefined variable $x", "declare it with := in this block or around it"},
		{`{{ print ($x := 1) }}`, 10, "a variable is set inside parentheses", "set it in an action of its own"},
		// Syntax.
		{`a {{ .id }} {{ if .id }} b`, 12, "this block is not closed", "add {{ end }}"},
		{`a {{ .id }} {{ end }} b`, 12, "{{ end }} without a block before it", "remove it, or open the block with if, with or range"},
		{`a {{ .id`, 2, "{{ is not closed", "add }}"},
		{`a {{ .id }`, 2, "{{ is not closed with two braces", "add }}"},
		{`{{ .id }}{{ print "a }}`, 9, "the text is not closed", `add "`},
		{`{{ .id }}{{ (.id }}{{ .id }}`, 9, "( is not closed", "add )"},
		{`{{ "}} {{" }}{{ .id == "x" }}`, 13, "= is not understood", `compare with eq: {{ if eq .a "b" }}`},
		{`{{ .id }}{{ if .id && .id }}x{{ end }}`, 9, "& is not understood", "write and: {{ if and .a .b }}"},
		{`{{ .id | default “x” }}`, 0, "curly quotes", `write straight quotes: "`},
		{`{{ .id }}{{ }}`, 9, "there is nothing to compute here", `name a column, {{ .name }}, or a value`},
		{`{{ .id }}{{ $y }}`, 9, `undefined variable "$y"`, "declare it with := in this block or around it"},
		{`x {{ define "a" }}{{ end }}`, 2, "define, template and block are not part of these templates", "write the text out in each field"},
		{`x {{ template "a" }}`, 14, "define, template and block are not part of these templates", "write the text out in each field"},
		{`{{ if .id || .id }}x{{ end }}`, 0, "|| is not understood", "write or: {{ if or .a .b }}"},
		{`{{ upper(.id) }}`, 0, "( right after a name", "values follow a function with spaces: {{ upper .name }}"},
		{`{{ .id + 1 }}`, 0, "signs of arithmetic are not understood", "write add, sub, mul or div: {{ add .a 1 }}"},
		{`{{ .['x'] }}`, 0, "[ is not understood", `write {{ index .list 0 }}, or {{ col "Column Name" }}`},
		{`{{ "a\q" }}`, 0, `the text has a \ that is not understood`, `write \\, or put the text in backquotes`},
		{`{{ .id | .id }}`, 9, ".id is not a function, it takes no values", "only functions follow a |"},
		{`{{ endif }}`, 3, `no function "endif"`, "every block ends with {{ end }}"},
		{`{{ break }}`, 0, "{{ break }} outside range", "remove it"},
	}
	for _, tt := range tests {
		t.Run(tt.template, func(t *testing.T) {
			text := mappings.Text{Value: tt.template, Pos: mappings.Pos{File: "p.yaml", Line: 1, Column: 1}}
			e, diagnostics := compileText(text, csvOptions())
			want := []mappings.Diagnostic{{Pos: text.At(tt.at), Message: tt.message, Hint: tt.hint}}
			if diff := cmp.Diff(want, diagnostics); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if e != nil {
				t.Error("a template with diagnostics was compiled")
			}
		})
	}
}

// TestAllDiagnosticsAtOnce: all that is wrong in a mapping is found, in file order, each at its own place.
func TestAllDiagnosticsAtOnce(t *testing.T) {
	at := func(line, column int) mappings.Pos { return mappings.Pos{File: "p.yaml", Line: line, Column: column} }
	scalar := func(value string, pos mappings.Pos, indent int) mappings.Node {
		return mappings.Node{Kind: mappings.Scalar, Pos: pos, Text: mappings.Text{Value: value, Pos: pos, Indent: indent}}
	}
	n := mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{
		{Name: "name", Value: scalar("{{ .idd | uper }} é {{ .nope1 }}", at(3, 10), 0)},
		{Name: "emails", Value: mappings.Node{Kind: mappings.List, Items: []mappings.Node{
			{Kind: mappings.Map, Fields: []mappings.Field{{Name: "email", Value: scalar("{{ .mail }}", at(4, 30), 0)}}},
		}}},
		{Name: "preview", Value: scalar("Hello\n  {{ .id }}\n{{ .boddy }}", at(6, 1), 8)},
		{Name: "{{ .id }}", Pos: at(9, 5), Value: scalar("x", at(9, 16), 0)},
	}}
	m, diagnostics := compile(n, csvOptions())
	var got []string
	for _, f := range diagnostics {
		got = append(got, f.Pos.String()+" "+f.Message)
	}
	want := []string{
		`p.yaml:3:13 no column "idd"`,
		`p.yaml:3:20 no function "uper"`,
		`p.yaml:3:33 no column "nope1"`,
		`p.yaml:4:33 no column "mail"`,
		`p.yaml:8:12 no column "boddy"`,
		`p.yaml:9:5 the name of a field is a template`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if m != nil {
		t.Error("a mapping with diagnostics was compiled")
	}
}

func TestDiagnosticsOfKeys(t *testing.T) {
	o := csvOptions()
	o.KeyText = true
	for template, want := range map[string]string{
		`{{ key }}`:                "key: the key cannot be made from itself",
		`{{ ref "customer" .id }}`: "ref: a key cannot hold an id that Kustomer gives",
		`{{ now }}`:                "now: a key must be the same in every run",
		`{{ run_id }}`:             "run_id: a key must be the same in every run",
	} {
		_, diagnostics := compileText(mappings.Text{Value: template}, o)
		if len(diagnostics) != 1 || diagnostics[0].Message != want {
			t.Errorf("%s: got %v, want %q", template, diagnostics, want)
		}
	}
}

func TestParentNeedsEach(t *testing.T) {
	_, diagnostics := compileText(mappings.Text{Value: `{{ parent.id }}`}, mappings.Options{})
	if len(diagnostics) != 1 || diagnostics[0].Message != "parent: there is no outer row" {
		t.Errorf("got %v", diagnostics)
	}
}

// TestUnknownHeader: no column is reported where the header is not known before reading.
func TestUnknownHeader(t *testing.T) {
	for _, template := range []string{`{{ .a.b.c }}`, `{{ col "x y" }}`, `{{ index . "x" }}`, `{{ parent.q }}`} {
		if _, diagnostics := compileText(mappings.Text{Value: template}, mappings.Options{Each: true}); len(diagnostics) > 0 {
			t.Errorf("%s: %v", template, diagnostics)
		}
	}
}

// TestSourceBounds: templates that are too long or too deep are refused in little time.
func TestSourceBounds(t *testing.T) {
	begin := time.Now()
	for name, template := range map[string]string{
		"long":       `{{ "x" }}` + strings.Repeat("x", mappings.MaxSource),
		"blocks":     strings.Repeat(`{{if 1}}`, 3000) + strings.Repeat(`{{end}}`, 3000),
		"parens":     `{{ ` + strings.Repeat("(", 5000) + `1` + strings.Repeat(")", 5000) + ` }}`,
		"else if":    `{{if 1}}` + strings.Repeat(`{{else if 1}}`, 3000) + `{{end}}`,
		"many wrong": strings.Repeat(`{{ "a" }}`, 5000) + `{{ .x == 1 }}`,
		"openings":   strings.Repeat(`{{ "`, 10000),
	} {
		if _, diagnostics := compileText(mappings.Text{Value: template}, mappings.Options{}); len(diagnostics) != 1 {
			t.Errorf("%s: %d diagnostics, want 1", name, len(diagnostics))
		}
	}
	if d := time.Since(begin); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestUses(t *testing.T) {
	e, diagnostics := compileText(mappings.Text{
		Value: `{{ .id }}{{ ref "customer" .Email }}{{ col "Last Name" }}{{ .id }}{{ now }}`,
		Pos:   mappings.Pos{File: "p.yaml", Line: 2, Column: 5},
	}, csvOptions())
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	if diff := cmp.Diff([]string{"id", "Email", "Last Name"}, e.Columns()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]mappings.RefUse{{Step: "customer", Pos: mappings.Pos{File: "p.yaml", Line: 2, Column: 17}}}, e.Refs()); diff != "" {
		t.Error(diff)
	}
	if !e.Volatile() {
		t.Error("now is not volatile")
	}
	for template, want := range map[string][]string{
		`{{ get . "id" }}`: {"id"}, `{{ index $ "id" }}`: {"id"}, `{{ hasKey . "id" }}`: nil, `{{ len . }}`: csvOptions().Columns,
	} {
		e, _ := compileText(mappings.Text{Value: template}, csvOptions())
		if diff := cmp.Diff(want, e.Columns()); diff != "" {
			t.Errorf("columns of %s: %s", template, diff)
		}
	}
	whole, _ := compileText(mappings.Text{Value: `{{ json . }}`}, csvOptions())
	if diff := cmp.Diff(csvOptions().Columns, whole.Columns()); diff != "" {
		t.Error(diff)
	}
}
