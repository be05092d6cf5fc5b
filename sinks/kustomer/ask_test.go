package kustomer

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// ownersThings is a form of its own, so that these tests do not depend on the table.
var ownersThings = sinks.Form{Kind: "things", By: "owner", Args: []string{"owner"}, Pick: sinks.PickAll,
	Paths: []string{"/v1/owners/{owner}/things?pageSize=2"}, Roles: []string{"org.permission.thing.read"}}

// ask asks a form for "7".
func ask(t *testing.T, c *Client, f *sinks.Form) (sinks.Answer, error) {
	t.Helper()
	q, err := f.Question([]string{"7"}[:len(f.Args)])
	if err != nil {
		t.Fatal(err)
	}
	return c.Ask(t.Context(), q)
}

func idsIn(a sinks.Answer) (ids []string) {
	for _, item := range a.Items {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

func TestAskReadsTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		name    string
		status  int
		body    string
		want    []string
		missing bool
		class   string
		says    string
	}{
		{name: "one", status: 200, body: `{"data":{"id":"aa","type":"thing"}}`, want: []string{"aa"}},
		{name: "a list", status: 200, body: `{"data":[{"id":"aa"},{"id":"bb"}],"links":{"next":null}}`, want: []string{"aa", "bb"}},
		{name: "deleted ones", status: 200, body: `{"data":[{"id":"aa","attributes":{"deleted":true}},{"id":"bb","attributes":{"deleted":false}}]}`, want: []string{"bb"}},
		{name: "an empty list", status: 200, body: `{"data":[]}`},
		{name: "null", status: 200, body: `{"data":null}`},
		{name: "no content", status: 204, missing: true},
		{name: "missing", status: 404, body: `{"errors":[{"code":"notfound"}]}`, missing: true},
		{name: "gone", status: 410, body: `{}`, missing: true},
		{name: "no data", status: 200, body: `{}`, class: "unknown", says: "holds no object"},
		{name: "no id", status: 200, body: `{"data":{}}`, class: "unknown", says: "holds no id"},
		{name: "an id that is none", status: 200, body: `{"data":[{"id":"../x"}]}`, class: "unknown"},
		{name: "a list of trash", status: 200, body: `{"data":[7]}`, class: "unknown", says: "cannot be understood"},
		{name: "a text", status: 200, body: `{"data":"x"}`, class: "unknown"},
		{name: "HTML", status: 200, body: "<html><title>Sign in</title>", class: "unknown", says: "Sign in"},
		{name: "not whole", status: 200, body: `{"data":[`, class: "unknown"},
		{name: "too large", status: 200, body: `{"data":[{"id":"aa","attributes":{"x":"` + strings.Repeat("x", maxPageBody) + `"}}]}`, class: "unknown", says: "longer than 8388608 bytes"},
		{name: "refused, shape A", status: 400, body: `{"errors":[{"status":400,"title":"no such owner","source":{"parameter":"id"}}]}`, class: "refused", says: "did not find the things (400): id: no such owner"},
		{name: "refused, shape B", status: 422, body: `{"errors":{"code":"bad","message":"no such owner"}}`, class: "refused", says: "no such owner"},
		{name: "forbidden", status: 403, body: `{}`, class: "fatal", says: "org.permission.thing.read"},
		{name: "broken", status: 500, body: `{}`, class: "unknown", says: "answered 500 when asked to find the things"},
		{name: "elsewhere", status: 200, body: `{"data":[],"links":{"next":"https://evil.example/v1/x"}}`, class: "unknown", says: "leads elsewhere"},
		{name: "elsewhere without a scheme", status: 200, body: `{"data":[],"links":{"next":"//evil.example/v1/x"}}`, class: "unknown", says: "leads elsewhere"},
		{name: "another path", status: 200, body: `{"data":[],"links":{"next":"/_admin"}}`, class: "unknown", says: "leads elsewhere"},
		{name: "a link that is none", status: 200, body: `{"data":[{"id":"aa"}],"links":{"next":7}}`, want: []string{"aa"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, always(tc.status, tc.body))
			a, err := ask(t, newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 }), &ownersThings)
			if tc.class != "" {
				if e := classified(t, err); e.Class.String() != tc.class || !strings.Contains(e.Error(), tc.says) {
					t.Fatalf("got %s %q, want %s with %q", e.Class, e, tc.class, tc.says)
				}
				return
			}
			if diff := cmp.Diff(tc.want, idsIn(a)); err != nil || diff != "" || a.Missing != tc.missing {
				t.Errorf("%v, missing %t, %s", err, a.Missing, diff)
			}
			if r := s.seen()[0]; r.method != "GET" || r.uri != "/v1/owners/7/things?pageSize=2" {
				t.Errorf("asked %s %s", r.method, r.uri)
			}
		})
	}
}

