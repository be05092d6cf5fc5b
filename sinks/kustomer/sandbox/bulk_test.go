package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// items writes n items of a bulk body with format, which gets the number of each as %[1]d.
func items(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// submitted sends a job that must be accepted and gives its id.
func submitted(t testing.TB, s *Server, method, path, body string) string {
	t.Helper()
	r := do(t, s, method, path, body)
	if r.status != 200 && r.status != 201 {
		t.Fatalf("the job was not accepted: status %d: %s", r.status, r.text)
	}
	return r.id()
}

// results waits for a job and gives what its results say, by `_clientRef`: the id or the error.
func results(t testing.TB, s *Server, job string) map[string]string {
	t.Helper()
	time.Sleep(2 * s.opts.BulkDelay)
	synctest.Wait()
	if status := do(t, s, "GET", "/v1/bulk/"+job, "").want(t, 200).attr("status"); status != "complete" {
		t.Fatalf("the job is %v, want complete", status)
	}
	out := map[string]string{}
	list, _ := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "").want(t, 200).json["data"].([]any)
	for _, b := range list {
		results, _ := b.(map[string]any)["attributes"].(map[string]any)["results"].([]any)
		for _, r := range results {
			m, _ := r.(map[string]any)
			ref := fmt.Sprint(m["_clientRef"])
			out[ref] = fmt.Sprint(m["status"])
			if m["status"] == "error" {
				out[ref] = fmt.Sprint(m["error"])
			}
		}
	}
	return out
}

func TestBulkJobFromQueuedToComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{BulkDelay: time.Minute, Seed: 7})
		r := do(t, s, "POST", "/v1/customers/bulk", items(3, `{"_clientRef":"r%[1]d","externalId":"c%[1]d"}`)).want(t, 201)
		if r.at("data", "type") != "bulk" || r.attr("status") != "queued" || r.attr("completed") != false || r.attr("context") != "api.sobjects.customers.bulk-create" {
			t.Errorf("the answer to a submission must show a queued job: %s", r.text)
		}
		if r.at("data", "attributes", "payload", "api", "data", 2, "externalId") != "c2" || r.at("data", "attributes", "payload", "api", "path") != "/v1/customers/bulk" {
			t.Errorf("the answer to a submission must show its items and its path: %s", r.text)
		}
		path := "/v1/bulk/" + r.id()
		if r.at("data", "links", "self") != path {
			t.Errorf("the link to the job is %v", r.at("data", "links", "self"))
		}
		states := []string{}
		for range 90 {
			at := do(t, s, "GET", path, "").want(t, 200)
			state := fmt.Sprint(at.attr("status"))
			if len(states) == 0 || states[len(states)-1] != state {
				states = append(states, state)
			}
			written := do(t, s, "GET", "/v1/customers/externalId=c1", "").status == 200
			if written != (state == "complete") || at.attr("completed") != written {
				t.Fatalf("the job is %s, but that its objects are written is %v: %s", state, written, at.text)
			}
			if b := do(t, s, "GET", path+"/batches", "").want(t, 200); (b.at("data", 0, "attributes", "status") == "complete") != written {
				t.Fatalf("the job is %s, its batches are %s", state, b.text)
			}
			time.Sleep(time.Second)
		}
		if diff := cmp.Diff([]string{"queued", "running", "complete"}, states); diff != "" {
			t.Error(diff)
		}
		done := do(t, s, "GET", path, "")
		if diff := cmp.Diff(map[string]any{"complete": 1.0, "total": 1.0, "idsTotal": 3.0}, done.attr("batches")); diff != "" {
			t.Error(diff)
		}
		if done.attr("completedAt") == nil || done.attr("payload") != nil {
			t.Errorf("a complete job must have completedAt and no payload: %s", done.text)
		}
		batch := do(t, s, "GET", path+"/batches", "")
		if batch.at("data", 0, "attributes", "successCount") != 3.0 || batch.at("data", 0, "relationships", "bulk", "data", "id") != r.id() {
			t.Errorf("the batch must have three successes and a link to its job: %s", batch.text)
		}
	})
}

func TestBulkItemsFailOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{})
		create(t, s, "/v1/customers", `{"externalId":"here","emails":[{"email":"a@b.c"}]}`)
		job := submitted(t, s, "POST", "/v1/customers/bulk", `[{"_clientRef":"1","externalId":"new"},{"_clientRef":"2","externalId":"here"},
			{"_clientRef":"3","externalId":"new"},{"_clientRef":"4","emails":[{"email":"A@B.c"}]},{"_clientRef":"5"}]`)
		want := map[string]string{"1": "created", "2": "duplicate detected", "3": "duplicate detected", "4": "duplicate detected", "5": "created"}
		if diff := cmp.Diff(want, results(t, s, job)); diff != "" {
			t.Error(diff)
		}
		batch := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "")
		a, _ := batch.at("data", 0, "attributes").(map[string]any)
		ids, _ := a["objectIds"].([]any)
		errors, _ := a["errors"].([]any)
		if a["successCount"] != 2.0 || a["failureCount"] != 3.0 || len(ids) != 2 || len(errors) != 3 {
			t.Errorf("two items must succeed and three fail: %s", batch.text)
		}
		if batch.at("data", 0, "attributes", "errors", 0, "data", "title") == nil {
			t.Errorf("the data of an error is missing: %s", batch.text)
		}
		status := do(t, s, "GET", "/v1/bulk/"+job, "")
		if status.attr("batchErrors") != true || status.attr("lastBatchError") == nil {
			t.Errorf("the job must show that items failed: %s", status.text)
		}
	})
}

