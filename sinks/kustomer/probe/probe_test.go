package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// testKey looks like an API key, and is none.
const testKey = "eyJhbGciOiJIUzI1NiJ9.Q0FOQVJZLWtleQ.c2lnbmF0dXJl"

// inProcess serves requests by calling a handler, so that a sandbox lives in virtual time. Each takes a
// millisecond, so that two at once are two at once.
type inProcess struct {
	http.Handler
}

func (h *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).WroteHeaders()
	time.Sleep(time.Millisecond)
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.RequestURI = r.URL.RequestURI()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// probeOf probes a handler in virtual time.
func probeOf(t *testing.T, ctx context.Context, h http.Handler, klass string) (Answers, kustomer.Stats, error) { //nolint:revive // t first in tests
	t.Helper()
	c, err := kustomer.New(kustomer.Options{BaseURL: "https://acme.api.kustomerapp.com", Transport: &inProcess{Handler: h}, Budget: 1, Retries: 2, AllowDestructive: true}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	who, err := c.WhoAmI(ctx)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Run(ctx, c, Options{RunID: "run-1", Mark: "m1", Klass: klass, Target: "acme", OrgID: who.OrgID})
	return a, c.Stats(), err
}

// inBrief writes the answers in one line a kind.
func inBrief(a Answers) map[string]string {
	brief := map[string]string{}
	for name, k := range a.Kinds {
		brief[name] = fmt.Sprintf("unique %s %d, in bulk %s, refs %s, look-up %s", k.Unique.Is, k.DuplicateStatus, k.UniqueInBulk.Is, k.ClientRef.Is, k.Lookup.Is)
	}
	return brief
}

// The answers of a probe are the modes of the sandbox that it asked, and nothing is left but what cannot be
// deleted.
func TestProbeFindsTheModesOfASandbox(t *testing.T) {
	const (
		unique  = "unique yes 409, in bulk yes, refs yes, look-up yes"
		doubled = "unique no 0, in bulk no, refs yes, look-up yes"
	)
	all := map[string]string{"customer": unique, "conversation": unique, "message": unique, "kobject order": unique}
	replaced := func(old, with string) map[string]string {
		out := map[string]string{}
		for name, text := range all {
			out[name] = strings.Replace(text, old, with, 1)
		}
		return out
	}
	for _, tc := range []struct {
		name  string
		opts  sandbox.Options
		want  map[string]string
		check func(t *testing.T, a Answers)
	}{
		{name: "all unique", want: all},
		{name: "customers unique", opts: sandbox.Options{Unique: sandbox.UniqueCustomers},
			want: map[string]string{"customer": unique, "conversation": doubled, "message": doubled, "kobject order": doubled}},
		{name: "a duplicate is a 422", opts: sandbox.Options{DuplicateStatus: 422}, want: replaced("409", "422")},
		{name: "a duplicate is a 400", opts: sandbox.Options{DuplicateStatus: 400, ErrorShape: sandbox.ShapeB}, want: replaced("409", "400")},
		{name: "references refused", opts: sandbox.Options{ClientRef: sandbox.ClientRefOff}, want: replaced("in bulk yes, refs yes", "in bulk unknown, refs no")},
		{name: "references refused without a word", opts: sandbox.Options{ClientRef: sandbox.ClientRefOff, NameItems: sandbox.NameNothing, ErrorShape: sandbox.ShapeB},
			want: replaced("in bulk yes, refs yes", "in bulk unknown, refs no")},
		{name: "references ignored", opts: sandbox.Options{ClientRef: sandbox.ClientRefIgnored}, want: replaced("in bulk yes, refs yes", "in bulk unknown, refs ignored")},
		{name: "slow jobs", opts: sandbox.Options{BulkDelay: 9 * time.Second}, want: all},
		{name: "stuck jobs", opts: sandbox.Options{BulkDelay: time.Hour}, want: replaced("in bulk yes, refs yes", "in bulk unknown, refs unknown")},
		{name: "look-ups lag", opts: sandbox.Options{LookupLag: 3 * time.Second}, want: all, check: func(t *testing.T, a Answers) {
			for name, k := range a.Kinds {
				if lag := k.Lag(); lag < 3*time.Second || lag > 6*time.Second {
					t.Errorf("the look-up of a %s lags %s", name, lag)
				}
			}
		}},
		{name: "look-ups never find", opts: sandbox.Options{Lookups: sandbox.LookupsNever}, want: replaced("look-up yes", "look-up no")},
		{name: "the limit", opts: sandbox.Options{RateLimit: 300, ResetHeader: sandbox.ResetAlways}, want: all, check: func(t *testing.T, a Answers) {
			// Virtual time begins in 2000, when the epoch had less than a billion seconds.
			if diff := cmp.Diff(LimitAnswers{PerMinute: 300, Remaining: true, Reset: "seconds"}, a.Limits); diff != "" {
				t.Error(diff)
			}
		}},
		{name: "a tight limit", opts: sandbox.Options{RateLimit: 12}, want: all},
		{name: "large bodies", opts: sandbox.Options{BodyLimit: 1 << 20}, want: all, check: func(t *testing.T, a Answers) {
			if a.Body.Refused.Is != No || a.Body.Status != 400 {
				t.Errorf("of large bodies it says %+v", a.Body)
			}
		}},
		{name: "one spelling", opts: sandbox.Options{Lookups: sandbox.LookupsLower}, want: all, check: func(t *testing.T, a Answers) {
			if diff := cmp.Diff([]string{"/v1/messages/externalid={value}"}, a.Kinds["message"].LookupPaths); diff != "" {
				t.Error(diff)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, err := sandbox.New(tc.opts)
				if err != nil {
					t.Fatal(err)
				}
				defer box.Close()
				a, stats, err := probeOf(t, t.Context(), box, "order")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, inBrief(a)); diff != "" {
					t.Errorf("%s\n%+v", diff, a)
				}
				if a.Body.Status == 0 || tc.check == nil && (a.Body.Refused.Is != Yes || a.Body.Status != 413) {
					t.Errorf("of large bodies it says %+v", a.Body)
				}
				leavesNothing(t, box, a)
				if plan := NewPlan("order"); tc.name == "all unique" && stats.Requests != int64(plan.Requests) {
					t.Errorf("%d requests, and the plan says %d", stats.Requests, plan.Requests)
				}
				if tc.check != nil {
					tc.check(t, a)
				}
			})
		})
	}
}

