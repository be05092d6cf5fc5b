package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this test binary as kustsync.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kustsync": main})
}
