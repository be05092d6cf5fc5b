package kustomer

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

func byExternalID(value string) sinks.Query {
	return sinks.Query{Spec: &thing, By: "externalId", Value: value}
}

func TestFindReadsTheAnswer(t *testing.T) {
	yes := shown("5f00aa", map[string]any{"externalId": "a-1"})
	for _, tc := range []struct {
		name   string
		status int
		body   string
		by     string
		found  sinks.Found
		class  string // of the error; "" for none
		says   string
	}{
		{name: "found", status: 200, body: yes, found: sinks.Found{ID: "5f00aa", ExternalID: "a-1", Status: 200}},
		{name: "found, without an external id", status: 200, body: shown("5f00aa", nil), found: sinks.Found{ID: "5f00aa", Status: 200}},
		{name: "found by a further external id", status: 200,
			body:  shown("5f00aa", map[string]any{"externalId": "z", "externalIds": []any{map[string]any{"externalId": "a-1"}}}),
			found: sinks.Found{ID: "5f00aa", ExternalID: "z", Status: 200}},
		{name: "strange types", status: 200, body: `{"data":{"id":"5f00aa","attributes":{"externalId":7,"deleted":"no","preview":{"$init":true}}}}`,
			found: sinks.Found{ID: "5f00aa", Status: 200}},
		{name: "missing", status: 404, body: `{"errors":[{"status":404,"code":"notfound"}]}`},
		{name: "another object", status: 200, body: shown("5f00aa", map[string]any{"externalId": "b"}), class: "unknown", says: "another externalId"},
		{name: "deleted", status: 200, body: shown("5f00aa", map[string]any{"externalId": "a-1", "deleted": true}), class: "deleted", says: "5f00aa was deleted"},
		{name: "gone", status: 410, body: `{}`, class: "deleted", says: "deleted or merged"},
		{name: "HTML", status: 200, body: "<html><title>Sign in</title>", class: "unknown", says: "Sign in"},
		{name: "not whole", status: 200, body: yes[:20], class: "unknown"},
		{name: "forbidden", status: 403, body: `{}`, class: "fatal", says: "org.permission.thing.read"},
		{name: "bad value", status: 400, body: `{"errors":[{"title":"no e-mail"}]}`, class: "refused", says: "no e-mail"},
		{name: "broken", status: 500, body: `{}`, class: "unknown"},
		{name: "empty list", status: 200, body: `{"data":[]}`, by: "list"},
		{name: "list of one", status: 200, body: `{"data":[{"id":"5f00aa","attributes":{"externalId":"a-1"}}]}`, by: "list",
			found: sinks.Found{ID: "5f00aa", ExternalID: "a-1", Status: 200}},
		{name: "list of two", status: 200, body: `{"data":[{"id":"aa"},{"id":"bb"}]}`, by: "list", class: "ambiguous", says: "2 objects of Kustomer have this list: aa, bb"},
		{name: "list of many", status: 200, body: `{"data":[` + strings.Repeat(`{"id":"aa"},`, 9) + `{"id":"bb"}]}`, by: "list", class: "ambiguous", says: "and 5 more"},
		{name: "list with others, whole", status: 200, body: `{"data":[{"id":"aa","attributes":{"externalId":"a-10"}},{"id":"bb"}],"links":{"next":null}}`},
		{name: "list with others, and more", status: 200, body: `{"data":[{"id":"aa","attributes":{"externalId":"a-10"}}],"links":{"next":"/v1/things?page=2"}}`,
			class: "unknown", says: "not the whole list"},
		{name: "list with others and the one", status: 200, body: `{"data":[{"id":"aa","attributes":{"externalId":"a-10"}},{"id":"bb","attributes":{"externalIds":["a-1"]}}],"links":{"next":"/x"}}`,
			found: sinks.Found{ID: "bb", Status: 200}},
		{name: "list with a deleted one", status: 200, body: `{"data":[{"id":"aa","attributes":{"externalId":"a-1","deleted":true}},{"id":"bb","attributes":{"externalId":"a-1"}}]}`,
			found: sinks.Found{ID: "bb", ExternalID: "a-1", Status: 200}},
		{name: "list with deleted ones only", status: 200, body: `{"data":[{"id":"aa","attributes":{"externalId":"a-1","deleted":true}}]}`, class: "deleted", says: "aa was deleted"},
		{name: "list by name", status: 200, body: `{"data":[{"id":"aa","attributes":{"name":"a-1-old"}},{"id":"bb","attributes":{"name":"a-1"}}]}`, by: "name", found: sinks.Found{ID: "bb", Status: 200}},
		{name: "trash in a list", status: 200, body: `{"data":[7]}`, by: "list", class: "unknown"},
		{name: "no ids in a list", status: 200, body: `{"data":[{}]}`, by: "list", class: "unknown"},
		{name: "no such look-up", by: "phone", class: "refused", says: "no such look-up"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, always(max(tc.status, 200), tc.body))
			c := newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 })
			q := byExternalID("a-1")
			if tc.by != "" {
				q.By = tc.by
			}
			if strings.HasPrefix(tc.name, "list with") {
				q.Spec, q.By = &listedThing, "externalId"
			}
			found, ok, err := c.Find(t.Context(), q)
			if tc.class != "" {
				e := classified(t, err)
				if e.Class.String() != tc.class || !strings.Contains(e.Error(), tc.says) || ok {
					t.Fatalf("got %s %q, want %s with %q", e.Class, e, tc.class, tc.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(found, tc.found) || ok != (tc.found.ID != "") {
				t.Errorf("got %+v %t, want %+v", found, ok, tc.found)
			}
		})
	}
}

