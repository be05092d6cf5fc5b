package main

import (
	"os"
	"runtime/debug"

	"github.com/kustsync/kustsync/pipeline"
)

// The garbage collector starts when the memory in use has grown by a share, in percent, since it last ran. A run
// has little in use: 10 MiB and 35 bytes a key. With a share of that alone the collector would start every few
// hundred rows and take a seventh of the CPU. So a ballast of 48 MiB, which nothing reads or writes, counts as
// memory in use.
const (
	gcPercent    = 50
	ballastBytes = 48 << 20
	ballastPiece = 1 << 20

	// pacedGCPercent is for a load that waits for the rate limit or for bulk jobs: it has CPU to spare, and in
	// bulk it has thousands of rows in flight.
	pacedGCPercent = 15
)

// newBallast returns the ballast. Nothing touches it, so the system never has to provide the memory. It is made of
// many pieces because Go clears a piece that begins where memory was used before, and clearing touches it.
func newBallast() [][]byte {
	ballast := make([][]byte, ballastBytes/ballastPiece)
	for i := range ballast {
		ballast[i] = make([]byte, ballastPiece)
	}
	return ballast
}

// setGCPercent sets the share, unless the user did so with GOGC.
func setGCPercent(share int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(share)
	}
}

// isPaced reports whether a run waits for Kustomer more than for this machine.
func isPaced(o pipeline.Options) bool { return o.Rate > 0 || o.Bulk == pipeline.BulkAlways }
