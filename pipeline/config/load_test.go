package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kustsync/kustsync/mappings"
)

// full uses every key of the file.
const full = `version: 1
name: zendesk-history

kustomer:
  org: acme
  api_key: ${ACME_KEY}
  allow_host: false
  budget: 50.5%

run:
  workers: 4
  bulk: never
  retries: 2
  timeout: 10s
  in_doubt_wait: 1m30s
  bulk_in_doubt_wait: 20m
  outage_wait: 0s
  max_errors: 25
  timezone: America/New_York

sources:
  people: { path: data/customers.csv.gz, type: csv, delimiter: tab, encoding: windows-1252, comment: "#", skip_rows: 2, header_row: 3, null_values: ["NULL", \N], max_unpacked: 1 GiB }
  tickets: { path: /srv/tickets.xlsx, sheet: 2, range: A3:H900, header: [id, 2024] }
  comments: { path: "comments-*.json", records: $.data.comments }
  pipe: { path: "-", type: ndjson }

tables:
  agents: { path: data/agents.csv, key: email, value: kustomer_user_id, encoding: utf-8 }
  statuses: { values: { open: open, 7: 3, solved: true, "*": done } }

steps:
  customer:
    from: people
    sink: create_customer
    key: "zd-{{ .id }}"
    when: '{{ ne .email "" }}'
    if_exists: update
    match: [externalId, email]
    on_duplicate: first
    look_first: true
    empty: clear
    mapping:
      name: |
        {{ .first }}
          {{ .last }}
      emails: [{ type: work, email: "{{ .email }}", verified: true }]
      sentiment: { polarity: 1 }
  message:
    from: more/messages.ndjson
    sink: send_message
    key: "zd-c-{{ .id }}"
    each: comments
    ordering_key: "{{ .ticket_id }}"
    deliver: false
    max_deliveries: 10
    recipient_allow: ["*@test.example"]
    mapping: { conversation: '{{ ref "customer" }}', channel: email, direction: in, size: 0070 }
  piped: { from: pipe, sink: create_customer, key: "{{ .id }}", mapping: {} }
  tickets: { from: tickets, sink: create_customer, key: "{{ .id }}", mapping: {} }
  comments: { from: comments, sink: create_customer, key: "{{ .id }}", mapping: {} }
`

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "load.yaml")
	if err := os.WriteFile(path, []byte("\ufeff"+full), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, Options{Specs: specs()})
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) Pos { return Pos{File: path, Line: line, Column: column} }
	lines := strings.Split(full, "\n")
	// as returns a value with the place at which it is written on a line.
	as := func(value, written string, line int) String {
		return String{Value: value, Pos: at(line, strings.Index(lines[line-1], written)+1)}
	}
	str := func(value string, line int) String { return as(value, value, line) }
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	people := Source{
		Name: "people", Pos: at(22, 3), Path: as(dir+"/data/customers.csv.gz", "data/cust", 22), Type: "csv", Delimiter: "\t",
		Encoding: str("windows-1252", 22), Comment: "#", SkipRows: 2, HeaderRow: 3, NullValues: []string{"NULL", `\N`}, MaxUnpacked: 1 << 30,
	}
	tickets := Source{
		Name: "tickets", Pos: at(23, 3), Path: str("/srv/tickets.xlsx", 23), Sheet: as("2", "2, range", 23),
		Range: str("A3:H900", 23), Header: []string{"id", "2024"},
	}
	comments := Source{Name: "comments", Pos: at(24, 3), Path: as(dir+"/comments-*.json", `"comments-`, 24), Records: as("data.comments", "$.data", 24)}
	pipe := Source{Name: "pipe", Pos: at(25, 3), Path: as("-", `"-"`, 25), Type: "ndjson"}
	want := &File{
		Path: path, Dir: dir, Name: "zendesk-history",
		Kustomer: Kustomer{Org: str("acme", 5), APIKeyEnv: "ACME_KEY", Budget: 0.505},
		Run: Run{
			Workers: 4, Bulk: str("never", 12), Retries: 2, Timeout: 10 * time.Second, InDoubtWait: 90 * time.Second,
			BulkInDoubtWait: 20 * time.Minute, MaxErrors: Budget{Rows: 25}, Timezone: newYork,
		},
		Sources: []Source{people, tickets, comments, pipe},
		Tables: []Table{
			{
				Name: "agents", Pos: at(28, 3), Key: str("email", 28), Value: str("kustomer_user_id", 28),
				Source: &Source{Pos: at(28, 3), Path: as(dir+"/data/agents.csv", "data/", 28), Encoding: str("utf-8", 28)},
			},
			{Name: "statuses", Pos: at(29, 3), Values: mappings.Table{"open": "open", "7": json.Number("3"), "solved": true, "*": "done"}},
		},
	}
	ignore := []cmp.Option{cmpopts.IgnoreUnexported(File{}), cmpopts.IgnoreFields(File{}, "Steps"), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })}
	if diff := cmp.Diff(want, got, ignore...); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	customer, message := got.Steps[0], got.Steps[1]
	wantStep := Step{
		Name: "customer", Pos: at(32, 3), From: str("people", 33), Source: people, Sink: str("create_customer", 34),
		Key: mappings.Text{Value: "zd-{{ .id }}", Pos: at(35, 11)}, When: &mappings.Text{Value: `{{ ne .email "" }}`, Pos: at(36, 12)},
		IfExists: Update, IfMerged: RejectMerged, IfDeleted: RejectDeleted, Match: []String{str("externalId", 38), str("email", 38)}, OnDuplicate: First, LookFirst: true, PreserveCompany: true, Empty: mappings.Clear,
	}
	if diff := cmp.Diff(wantStep, customer, cmpopts.IgnoreFields(Step{}, "Mapping"), cmpopts.IgnoreUnexported(Step{})); diff != "" {
		t.Errorf("step customer (-want +got):\n%s", diff)
	}
	name := customer.Mapping.Fields[0].Value.Text
	if place := name.At(strings.Index(name.Value, ".last")); place != at(45, 14) {
		t.Errorf("the place inside of a block is %v", place)
	}
	if verified := customer.Mapping.Fields[1].Value.Items[0].Fields[2].Value; verified.Const != true {
		t.Errorf("verified: %#v", verified)
	}
	if size := message.Mapping.Fields[3].Value; size.Const != nil || size.Text.Value != "0070" {
		t.Errorf("a number with leading zeros: %#v", size)
	}
	if message.Source.Path.Value != dir+"/more/messages.ndjson" || message.Each.Value != "comments" || message.MaxDeliveries != 10 || message.OrderingKey.Value != "{{ .ticket_id }}" {
		t.Errorf("step message: %+v", message)
	}
}