// leavesNothing checks that what carries the mark of the probe is deleted, or listed.
func leavesNothing(t *testing.T, h http.Handler, a Answers) {
	t.Helper()
	listed := map[string]bool{}
	for _, l := range a.Left {
		listed[l.ID] = true
		if l.Failed {
			t.Errorf("not deleted: %+v", l)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(page(t, h, "/_sandbox/objects")), "\n") {
		if line == "" {
			continue
		}
		var o struct{ Type, ID string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if strings.Contains(line, tag) && !listed[o.ID] {
			t.Errorf("it is left and not listed: %s", line)
		}
		if strings.Contains(line, tag) && o.Type != "message" {
			t.Errorf("it could have been deleted: %s", line)
		}
	}
}

func page(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d", path, w.Code)
	}
	return w.Body.String()
}

// A probe that Kustomer fails, or whose answers are lost, ends with what it could find out, and lists or deletes
// whatever it may have written.
func TestProbeGoesThroughFaults(t *testing.T) {
	for _, faults := range []string{
		"500-after:30%,seed=1", "500-before:30%,seed=2", "503-after:60%,seed=3", "html-502:30%,seed=4", "empty:30%,seed=5",
		"no-id:50%,seed=6", "429:30%,seed=7", "get-500-before:50%,seed=8", "500-after", "500-before", "job-lost", "job-stuck",
		"job-lost-after", "item-error", "item-missing", "get-500-before",
	} {
		t.Run(faults, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list, err := sandbox.ParseFaults(faults)
				if err != nil {
					t.Fatal(err)
				}
				box, err := sandbox.New(sandbox.Options{Unique: sandbox.UniqueCustomers})
				if err != nil {
					t.Fatal(err)
				}
				defer box.Close()
				faulty, err := sandbox.New(sandbox.Options{Unique: sandbox.UniqueCustomers, Faults: list})
				if err != nil {
					t.Fatal(err)
				}
				defer faulty.Close()
				a, _, err := probeOf(t, t.Context(), whoFrom(box, faulty), "order")
				if err != nil {
					t.Fatal(err)
				}
				for name, k := range a.Kinds {
					if k.Unique.Is == Yes && name != "customer" || k.UniqueInBulk.Is == Yes && name != "customer" && faults != "item-error" {
						t.Errorf("of a %s it says unique %+v, in bulk %+v", name, k.Unique, k.UniqueInBulk)
					}
					if k.Unique.Is == Unknown && k.Unique.Why == "" {
						t.Errorf("it does not say why it does not know of a %s", name)
					}
				}
				listsAll(t, faulty, a)
			})
		})
	}
}

