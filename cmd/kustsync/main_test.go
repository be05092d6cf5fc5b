package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests run this test binary as kustsync, and as what the bench measures.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kustsync":     main,
		"bench-client": benchClient,
		"bench-book":   benchBook,
		"bare-loop":    bareLoop,
	})
}