// TestDefaults: a file without the keys that have defaults is the file with the defaults that the schema states.
func TestDefaults(t *testing.T) {
	file, diagnostics := read(t, smallest, Options{})
	if diagnostics != "" {
		t.Fatal(diagnostics)
	}
	root := buildSchema(nil, allSinks)["definitions"].(document)
	var lines []string
	for _, part := range []string{"kustomer", "run"} {
		lines = append(lines, part+":")
		properties := root[part].(document)["properties"].(document)
		for name, property := range properties {
			if d, ok := property.(document)["default"]; ok {
				text, _ := json.Marshal(d)
				lines = append(lines, "  "+name+": "+string(text))
			}
		}
	}
	stated, diagnostics := read(t, smallest+strings.Join(lines, "\n"), Options{})
	if diagnostics != "" {
		t.Fatal(diagnostics)
	}
	stated.Run.Bulk.Pos = Pos{}
	opts := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(stated.Kustomer, file.Kustomer); diff != "" {
		t.Errorf("kustomer (-pipeline.schema.json +emptyFile):\n%s", diff)
	}
	if diff := cmp.Diff(stated.Run, file.Run, opts); diff != "" {
		t.Errorf("run (-pipeline.schema.json +defaultRun):\n%s", diff)
	}
	if step := file.Steps[0]; step.IfExists != Skip || step.IfMerged != RejectMerged || step.IfDeleted != RejectDeleted || step.OnDuplicate != Reject || step.Empty != mappings.Omit || file.Name != "pipeline" {
		t.Errorf("step: %+v", step)
	}
}

