package kustomer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// After a Fatal answer nothing more is sent.
func TestFatalStopsEverything(t *testing.T) {
	s := newServer(t, always(401, `{"errors":[{"status":401,"code":"unauthorized","title":"Expired token"}]}`))
	c := newTestClient(t, s.URL, nil)
	_, err := c.Do(t.Context(), createThing("a"))
	if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Error(), "Expired token") {
		t.Fatalf("got %v", e)
	}
	_, _, findErr := c.Find(t.Context(), sinks.Query{Spec: &thing, By: "externalId", Value: "x"})
	_, doErr := c.Do(t.Context(), createThing("b"))
	_, admitErr := c.Admit(t.Context())
	for _, err := range []error{admitErr, findErr, doErr} {
		if e := classified(t, err); e.Class != sinks.Fatal {
			t.Errorf("class %s, want fatal: %v", e.Class, e)
		}
	}
	if n := len(s.seen()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFatalMessages(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   []string
	}{
		"forbidden": {403, `{}`, []string{"may not create the thing", "org.permission.thing.create or org.user.thing.write"}},
		"region": {400, `{"errors":[{"message":"token belongs to pod prod1 but the request is handled by pod prod2"}]}`,
			[]string{"another region", "set org"}},
		"key": {401, `{}`, []string{"refused the API key", "run the same command again"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, always(tc.status, tc.body))
			_, err := newTestClient(t, s.URL, nil).Do(t.Context(), createThing("a"))
			e := classified(t, err)
			for _, want := range tc.want {
				if e.Class != sinks.Fatal || !strings.Contains(e.Error(), want) {
					t.Errorf("got %s %q, want %q in it", e.Class, e, want)
				}
			}
		})
	}
}

// A text of a row, which Kustomer repeats, must not look like a wrong region.
func TestTokenAndPodInARowAreNoRegion(t *testing.T) {
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			always(201, shown("5f00aa", nil))(n, w, r)
			return
		}
		always(400, `{"errors":[{"title":"No enum match for: \"iPod token pod\""}]}`)(n, w, r)
	})
	c := newTestClient(t, s.URL, nil)
	if _, err := c.Do(t.Context(), createThing("a")); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), createThing("b"))
	if e := classified(t, err); e.Class != sinks.Duplicate {
		t.Errorf("class %s, want conflict", e.Class)
	}
}
