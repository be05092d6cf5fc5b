package kustomer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// jobServer is a Kustomer that works one job off, in virtual time.
type jobServer struct {
	takes  time.Duration
	parts  func(done bool) []any // what it shows on all pages
	onPage int                   // parts of a page; 0 is all
	status func(n int) (int, string)
	start  time.Time
	asked  []string
}

func (s *jobServer) answer(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL.Path+"?"+r.URL.RawQuery)
	if s.status != nil {
		if status, body := s.status(n); status != 0 {
			return respond(r, status, body)
		}
	}
	done := time.Since(s.start) >= s.takes
	if !strings.HasSuffix(r.URL.Path, "/batches") {
		state := map[bool]string{false: "running", true: "complete"}[done]
		return respond(r, 200, fmt.Sprintf(`{"data":{"id":"5f","attributes":{"status":%q,"completed":%v}}}`, state, done))
	}
	parts := s.parts(done)
	var page int
	if _, err := fmt.Sscanf(r.URL.Query().Get("page"), "%d", &page); err != nil {
		return nil, err
	}
	size := max(s.onPage, 1)
	if s.onPage == 0 {
		size = max(len(parts), 1)
	}
	pages := (len(parts) + size - 1) / size
	doc := map[string]any{"data": parts[min((page-1)*size, len(parts)):min(page*size, len(parts))], "meta": map[string]any{"pages": pages}}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return respond(r, 200, string(text))
}

// part is a part of a job with the results of some items, which are named "0", "1", ...
func part(done bool, results ...map[string]any) any {
	if !done {
		return map[string]any{"attributes": map[string]any{"status": "scheduled", "successCount": 0, "failureCount": 0}}
	}
	failed := 0
	for _, r := range results {
		if r["status"] == "error" {
			failed++
		}
	}
	return map[string]any{"attributes": map[string]any{
		"status": "complete", "successCount": len(results) - failed, "failureCount": failed, "results": results,
	}}
}

func ok(ref, id string) map[string]any {
	return map[string]any{"_clientRef": ref, "objectId": id, "status": "created"}
}

func fails(ref, text string) map[string]any {
	return map[string]any{"_clientRef": ref, "objectId": nil, "status": "error", "error": text}
}

func items(n int) (list []sinks.Item) {
	for i := range n {
		list = append(list, sinks.Item{Ref: fmt.Sprint(i), ID: fmt.Sprint("id", i)})
	}
	return list
}

// summaryOf writes results as "0=aa 1!text".
func summaryOf(found map[string]sinks.ItemResult) string {
	var words []string
	for _, ref := range slices.Sorted(maps.Keys(found)) {
		if r := found[ref]; r.Err != nil {
			_, text, _ := strings.Cut(r.Err.Message, ": ")
			words = append(words, ref+"!"+text)
		} else {
			words = append(words, ref+"="+r.ID)
		}
	}
	return strings.Join(words, " ")
}

