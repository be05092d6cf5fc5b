package main

import (
	"os"
	"runtime/debug"

	"github.com/kustsync/kustsync/pipeline"
)

// So much garbage may gather before it is collected: half of what is in use, and half of garbageRoom. A
// run has little in use, 10 MiB and 35 bytes a key; with no room beyond that the garbage collector, which
// would begin anew every few hundred rows, takes a seventh of the CPU.
const (
	garbageShare = 50 // percent
	garbageRoom  = 48 << 20
	garbagePiece = 1 << 20

	// pacedShare is that of a load which waits for the limit on requests, or for jobs: it has CPU to spare,
	// and in batches thousands of rows under way.
	pacedShare = 15
)

// garbageSpace returns the room. The collector takes it for memory in use; since nothing touches it, the system
// never has to give it. It is of many pieces: one that begins where memory was used before is cleared, and
// then is there.
func garbageSpace() [][]byte {
	room := make([][]byte, garbageRoom/garbagePiece)
	for i := range room {
		room[i] = make([]byte, garbagePiece)
	}
	return room
}

// setGarbage sets how much garbage may gather, unless the user has.
func setGarbage(share int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(share)
	}
}

// isPaced reports whether a run waits for Kustomer more than for this machine.
func isPaced(o pipeline.Options) bool { return o.Rate > 0 || o.Bulk == pipeline.BulkAlways }
