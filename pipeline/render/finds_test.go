package render

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

func TestAnswerCache(t *testing.T) {
	c := newAnswerCache()
	c.put("kept", sinks.Answer{Bytes: 7})
	for i := range 20_000 {
		c.put(fmt.Sprint(i), sinks.Answer{Bytes: 1000})
		if a, ok := c.get("kept"); !ok || a.Bytes != 7 {
			t.Fatalf("what is used is forgotten after %d others", i)
		}
		if n := len(c.young) + len(c.old); n > 2*maxAnswers || c.bytes > maxAnswerBytes+2*(1000+answerCost) {
			t.Fatalf("%d answers of %d bytes are kept", n, c.bytes)
		}
	}
	if _, ok := c.get("0"); ok {
		t.Error("nothing is ever forgotten")
	}
}

func TestVerdict(t *testing.T) {
	for class, row := range map[sinks.Class]bool{sinks.Refused: true, sinks.Missing: true, sinks.Duplicate: true, sinks.Unknown: false, sinks.Unreached: false, sinks.Fatal: false} {
		var unanswered *UnansweredError
		if got := !errors.As(verdict(&sinks.Error{Class: class}), &unanswered); got != row {
			t.Errorf("%s: the row is at fault: %t", class, got)
		}
	}
	if verdict(nil) != nil {
		t.Error("no error became one")
	}
}
