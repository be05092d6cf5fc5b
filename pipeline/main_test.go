package pipeline

import (
	"flag"
	"log"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets no test leave a goroutine behind. Properties are checked less often than rapid does by
// itself, since each check writes ledgers; make storms checks them more often.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		log.Fatal(err)
	}
	goleak.VerifyTestMain(m)
}
