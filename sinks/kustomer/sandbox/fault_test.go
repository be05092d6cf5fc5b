package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseFaults(t *testing.T) {
	for _, c := range []struct {
		spec string
		want []Fault
		err  string
	}{
		{spec: ""},
		{spec: " , ,seed=7"},
		{spec: "500-after:5%", want: []Fault{{Kind: "500-after", Share: 0.05}}},
		{spec: "500-after", want: []Fault{{Kind: "500-after", Share: 1}}},
		{spec: "429:2.5%, get-html-502:1%", want: []Fault{{Kind: "429", Share: 0.025}, {Kind: "html-502", Reads: true, Share: 0.01}}},
		{spec: "slow=3s:1%,truncate=10:1%", want: []Fault{{Kind: "slow", Delay: 3 * time.Second, Share: 0.01}, {Kind: "truncate", Cut: 10, Share: 0.01}}},
		{spec: "seed=9,reset-after@zd-17#2", want: []Fault{{Kind: "reset-after", Share: 1, On: "zd-17", Attempt: 2, Seed: 9}}},
		{spec: "503-before@a:b", want: []Fault{{Kind: "503-before", Share: 1, On: "a:b"}}},
		{spec: "503-before@/v1/x:50%", want: []Fault{{Kind: "503-before", Share: 0.5, On: "/v1/x"}}},
		{spec: "late=1m", want: []Fault{{Kind: "late", Delay: time.Minute, Share: 1}}},
		{spec: "500", err: "use one of"},
		{spec: "200-after", err: "use one of"},
		{spec: "boom:1%", err: "use one of"},
		{spec: "500-after:0%", err: "above 0%"},
		{spec: "500-after:101%", err: "above 0%"},
		{spec: "500-after:NaN%", err: "above 0%"},
		{spec: "500-after:5", err: "must end with %"},
		{spec: "500-after#0", err: "from 1"},
		{spec: "500-after=2s", err: "takes no argument"},
		{spec: "slow=x", err: "a time above 0"},
		{spec: "truncate=0", err: "number of bytes"},
		{spec: "seed=x", err: "whole number"},
		{spec: "500-after:60%,reset-after:60%", err: "more than 100%"},
		{spec: "item-error:60%,reset-after:60%,job-stuck:40%", want: []Fault{{Kind: "item-error", Share: 0.6}, {Kind: "reset-after", Share: 0.6}, {Kind: "job-stuck", Share: 0.4}}},
		{spec: "job-stuck:60%,reset-after:60%", err: "more than 100%"},
		{spec: "get-job-lost", err: "cannot hit GET"},
		{spec: "a,b", err: `"b"`},
	} {
		t.Run(c.spec, func(t *testing.T) {
			got, err := ParseFaults(c.spec)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaultHelpNamesEveryKind(t *testing.T) {
	for _, k := range faultKinds {
		if !strings.Contains(FaultHelp(), "\n  "+k.name) {
			t.Errorf("%s is missing", k.name)
		}
		if _, _, err := kindOf(strings.Replace(k.name, "NNN", "503", 1)); err != nil {
			t.Error(err)
		}
	}
}

// TestFaultsReplayBySeed draws for the same attempts in two orders.
func TestFaultsReplayBySeed(t *testing.T) {
	faults, err := ParseFaults("500-after:20%,reset-before:10%,seed=5")
	if err != nil {
		t.Fatal(err)
	}
	draw := func(seed uint64, order func(i int) int) map[string]string {
		var p plan
		p.set(faults, seed)
		if seed != 0 {
			p.seed = seed
		}
		got := map[string]string{}
		for i := range 2000 {
			object := fmt.Sprint("o", order(i)%1000)
			f, ok := p.pick(target{method: "POST", object: object})
			if ok {
				got[object] += f.Fault.Kind + " "
			} else {
				got[object] += "- "
			}
		}
		return got
	}
	forward := draw(0, func(i int) int { return i })
	backward := draw(0, func(i int) int { return 1999 - i })
	if diff := cmp.Diff(forward, backward); diff != "" {
		t.Error("the order of arrival decides:", diff)
	}
	if cmp.Equal(forward, draw(6, func(i int) int { return i })) {
		t.Error("the seed decides nothing")
	}
	hits := 0
	for _, line := range forward {
		hits += len(strings.Fields(line)) - strings.Count(line, "- ")
	}
	if hits < 500 || hits > 700 {
		t.Errorf("%d of 2000 attempts failed, want about 600", hits)
	}
}

func TestFaultsForOneObject(t *testing.T) {
	faults, err := ParseFaults("503-before@x#2,get-500-before@/v1/customers/externalId=x")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{Faults: faults, Unique: UniqueCustomers})
	ana := made(t, s, "/v1/customers", `{}`)
	body := `{"customer":"` + ana + `","externalId":"x"}`
	for i, status := range []int{201, 503, 201} {
		if got := do(t, s, "POST", "/v1/conversations", body).status; got != status {
			t.Errorf("attempt %d: %d, want %d", i+1, got, status)
		}
	}
	do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 500)
	do(t, s, "GET", "/v1/customers/externalId=y", "").want(t, 404)
}

func TestUpdatesAreNamedByTheirObject(t *testing.T) {
	faults, err := ParseFaults("503-before@x#1")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{})
	path := "/v1/customers/" + made(t, s, "/v1/customers", `{"externalId":"x"}`)
	s.faults.set(faults, 0)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 503)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 200)
}
