package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
)

// personUpdates is a pipeline that keeps people up to date.
const personUpdates = `
version: 1
run: { workers: 4, retries: 1 }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    if_exists: update
    MORE
    mapping: { email: "{{ .email }}", note: "{{ .note }}", age: "{{ .age }}" }
`

// updates is what arrived of updates, one line each.
func (s *service) updates() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

func newUpdateBench(t *testing.T, more string) *bench {
	return newBench(t, strings.Replace(personUpdates, "MORE", more, 1), map[string]string{"people.csv": "id,email,note,age\n1,a@x.example,hi,7\n"})
}

// TestOnlyChangedFields: an update holds what the source has changed, and leaves the rest to others.
func TestOnlyChangedFields(t *testing.T) {
	b := newUpdateBench(t, "")
	want(t, b.mustRun(), "created 1")
	b.service.objects[0].payload["age"] = json.Number("50") // somebody else's
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,7\n")
	want(t, b.mustRun(), "updated 1")
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,8\n")
	want(t, b.mustRun(func(o *Options) { o.DryRun = true }), "planned 1")
	want(t, b.mustRun(), "updated 1")
	want(t, b.mustRun(), "unchanged 1")
	if d := cmp.Diff([]string{`{"note":"ho"}`, `{"age":8}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
}

// TestAFieldThatIsNoLongerMapped is not touched, and sent when it comes back.
func TestAFieldThatIsNoLongerMapped(t *testing.T) {
	b := newUpdateBench(t, "")
	full := b.yaml
	want(t, b.mustRun(), "created 1")
	b.yaml = strings.Replace(full, `note: "{{ .note }}", `, "", 1)
	want(t, b.mustRun(), "unchanged 1")
	b.yaml = full
	want(t, b.mustRun(), "updated 1")
	if d := cmp.Diff([]string{`{"note":"hi"}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
}

// TestAnUpdateInDoubt: which fields of a lost update arrived is not known, so the next one sends all.
func TestAnUpdateInDoubt(t *testing.T) {
	for _, f := range []fault{lostBefore, lostAfter} {
		b := newUpdateBench(t, "")
		want(t, b.mustRun(), "created 1")
		b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,7\n")
		b.service.fault = func(string, string, int) fault { return f }
		b.yaml = strings.Replace(b.yaml, "retries: 1", "retries: 0, in_doubt_wait: 10ms", 1)
		want(t, b.mustRun(), "in_doubt 1")
		b.service.fault = nil
		b.file("people.csv", "id,email,note,age\n1,a@x.example,hi,9\n")
		want(t, b.mustRun(), "updated 1")
		got := b.service.updates()
		if last := got[len(got)-1]; last != `{"age":9,"email":"a@x.example","externalId":"1","note":"hi"}` {
			t.Errorf("sent %s", last)
		}
		want(t, b.mustRun(), "unchanged 1")
	}
}

func TestARefusedUpdateKeepsWhatIsKnown(t *testing.T) {
	b := newUpdateBench(t, "")
	want(t, b.mustRun(), "created 1")
	b.service.fault = func(string, string, int) fault { return refuse }
	b.file("people.csv", "id,email,note,age\n1,a@x.example,bad,7\n")
	want(t, b.mustRun(func(o *Options) { o.MaxErrors = &all }), "rejected 1")
	b.service.fault = nil
	b.file("people.csv", "id,email,note,age\n1,a@x.example,good,7\n")
	want(t, b.mustRun(), "updated 1")
	if got := b.service.updates(); got[len(got)-1] != `{"note":"good"}` {
		t.Errorf("sent %v", got)
	}
}

// TestVolatileFields: what only differs from run to run is no news.
func TestVolatileFields(t *testing.T) {
	b := newUpdateBench(t, "")
	b.yaml = strings.Replace(b.yaml, `email: "{{ .email }}"`, `email: "{{ .email }} {{ run_id }}"`, 1)
	want(t, b.mustRun(), "created 1")
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,7\n")
	want(t, b.mustRun(), "updated 1")
	if d := cmp.Diff([]string{`{"note":"ho"}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
}

func TestNeverOverwrite(t *testing.T) {
	b := newUpdateBench(t, "never_overwrite: [note]")
	want(t, b.mustRun(), "created 1")
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,7\n")
	want(t, b.mustRun(), "unchanged 1")
	if got := b.service.updates(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
	b.file("people.csv", "id,email,note,age\n1,a@x.example,hum,8\n")
	want(t, b.mustRun(), "updated 1")
	if d := cmp.Diff([]string{`{"age":8}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
	if b.service.objects[0].payload["note"] != "hi" {
		t.Error("the note was overwritten")
	}
}

// TestNeverOverwriteWhatWasThere: an object that is found is updated without those fields.
func TestNeverOverwriteWhatWasThere(t *testing.T) {
	b := newUpdateBench(t, "never_overwrite: [note]")
	b.service.seed("person", map[string]any{"externalId": "1", "note": "theirs"})
	want(t, b.mustRun(), "updated 1")
	if d := cmp.Diff([]string{`{"age":7,"email":"a@x.example","externalId":"1"}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
}

func TestSetIfEmpty(t *testing.T) {
	b := newUpdateBench(t, "set_if_empty: [note, age]")
	want(t, b.mustRun(), "created 1")
	maps.Copy(b.service.objects[0].payload, map[string]any{"note": "", "age": json.Number("50")})
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,8\n")
	want(t, b.mustRun(), "updated 1")
	if d := cmp.Diff([]string{`{"note":"ho"}`}, b.service.updates()); d != "" {
		t.Error(d)
	}
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,9\n")
	want(t, b.mustRun(), "unchanged 1") // nothing to send, and it is remembered
	want(t, b.mustRun(), "unchanged 1")
	if got := b.service.requests("read"); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestSetIfEmptyOfWhatIsGone(t *testing.T) {
	b := newUpdateBench(t, "set_if_empty: [note]")
	want(t, b.mustRun(), "created 1")
	b.service.objects = nil
	b.file("people.csv", "id,email,note,age\n1,a@x.example,ho,8\n")
	want(t, b.mustRun(func(o *Options) { o.MaxErrors = &all }), "rejected 1")
}

// TestChangesSendOnlyWhatChanged, with what every request of the sink must hold.
func TestChangesSendOnlyWhatChanged(t *testing.T) {
	b, ids := newChangeBench(t, 2)
	b.file("changes.csv", "key,id,name,note\nk,"+ids[0]+",Ann,x\n")
	want(t, b.mustRun(), "updated 1")
	b.file("changes.csv", "key,id,name,note\nk,"+ids[0]+",Ann,y\n")
	want(t, b.mustRun(), "updated 1")
	b.file("changes.csv", "key,id,name,note\nk,"+ids[1]+",Ann,y\n") // of another object nothing is known
	want(t, b.mustRun(), "updated 1")
	d := cmp.Diff([]string{
		fmt.Sprintf(`{"id":"%s","name":"Ann","note":"x"}`, ids[0]),
		fmt.Sprintf(`{"id":"%s","name":"Ann","note":"y"}`, ids[0]), // name is in Keep
		fmt.Sprintf(`{"id":"%s","name":"Ann","note":"y"}`, ids[1]),
	}, b.service.updates())
	if d != "" {
		t.Error(d)
	}
}

func TestUpdateFaults(t *testing.T) {
	step := func(sink, more string) string {
		return "version: 1\nsteps:\n  s:\n    from: a.csv\n    sink: " + sink + "\n    key: '{{ .id }}'\n    " + more + "\n    mapping: { id: '{{ .id }}', name: '{{ .id }}' }\n"
	}
	person := func(more string) string {
		return strings.Replace(step("make_person", more), "id: '{{ .id }}', ", "", 1)
	}
	for _, tt := range []struct{ yaml, want string }{
		{person("never_overwrite: [nmae]"), `p.yaml:7:23: never_overwrite names "nmae", which is no field of make_person; did you mean "name"?`},
		{person("set_if_empty: [name.first]"), "set_if_empty names a part of name, which is sent as a whole; write name"},
		{person("set_if_empty: [zzzzzzzzzz]"), "see `kustsync sinks make_person`"},
		{step("change_person", "never_overwrite: [name]"), "change_person makes nothing, so that these fields would never be sent; leave them out of the mapping"},
		{strings.Replace(step("make_reply", "set_if_empty: [text]"), "id: '{{ .id }}', name:", "ticket: '{{ .id }}', text:", 1), "make_reply updates nothing; leave set_if_empty out"},
		{strings.Replace(step("make_ticket", "preserve_company: false"), "id: '{{ .id }}', name:", "subject:", 1), "make_ticket changes nobody's company; leave preserve_company out"},
	} {
		b := newBench(t, tt.yaml, map[string]string{"a.csv": "id\n1\n"})
		if _, err := b.plan(); !faultSays(err, tt.want) {
			t.Errorf("%s\ngot  %v\nwant %s", tt.yaml, err, tt.want)
		}
	}
	b := newBench(t, person("never_overwrite: [name]"), map[string]string{"a.csv": "id\n1\n"})
	p := b.mustPlan()
	defer p.Close()
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Message, "never_overwrite is for updates, and this step makes none") {
		t.Errorf("%v", p.Warnings)
	}
}

// A field that no update has needs no guard: who names it has misspelt it, or forgotten to map it.
func TestIdleGuards(t *testing.T) {
	for names, want := range map[string]string{
		"[name, externalId]":    "",
		"[name, email]":         "p.yaml:8:29: never_overwrite names email, which the mapping does not fill; map it, or leave it out of never_overwrite",
		"[custom, custom.aStr]": "",
		"[custom.bStr]":         "p.yaml:8:23: never_overwrite names custom.bStr, which the mapping does not fill; map it, or leave it out of never_overwrite",
	} {
		b := newBench(t, "version: 1\nsteps:\n  s:\n    from: a.csv\n    sink: make_person\n    key: '{{ .id }}'\n    if_exists: update\n    never_overwrite: "+names+
			"\n    mapping: { name: x, custom: { aStr: '{{ .id }}' } }\n", map[string]string{"a.csv": "id\n1\n"})
		p := b.mustPlan()
		defer p.Close()
		if want == "" && len(p.Warnings) == 0 {
			continue
		}
		if len(p.Warnings) != 1 || !p.Warnings[0].Warning || !faultSays(config.Diagnostics(p.Warnings), want) {
			t.Errorf("%s: %v", names, p.Warnings)
		}
	}
}

// TestPreserveCompany: what the sink would keep is kept, unless the step says no.
func TestPreserveCompany(t *testing.T) {
	for more, want := range map[string]int{"": 1, "preserve_company: true": 1, "preserve_company: false": 0} {
		b := newUpdateBench(t, more)
		p := b.mustPlan()
		defer p.Close()
		if got := len(p.Steps[0].Spec.Preserve); got != want {
			t.Errorf("%q keeps %d", more, got)
		}
	}
}