// whoFrom lets the question who the key is go to another handler.
func whoFrom(who, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/auth/") {
			who.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

// listsAll checks that what is still there is listed, by its id or its externalId.
func listsAll(t *testing.T, h http.Handler, a Answers) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(page(t, h, "/_sandbox/objects")), "\n") {
		if line == "" {
			continue
		}
		var o struct{ Type, ID, ExternalID string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		listed := slices.ContainsFunc(a.Left, func(l LeftObject) bool { return l.ID == o.ID || l.ExternalID == o.ExternalID && l.ID == "" })
		if strings.Contains(line, tag) && !listed {
			t.Errorf("it is left and not listed: %s", line)
		}
	}
}

// pace.Stopped at any request, a probe cleans up.
func TestProbeThatIsStoppedCleansUp(t *testing.T) {
	for n := 1; n <= NewPlan("order").Requests; n++ {
		synctest.Test(t, func(t *testing.T) {
			box, err := sandbox.New(sandbox.Options{Unique: sandbox.UniqueCustomers, BulkDelay: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer box.Close()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var asked atomic.Int64
			a, _, err := probeOf(t, ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				box.ServeHTTP(w, r)
				if asked.Add(1) == int64(n) {
					stop()
				}
			}), "order")
			if err == nil && n < 25 {
				t.Errorf("request %d: no error", n)
			}
			time.Sleep(time.Minute) // a job that was still to run
			listsAll(t, box, a)
		})
	}
}

// A key that may not do everything learns what it can.
func TestProbeWithFewRoles(t *testing.T) {
	most := []string{"org.permission.customer", "org.permission.conversation", "org.permission.message", "org.permission.bulk"}
	without := func(role string) []string {
		return slices.DeleteFunc(slices.Clone(most), func(r string) bool { return strings.HasPrefix(r, role) })
	}
	for _, tc := range []struct {
		name   string
		roles  []string
		kind   string
		want   string
		why    string
		failed int
	}{
		{"no KObjects", most, "kobject order", "unique unknown 0, in bulk unknown, refs unknown, look-up unknown", "may not make a kobject", 0},
		{"no jobs", without("org.permission.bulk"), "message", "unique yes 409, in bulk unknown, refs unknown, look-up yes", "", 0},
		{"no customers", without("org.permission.customer"), "message", "unique unknown 0, in bulk unknown, refs unknown, look-up unknown", "there is no conversation", 0},
		{"no deleting", []string{"org.user.customer.write", "org.user.customer.read", "org.permission.conversation", "org.permission.message", "org.permission.bulk"},
			"customer", "unique yes 409, in bulk yes, refs yes, look-up yes", "", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, err := sandbox.New(sandbox.Options{Keys: map[string][]string{testKey: tc.roles}})
				if err != nil {
					t.Fatal(err)
				}
				defer box.Close()
				a, _, err := probeOf(t, t.Context(), box, "order")
				if err != nil {
					t.Fatal(err)
				}
				if got := inBrief(a)[tc.kind]; got != tc.want || !strings.Contains(a.Kinds[tc.kind].Unique.Why, tc.why) {
					t.Errorf("got %s, want %s: %+v", got, tc.want, a.Kinds[tc.kind])
				}
				failed := 0
				for _, l := range a.Left {
					if l.Failed {
						failed++
					}
				}
				if failed != tc.failed {
					t.Errorf("%d objects were not deleted, want %d: %+v", failed, tc.failed, a.Left)
				}
				listsAll(t, box, a)
			})
		})
	}
}
