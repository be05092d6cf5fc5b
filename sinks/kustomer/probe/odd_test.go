package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// oddOrg is a Kustomer with habits that the sandbox does not have. It answers without rate headers, and keeps
// only how often each externalId was sent.
type oddOrg struct {
	mu       sync.Mutex
	sent     map[string]int // POSTs of an externalId that are over
	underWay map[string]int // and under way
	deleted  int
	made     int
	asked    int
	conflict func(path string, before, underWay int) (status int, same bool) // 0: it is made
	twice    bool                                                            // bulk jobs take duplicates
	revoked  int                                                             // the request from which on the key is refused
}

func (o *oddOrg) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.asked++
	revoked := o.revoked > 0 && o.asked >= o.revoked
	o.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	switch {
	case revoked:
		o.answer(w, 401, `{"errors":[{"title":"Expired token"}]}`)
	case strings.HasPrefix(r.URL.Path, "/v1/auth/"):
		o.answer(w, 200, `{"data":{"id":"5f00","attributes":{"name":"key"},"relationships":{"org":{"data":{"id":"5f0e"}}}}}`)
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/batches"):
		results := `[{"_clientRef":"new","objectId":"5f0b","status":"created"},{"_clientRef":"duplicate","status":"error","error":"duplicate detected"}]`
		failures := 1
		if o.twice {
			results, failures = `[{"_clientRef":"new","objectId":"5f0b","status":"created"},{"_clientRef":"duplicate","objectId":"5f0c","status":"created"}]`, 0
		}
		o.answer(w, 200, fmt.Sprintf(`{"data":[{"attributes":{"status":"complete","successCount":%d,"failureCount":%d,"results":%s}}]}`, 2-failures, failures, results))
	case r.Method == http.MethodGet:
		_, id, _ := strings.Cut(r.URL.Path, "=")
		o.answer(w, 200, fmt.Sprintf(`{"data":{"id":"5f01","attributes":{"externalId":%q}}}`, id))
	case r.Method == http.MethodDelete:
		o.mu.Lock()
		o.deleted++
		o.mu.Unlock()
		w.WriteHeader(204)
	case strings.HasSuffix(r.URL.Path, "/bulk"):
		o.answer(w, 201, `{"data":{"id":"5f0a","attributes":{"status":"queued"}}}`)
	case len(body) > 100<<10:
		o.answer(w, 400, `{"errors":[{"title":"String is too long"}]}`)
	default:
		o.create(w, r.URL.Path, body)
	}
}

func (o *oddOrg) create(w http.ResponseWriter, path string, body []byte) {
	var sent struct{ ExternalID string }
	_ = json.Unmarshal(body, &sent)
	key := path + sent.ExternalID
	o.mu.Lock()
	before, underWay := o.sent[key], o.underWay[key]
	o.underWay[key]++
	o.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	o.mu.Lock()
	o.underWay[key]--
	o.sent[key]++
	status, same := o.conflict(path, before, underWay)
	id := "5f01"
	if !same && status == 0 {
		o.made++
		id = fmt.Sprintf("5f1%03d", o.made)
	}
	o.mu.Unlock()
	if status != 0 {
		o.answer(w, status, `{"errors":[{"title":"no"}]}`)
		return
	}
	o.answer(w, 201, fmt.Sprintf(`{"data":{"id":%q,"attributes":{}}}`, id))
}

func (o *oddOrg) answer(w http.ResponseWriter, status int, body string) {
	w.WriteHeader(status)
	fmt.Fprint(w, body) //nolint:errcheck // in memory
}

// What only looks like uniqueness is not taken for it.
func TestProbeOfOddOrgs(t *testing.T) {
	const rest = ", in bulk yes, refs yes, look-up yes"
	for _, tc := range []struct {
		name     string
		conflict func(path string, before, underWay int) (int, bool)
		twice    bool
		want     string
	}{
		{"refused at once and after", func(_ string, before, underWay int) (int, bool) {
			return map[bool]int{true: 422}[before+underWay > 0], false
		}, false, "unique yes 422" + rest},
		{"refused only after", func(_ string, before, _ int) (int, bool) { return map[bool]int{true: 409}[before > 0], false }, false, "unique no 409" + rest},
		{"refused only at once", func(_ string, _, underWay int) (int, bool) { return map[bool]int{true: 409}[underWay > 0], false }, false, "unique no 0" + rest},
		{"the first is shown", func(string, int, int) (int, bool) { return 0, true }, false, "unique unknown 0" + rest},
		{"another status", func(_ string, before, underWay int) (int, bool) {
			return map[bool]int{true: 404}[before+underWay > 0], false
		}, false, "unique unknown 0" + rest},
		{"bulk takes duplicates", func(_ string, before, underWay int) (int, bool) {
			return map[bool]int{true: 409}[before+underWay > 0], false
		}, true,
			"unique yes 409, in bulk no, refs yes, look-up yes"},
		{"nothing is taken", func(string, int, int) (int, bool) { return 400, false }, false, "unique unknown 0, in bulk unknown, refs unknown, look-up unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				org := &oddOrg{sent: map[string]int{}, underWay: map[string]int{}, conflict: tc.conflict, twice: tc.twice}
				a, _, err := probeOf(t, t.Context(), org, "")
				if err != nil {
					t.Fatal(err)
				}
				if got := inBrief(a)["customer"]; got != tc.want {
					t.Errorf("got %s\nwant %s\n%+v", got, tc.want, a.Kinds["customer"])
				}
				if diff := cmp.Diff(LimitAnswers{Reset: "absent"}, a.Limits); diff != "" {
					t.Error(diff)
				}
				if a.Body.Refused.Is != No {
					t.Errorf("of large bodies it says %+v", a.Body)
				}
			})
		})
	}
}

// A key that is refused in the middle ends the probe, and what was written is listed with its ids.
func TestProbeWhoseKeyIsRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		org := &oddOrg{sent: map[string]int{}, underWay: map[string]int{}, revoked: 9,
			conflict: func(_ string, before, underWay int) (int, bool) {
				return map[bool]int{true: 409}[before+underWay > 0], false
			}}
		a, _, err := probeOf(t, t.Context(), org, "")
		if failed, ok := errors.AsType[*sinks.Error](err); !ok || failed.Class != sinks.Fatal {
			t.Errorf("the probe ended with %v", err)
		}
		if org.asked > 12 {
			t.Errorf("%d requests went on", org.asked)
		}
		failed := 0
		for _, l := range a.Left {
			if l.Failed && l.ID != "" && l.Why != "" {
				failed++
			}
		}
		if failed < org.made {
			t.Errorf("%d of %d objects are listed: %+v", failed, org.made, a.Left)
		}
	})
}
