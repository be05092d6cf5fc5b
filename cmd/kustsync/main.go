// Command kustsync loads customers, conversations and messages from CSV, XLSX and JSON files into
// Kustomer, as a pipeline file says.
package main

import (
	"io"
	"log"
	"os"
	_ "time/tzdata" // timezone: works on machines without a zone database
)

func main() {
	log.SetOutput(io.Discard) // net/http writes there what a server says unasked, and it may say anything
	os.Exit(newApp(os.Stdin, os.Stdout, os.Stderr).main(os.Args[1:]))
}
