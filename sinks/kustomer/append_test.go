package kustomer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// appending is a sink that adds numbers to a list of at most three.
var appending = sinks.Spec{
	Name: "append_thing", Object: "thing", Kind: sinks.Changes, Preserve: []string{"company"},
	Append: &sinks.Append{List: "phones", By: "phone"},
	Create: []sinks.Route{{Method: "PATCH", Path: "/v1/things/{id}"}},
	Fields: []sinks.Field{
		{Name: "id", Type: sinks.ID},
		{Name: "phones", Type: sinks.List, MaxItems: 3, Items: &sinks.Field{Type: sinks.Object, Fields: []sinks.Field{
			{Name: "phone", Type: sinks.Phone}, {Name: "type", Type: sinks.Text}, {Name: "verified", Type: sinks.Bool},
		}}},
	},
}

func appendPhones(phones ...string) sinks.Request {
	var items []any
	for _, p := range phones {
		items = append(items, map[string]any{"phone": p, "type": "work"})
	}
	return sinks.Request{Spec: &appending, Payload: map[string]any{"id": "5f00aa", "phones": items}}
}

// owner is a server with one thing, which somebody else may change before a write.
type owner struct {
	*server
	mu    sync.Mutex
	rev   int
	list  []any
	steal int    // how many writes come too late
	taken string // a number that another thing has
	bad   int    // status of a refused write
}

func newOwner(t testing.TB, phones ...string) *owner {
	o := &owner{rev: 1, bad: http.StatusConflict}
	for _, p := range phones {
		o.list = append(o.list, map[string]any{"phone": p, "type": nil, "id": nil, "verified": true})
	}
	o.server = newServer(t, o.handle)
	return o
}

func (o *owner) handle(n int, w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Method == "PATCH" {
		var body struct {
			Phones []any
			Rev    int
		}
		_ = json.Unmarshal([]byte(o.seen()[n-1].body), &body)
		if o.steal > 0 {
			o.steal--
			o.rev++
		}
		switch {
		case body.Rev != o.rev:
			always(o.bad, `{"errors":[{"title":"Stale rev"}]}`)(n, w, r)
			return
		case o.taken != "" && strings.Contains(fmt.Sprint(body.Phones), o.taken):
			always(o.bad, `{"errors":[{"title":"duplicate"}]}`)(n, w, r)
			return
		}
		o.list, o.rev = body.Phones, o.rev+1
	}
	text, _ := json.Marshal(map[string]any{"data": map[string]any{
		"id": "5f00aa", "attributes": map[string]any{"phones": o.list, "rev": o.rev},
		"relationships": map[string]any{"company": map[string]any{"data": map[string]any{"id": "c0ffee"}}},
	}})
	always(200, string(text))(n, w, r)
}

func (o *owner) writes() (bodies []string) {
	for _, ask := range o.seen() {
		if ask.method == "PATCH" {
			bodies = append(bodies, ask.body)
		}
	}
	return bodies
}

func TestAppend(t *testing.T) {
	for name, tc := range map[string]struct {
		have, add []string
		steal     int
		want      sinks.Result
		writes    []string
	}{
		"to none": {add: []string{"+15550100"}, want: sinks.Result{Attempts: 2},
			writes: []string{`{"company":"c0ffee","phones":[{"phone":"+15550100","type":"work"}],"rev":1}`}},
		"to one, without what only answers show": {have: []string{"+15550100"}, add: []string{"+15550101"}, want: sinks.Result{Attempts: 2},
			writes: []string{`{"company":"c0ffee","phones":[{"phone":"+15550100","verified":true},{"phone":"+15550101","type":"work"}],"rev":1}`}},
		"what is there, written in another way": {have: []string{"+15550100"}, add: []string{"+1 (555) 01-00"}, want: sinks.Result{Attempts: 1, Unchanged: true}},
		"twice the same":                        {add: []string{"+15550100", "1-555-0100"}, want: sinks.Result{Attempts: 2}, writes: []string{`{"company":"c0ffee","phones":[{"phone":"+15550100","type":"work"}],"rev":1}`}},
		"while others write": {add: []string{"+15550100"}, steal: 2, want: sinks.Result{Attempts: 6},
			writes: []string{
				`{"company":"c0ffee","phones":[{"phone":"+15550100","type":"work"}],"rev":1}`,
				`{"company":"c0ffee","phones":[{"phone":"+15550100","type":"work"}],"rev":2}`,
				`{"company":"c0ffee","phones":[{"phone":"+15550100","type":"work"}],"rev":3}`,
			}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOwner(t, tc.have...)
			o.steal = tc.steal
			c := newTestClient(t, o.URL, nil)
			if _, err := c.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := c.Do(t.Context(), appendPhones(tc.add...))
			if err != nil {
				t.Fatal(err)
			}
			tc.want.ID, tc.want.Status = "5f00aa", 200
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if diff := cmp.Diff(tc.writes, o.writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if c.gate.State().Reserved != 0 {
				t.Error("the place was not given back")
			}
		})
	}
}

func TestAppendRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		have   []string
		change func(*owner)
		says   string
		writes int
	}{
		"too many": {have: []string{"+15550101", "+15550102", "+15550103"}, says: "has 3 phones, and with the new ones would have 4; Kustomer takes 3"},
		"taken":    {change: func(o *owner) { o.taken = "+15550100" }, says: "another thing has it", writes: 1},
		"taken while others write": {change: func(o *owner) { o.taken, o.steal = "+15550100", 1 },
			says: "another thing has it", writes: 2},
		"always too late": {change: func(o *owner) { o.steal = 100 }, says: "others change it all the time", writes: appendTries},
		"taken, said by 412": {change: func(o *owner) { o.taken, o.bad = "+15550100", 412 },
			says: "another thing has it", writes: 1},
		"taken, said by 400": {change: func(o *owner) { o.taken, o.bad = "+15550100", 400 }, says: "duplicate", writes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOwner(t, tc.have...)
			if tc.change != nil {
				tc.change(o)
			}
			c := newTestClient(t, o.URL, nil)
			if _, err := c.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := c.Do(t.Context(), appendPhones("+15550100"))
			e := classified(t, err)
			if e.Class != sinks.Refused || !strings.Contains(e.Error(), tc.says) {
				t.Errorf("got %s %q, want refused with %q", e.Class, e, tc.says)
			}
			if n := len(o.writes()); n != tc.writes || e.Attempts != len(o.seen()) {
				t.Errorf("%d writes, want %d; %d attempts, want %d", n, tc.writes, e.Attempts, len(o.seen()))
			}
			if c.gate.State().Reserved != 0 {
				t.Error("the place was not given back")
			}
		})
	}
}

// TestAppendInDoubt: a read that fails has changed nothing, a write whose answer is lost may have.
func TestAppendInDoubt(t *testing.T) {
	for name, tc := range map[string]struct {
		read, write int
		want        sinks.Class
		asks        int
	}{
		"read fails":  {500, 200, sinks.Unreached, 1},
		"missing":     {404, 200, sinks.Missing, 1},
		"write fails": {200, 500, sinks.Unknown, 2},
		"no right":    {200, 403, sinks.Fatal, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" {
					always(tc.read, shown("5f00aa", map[string]any{"rev": 1}))(n, w, r)
					return
				}
				always(tc.write, `{}`)(n, w, r)
			})
			c := newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 })
			_, err := c.Do(t.Context(), appendPhones("+15550100"))
			if e := classified(t, err); e.Class != tc.want || e.Attempts != tc.asks || len(s.seen()) != tc.asks {
				t.Errorf("got %s after %d attempts, %d asks: %v", e.Class, e.Attempts, len(s.seen()), e)
			}
		})
	}
}

// TestAppendRaces: several clients add at once, and no item is lost.
func TestAppendRaces(t *testing.T) {
	o := newOwner(t)
	c := newTestClient(t, o.URL, nil)
	var wg sync.WaitGroup
	for _, phone := range []string{"+15550101", "+15550102", "+15550103"} {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), appendPhones(phone)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(o.list) != 3 {
		t.Errorf("the list is %v", o.list)
	}
}