// Every character of a value must reach Kustomer as it is, in a path and in a query.
func TestFindEncodesTheValue(t *testing.T) {
	for _, value := range []string{"a/b c+1", "ann@example.com", "100%", "a?b#c", "a&b=c", "..", "%2F", "ÄÖ\u200b", `"\`, "x;y,z", "+491701234567"} {
		var got []string
		s := newServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			got = append(got, strings.TrimPrefix(r.URL.Path, "/v1/things/externalId="), r.URL.Query().Get("externalId"))
			always(200, shown("5f00aa", map[string]any{"externalId": value}))(0, w, r)
		})
		c := newTestClient(t, s.URL, nil)
		for _, by := range []string{"externalId", "list"} {
			if _, ok, err := c.Find(t.Context(), sinks.Query{Spec: &thing, By: by, Value: value}); err != nil || !ok {
				t.Errorf("%q by %s: %t, %v", value, by, ok, err)
			}
		}
		if want := []string{value, "", "/v1/things", value}; !cmp.Equal(got, want) {
			t.Errorf("%q arrived as %q (%s)", value, got, s.seen()[0].uri)
		}
	}
}

func TestFindTriesOtherSpellings(t *testing.T) {
	first := func(r *http.Request) bool { return strings.Contains(r.RequestURI, "externalId=") }
	yes := shown("5f00aa", map[string]any{"externalId": "a-1"})
	for name, tc := range map[string]struct {
		first, second int
		found         bool
		class         string
		asks          int
	}{
		"the first":                     {first: 200, found: true, asks: 1},
		"the second":                    {first: 404, second: 200, found: true, asks: 2},
		"the first is unknown":          {first: 400, second: 200, found: true, asks: 2},
		"neither":                       {first: 404, second: 404, asks: 2},
		"one missed, one does not know": {first: 405, second: 404, asks: 2},
		"both do not know":              {first: 400, second: 405, class: "unsupported", asks: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				status := tc.second
				if first(r) {
					status = tc.first
				}
				always(status, yes)(n, w, r)
			})
			_, ok, err := newTestClient(t, s.URL, nil).Find(t.Context(), byExternalID("a-1"))
			if class := classOfError(err); class != tc.class || ok != tc.found || len(s.seen()) != tc.asks {
				t.Errorf("found %t, class %q, %d requests; want %t, %q, %d (%v)", ok, class, len(s.seen()), tc.found, tc.class, tc.asks, err)
			}
		})
	}
}

// Once something was found by a spelling, its 404 alone means that there is no object.
func TestFindRemembersTheSpelling(t *testing.T) {
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.RequestURI, "externalid=here") {
			always(200, shown("5f00aa", map[string]any{"externalId": "here"}))(n, w, r)
			return
		}
		always(404, `{}`)(n, w, r)
	})
	c := newTestClient(t, s.URL, nil)
	for _, value := range []string{"one", "here", "two"} {
		if _, ok, err := c.Find(t.Context(), byExternalID(value)); err != nil || ok != (value == "here") {
			t.Fatalf("%s: %t %v", value, ok, err)
		}
	}
	var uris []string
	for _, ask := range s.seen() {
		uris = append(uris, strings.TrimPrefix(ask.uri, "/v1/things/"))
	}
	want := []string{"externalId=one", "externalid=one", "externalId=here", "externalid=here", "externalid=two"}
	if diff := cmp.Diff(want, uris); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestFindRetriesFailures(t *testing.T) {
	for name, failing := range map[string]func(int, http.ResponseWriter, *http.Request){
		"503":   always(503, "busy"),
		"reset": hijacked(reset),
		"cut": func(n int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			always(200, `{"data":`)(n, w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					failing(n, w, r)
					return
				}
				always(200, shown("5f00aa", nil))(n, w, r)
			})
			if _, ok, err := newTestClient(t, s.URL, nil).Find(t.Context(), byExternalID("a")); err != nil || !ok {
				t.Errorf("%t %v", ok, err)
			}
			none := newServer(t, failing)
			_, _, err := newTestClient(t, none.URL, nil).Find(t.Context(), byExternalID("a"))
			if e := classified(t, err); e.Class != sinks.Unknown || e.Attempts != 2 || len(none.seen()) < 2 {
				t.Errorf("got %s after %d attempts, want unknown after 2: %v", e.Class, e.Attempts, e)
			}
		})
	}
}

func classOfError(err error) string {
	if e, ok := err.(*sinks.Error); ok {
		return e.Class.String()
	}
	return ""
}

// A preferred spelling is asked first. Its 404 counts only once the other spelling has answered 404, too.
func TestPreferredSpellingAloneDecidesNothing(t *testing.T) {
	for _, there := range []bool{true, false} {
		s := newServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.RequestURI == "/v1/things/externalId=a-1" && there {
				always(200, shown("5f00aa", map[string]any{"externalId": "a-1"}))(0, w, r)
				return
			}
			always(404, `{}`)(0, w, r)
		})
		c := newTestClient(t, s.URL, nil)
		c.Prefer([]string{"/v1/things/externalid={value}"})
		_, ok, err := c.Find(t.Context(), byExternalID("a-1"))
		if err != nil || ok != there {
			t.Errorf("found %t, %v", ok, err)
		}
		asks := s.seen()
		if len(asks) != 2 || asks[0].uri != "/v1/things/externalid=a-1" {
			t.Errorf("asked %+v", asks)
		}
	}
}
