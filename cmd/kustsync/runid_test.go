package main

import (
	"regexp"
	"testing"
	"time"
)

func TestRunIDsSortByTime(t *testing.T) {
	at := time.Date(2026, 11, 20, 6, 59, 11, 0, time.UTC)
	form := regexp.MustCompile(`^20261120T0659\d\dZ-[0-9a-v]{2}[a-z2-7]{4}$`)
	last := ""
	for range 1200 {
		id := newRunID(at)
		if !form.MatchString(id) {
			t.Fatalf("run id %q", id)
		}
		if id <= last {
			t.Fatalf("%q does not come behind %q", id, last)
		}
		last, at = id, at.Add(time.Millisecond)
	}
}