// paged answers page n of a list with two things a page; there are so many pages.
func paged(pages int) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		next := "null"
		if n < pages {
			next = fmt.Sprintf(`"/v1/owners/7/things?q=a%%20b&page=%d"`, n+1)
		}
		always(200, fmt.Sprintf(`{"data":[{"id":"a%d"},{"id":"b%d"}],"links":{"next":%s}}`, n, n, next))(n, w, r)
	}
}

func TestAskReadsAllPages(t *testing.T) {
	s := newServer(t, paged(3))
	a, err := ask(t, newTestClient(t, s.URL, nil), &ownersThings)
	if diff := cmp.Diff([]string{"a1", "b1", "a2", "b2", "a3", "b3"}, idsIn(a)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got := s.seen()[2].uri; got != "/v1/owners/7/things?page=3&q=a+b" {
		t.Errorf("the last page was asked as %s", got)
	}
}

// A list that is too long, or never ends, is refused: a part of it would be taken for the whole.
func TestAskIsBounded(t *testing.T) {
	s := newServer(t, paged(1<<30))
	_, err := ask(t, newTestClient(t, s.URL, nil), &ownersThings)
	if e := classified(t, err); e.Class != sinks.Refused || !strings.Contains(e.Message, `find "things" "owner": Kustomer has more than find reads: 2000 objects`) {
		t.Errorf("got %v", err)
	}
	if n := len(s.seen()); n != askPages {
		t.Errorf("%d pages were read", n)
	}
	many := strings.Repeat(`{"id":"aa"},`, sinks.MaxShown)
	s = newServer(t, always(200, `{"data":[`+many[:len(many)-1]+`],"links":{"next":"/v1/owners/7/things?page=2"}}`))
	if _, err := ask(t, newTestClient(t, s.URL, nil), &ownersThings); err == nil || len(s.seen()) != 1 {
		t.Errorf("got %v after %d pages", err, len(s.seen()))
	}
}

func TestAskStopsWhenItIsEnough(t *testing.T) {
	s := newServer(t, paged(9))
	first := ownersThings
	first.Pick = sinks.PickFirst
	if a, err := ask(t, newTestClient(t, s.URL, nil), &first); err != nil || len(a.Items) != 2 || len(s.seen()) != 1 {
		t.Errorf("%d items after %d pages, %v", len(a.Items), len(s.seen()), err)
	}
}

func TestAskTriesEachPath(t *testing.T) {
	hook := sinks.Form{Kind: "hook", By: "id", Args: []string{"id"}, Paths: []string{"/v1/a/{id}", "/v1/b/{id}"}}
	spelled := hook
	spelled.Spellings = true
	for _, tc := range []struct {
		name          string
		form          sinks.Form
		first, second int
		asks          int // of two questions
		class         string
		missing       bool
	}{
		{"the first", hook, 200, 200, 2, "", false},
		{"the second", hook, 404, 200, 4, "", false},
		{"the first is unknown", hook, 405, 200, 4, "", false},
		{"neither", hook, 404, 404, 4, "", true},
		{"one missed, one is unknown", hook, 404, 400, 4, "", true},
		{"both are unknown", hook, 400, 405, 4, "unsupported", false},
		{"the first breaks", hook, 500, 200, 2, "unknown", false},
		{"a spelling that worked is kept to", spelled, 404, 200, 3, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				status := tc.second
				if strings.HasPrefix(r.URL.Path, "/v1/a/") {
					status = tc.first
				}
				always(status, `{"data":{"id":"aa"}}`)(n, w, r)
			})
			c := newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 })
			for range 2 {
				a, err := ask(t, c, &tc.form)
				switch {
				case tc.class != "":
					if e := classified(t, err); e.Class.String() != tc.class {
						t.Errorf("got %v", e)
					}
				case err != nil || a.Missing != tc.missing || !a.Missing && len(a.Items) != 1:
					t.Errorf("%+v, %v", a, err)
				}
			}
			if n := len(s.seen()); n != tc.asks {
				t.Errorf("%d requests, want %d", n, tc.asks)
			}
		})
	}
}