// TestSchemaAndStructs: the keys of the schema are those that the decoder knows, and a file that uses every key sets
// every field.
func TestSchemaAndStructs(t *testing.T) {
	root := buildSchema(specs(), allSinks)
	definitions := root["definitions"].(document)
	names := func(d any) []string { return sortedKeys(d.(document)["properties"].(document)) }
	for _, c := range []struct {
		part         string
		schema, code []string
	}{
		{"file", names(root), sortedKeys(fileKeys)},
		{"kustomer", names(definitions["kustomer"]), sortedKeys(kustomerKeys)},
		{"run", names(definitions["run"]), sortedKeys(runKeys)},
		{"sandbox", names(definitions["sandbox"]), sortedKeys(sandboxKeys)},
		{"source", names(definitions["source"]), sortedKeys(sourceKeys)},
		{"table", names(definitions["table"]), without(sorted(append(sortedKeys(tableKeys), sortedKeys(sourceKeys)...)), "expect")},
		{"expect", names(definitions["expect"]), sortedKeys(expectKeys)},
		{"step", names(definitions["step"]), sortedKeys(stepKeys)},
	} {
		if diff := cmp.Diff(c.schema, c.code); diff != "" {
			t.Errorf("keys of %s (-pipeline.schema.json +decode.go and decode_step.go):\n%s", c.part, diff)
		}
	}
	text := strings.Replace(full, ", header_row: 3", ", header_row: 3, header: [a], sheet: A, range: A1:B2, records: x, expect: { min_rows: 1, max_drop: 20%, max_change: 5.5%, max_age: 26h, complete: true }", 1)
	file, _ := read(t, strings.Replace(text, "deliver: false", "deliver: true", 1), Options{})
	noZero(t, file.Run, "OutageWait")
	noZero(t, file.Sources[0])
	noZero(t, *file.Sources[0].Expect)
	noZero(t, file.Steps[0], "OrderingKey", "Each", "Deliver", "MaxDeliveries", "RecipientAllow", "NeverOverwrite", "SetIfEmpty", "Finalize")
	noZero(t, file.Steps[1], "When", "Match", "LookFirst", "Empty", "NeverOverwrite", "SetIfEmpty", "Finalize")
}

// without returns words without one of them.
func without(words []string, word string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return w == word })
}

// TestUpdateKeys: the keys of a step that are about updates are decoded with their places.
func TestUpdateKeys(t *testing.T) {
	file, _ := read(t, smallest+"    never_overwrite: [name, custom.tierStr]\n    set_if_empty: [gender]\n    preserve_company: false\n    finalize: true\n", Options{})
	step := file.Steps[0]
	if len(step.NeverOverwrite) != 2 || step.NeverOverwrite[1].Value != "custom.tierStr" || step.SetIfEmpty[0].Value != "gender" || step.PreserveCompany || !step.Finalize {
		t.Errorf("%+v", step)
	}
	if pos, ok := step.Given("finalize"); !ok || pos.Column != 5 {
		t.Errorf("finalize stands at %v, %v", pos, ok)
	}
	if _, ok := step.Given("when"); ok {
		t.Error("a key that is not there is given")
	}
}

// TestGoneKeys: the keys of a step that are about objects which Kustomer no longer has are decoded.
func TestGoneKeys(t *testing.T) {
	file, _ := read(t, smallest+"    if_merged: use\n    if_deleted: recreate\n", Options{})
	if step := file.Steps[0]; step.IfMerged != UseMerged || step.IfDeleted != Recreate {
		t.Errorf("if_merged %q, if_deleted %q", step.IfMerged, step.IfDeleted)
	}
	file, _ = read(t, smallest+"    if_deleted: skip\n", Options{})
	if step := file.Steps[0]; step.IfDeleted != SkipDeleted {
		t.Errorf("if_deleted %q", step.IfDeleted)
	}
}

