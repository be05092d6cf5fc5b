package kustomer

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const (
	blockPage = "<html><title>Blocked</title><body><p>Your request was blocked.</p></body></html>"
	loginPage = "<html><title>Sign in</title><body><p>Please sign in</p></body></html>"
)

// foreignServer answers writes by their number among the writes, from 0, and reads by theirs once the key was accepted.
type foreignServer struct {
	write func(n int) (status int, body string)
	reads func(n int) (status int, body string) // nil: as Kustomer does
}

// TestForeignAnswers: 100 rows are written one after another with answers of a firewall or a login page among them.
func TestForeignAnswers(t *testing.T) {
	created := func(int) (int, string) { return 201, anyThing }
	for _, c := range []struct {
		name           string
		s              foreignServer
		stopsAfter     int // writes; 0: never
		refused, doubt int
		says           string // in the error that stops, or in that of a row
	}{
		{"a firewall refuses one body in ten", foreignServer{write: func(n int) (int, string) {
			if n%10 == 5 {
				return 403, blockPage
			}
			return created(n)
		}}, 0, 10, 0, `a firewall or a proxy before Kustomer refused to create the thing (403): the answer is a web page with the title "Blocked"`},
		{"a firewall refuses every body, and lets reads through", foreignServer{write: func(int) (int, string) { return 403, blockPage }}, 0, 100, 0, "firewall"},
		{"a firewall refuses everything", foreignServer{
			write: func(int) (int, string) { return 403, blockPage }, reads: func(int) (int, string) { return 403, blockPage },
		}, 20, 20, 0, `20 answers in a row were not Kustomer's (403)`},
		{"a login page", foreignServer{write: func(int) (int, string) { return 200, loginPage }}, 20, 0, 20, `Please sign in`},
		{"nothing", foreignServer{write: func(int) (int, string) { return 200, "" }}, 20, 0, 20, "the answer has no body"},
		{"errors in a success", foreignServer{write: func(int) (int, string) { return 200, `{"errors":[{"title":"gateway is down"}]}` }}, 20, 0, 20, "gateway is down"},
		{"a login page, now and then an answer", foreignServer{write: func(n int) (int, string) {
			if n%19 == 0 {
				return created(n)
			}
			return 200, loginPage
		}}, 0, 0, 94, ""},
		{"refusals and login pages in turn", foreignServer{write: func(n int) (int, string) {
			return []int{200, 403}[n%2], loginPage
		}}, 20, 10, 10, "were not Kustomer's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, client *Client, f *fake, _ *[]pace.Event) {
				writes, reads := 0, 0
				f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
					if r.Method == http.MethodGet {
						reads++
						if status, body := 200, anyThing; c.s.reads == nil || reads <= 2 {
							return respond(r, status, body)
						}
						status, body := c.s.reads(reads)
						return respond(r, status, body)
					}
					status, body := c.s.write(writes)
					writes++
					return respond(r, status, body)
				}
				if _, err := client.WhoAmI(t.Context()); err != nil {
					t.Fatal(err)
				}
				counts, texts := map[sinks.Class]int{}, ""
				for i := range 100 {
					if _, err := client.Admit(t.Context()); err != nil {
						texts += err.Error()
						break
					}
					if _, err := client.Do(t.Context(), createThing(fmt.Sprint(i))); err != nil {
						counts[classified(t, err).Class]++
						texts += err.Error()
					}
				}
				if c.stopsAfter > 0 && writes != c.stopsAfter || c.stopsAfter == 0 && writes != 100 {
					t.Errorf("%d writes left", writes)
				}
				if counts[sinks.Refused] != c.refused || counts[sinks.Unknown] != c.doubt || !strings.Contains(texts, c.says) {
					t.Errorf("%v, want %d refused and %d in doubt; %q is not said in %.600q", counts, c.refused, c.doubt, c.says, texts)
				}
				if strings.Contains(texts, "API key") {
					t.Errorf("the key is blamed: %.600q", texts)
				}
			})
		})
	}
}

// TestOneRequestAtATimeWhenForeign: from the third foreign answer in a row on no two requests are under way, and batches go as
// single rows; a good answer ends that.
func TestOneRequestAtATimeWhenForeign(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		underWay, most, n := 0, 0, 0
		f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
			f.mu.Lock()
			n++
			number := n
			if underWay++; number > 20 { // those that had left before
				most = max(most, underWay)
			}
			f.mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			f.mu.Lock()
			underWay--
			f.mu.Unlock()
			if number <= 2 { // whose the key is
				return respond(r, 200, anyThing)
			}
			return respond(r, 403, blockPage)
		}
		if _, err := c.WhoAmI(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = load(t.Context(), c, 60, 8, 16)
		if most != 1 {
			t.Errorf("%d requests were under way at once", most)
		}
		if _, err := c.Submit(t.Context(), sinks.Batch{Spec: &bulkThing, Items: items(2)}); classified(t, err).Class != sinks.Refused {
			t.Errorf("a batch of two: %v", err)
		}
	})
}

// TestReadsAreAskedAgain: a look-up whose answer is cut or no JSON is asked again, like one that fails.
func TestReadsAreAskedAgain(t *testing.T) {
	for name, body := range map[string]string{"cut": `{"data":{"id":"5f0`, "a page": loginPage, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				f.answer = func(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
					if n < 4 {
						return respond(r, 200, body)
					}
					return respond(r, 200, anyThing)
				}
				_, found, err := c.Find(t.Context(), sinks.Query{Spec: &thing, By: "externalId", Value: "a"})
				if err != nil || !found {
					t.Errorf("found %t, %v after %d requests", found, err, len(f.times()))
				}
			})
		})
	}
}

// TestServiceUnavailable: a 503 begins an outage at once, and its wait is kept to; one that asks for longer than outage_wait ends
// the run now, with the time at which to start again.
func TestServiceUnavailable(t *testing.T) {
	for _, c := range []struct {
		retryAfter string
		ends       bool
		says       string
	}{
		{"", false, "Kustomer cannot be reached (it answers 503)"},
		{"120", false, "Kustomer cannot be reached (it answers 503) and asks to wait 2m0s"},
		{"3600", true, "and asks to wait 1h0m0s"},
	} {
		t.Run("Retry-After "+c.retryAfter, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, client *Client, f *fake, events *[]pace.Event) {
				f.answer = func(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
					if n == 1 {
						return respond(r, 503, "", "Retry-After", c.retryAfter)
					}
					return respond(r, 201, anyThing)
				}
				for range 2 {
					if _, err := client.Admit(t.Context()); err == nil {
						_, _ = client.Do(t.Context(), createThing("a"))
					}
				}
				if len(*events) == 0 || (*events)[0].Kind != pace.Outage || !strings.Contains((*events)[0].Message, c.says) {
					t.Fatalf("what was told at once: %+v", *events)
				}
				_, err := client.Admit(t.Context())
				if !c.ends {
					if took := time.Since(f.start); err != nil || c.retryAfter == "120" && (took < 2*time.Minute || took > 3*time.Minute) {
						t.Errorf("after %v: %v", time.Since(f.start), err)
					}
					return
				}
				e, ok := errors.AsType[*sinks.Error](err)
				again := f.start.Add(time.Hour).Format("15:04:05")
				if !ok || e.Class != sinks.Fatal || !strings.Contains(e.Error(), again) || len(f.times()) != 1 {
					t.Errorf("%v after %d requests; it does not say %s", err, len(f.times()), again)
				}
			})
		})
	}
}
