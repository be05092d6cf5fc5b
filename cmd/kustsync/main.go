// Command kustsync loads customers, conversations and messages from CSV, XLSX and JSON files into
// Kustomer, as a pipeline file says.
package main

import (
	"io"
	"log"
	"os"
	"runtime"
	_ "time/tzdata" // timezone: works on machines without a zone database
)

func main() { os.Exit(kustsync()) }

// kustsync runs the command line and returns its exit code.
func kustsync() int {
	defer runtime.KeepAlive(newBallast())
	setGCPercent(gcPercent)
	log.SetOutput(io.Discard) // net/http logs there what a server sends unasked, which may hold values of rows
	return newApp(os.Stdin, os.Stdout, os.Stderr).main(os.Args[1:])
}
