package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests run this test binary as kustsync, and as what the bench measures. More of the parallel tests run
// at once than there are processors, since they mostly wait for jobs, quiet times and processes; -parallel overrides it.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"kustsync":     main,
		"bench-client": benchClient,
		"bench-book":   benchBook,
		"bare-loop":    bareLoop,
	})
}
