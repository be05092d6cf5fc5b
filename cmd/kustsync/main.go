// Command kustsync loads customers, conversations and messages from CSV, XLSX and JSON files into
// Kustomer, as a pipeline file says.
package main

import (
	"io"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	_ "time/tzdata" // timezone: works on machines without a zone database
)

// So much garbage may gather before it is collected: half of what is in use, and half of garbageRoom. A
// run has little in use, 10 MiB and 35 bytes a key; with no room beyond that the garbage collector, which
// would begin anew every few hundred rows, takes a seventh of the CPU.
const (
	garbageShare = 50 // percent
	garbageRoom  = 48 << 20
	roomPiece    = 1 << 20
)

func main() { os.Exit(kustsync()) }

// kustsync runs the command line and returns its exit code. The collector takes room for memory in
// use; since nothing touches it, the system never has to give it. It is of many pieces: one that begins
// where memory was used before is cleared, and then is there.
func kustsync() int {
	room := make([][]byte, garbageRoom/roomPiece)
	for i := range room {
		room[i] = make([]byte, roomPiece)
	}
	defer runtime.KeepAlive(room)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbageShare)
	}
	log.SetOutput(io.Discard) // net/http writes there what a server says unasked, and it may say anything
	return newApp(os.Stdin, os.Stdout, os.Stderr).main(os.Args[1:])
}
