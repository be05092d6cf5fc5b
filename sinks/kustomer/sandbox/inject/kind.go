package inject

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Kind is one row of the table of faults.
type Kind struct {
	name string // NNN stands for an HTTP status
	doc  string

	Scope  Scope
	Before bool // what is hit is not carried out
	Late   bool // what is hit is carried out after the fault's Delay
	Hangs  bool // a job never gets complete
	Hides  bool // a job, or the result of an item, is not shown

	delay   time.Duration // of a fault that names none; 0: the kind has no delay
	cuts    bool          // it cuts the answer
	deliver func(Exchange)
}

// Scope is what a fault hits.
type Scope uint8

// What faults hit.
const (
	OnRequest Scope = iota // any request
	OnJob                  // a request that submits a bulk job
	OnItem                 // one item of a bulk job, when the job runs
)

// argHelp shows the argument of a kind in the help text.
func (k *Kind) argHelp() string {
	switch {
	case k.delay > 0:
		return "[=" + k.delay.String() + "]"
	case k.cuts:
		return "[=BYTES]"
	default:
		return ""
	}
}

func (k *Kind) readArg(f *Fault, arg string) error {
	var err error
	switch {
	case k.delay > 0:
		if f.Delay, err = time.ParseDuration(arg); err != nil || f.Delay <= 0 {
			return errors.New("the argument must be a time above 0, such as 2s")
		}
	case k.cuts:
		if f.Cut, err = strconv.Atoi(arg); err != nil || f.Cut < 1 {
			return errors.New("the argument must be a number of bytes from 1")
		}
	default:
		return errors.New("this kind takes no argument")
	}
	return nil
}

// allows keeps success and redirect statuses out of the kinds that answer an error.
func (k *Kind) allows(status int) bool {
	return !strings.HasPrefix(k.name, "NNN") || status >= 400
}
