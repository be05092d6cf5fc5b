package kustomer_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// id24 is an id of the right form that ends in n.
func id24(n int) string { return fmt.Sprintf("%024x", 0xf00+n) }

// seeded are the objects that the forms are tried on.
var seeded = []struct {
	kind, id   string
	attributes map[string]any
}{
	{"company", id24(1), map[string]any{"name": "Acme", "externalId": "co-1"}},
	{"company", id24(2), map[string]any{"name": "Acme Ltd"}},
	{"company", id24(3), map[string]any{"name": "Twin"}},
	{"company", id24(4), map[string]any{"name": "Twin"}},
	{"customer", id24(10), map[string]any{"name": "Ann", "externalId": "a/b c", "company": id24(1),
		"emails": []any{map[string]any{"email": "ann+1@x.io"}}, "phones": []any{map[string]any{"phone": "+12025550123"}}, "custom": map[string]any{"mrrNum": 12.5}}},
	{"customer", id24(11), map[string]any{"name": "Bob"}},
	{"conversation", id24(20), map[string]any{"name": "Help", "externalId": "t-1", "customer": id24(10)}},
	{"conversation", id24(21), map[string]any{"name": "Silent", "customer": id24(11)}},
	{"message", id24(30), map[string]any{"conversation": id24(20), "externalId": "m-1", "preview": "one", "direction": "in", "channel": "email", "app": "x", "sentAt": "2026-01-01T00:00:01.000Z"}},
	{"message", id24(31), map[string]any{"conversation": id24(20), "preview": "two", "direction": "in", "channel": "email", "app": "x", "sentAt": "2026-01-01T00:00:02.000Z"}},
	{"message", id24(32), map[string]any{"conversation": id24(20), "preview": "three", "direction": "out", "channel": "email", "app": "x", "sentAt": "2026-01-01T00:00:03.000Z"}},
	{"note", id24(40), map[string]any{"conversation": id24(20), "body": "first", "createdAt": "2026-01-01T00:00:01.000Z"}},
	{"note", id24(41), map[string]any{"conversation": id24(20), "body": "second", "createdAt": "2026-01-01T00:00:02.000Z"}},
	{"klass", id24(50), map[string]any{"name": "parcel"}},
	{"kobject", id24(51), map[string]any{"klass": "parcel", "title": "P1", "externalId": "p-1", "customer": id24(10), "createdAt": "2026-01-01T00:00:01.000Z"}},
	{"kobject", id24(52), map[string]any{"klass": "parcel", "title": "P2", "customer": id24(10), "createdAt": "2026-01-01T00:00:02.000Z"}},
	{"user", id24(60), map[string]any{"name": "Eve", "email": "eve@x.io", "userType": "user"}},
	{"team", id24(61), map[string]any{"name": "Tier 2", "members": []any{id24(60)}}},
	{"queue", id24(62), map[string]any{"name": "vip"}},
	{"snippet", id24(63), map[string]any{"key": "bye", "name": "Bye"}},
	{"hook", id24(64), map[string]any{"hook": "email", "title": "Mail"}},
	{"work_item", id24(65), map[string]any{"queue": id24(62), "status": "assigned"}},
	{"work_item", id24(66), map[string]any{"queue": id24(62), "status": "queued"}},
	{"work_session", id24(67), map[string]any{"queue": id24(62), "statusType": "available"}},
	{"work_session", id24(68), map[string]any{"queue": id24(62), "statusType": "busy"}},
}

// objectsOf are the lines of a seed.
func objectsOf(t *testing.T) string {
	var lines strings.Builder
	enc := json.NewEncoder(&lines)
	for _, s := range seeded {
		if err := enc.Encode(map[string]any{"type": s.kind, "id": s.id, "attributes": s.attributes}); err != nil {
			t.Fatal(err)
		}
	}
	return lines.String()
}

