package faults

import (
	"fmt"
	"math"
	"testing"
)

func TestParseRules(t *testing.T) {
	good := []string{"", "reset-after", "late=1500ms method=POST share=20% attempt=1; status=401 from=50", "\n\tcut kind=customer object=c7 attempts=2 until=9\n"}
	for _, text := range good {
		if _, err := ParseRules(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"nosuch", "late=soon", "status=x", "reset-after method", "reset-after colour=red", "reset-after attempt=x", "reset-after share=most"} {
		if _, err := ParseRules(text); err == nil {
			t.Errorf("ParseRules(%q) returns no error", text)
		}
	}
}

func TestRuleFits(t *testing.T) {
	e := Event{Seq: 10, Method: "POST", Kind: "customer", Object: "c7", Attempt: 2}
	for text, want := range map[string]bool{
		"reset-after": true, "reset-after method=GET": false, "reset-after kind=customer object=c7": true, "reset-after object=c8": false,
		"reset-after attempt=1": false, "reset-after attempts=2": true, "reset-after attempts=1": false,
		"reset-after from=10 until=10": true, "reset-after from=11": false, "reset-after until=9": false, "reset-after share=0%": false,
	} {
		rules, err := ParseRules(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := rules[0].fits(1, e); got != want {
			t.Errorf("%q fits: %v, want %v", text, got, want)
		}
	}
}

// TestShares checks that a share injects a fault for about that part of all objects: for the same objects with the same
// seed, for others with another seed.
func TestShares(t *testing.T) {
	rules, err := ParseRules("reset-after share=25%")
	if err != nil {
		t.Fatal(err)
	}
	injected := func(seed uint64) (set map[string]bool) {
		set = map[string]bool{}
		for i := range 4000 {
			e := Event{Method: "POST", Object: fmt.Sprintf("c%d", i), Attempt: 1}
			if rules[0].fits(seed, e) {
				set[e.Object] = true
			}
		}
		return set
	}
	first, again, other := injected(1), injected(1), injected(2)
	if n := float64(len(first)) / 4000; math.Abs(n-0.25) > 0.03 {
		t.Errorf("the fault is injected for %.1f%% of the objects, want 25%%", 100*n)
	}
	common := 0
	for name := range first {
		if !again[name] {
			t.Errorf("with the same seed, the fault is injected for %s the first time and not the second", name)
		}
		if other[name] {
			common++
		}
	}
	if share := float64(common) / float64(len(first)); share > 0.35 {
		t.Errorf("with another seed, %.0f%% of the objects are the same, want at most 35%%", 100*share)
	}
}
