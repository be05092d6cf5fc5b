// Command kustsync loads customers, conversations and messages from CSV, XLSX and JSON files into
// Kustomer, as a pipeline file says.
package main

import (
	"os"
	_ "time/tzdata" // timezone: works on machines without a zone database
)

func main() {
	os.Exit(newApp(os.Stdin, os.Stdout, os.Stderr).main(os.Args[1:]))
}
