package kustomer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// mergedThing is a thing that others can be merged into.
func mergedThing() *sinks.Spec {
	spec := thing
	spec.MergesPath = "/v1/things/{id}/merges"
	return &spec
}

const oneMerge = `{"data":[{"type":"thing_merge","id":"5f00m1","attributes":{"status":"success"},"relationships":{
	"source":{"data":{"type":"thing","id":"5f00aa"}},"target":{"data":{"type":"thing","id":"5f00bb"}}}}],"links":{"next":NEXT}}`

func replaceNext(text, next string) string { return strings.Replace(text, "NEXT", next, 1) }

// TestMerges: what the list of merges tells, and what it leaves open (kustomer-api.md 20.2, unknown 35).
func TestMerges(t *testing.T) {
	for _, c := range []struct {
		name   string
		id     string
		status int
		body   string
		want   []sinks.Merge
		class  string
	}{
		{"a merge", "5f00aa", 200, replaceNext(oneMerge, "null"), []sinks.Merge{{ID: "5f00m1", Source: "5f00aa", Target: "5f00bb"}}, ""},
		{"none", "5f00aa", 200, `{"data":[]}`, nil, ""},
		{"a merge without its objects", "5f00aa", 200, `{"data":[{"id":"5f00m1","attributes":{}}]}`, nil, ""},
		{"a further page, and the merge on the first", "5f00aa", 200, replaceNext(oneMerge, `"/v1/x?page=2"`),
			[]sinks.Merge{{ID: "5f00m1", Source: "5f00aa", Target: "5f00bb"}}, ""},
		{"a further page that may hold it", "5f00cc", 200, replaceNext(oneMerge, `"/v1/x?page=2"`), nil, "unknown"},
		{"no right", "5f00aa", 403, `{"errors":[{"title":"no role"}]}`, nil, "forbidden"},
		{"gone", "5f00aa", 404, `{}`, nil, "missing"},
		{"deleted", "5f00aa", 410, `{}`, nil, "deleted"},
		{"HTML", "5f00aa", 200, "<html>", nil, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, always(c.status, c.body))
			client := newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 })
			got, err := client.Merges(t.Context(), mergedThing(), c.id)
			if classOfError(err) != c.class {
				t.Fatalf("class %q, want %q: %v", classOfError(err), c.class, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if uri := s.seen()[0].uri; uri != "/v1/things/"+c.id+"/merges?pageSize=100" {
				t.Errorf("asked %s", uri)
			}
		})
	}
	if _, err := newTestClient(t, "http://127.0.0.1:1", nil).Merges(t.Context(), &thing, "5f00aa"); classOfError(err) != "refused" {
		t.Errorf("a sink without merges: %v", err)
	}
}

// TestFindShowsContents: a look-up gives what the object holds where that is asked for, alone or in a list.
func TestFindShowsContents(t *testing.T) {
	for name, body := range map[string]string{
		"alone":     shown("5f00aa", map[string]any{"externalId": "a-1", "size": 7}),
		"in a list": `{"data":[{"id":"5f00bb","attributes":{"externalId":"b"}},{"id":"5f00aa","attributes":{"externalId":"a-1","size":7}}],"links":{}}`,
	} {
		s := newServer(t, always(200, body))
		q := byExternalID("a-1")
		q.Contents = true
		found, ok, err := newTestClient(t, s.URL, nil).Find(t.Context(), q)
		if err != nil || !ok || found.Contents["externalId"] != "a-1" || found.Contents["size"] == nil {
			t.Errorf("%s: %+v %t %v", name, found, ok, err)
		}
	}
}

// TestUpdateOfADeletedObject: Kustomer may answer an update of a deleted object with a success that shows it as deleted.
func TestUpdateOfADeletedObject(t *testing.T) {
	s := newServer(t, always(200, shown("5f00aa", map[string]any{"deleted": true})))
	update := updateThing("5f00aa")
	update.Payload["company"] = nil // so that nothing is read before
	if _, err := newTestClient(t, s.URL, nil).Do(t.Context(), update); classOfError(err) != "deleted" {
		t.Errorf("the update ends with %v, want class deleted", err)
	}
	s = newServer(t, always(200, shown("5f00bb", nil)))
	read := updateThing("5f00aa")
	if _, err := newTestClient(t, s.URL, nil).Do(t.Context(), read); classOfError(err) != "deleted" || len(s.seen()) != 1 {
		t.Errorf("the update ends with %v after %d requests, want class deleted after the read before it", err, len(s.seen()))
	}
}

// TestFindMovedConversation: a look-up may show the conversation that the one was merged into, which has an externalId of
// its own. Of other objects such an answer says nothing.
func TestFindMovedConversation(t *testing.T) {
	survivor := shown("5f00bb", map[string]any{"externalId": "b-1"})
	for _, c := range []struct {
		name, object, body, want string
	}{
		{"a conversation", "conversation", survivor, ""},
		{"another kind of object", "thing", survivor, "unknown"},
		{"a conversation without an externalId", "conversation", shown("5f00bb", nil), ""},
		{"a conversation that was deleted", "conversation", shown("5f00bb", map[string]any{"externalId": "b-1", "deleted": true}), "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := thing
			spec.Object = c.object
			q := byExternalID("a-1")
			q.Spec = &spec
			found, ok, err := newTestClient(t, newServer(t, always(200, c.body)).URL, func(o *Options) { o.Retries = 0 }).Find(t.Context(), q)
			if classOfError(err) != c.want {
				t.Fatalf("class %q, want %q: %v", classOfError(err), c.want, err)
			}
			if c.want == "" && (!ok || found.ID != "5f00bb") {
				t.Errorf("%+v %t", found, ok)
			}
			if own := c.body == survivor; c.want == "" && own != (found.ExternalID == "b-1") {
				t.Errorf("the externalId of what was found is %q", found.ExternalID)
			}
		})
	}
}