// asker is a client of a sandbox with the seeded objects.
func asker(t *testing.T) *kustomer.Client {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Objects: objectsOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := kustomer.New(kustomer.Options{BaseURL: server.URL, Budget: 1}, box.Token())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// found is what a form gives: the id of an object, the ids of a list, or the text.
func found(t *testing.T, c *kustomer.Client, f *sinks.Form, args []string) (any, error) {
	t.Helper()
	q, err := f.Question(args)
	if err != nil {
		return nil, err
	}
	a, err := c.Ask(t.Context(), q)
	if err != nil {
		return nil, err
	}
	v, ok, err := f.Choose(a, args)
	if err != nil || !ok {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		return v["id"], nil
	case []any:
		ids := []string{}
		for _, item := range v {
			ids = append(ids, item.(map[string]any)["id"].(string))
		}
		return ids, nil
	}
	return v, nil
}

// formTrial asks a form for something that is there, and for something that is not.
type formTrial struct {
	name string
	args []string
	want any
	miss []string // nil: there is nothing to miss
	none any      // what a miss gives; nil is nothing
}

var formTrials = []formTrial{
	{"customer id", []string{id24(10)}, id24(10), []string{id24(99)}, nil},
	{"customer externalId", []string{"a/b c"}, id24(10), []string{"a"}, nil},
	{"customer email", []string{"ann+1@x.io"}, id24(10), []string{"ann@x.io"}, nil},
	{"customer phone", []string{"+12025550123"}, id24(10), []string{"+12025550199"}, nil},
	{"company id", []string{id24(1)}, id24(1), []string{id24(99)}, nil},
	{"company externalId", []string{"co-1"}, id24(1), []string{"co-2"}, nil},
	{"company name", []string{"Acme"}, id24(1), []string{"Acm"}, nil},
	{"conversation id", []string{id24(20)}, id24(20), []string{id24(30)}, nil},
	{"conversation externalId", []string{"t-1"}, id24(20), []string{"t-2"}, nil},
	{"message id", []string{id24(30)}, id24(30), []string{id24(20)}, nil},
	{"message externalId", []string{"m-1"}, id24(30), []string{"m-2"}, nil},
	{"message lastInbound", []string{id24(10)}, id24(31), []string{id24(11)}, nil},
	{"messages conversation", []string{id24(20)}, []string{id24(32), id24(31), id24(30)}, []string{id24(21)}, []string{}},
	{"body conversation", []string{id24(20)}, "three\n\ntwo\n\none", []string{id24(21)}, ""},
	{"body inbound", []string{id24(20)}, "two\n\none", []string{id24(21)}, ""},
	{"body outbound", []string{id24(20)}, "three", []string{id24(21)}, ""},
	{"note id", []string{id24(40)}, id24(40), []string{id24(99)}, nil},
	{"notes conversation", []string{id24(20)}, []string{id24(41), id24(40)}, []string{id24(21)}, []string{}},
	{"klass name", []string{"parcel"}, id24(50), []string{"parce"}, nil},
	{"kobject id", []string{"parcel", id24(51)}, id24(51), []string{"order", id24(51)}, nil},
	{"kobject externalId", []string{"parcel", "p-1"}, id24(51), []string{"parcel", "p-2"}, nil},
	{"kobject first", []string{"parcel", id24(10)}, id24(51), []string{"parcel", id24(11)}, nil},
	{"kobject last", []string{"parcel", id24(10)}, id24(52), []string{"order", id24(10)}, nil},
	{"user id", []string{id24(60)}, id24(60), []string{id24(99)}, nil},
	{"user email", []string{"EVE@x.io"}, id24(60), []string{"adam@x.io"}, nil},
	{"team id", []string{id24(61)}, id24(61), []string{id24(99)}, nil},
	{"team name", []string{"Tier 2"}, id24(61), []string{"Tier 3"}, nil},
	{"snippet key", []string{"bye"}, id24(63), []string{"hi"}, nil},
	{"hook id", []string{id24(64)}, id24(64), []string{id24(99)}, nil},
	{"org ", nil, "", nil, nil},
	{"queue name", []string{"vip"}, id24(62), []string{"VIP"}, nil},
	{"work_items queue", []string{id24(62)}, []string{id24(65), id24(66)}, []string{id24(99)}, nil},
	{"work_item next", []string{id24(62)}, id24(66), []string{id24(99)}, nil},
	{"work_sessions queue", []string{id24(62)}, []string{id24(67), id24(68)}, []string{id24(99)}, nil},
	{"work_sessions statusType", []string{"busy", id24(62)}, []string{id24(68)}, []string{"offline", id24(62)}, []string{}},
}

func TestEveryForm(t *testing.T) {
	client, forms := asker(t), catalog.Forms()
	if len(forms) != len(formTrials) {
		t.Errorf("%d forms are tried of %d", len(formTrials), len(forms))
	}
	for i := range forms {
		f := &forms[i]
		name := f.Kind + " " + f.By
		t.Run(name, func(t *testing.T) {
			n := slices.IndexFunc(formTrials, func(tr formTrial) bool { return tr.name == name })
			if n < 0 {
				t.Fatal("it is not tried")
			}
			trial := formTrials[n]
			got, err := found(t, client, f, trial.args)
			if f.Kind == "org" {
				trial.want = got // the sandbox chooses it
			}
			if diff := cmp.Diff(trial.want, got); err != nil || diff != "" || got == nil {
				t.Errorf("asked for %q: %v %s", trial.args, err, diff)
			}
			if trial.miss == nil {
				return
			}
			got, err = found(t, client, f, trial.miss)
			if diff := cmp.Diff(trial.none, got); err != nil || diff != "" {
				t.Errorf("asked for %q: %v %s", trial.miss, err, diff)
			}
		})
	}
}

// TestFoundObject shows what a template sees of an object.
func TestFoundObject(t *testing.T) {
	client := asker(t)
	f := formNamed(t, "customer", "externalId")
	q, err := f.Question([]string{"a/b c"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.Ask(t.Context(), q)
	if err != nil || len(a.Items) != 1 || a.Bytes == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	ann := a.Items[0].(map[string]any)
	for name, want := range map[string]any{
		"id": id24(10), "type": "customer", "name": "Ann", "externalId": "a/b c", "companyId": id24(1),
		"rev": json.Number("1"), "custom": map[string]any{"mrrNum": json.Number("12.5")},
	} {
		if diff := cmp.Diff(want, ann[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAmbiguousForms(t *testing.T) {
	_, err := found(t, asker(t), formNamed(t, "company", "name"), []string{"Twin"})
	if err == nil || !strings.Contains(err.Error(), `2 objects of Kustomer answer find "company" "name": `+id24(3)+", "+id24(4)) {
		t.Errorf("got %v", err)
	}
}

func formNamed(t *testing.T, kind, by string) *sinks.Form {
	t.Helper()
	forms := catalog.Forms()
	for i := range forms {
		if forms[i].Kind == kind && forms[i].By == by {
			return &forms[i]
		}
	}
	t.Fatalf("no form %s by %s", kind, by)
	return nil
}
