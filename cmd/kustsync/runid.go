package main

import (
	"crypto/rand"
	"strings"
	"time"
)

// newRunID names a run so that names sort by time: 20261120T065911Z-f3m9qz. Of the six letters behind the
// second the first two are its milliseconds, the others are random.
func newRunID(now time.Time) string {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	ms := now.Nanosecond() / int(time.Millisecond)
	return now.UTC().Format("20060102T150405Z") + "-" + string([]byte{digits[ms/32], digits[ms%32]}) + strings.ToLower(rand.Text()[:4])
}