func TestAskForARelation(t *testing.T) {
	org := sinks.Form{Kind: "org", Paths: []string{"/v1/orgs/current", "/v1/users/current"}, Relation: "org"}
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/orgs/current" {
			always(404, `{}`)(n, w, r)
			return
		}
		always(200, `{"data":{"id":"u1","relationships":{"org":{"data":{"type":"org","id":"o1"}}}}}`)(n, w, r)
	})
	a, err := ask(t, newTestClient(t, s.URL, nil), &org)
	if diff := cmp.Diff([]any{map[string]any{"id": "o1", "type": "org"}}, a.Items); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestFlatten(t *testing.T) {
	got, err := flatten([]byte(`{"id":"aa","type":"thing","attributes":{"id":"x","n":12345678901234567890,"ownerId":"own","list":[1]},
		"relationships":{"owner":{"data":{"id":"bb"}},"customer":{"data":{"type":"customer","id":"cc"},"links":{}},
		"users":{"data":[{"id":"u1"},{"id":7},{"id":"u2"}]},"empty":{"data":null},"odd":7,"links":{"links":{"self":"/v1/x"}}}}`))
	var flat []string
	for _, name := range []string{"id", "type", "n", "ownerId", "list", "customerId", "usersIds", "emptyId", "oddId", "linksId"} {
		if v, ok := got[name]; ok {
			flat = append(flat, fmt.Sprint(name, "=", v))
		}
	}
	want := []string{"id=aa", "type=thing", "n=12345678901234567890", "ownerId=own", "list=[1]", "customerId=cc", "usersIds=[u1 u2]"}
	if diff := cmp.Diff(want, flat); err != nil || diff != "" || len(got) != len(want) {
		t.Errorf("%v %v %s", got, err, diff)
	}
}

func FuzzTake(f *testing.F) {
	for _, seed := range []string{`{"data":{"id":"aa","attributes":{"a":[1,{"b":null}]},"relationships":{"x":{"data":[{"id":"b"}]}}}}`,
		`{"data":[{"id":"aa"}],"links":{"next":"/v1/x?page=2"}}`, `{"data":null}`, `{"data":7,"links":7}`, `{"links":{"next":"/v1/%zz"}}`, `[]`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &pages{question: sinks.Question{Form: &ownersThings}, path: "/v1/x"}
		if err := p.add(response{status: 200, body: body}); err != nil {
			return
		}
		for _, item := range p.items {
			if err := checkID(item.(map[string]any)["id"].(string)); err != nil {
				t.Error(err)
			}
		}
		if p.path != "" && !strings.HasPrefix(p.path, "/v1/") {
			t.Errorf("the next page is %q", p.path)
		}
	})
}

// Questions count against the budget like all other requests.
func TestAskKeepsToTheBudget(t *testing.T) {
	inVirtualTime(t, func(o *Options) { o.Budget = 0.5 }, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
			return respond(r, 200, `{"data":[{"id":"aa"}]}`, "x-ratelimit-limit", "600", "x-ratelimit-remaining", "599")
		}
		began := time.Now()
		for range 100 { // at 5 a second, after a burst of 10
			if _, err := ask(t, c, &ownersThings); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 15*time.Second || took > 30*time.Second {
			t.Errorf("100 questions took %s", took)
		}
		if n := c.Stats().Requests; n != 100 {
			t.Errorf("%d requests are counted", n)
		}
	})
}
