package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// tickets is a pipeline of which the tests render rows of the second step, a ticket; %s are more lines of the step
// and the value of the subject, which more fields may follow.
const tickets = `
version: 1
steps:
  person: { from: in.csv, sink: make_person, key: "p{{ .person }}", when: '{{ ne .person "skip" }}', mapping: { name: x } }
  ticket:
    from: in.csv
    sink: make_ticket
    key: "{{ .id }}"
    %s
    mapping: { subject: %s }
`

// testSpecs are the sinks of these tests.
func testSpecs() []sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	lookups := []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/x/{value}"}}}
	return sinks.Prepare(
		sinks.Spec{Name: "make_person", Object: "person", ExternalID: "externalId", Create: []sinks.Route{{Method: "POST", Path: "/people"}},
			Fields: []sinks.Field{text("externalId"), text("name")}, Lookups: lookups},
		sinks.Spec{Name: "make_ticket", Object: "ticket", ExternalID: "externalId", Create: []sinks.Route{{Method: "POST", Path: "/tickets"}},
			Fields: []sinks.Field{text("externalId"), text("subject"), {Name: "person", Type: sinks.ID}}, Lookups: lookups},
	)
}

// testForms are what templates of these tests may find: agents, which no run changes, and people, which it may.
func testForms() []sinks.Form {
	return []sinks.Form{
		{Kind: "agent", By: "email", Args: []string{"email"}, Paths: []string{"/agents?email={email}"}, Pick: sinks.PickEqual, Attr: "email", Fixed: true},
		{Kind: "person", By: "email", Args: []string{"email"}, Paths: []string{"/people?email={email}"}, Pick: sinks.PickEqual, Attr: "email"},
	}
}

// newRenderer returns a Renderer of the step "ticket"; more are lines of the step, subject is
// the value of that field, which more fields may follow.
func newRenderer(t *testing.T, more, subject string, l Lookups) *Renderer {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte("id,person,subject\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := config.Parse(filepath.Join(dir, "p.yaml"), fmt.Appendf(nil, tickets, more, subject), config.Options{Specs: testSpecs()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Bind(t.Context(), f, program.BindOptions{Specs: testSpecs(), Forms: testForms()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	step, _ := p.Step("ticket")
	return New(p, Options{Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), RunID: "run-1", CountFinds: true}).Step(step, l)
}

// rowOf returns a row as the step sees it.
func rowOf(id, person, subject string) *Row {
	values := sources.Object{"id": id, "person": person, "subject": subject}
	return &Row{View: View{Read: sources.Row{Values: values}, Number: 1, Values: values}, Placeholders: Placeholders{}}
}

// fill names and fills a row.
func fill(t *testing.T, r *Renderer, row *Row) error {
	t.Helper()
	if skip, err := r.Name(row); skip || err != nil {
		t.Fatalf("Name returns %t, %v", skip, err)
	}
	return r.Fill(t.Context(), row)
}

func TestName(t *testing.T) {
	r := newRenderer(t, `when: '{{ ne .subject "skip" }}'`, "x", Lookups{})
	damaged := rowOf("1", "", "")
	damaged.Err = errors.New("torn")
	for _, c := range []struct {
		name string
		row  *Row
		key  string
		skip bool
		want any // *DamagedError, *FieldError or nil
	}{
		{"a row", rowOf("7", "", "a"), "7", false, nil},
		{"a row that when leaves out", rowOf("7", "", "skip"), "", true, nil},
		{"a row without a key", rowOf("", "", "a"), "", false, &FieldError{}},
		{"a damaged row", damaged, "", false, &DamagedError{}},
	} {
		skip, err := r.Name(c.row)
		if skip != c.skip || c.row.Key != c.key || (err != nil) != (c.want != nil) || err != nil && fmt.Sprintf("%T", err) != fmt.Sprintf("%T", c.want) {
			t.Errorf("%s: Name returns %t, %T and the key %q; want %t, %T and %q", c.name, skip, err, c.row.Key, c.skip, c.want, c.key)
		}
	}
}

