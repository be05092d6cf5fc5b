package pipeline

import "testing"

func TestStopAtGuards(t *testing.T) {
	if err := stopAtGuards(nil); err != nil {
		t.Error(err)
	}
	passed := GuardResult{Guard: "a", Accepted: true, found: "passed", hint: "no hint"}
	if err := stopAtGuards([]GuardResult{passed}); err != nil {
		t.Error(err)
	}
	err := stopAtGuards([]GuardResult{{found: "one", hint: "do this"}, passed, {found: "two", hint: "do that"}})
	if stop := wantStop(t, err, StopGuard); stop.Err.Error() != "one; two" || stop.Hint != "do this; do that" {
		t.Errorf("%q, %q", stop.Err, stop.Hint)
	}
}
