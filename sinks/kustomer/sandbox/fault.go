package sandbox

import "time"

// Fault is one thing that goes wrong on purpose, and how often.
type Fault struct {
	Kind    string        // as in ParseFaults, without the get- prefix: "500-after"
	Reads   bool          // hits GET requests; else it hits writes alone
	Share   float64       // of the attempts that it could hit, 0..1
	Delay   time.Duration // for slow, drip and late
	Cut     int           // for truncate: bytes sent; negative: half of the answer
	On      string        // an externalId, or the path of a request without one; empty: all
	Attempt int           // hits only this attempt (1 is the first) on an object; 0: all
}

// ParseFaults reads a list of faults as the flag --faults gives it.
func ParseFaults(spec string) ([]Fault, error) { return nil, nil }

// FaultHelp describes the grammar of ParseFaults and every kind of fault, for a help text.
func FaultHelp() string { return "" }

func checkFaults([]Fault) error { return nil }