func TestLanes(t *testing.T) {
	r := newRenderer(t, `ordering_key: '{{ .person }}'`, "x, externalId: 'x{{ .subject }}'", Lookups{})
	for _, c := range []struct {
		row  *Row
		want []LaneName
	}{
		{rowOf("1", "a", "s"), []LaneName{{ByKey, "1"}, {ByExternalID, "xs"}, {ByOrder, "a"}}},
		{rowOf("2", "", "s"), []LaneName{{ByKey, "2"}, {ByExternalID, "xs"}}},
	} {
		if _, err := r.Name(c.row); err != nil {
			t.Fatal(err)
		}
		got, err := r.Lanes(t.Context(), c.row, nil)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("row %s: %v, lanes (-want +got):\n%s", c.row.Key, err, diff)
		}
	}
	bad := newRenderer(t, `ordering_key: '{{ required "no lane" .person }}'`, "x", Lookups{})
	row := rowOf("1", "", "s")
	if _, err := bad.Name(row); err != nil {
		t.Fatal(err)
	}
	_, err := bad.Lanes(t.Context(), row, nil)
	if field, ok := errors.AsType[*FieldError](err); !ok || field.Field != "ordering_key" {
		t.Errorf("the error of an ordering key is %v", err)
	}
}

func TestRefs(t *testing.T) {
	const id = "0123456789abcdef01234567"
	lost := errors.New("disk")
	for _, c := range []struct {
		name, person string
		id           string // that Parent returns
		err          error  // that Parent returns
		want         string // shown payload's person
		wantErr      string
		outcome      ledger.Outcome // of the ParentError
	}{
		{name: "an object that is loaded", person: "1", id: id, want: id},
		{name: "an object that is to be loaded", person: "1", want: `<id of person "p1">`},
		{name: "an object that is not there", person: "1", err: &ParentError{Ref: Ref{"person", "p1"}, Outcome: ledger.Rejected, Reason: "was rejected"},
			wantErr: `person "p1" was rejected`, outcome: ledger.Rejected},
		{name: "an object that is skipped on the same row", person: "skip", err: &ParentError{Ref: Ref{"person", "pskip"}, Outcome: ledger.Rejected, Reason: "was never loaded"},
			wantErr: `person "pskip" is skipped on the same row`, outcome: ledger.Skipped},
		{name: "a ledger that cannot be read", person: "1", err: &UnreadError{lost}, wantErr: "reading the ledger: disk"},
	} {
		asked := 0
		r := newRenderer(t, "", "x, person: '{{ ref \"person\" }}'", Lookups{Parent: func(_ context.Context, at Ref, skipped bool) (Object, error) {
			if asked++; at != (Ref{"person", "p" + c.person}) || skipped != (c.person == "skip") {
				t.Errorf("%s: Parent is asked for %v, skipped: %t", c.name, at, skipped)
			}
			return Object{ID: c.id}, c.err
		}})
		row := rowOf("1", c.person, "")
		err := fill(t, r, row)
		if c.wantErr != "" {
			parent, _ := errors.AsType[*ParentError](err)
			if err == nil || !containsText(err, c.wantErr) || c.outcome != "" && (parent == nil || parent.Outcome != c.outcome) {
				t.Errorf("%s: Fill returns %v, want %q", c.name, err, c.wantErr)
			}
			if errors.Is(c.err, lost) && !errors.Is(err, lost) {
				t.Errorf("%s: Fill returns %v, which hides the ledger's error", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := row.Placeholders.Show(row.Payload()["person"]); got != c.want {
			t.Errorf("%s: the payload has %v, want %v", c.name, got, c.want)
		}
		if err := fill(t, r, rowOf("2", c.person, "")); err != nil || asked != map[bool]int{true: 1, false: 2}[c.id != ""] {
			t.Errorf("%s: %v, and Parent was asked %d times for two rows; only ids are remembered", c.name, err, asked)
		}
	}
}

func containsText(err error, text string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == text {
			return true
		}
	}
	return false
}

func TestFinds(t *testing.T) {
	const subject = `'{{ (find "agent" "email" .person).id }}'`
	answer := sinks.Answer{Items: []any{map[string]any{"id": "a1", "email": "a"}}}
	var asked []string
	ask := func(_ context.Context, q sinks.Question) (sinks.Answer, error) {
		asked = append(asked, q.Paths[0])
		return answer, nil
	}

	t.Run("nobody to ask", func(t *testing.T) {
		row := rowOf("1", "a", "")
		r := newRenderer(t, "", subject, Lookups{})
		if err := fill(t, r, row); err != nil || !HasLater(row.Payload()) || r.run.Finds() != 1 {
			t.Errorf("%v, payload %v, %d questions are counted; want a value that is known later, and 1", err, row.Payload(), r.run.Finds())
		}
	})
	t.Run("answers are remembered", func(t *testing.T) {
		r := newRenderer(t, "", subject, Lookups{Ask: ask})
		for _, id := range []string{"1", "2"} {
			row := rowOf(id, "a", "")
			if err := fill(t, r, row); err != nil || row.Payload()["subject"] != "a1" {
				t.Errorf("row %s: %v, %v", id, err, row.Payload())
			}
		}
		if !slices.Equal(asked, []string{"/agents?email=a"}) {
			t.Errorf("asked %q, want one question for two rows", asked)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		for class, atFault := range map[sinks.Class]bool{sinks.Unreached: false, sinks.Refused: true} {
			r := newRenderer(t, "", subject, Lookups{Ask: func(context.Context, sinks.Question) (sinks.Answer, error) {
				return sinks.Answer{}, &sinks.Error{Class: class, Message: "no"}
			}})
			err := fill(t, r, rowOf("1", "a", ""))
			if _, unanswered := errors.AsType[*UnansweredError](err); err == nil || unanswered == atFault {
				t.Errorf("%v: the error is %v; the row is at fault: %t", class, err, atFault)
			}
		}
	})
	t.Run("what is missed may appear", func(t *testing.T) {
		for _, c := range []struct {
			kind      string
			mayAppear bool
			later     bool
		}{{"person", true, true}, {"person", false, false}, {"agent", true, false}} {
			r := newRenderer(t, "", fmt.Sprintf(`'{{ (find "%s" "email" .person).id }}'`, c.kind), Lookups{
				Ask: func(context.Context, sinks.Question) (sinks.Answer, error) { return sinks.Answer{}, nil }, MayAppear: func() bool { return c.mayAppear },
			})
			row := rowOf("1", "nobody", "")
			if err := fill(t, r, row); HasLater(row.Payload()) != c.later || (err == nil) != c.later {
				t.Errorf("%+v: %v, payload %v", c, err, row.Payload())
			}
		}
	})
}

func TestVolatilePayloadsHaveOneHash(t *testing.T) {
	const subject = "'{{ .subject }} {{ run_id }}'"
	row := rowOf("1", "", "a")
	if err := fill(t, newRenderer(t, "", subject, Lookups{}), row); err != nil {
		t.Fatal(err)
	}
	other := newRenderer(t, "", subject, Lookups{})
	other.run.opts.RunID = "run-2"
	again, changed := rowOf("1", "", "a"), rowOf("1", "", "b")
	if err := errors.Join(fill(t, other, again), fill(t, other, changed)); err != nil {
		t.Fatal(err)
	}
	if row.Payload()["subject"] != "a run-1" || again.Payload()["subject"] != "a run-2" || row.Body != nil {
		t.Errorf("the payloads are %v and %v", row.Payload(), again.Payload())
	}
	if row.Hash != again.Hash || row.Hash == changed.Hash || row.Content()["subject"] != "a "+ConstantRunID {
		t.Errorf("the hashes are %x, of the next run %x, of other content %x; hashed is %v", row.Hash, again.Hash, changed.Hash, row.Content())
	}
}