// TestBulkRefusesTheWholeList sends lists with one wrong item: nothing of the request is done.
func TestBulkRefusesTheWholeList(t *testing.T) {
	s := newServer(t, Options{})
	long := strings.Repeat("x", 256)
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/v1/customers/bulk", `[]`, "Array is too short (0), minimum 1"},
		{"POST", "/v1/customers/bulk", `{}`, "Invalid type: object (expected array)"},
		{"POST", "/v1/customers/bulk", items(101, `{"externalId":"c%d"}`), "Array is too long (101), maximum 100"},
		{"POST", "/v1/customers/bulk", `[{},{"nope":1}]`, "Additional properties not allowed nope /1/nope"},
		{"POST", "/v1/customers/bulk", `[{},{},{"emails":[{}]}]`, "Missing required property: email 0 /2/emails/0"},
		{"POST", "/v1/customers/bulk", `[{"custom":{"a/b~c":1}}]`, "Additional properties not allowed a/b~c /0/custom/a~1b~0c"},
		{"POST", "/v1/customers/bulk", `[{"id":"65a0c0ffee0000000000abcd"}]`, "Additional properties not allowed id /0/id"},
		{"POST", "/v1/conversations/bulk", `[{}]`, "Missing required property: customer 0 /0"},
		{"POST", "/v1/messages/bulk", `[{` + messageFields + `,"body":"x"}]`, "Additional properties not allowed body /0/body"},
		{"POST", "/v1/customers/bulk", `[{"_clientRef":"a"},{}]`, "_clientRef must be on every item or on none _clientRef /1/_clientRef"},
		{"POST", "/v1/customers/bulk", `[{},{"_clientRef":"a"}]`, "_clientRef must be on every item or on none _clientRef /0/_clientRef"},
		{"POST", "/v1/customers/bulk", `[{"_clientRef":"a"},{"_clientRef":"b"},{"_clientRef":"a"}]`, "_clientRef must be unique in a request (indices 0 and 2) _clientRef /2/_clientRef"},
		{"POST", "/v1/customers/bulk", `[{"_clientRef":""}]`, "String is too short (0 chars), minimum 1 _clientRef /0/_clientRef"},
		{"POST", "/v1/customers/bulk", `[{"_clientRef":"` + long + `"}]`, "String is too long (256 chars), maximum 255 _clientRef /0/_clientRef"},
		{"POST", "/v1/customers/bulk", `[{"_clientRef":5}]`, "Invalid type: number (expected string) _clientRef /0/_clientRef"},
		{"PUT", "/v1/customers/bulk", `[{"name":"x"}]`, "Missing required property: id 0 /0"},
		{"PUT", "/v1/customers/bulk?ids=65a0c0ffee0000000000abcd", `{"_clientRef":"x"}`, "Additional properties not allowed _clientRef /_clientRef"},
		{"PUT", "/v1/customers/bulk?ids=x", `{}`, "Format validation failed (object-id expected) ids"},
		{"PUT", "/v1/customers/bulk?ids=", `{}`, "ids must list 1 to 100 ids ids"},
		{"DELETE", "/v1/customers/bulk", "", "ids must list 1 to 100 ids ids"},
		{"DELETE", "/v1/customers/bulk?ids=" + strings.Repeat("65a0c0ffee0000000000abcd,", 100) + "65a0c0ffee0000000000abcd", "", "ids must list 1 to 100 ids ids"},
	} {
		t.Run(c.method+c.path[:min(len(c.path), 30)]+shortened(c.body), func(t *testing.T) {
			r := do(t, s, c.method, c.path, c.body).want(t, 400)
			got := strings.TrimSpace(r.errors()[0] + " " + textOf(r.at("errors", 0, "source", "pointer")))
			if got != c.want {
				t.Errorf("%s\nwant %s\nin %s", got, c.want, r.text)
			}
		})
	}
	if n := do(t, s, "GET", "/_sandbox/stats", "").at("jobs", "submitted"); n != 0.0 {
		t.Errorf("%v refused requests became jobs", n)
	}
}

func TestBulkNameItems(t *testing.T) {
	const body = `[{},{"name":1}]`
	for mode, want := range map[NameItems]any{
		NameByPointer: map[string]any{"parameter": "name", "pointer": "/1/name"}, NameByParameter: map[string]any{"parameter": "name"}, NameNothing: nil,
	} {
		r := do(t, newServer(t, Options{NameItems: mode}), "POST", "/v1/customers/bulk", body).want(t, 400)
		if diff := cmp.Diff(want, r.at("errors", 0, "source")); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
	}
	r := do(t, newServer(t, Options{ErrorShape: ShapeB}), "POST", "/v1/customers/bulk", body).want(t, 400)
	if r.at("errors", 0, "meta", "pointer") != "/1/name" {
		t.Errorf("in shape B the pointer is missing: %s", r.text)
	}
}

