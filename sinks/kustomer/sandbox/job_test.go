package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// TestJobsSurviveARestart stops the sandbox at every second of a job with several batches, and also leaves it closed
// until after the job was due: in the end each object is there once.
func TestJobsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for stop := range 8 {
			for _, pause := range []time.Duration{0, time.Hour} {
				o := Options{Dir: t.TempDir(), BulkDelay: 5 * time.Second, BulkBatch: 2, Unique: UniqueCustomers, Seed: 3}
				s := newServer(t, o)
				ana := create(t, s, "/v1/customers", `{}`)
				job := submitted(t, s, "POST", "/v1/conversations/bulk", items(5, `{"_clientRef":"%[1]d","externalId":"t%[1]d","customer":"`+ana+`"}`))
				time.Sleep(time.Duration(stop) * time.Second)
				synctest.Wait()
				before := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "").text
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(pause)
				s = newServer(t, o)
				if after := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "").text; pause == 0 && after != before {
					t.Fatalf("stopped at %d: before\n%s\nafter\n%s", stop, before, after)
				}
				want := map[string]string{"0": "created", "1": "created", "2": "created", "3": "created", "4": "created"}
				if diff := cmp.Diff(want, results(t, s, job)); diff != "" {
					t.Fatalf("stopped at %d: %s", stop, diff)
				}
				if n := strings.Count(do(t, s, "GET", "/_sandbox/objects?type=conversation", "").text, "\n"); n != 5 {
					t.Fatalf("stopped at %d: %d conversations, want 5", stop, n)
				}
				if second := submitted(t, s, "POST", "/v1/customers/bulk", `[{}]`); second == job {
					t.Fatal("two jobs have one id")
				}
				synctest.Wait()
				ignore(s.Close())
			}
		}
	})
}

// TestHalfWrittenBatch cuts the line of a batch at every seventh byte: either the whole batch is there, or nothing of
// it, and then it runs again.
func TestHalfWrittenBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{Dir: t.TempDir()}
		s := newServer(t, o)
		job := submitted(t, s, "POST", "/v1/customers/bulk", items(2, `{"_clientRef":"%[1]d","externalId":"c%[1]d"}`))
		want := results(t, s, job)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(filepath.Join(o.Dir, "sandbox.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(whole, []byte("\n"))
		for n := len(whole) - len(lines[len(lines)-2]); n <= len(whole); n += 7 {
			o := Options{Dir: t.TempDir()}
			if err := os.WriteFile(filepath.Join(o.Dir, "sandbox.ndjson"), whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := New(o)
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if diff := cmp.Diff(want, results(t, s, job)); diff != "" {
				t.Fatalf("cut at %d: %s", n, diff)
			}
			if n := strings.Count(do(t, s, "GET", "/_sandbox/objects", "").text, "\n"); n != 2 {
				t.Fatalf("%d objects, want 2", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDamagedJobs(t *testing.T) {
	const head, id = `{"sandbox":1,"org":"65a0c0ffee0000000000abcd"}` + "\n", "65a0c0ffee0000000000abcd"
	for _, doc := range []string{
		`{"context":"api.sobjects.ghosts.bulk-create"}`, `[]`, `{"context":"api.sobjects.customers.bulk-create","items":5}`,
		`{"context":"api.sobjects.customers.bulk-create","batches":[{"from":0,"to":3}]}`,
		`{"context":"api.sobjects.customers.bulk-create","items":[{}],"batches":[{"from":1,"to":0}]}`,
		`{"context":"api.sobjects.customers.bulk-create","batches":[null]}`,
	} {
		dir := t.TempDir()
		line := `[{"type":"bulk","id":"` + id + `","rev":1,"doc":` + doc + "}]\n"
		if err := os.WriteFile(filepath.Join(dir, "sandbox.ndjson"), []byte(head+line), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := New(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: want an error that names line 2, got %v", doc, err)
			ignore(s.Close())
		}
	}
}

// TestBatchThatCannotBeWritten runs a batch that the journal does not take: the sandbox then refuses everything, so
// that nobody sees what a restart would take back.
func TestBatchThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Dir: t.TempDir(), BulkDelay: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		submitted(t, s, "POST", "/v1/customers/bulk", `[{"externalId":"x"}]`)
		ignore(s.store.Close())
		time.Sleep(time.Minute)
		do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 500)
		do(t, s, "POST", "/v1/customers", `{}`).want(t, 500)
		ignore(s.Close())
	})
}

func TestJobFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			fault   string
			written bool
			status  any // of the job, much later; nil: unknown
		}{
			{"job-stuck", false, "running"}, {"job-stuck-after", true, "running"}, {"job-lost", false, nil}, {"job-lost-after", true, nil},
		} {
			faults, err := ParseFaults(c.fault)
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Faults: faults, BulkDelay: time.Second, Dir: t.TempDir()}
			s := newServer(t, o)
			create(t, s, "/v1/customers", `{"externalId":"y"}`) // no job, so no fault
			job := submitted(t, s, "POST", "/v1/customers/bulk", `[{"_clientRef":"1","externalId":"x"}]`)
			time.Sleep(time.Hour)
			synctest.Wait()
			for range 2 {
				r := do(t, s, "GET", "/v1/bulk/"+job, "")
				if r.attr("status") != c.status || c.status == nil && r.status != 404 {
					t.Errorf("%s: the job is shown as %s", c.fault, r.text)
				}
				if found := do(t, s, "GET", "/v1/customers/externalId=x", "").status == 200; found != c.written {
					t.Errorf("%s: that the customer is written is %v", c.fault, found)
				}
				b := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "")
				if c.status == nil && b.status != 404 || c.fault == "job-stuck" && b.at("data", 0, "attributes", "status") != "scheduled" {
					t.Errorf("%s: batches %s", c.fault, b.text)
				}
				s = reopen(t, s, o) // the fault of a job is kept with it
				time.Sleep(time.Hour)
				synctest.Wait()
			}
			if n := s.stats.Document()["faults"].(wire.Document)[c.fault]; n != nil {
				t.Errorf("%s is counted %v times after a restart, want none", c.fault, n)
			}
		}
	})
}

func TestItemFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			fault   string
			written bool
			result  string
		}{
			{"item-error@c1", false, "Internal error"}, {"item-error-after@c1#1", true, "Internal error"}, {"item-missing@c1", true, ""},
		} {
			faults, err := ParseFaults(c.fault)
			if err != nil {
				t.Fatal(err)
			}
			s := newServer(t, Options{Faults: faults})
			got := results(t, s, submitted(t, s, "POST", "/v1/customers/bulk", items(3, `{"_clientRef":"%[1]d","externalId":"c%[1]d"}`)))
			want := map[string]string{"0": "created", "1": c.result, "2": "created"}
			if c.result == "" {
				delete(want, "1")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", c.fault, diff)
			}
			if found := do(t, s, "GET", "/v1/customers/externalId=c1", "").status == 200; found != c.written {
				t.Errorf("%s: that the customer is written is %v", c.fault, found)
			}
			if n := s.stats.Document()["faults"].(wire.Document)[faults[0].Kind]; n != 1 {
				t.Errorf("%s: the fault is counted %v times, want 1", c.fault, n)
			}
		}
	})
}

// TestFaultsOnSubmissions loses the answer to a submission: after a fault that lets the write happen, the job runs.
func TestFaultsOnSubmissions(t *testing.T) {
	for spec, runs := range map[string]bool{
		"500-before@/v1/customers/bulk": false, "500-after@/v1/customers/bulk": true, "html-502:100%": true, "503-before@/v1/messages/bulk": true, "empty": true,
	} {
		synctest.Test(t, func(t *testing.T) {
			faults, err := ParseFaults(spec)
			if err != nil {
				t.Fatal(err)
			}
			s := newServer(t, Options{Faults: faults})
			do(t, s, "POST", "/v1/customers/bulk", `[{"externalId":"x"}]`)
			synctest.Wait()
			if found := do(t, s, "GET", "/v1/customers/externalId=x", "").status == 200; found != runs {
				t.Errorf("%s: that the job ran is %v", spec, found)
			}
		})
	}
}

func TestLateSubmission(t *testing.T) {
	faults, err := ParseFaults("late=1ms")
	if err != nil {
		t.Fatal(err)
	}
	s, web := serve(t, Options{Faults: faults, BulkDelay: time.Millisecond})
	if _, _, err := postTo(t, web, "/v1/customers/bulk", `[{"externalId":"x"}]`); err == nil {
		t.Fatal("the client got an answer")
	}
	for do(t, s, "GET", "/v1/customers/externalId=x", "").status != 200 {
		if t.Context().Err() != nil {
			t.Fatal("the customer was never written")
		}
	}
}

// TestManyJobsAtOnce runs jobs with the same objects: each object is created once.
func TestManyJobsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{BulkDelay: time.Second, BulkBatch: 7, Dir: t.TempDir()})
		jobs := make([]string, 8)
		for i := range jobs {
			go func() {
				jobs[i] = do(t, s, "POST", "/v1/customers/bulk", items(30, `{"_clientRef":"%[1]d","externalId":"c%[1]d"}`)).id()
			}()
		}
		synctest.Wait()
		won := map[string]int{}
		for _, job := range jobs {
			for ref, status := range results(t, s, job) {
				if status == "created" {
					won[ref]++
				} else if status != "duplicate detected" {
					t.Errorf("item %s: %s, want created or duplicate detected", ref, status)
				}
			}
		}
		for i := range 30 {
			if won[fmt.Sprint(i)] != 1 {
				t.Errorf("object %d was created %d times", i, won[fmt.Sprint(i)])
			}
		}
	})
}

// TestAttemptsOnBulkRequests counts attempts on bulk requests: each different body has attempts of its own, whatever
// the method.
func TestAttemptsOnBulkRequests(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	faults, err := ParseFaults("503-before@/v1/customers/bulk#1")
	if err != nil {
		t.Fatal(err)
	}
	s.faults.Set(faults, 0)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/v1/customers/bulk", `[{"id":"` + ana + `","name":"a"}]`, 503},
		{"PUT", "/v1/customers/bulk", `[{"id":"` + ana + `","name":"b"}]`, 503},
		{"PUT", "/v1/customers/bulk", `[{"id":"` + ana + `","name":"a"}]`, 201},
		{"POST", "/v1/customers/bulk", `[{}]`, 503},
		{"POST", "/v1/customers/bulk", `[{}]`, 201},
		{"PUT", "/v1/conversations/bulk", `[{"id":"` + conversation + `"}]`, 201},
	} {
		do(t, s, c.method, c.path, c.body).want(t, c.status)
	}
}