// noZero checks that every exported field of v is set, except some.
func noZero(t *testing.T, v any, except ...string) {
	t.Helper()
	for field, value := range reflect.ValueOf(v).Fields() {
		if field.IsExported() && value.IsZero() && !slices.Contains(except, field.Name) {
			t.Errorf("%T.%s is not set by the file that uses every key: set it in decode.go or decode_step.go, and use its key in full", v, field.Name)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return sorted(names)
}

func sorted(names []string) []string { slices.Sort(names); return names }

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "no such file",
		dir:                             "is a folder",
	} {
		if _, err := Load(path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s): %v, want %q", path, err, want)
		}
	}
}

func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"/a/Zendesk History.yaml":        "zendesk-history",
		"pipeline.yml":                   "pipeline",
		"日本.yaml":                        "pipeline",
		"a.b.yaml":                       "a-b",
		strings.Repeat("x", 90) + ".yml": strings.Repeat("x", 64),
	} {
		if got := nameOf(path); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", path, got, want)
		}
	}
}

// TestTarget: the environment says where to load when the file does not.
func TestTarget(t *testing.T) {
	env := environment(map[string]string{"KUSTOMER_ORG": "env-org", "MY_ORG": "mine", "KUSTOMER_BASE_URL": "http://127.0.0.1:8911/"})
	for _, c := range []struct{ kustomer, org, base string }{
		{"{}", "env-org", "http://127.0.0.1:8911"},
		{"{ org: acme }", "acme", ""},
		{"{ org: '${MY_ORG}' }", "mine", ""},
		{"{ org: '${NOT_SET}' }", "", ""},
		{"{ base_url: '${NOT_SET}' }", "", ""},
		{"{ base_url: 'https://acme.api.kustomerapp.com/' }", "", "https://acme.api.kustomerapp.com"},
	} {
		file, diagnostics := read(t, smallest+"kustomer: "+c.kustomer, Options{Env: env})
		if diagnostics != "" {
			t.Errorf("%s: %s", c.kustomer, diagnostics)
		}
		if k := file.Kustomer; k.Org.Value != c.org || k.BaseURL.Value != c.base {
			t.Errorf("%s: org %q, base_url %q", c.kustomer, k.Org.Value, k.BaseURL.Value)
		}
	}
}

// TestMerge: an entry of the map itself wins over a merged one, whichever comes first.
func TestMerge(t *testing.T) {
	file, diagnostics := read(t, `version: 1
steps:
  a: &a { from: a.csv, sink: create_customer, key: "{{ .id }}", mapping: &m { name: "{{ .name }}" } }
  b: { <<: *a, from: b.csv }
  c: { key: "{{ .other }}", <<: [{ from: c.csv }, *a] }
  d: { <<: *a, mapping: { <<: *m, gender: m } }
`, Options{})
	if diagnostics != "" {
		t.Fatal(diagnostics)
	}
	var got []string
	for _, s := range file.Steps {
		got = append(got, s.Name+" "+s.From.Value+" "+s.Key.Value+" "+s.Mapping.Fields[len(s.Mapping.Fields)-1].Name)
	}
	want := []string{"a a.csv {{ .id }} name", "b b.csv {{ .id }} name", "c c.csv {{ .other }} name", "d a.csv {{ .id }} name"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestFileDiagnostic: File.Diagnostic adds the line of the file, except to a File that was not read from text.
func TestFileDiagnostic(t *testing.T) {
	file, _ := read(t, smallest, Options{})
	pos := Pos{File: "pipeline.yaml", Line: 6, Column: 14}
	want := Diagnostic{Pos: pos, Message: "m", Hint: "h", Line: `    key: "{{ .email }}"`}
	if got := file.Diagnostic(pos, "m", "h"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.Line = ""
	if got := new(File).Diagnostic(pos, "m", "h"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