func TestBulkClientRefModes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		with, without := `[{"_clientRef":"a","externalId":"a"}]`, `[{"externalId":"b"}]`
		s := newServer(t, Options{ClientRef: ClientRefOff})
		if got := do(t, s, "POST", "/v1/customers/bulk", with).want(t, 400).errors(); got[0] != "Additional properties not allowed _clientRef" {
			t.Errorf("_clientRef must be refused where it is off: %v", got)
		}
		for s, body := range map[*Server]string{
			s: without, newServer(t, Options{}): without, newServer(t, Options{ClientRef: ClientRefIgnored}): with,
		} {
			job := submitted(t, s, "POST", "/v1/customers/bulk", body)
			results(t, s, job)
			a, _ := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "").at("data", 0, "attributes").(map[string]any)
			if _, has := a["results"]; has || a["successCount"] != 1.0 {
				t.Errorf("%s: the batch must count one success and show no results: %v", body, a)
			}
		}
	})
}

func TestBulkBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{BulkDelay: time.Minute, BulkBatch: 3, Seed: 1})
		job := submitted(t, s, "POST", "/v1/customers/bulk", items(10, `{"_clientRef":"%[1]d","externalId":"c%[1]d"}`))
		path := "/v1/bulk/" + job + "/batches"
		seen := map[any]bool{}
		for len(seen) < 5 {
			r := do(t, s, "GET", "/v1/bulk/"+job, "")
			seen[r.at("data", "attributes", "batches", "complete")] = true
			if got := do(t, s, "GET", path+"?completed=true", "").at("meta", "count"); got != r.at("data", "attributes", "batches", "complete") {
				t.Fatalf("%v batches are listed as complete, but the job says %s", got, r.text)
			}
			time.Sleep(time.Second)
		}
		for query, want := range map[string]string{
			"":                         "1/1 of 4 by 100: 4",
			"?limit=3":                 "1/2 of 4 by 3: 3",
			"?limit=3&page=2":          "2/2 of 4 by 3: 1",
			"?limit=3&page=3":          "3/2 of 4 by 3: 0",
			"?completed=false":         "1/1 of 0 by 100: 0",
			"?status=complete&limit=2": "1/2 of 4 by 2: 2",
			"?status=queued":           "1/1 of 0 by 100: 0",
		} {
			r := do(t, s, "GET", path+query, "").want(t, 200)
			data, _ := r.json["data"].([]any)
			if got := fmt.Sprintf("%v/%v of %v by %v: %d", r.at("meta", "page"), r.at("meta", "pages"), r.at("meta", "count"), r.at("meta", "limit"), len(data)); got != want {
				t.Errorf("%q: %s, want %s", query, got, want)
			}
		}
		if got := do(t, s, "GET", path, "").at("data", 0, "id"); got != do(t, s, "GET", path+"?sort=-createdAt", "").at("data", 3, "id") {
			t.Error("sort=-createdAt must reverse the list")
		}
		do(t, s, "GET", path+"?limit=101", "").want(t, 400)
		do(t, s, "GET", path+"?page=0", "").want(t, 400)
		do(t, s, "GET", "/v1/bulk/65a0c0ffee0000000000abcd", "").want(t, 404)
		do(t, s, "GET", "/v1/bulk/x/batches", "").want(t, 404)
		if n := len(results(t, s, job)); n != 10 {
			t.Errorf("%d results, want 10", n)
		}
	})
}

// TestBulkSeedDecides runs jobs with equal seeds, which take equal times and give equal orders of results, and with
// another seed.
func TestBulkSeedDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := func(seed uint64) (order []string, took time.Duration) {
			s := newServer(t, Options{Seed: seed, BulkDelay: time.Second})
			began := time.Now()
			job := submitted(t, s, "POST", "/v1/customers/bulk", items(20, `{"_clientRef":"%02[1]d"}`))
			for do(t, s, "GET", "/v1/bulk/"+job, "").attr("status") != "complete" {
				time.Sleep(time.Millisecond)
			}
			took = time.Since(began)
			results, _ := do(t, s, "GET", "/v1/bulk/"+job+"/batches", "").at("data", 0, "attributes", "results").([]any)
			for _, r := range results {
				order = append(order, fmt.Sprint(r.(map[string]any)["_clientRef"]))
			}
			return order, took
		}
		order, took := run(1)
		again, tookAgain := run(1)
		other, tookOther := run(2)
		if !slices.Equal(order, again) || took != tookAgain {
			t.Errorf("the same seed gave %v in %v and %v in %v", order, took, again, tookAgain)
		}
		if slices.Equal(order, other) || took == tookOther || slices.IsSorted(order) {
			t.Errorf("another seed must give other times and another order: %v in %v, %v in %v", order, took, other, tookOther)
		}
		if took < 500*time.Millisecond || took > 1500*time.Millisecond {
			t.Errorf("the job took %v, want 0.5s to 1.5s", took)
		}
	})
}
