package inject

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
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
			got, err := Parse(c.spec)
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

func TestHelpNamesEveryKind(t *testing.T) {
	for _, k := range kinds {
		if !strings.Contains(Help(), "\n  "+k.name) {
			t.Errorf("%s is missing", k.name)
		}
		if _, _, err := kindOf(strings.Replace(k.name, "NNN", "503", 1)); err != nil {
			t.Error(err)
		}
	}
}

// TestFaultsReplayBySeed draws for the same attempts in two orders.
func TestFaultsReplayBySeed(t *testing.T) {
	faults, err := Parse("500-after:20%,reset-before:10%,seed=5")
	if err != nil {
		t.Fatal(err)
	}
	draw := func(seed uint64, order func(i int) int) map[string]string {
		var p Plan
		p.Set(faults, seed)
		if seed != 0 {
			p.seed = seed
		}
		got := map[string]string{}
		for i := range 2000 {
			object := fmt.Sprint("o", order(i)%1000)
			f, ok := p.Pick(Target{Method: "POST", Object: object})
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

// FuzzParse reads any list: never a panic, and what is read is accepted.
func FuzzParse(f *testing.F) {
	f.Add("500-after:5%,get-slow=3s:1%,reset-before@zd-17#1,seed=42")
	f.Fuzz(func(t *testing.T, spec string) {
		faults, err := Parse(spec)
		if err == nil && Check(faults) != nil {
			t.Errorf("%q is read but not accepted: %v", spec, faults)
		}
	})
}
