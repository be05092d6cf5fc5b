package drive

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

func TestBackoffStaysInItsBounds(t *testing.T) {
	for n := -1; n < 100; n++ {
		for range 20 {
			if d := backoff(n); d < 0 || d >= lastBackoff || n <= 1 && d >= firstBackoff {
				t.Errorf("backoff(%d) = %v", n, d)
			}
		}
	}
	longest := backoff(100)
	for range 100 {
		longest = max(longest, backoff(100))
	}
	if longest < lastBackoff/2 {
		t.Errorf("the longest of 100 late backoffs is %v; they do not grow to %v", longest, lastBackoff)
	}
}

func TestAnswerOf(t *testing.T) {
	disk := errors.New("disk full")
	for _, c := range []struct {
		err   error
		want  decide.Answer
		stops bool
	}{
		{nil, decide.Applied, false},
		{&sinks.Error{Class: sinks.Unknown}, decide.Lost, false},
		{&sinks.Error{Class: sinks.Refused}, decide.Refused, false},
		{&sinks.Error{Class: sinks.Duplicate}, decide.Duplicate, false},
		{&sinks.Error{Class: sinks.Missing}, decide.Missing, false},
		{&sinks.Error{Class: sinks.Deleted}, decide.Missing, false},
		{&sinks.Error{Class: sinks.Ambiguous}, decide.Refused, false},
		{&sinks.Error{Class: sinks.TooLarge}, decide.Refused, false},
		{&sinks.Error{Class: sinks.Unsupported}, decide.Refused, false},
		{&sinks.Error{Class: sinks.Forbidden}, decide.Refused, false},
		{&sinks.Error{Class: sinks.Unreached}, decide.Unreached, false},
		{&sinks.Error{Class: sinks.Fatal}, decide.NotSent, true},
		{fmt.Errorf("wrapped: %w", &sinks.Error{Class: sinks.Unknown}), decide.Lost, false},
		{&ledger.ClaimedError{Object: "person"}, decide.Claimed, false},
		{context.Canceled, decide.NotSent, false},
		{context.DeadlineExceeded, decide.NotSent, false},
		{disk, decide.NotSent, true},
	} {
		answer, failed, stop := answerOf(c.err)
		if answer != c.want || (stop != nil) != c.stops {
			t.Errorf("answerOf(%v) = %v and stops with %v, want %v, stops: %t", c.err, answer, stop, c.want, c.stops)
		}
		if _, sink := errors.AsType[*sinks.Error](c.err); sink != (failed != nil) {
			t.Errorf("answerOf(%v) returns the sink's error %v", c.err, failed)
		}
	}
}