func TestCollect(t *testing.T) {
	whole := func(done bool) []any {
		return []any{part(done, ok("1", "bb"), ok("0", "aa"), fails("2", "duplicate detected"))}
	}
	const all = "0=aa 1=bb 2!duplicate detected"
	for _, tc := range []struct {
		name  string
		s     jobServer
		batch sinks.Batch
		want  string
		asks  int           // exactly
		most  time.Duration // that it may take; 0 is 10s
	}{
		{"done in time", jobServer{parts: whole}, sinks.Batch{Items: items(3)}, all, 1, 0},
		{"done later", jobServer{parts: whole, takes: 5 * time.Second}, sinks.Batch{Items: items(3)}, all, 5, 0},
		{"parts on pages", jobServer{parts: func(done bool) []any {
			return []any{part(done, ok("0", "aa")), part(done, ok("1", "bb")), part(done, fails("2", "duplicate detected"))}
		}, onPage: 1}, sinks.Batch{Items: items(3)}, all, 3, 0},
		{"a part is open", jobServer{parts: func(done bool) []any {
			return []any{part(true, ok("0", "aa"), ok("1", "bb")), part(done, fails("2", "duplicate detected"))}
		}, takes: 3 * time.Second}, sinks.Batch{Items: items(3)}, all, 3, 0},
		{"the run before is gone", jobServer{parts: whole, takes: time.Second}, sinks.Batch{}, all, 3, 0},
		{"a result is left out", jobServer{parts: func(done bool) []any { return []any{part(done, ok("1", "bb"))} }},
			sinks.Batch{Items: items(3)}, "1=bb", 2, 0},
		{"nothing is named", jobServer{parts: func(done bool) []any {
			return []any{map[string]any{"status": "complete", "successCount": 3, "objectIds": []any{"id0", "id1", "id2"}}}
		}}, sinks.Batch{Items: items(3)}, "", 1, 0},
		{"updates are named by their ids", jobServer{parts: func(done bool) []any {
			return []any{map[string]any{"status": "complete", "successCount": 2, "failureCount": 1, "objectIds": []any{"id2", "id0", "zz"},
				"errors": []any{map[string]any{"id": "id1", "data": map[string]any{"title": "no such thing"}}}}}
		}}, sinks.Batch{Op: sinks.Update, Items: items(3)}, "0=id0 1!no such thing 2=id2", 1, 0},
		{"no parts are ever shown", jobServer{parts: func(bool) []any { return []any{} }}, sinks.Batch{Items: items(3)}, "", 5, 0},
		{"an error and a success for one item", jobServer{parts: func(done bool) []any {
			return []any{part(done, ok("0", "aa"), fails("0", "again"), fails("1", "once"), ok("1", "bb"), ok("2", "../x"))}
		}}, sinks.Batch{Items: items(3)}, "0=aa 1=bb", 1, 0},
		{"not found while it is young", jobServer{parts: whole, status: func(n int) (int, string) {
			if n < 4 {
				return 404, `{}`
			}
			return 0, ""
		}}, sinks.Batch{Items: items(3)}, all, 4, 0},
		{"errors in between", jobServer{parts: whole, status: func(n int) (int, string) {
			if n < 15 {
				return 503, `{}`
			}
			return 0, ""
		}}, sinks.Batch{Items: items(3)}, all, 15, 10 * time.Minute},
		{"nonsense in between", jobServer{parts: whole, status: func(n int) (int, string) {
			if n%2 == 1 && n < 9 {
				return 200, `{"data":[{"attributes":"x"}]}`
			}
			return 0, ""
		}, takes: 10 * time.Second}, sinks.Batch{Items: items(3)}, all, 8, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				tc.s.start, f.answer = time.Now(), tc.s.answer
				tc.batch.Spec = &bulkThing
				found, err := c.Collect(t.Context(), tc.batch, "5f00aa")
				if err != nil {
					t.Fatal(err)
				}
				if got := summaryOf(found); got != tc.want {
					t.Errorf("it says %q, want %q", got, tc.want)
				}
				if len(tc.s.asked) != tc.asks {
					t.Errorf("%d requests, want %d: %q", len(tc.s.asked), tc.asks, tc.s.asked)
				}
				if took := time.Since(tc.s.start); took > max(tc.most, 10*time.Second) {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestCollectGivesUp(t *testing.T) {
	never := func(bool) []any { return []any{part(false), part(true, ok("1", "bb"))} }
	answer := func(status int, body string) func(int) (int, string) {
		return func(int) (int, string) { return status, body }
	}
	for _, tc := range []struct {
		name        string
		s           jobServer
		class       sinks.Class
		status      int
		least, most time.Duration
		want        string // what it said until then
	}{
		{"lost", jobServer{status: answer(404, `{}`)}, sinks.Unknown, 404, newJobAge, 20 * time.Second, ""},
		{"stuck", jobServer{parts: never, takes: time.Hour}, sinks.Unknown, 0, jobPatience, jobPatience + time.Minute, "1=bb"},
		{"not allowed", jobServer{status: answer(403, `{}`)}, sinks.Forbidden, 403, 0, 5 * time.Second, ""},
		{"key refused", jobServer{status: answer(401, `{}`)}, sinks.Fatal, 401, 0, 5 * time.Second, ""},
		{"a redirect", jobServer{status: answer(302, ``)}, sinks.Fatal, 302, 0, 5 * time.Second, ""},
		{"nonsense", jobServer{status: answer(200, `[]`)}, sinks.Unknown, 200, 0, time.Minute, ""},
		{"cut short", jobServer{status: answer(200, `{"data":[`)}, sinks.Unknown, 200, 0, 3 * time.Minute, ""},
		{"refused", jobServer{status: answer(400, `{}`)}, sinks.Refused, 400, 0, 5 * time.Second, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				tc.s.start, f.answer = time.Now(), tc.s.answer
				found, err := c.Collect(t.Context(), sinks.Batch{Spec: &bulkThing, Items: items(3)}, "5f00aa")
				e := classified(t, err)
				if e.Class != tc.class || e.Status != tc.status {
					t.Errorf("%s %d, want %s %d: %v", e.Class, e.Status, tc.class, tc.status, e)
				}
				if took := time.Since(tc.s.start); took < tc.least || took > tc.most {
					t.Errorf("it gave up after %v, want %v to %v", took, tc.least, tc.most)
				}
				if got := summaryOf(found); got != tc.want {
					t.Errorf("it said %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// How long a request for results waited for the rate limit says nothing of how long jobs take: later jobs are asked for as
// early as before.
func TestCollectLearnsNothingFromAPause(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		s := jobServer{parts: func(done bool) []any { return []any{part(done, ok("0", "aa"))} }}
		f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(r, 429, `{}`, "Retry-After", "40")
			}
			return s.answer(n, at, r)
		}
		for i, most := range []time.Duration{firstJobWait + 41*time.Second, firstJobWait + time.Second} {
			s.start = time.Now()
			if _, err := c.Collect(t.Context(), sinks.Batch{Spec: &bulkThing, Items: items(1)}, "5f00aa"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(s.start); took > most {
				t.Errorf("job %d took %s, want at most %s", i+1, took, most)
			}
		}
	})
}

func TestCollectStops(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		s := jobServer{start: time.Now(), takes: time.Hour, parts: func(bool) []any { return []any{} }}
		f.answer = s.answer
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		_, err := c.Collect(ctx, sinks.Batch{Spec: &bulkThing, Items: items(3)}, "5f00aa")
		if took := time.Since(s.start); !errors.Is(err, context.DeadlineExceeded) || took > 8*time.Second {
			t.Errorf("it ended after %v with %v", took, err)
		}
	})
}

// Requests for results can waste the rate limit: when jobs take equally long, there is hardly more than one for each.
func TestCollectAsksOnceAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		born := map[string]time.Time{}
		f := &fake{start: time.Now(), answer: func(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if r.Method == http.MethodPost {
				id := fmt.Sprintf("job%d", n)
				born[id] = time.Now()
				return respond(r, 201, `{"data":{"id":"`+id+`"}}`, "X-Ratelimit-Limit", "1000", "X-Ratelimit-Remaining", "900")
			}
			began := born[strings.Split(r.URL.Path, "/")[3]]
			takes := 1800*time.Millisecond + time.Duration(began.UnixNano()%5)*100*time.Millisecond
			text, err := json.Marshal(map[string]any{"data": []any{part(time.Since(began) >= takes, ok("0", "aa"))}})
			if err != nil {
				return nil, err
			}
			return respond(r, 200, string(text), "X-Ratelimit-Limit", "1000", "X-Ratelimit-Remaining", "900")
		}}
		c, err := New(Options{BaseURL: "https://acme.api.kustomerapp.com", Transport: f, Budget: 1}, testKey)
		if err != nil {
			t.Fatal(err)
		}
		const jobs = 600
		var all sync.WaitGroup
		turns := make(chan struct{}, 32)
		for range jobs {
			turns <- struct{}{}
			if _, err := c.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				defer func() { <-turns }()
				b := sinks.Batch{Spec: &bulkThing, Items: []sinks.Item{{Ref: "0", Payload: map[string]any{"name": "Ann"}}}}
				job, err := c.Submit(t.Context(), b)
				if err == nil {
					_, err = c.Collect(t.Context(), b, job)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if perJob := float64(c.Stats().Requests-jobs) / jobs; perJob > 1.1 {
			t.Errorf("%.2f requests for results a job", perJob)
		}
	})
}

func FuzzJobPage(f *testing.F) {
	for _, parts := range [][]any{{part(true, ok("0", "aa"), fails("1", "no"))}, {part(false)}, {}} {
		text, err := json.Marshal(map[string]any{"data": parts, "meta": map[string]any{"pages": 1}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"data":[{"status":"complete","successCount":-1e300,"failureCount":1e300,"objectIds":["id0",null],"errors":[{"id":"id1","data":[{"title":7}]}]}]}`))
	f.Add([]byte(`{"data":[{"attributes":{"status":7,"results":[{"_clientRef":0,"objectId":{},"status":true}]}}],"meta":{"pages":1e9}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page jobPage
		if json.Unmarshal(body, &page) != nil {
			return
		}
		said := jobState{results: map[string]sinks.ItemResult{}}
		said.add(page, sinks.Batch{Op: sinks.Update, Items: items(2)})
		if said.settled < 0 || said.open < 0 || said.open > said.parts || page.pages() < 0 {
			t.Errorf("counts %+v, %d pages", said, page.pages())
		}
		for ref, r := range said.results {
			if (r.Err == nil) == (r.ID == "") {
				t.Errorf("item %q has %+v", ref, r)
			}
			if r.Err == nil && checkID(r.ID) != nil {
				t.Errorf("item %q has the id %q", ref, r.ID)
			}
		}
	})
}
