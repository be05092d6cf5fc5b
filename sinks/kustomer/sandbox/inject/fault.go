// Package inject makes a sandbox fail on purpose: the grammar of faults, the choice of the attempts that fail, and
// the ways in which they fail.
//
// To add a fault, add a row to the table in kinds.go, and a case to TestFaultsOnTheWire or TestItemFaults of the
// sandbox.
package inject

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fault is one thing that goes wrong on purpose, and how often.
type Fault struct {
	Kind    string        // as in Parse, without the get- prefix: "500-after"
	Reads   bool          // hits GET requests; else it hits writes alone
	Share   float64       // of the attempts that it could hit, 0..1
	Delay   time.Duration // for slow, drip and late; 0 is the kind's default
	Cut     int           // for truncate: bytes sent; 0 is half of the answer
	On      string        // an externalId, or the path of a request; empty: all
	Attempt int           // hits only this attempt (1 is the first) on an object; 0: all
	Seed    uint64        // overrides the seed of the plan for all faults when it is not 0
}

// Help describes the grammar of Parse and every kind of fault, for a help text.
func Help() string {
	var b strings.Builder
	b.WriteString(`A list, separated by commas, of [get-]KIND[=ARG][@OBJECT][#ATTEMPT][:SHARE] and seed=N.
A fault hits writes, with get- it hits GET requests; job- kinds hit submissions of bulk jobs alone, and
item- kinds single items of such jobs. SHARE is a percentage of attempts, default 100%. OBJECT is an
externalId or the path of a request; ATTEMPT counts from 1 for each object (and each different body).
The choice depends on seed, method, object and attempt, never on the order of arrival, so it repeats.
Example: 500-after:5%,get-slow=3s:1%,reset-before@zd-17#1,seed=42
`)
	for _, k := range kinds {
		fmt.Fprintf(&b, "  %-22s %s\n", k.name+k.argHelp(), k.doc)
	}
	return b.String()
}

// Parse reads a list of faults as the flag --faults gives it; Help has the grammar.
// All mistakes are reported at once. An empty text is no fault.
func Parse(spec string) ([]Fault, error) {
	var faults []Fault
	var errs []error
	var seed uint64
	for item := range strings.SplitSeq(spec, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if text, ok := strings.CutPrefix(item, "seed="); ok {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				errs = append(errs, fmt.Errorf("fault %q: the seed must be a whole number", item))
			}
			seed = n
			continue
		}
		fault, err := parseFault(item)
		if err != nil {
			errs = append(errs, fmt.Errorf("fault %q: %w", item, err))
			continue
		}
		faults = append(faults, fault)
	}
	for i := range faults {
		faults[i].Seed = seed
	}
	if len(errs) == 0 {
		errs = append(errs, Check(faults))
	}
	return faults, errors.Join(errs...)
}

// parseFault reads one item: share first, then object and attempt, then argument and kind.
func parseFault(item string) (Fault, error) {
	f := Fault{Share: 1}
	head, share, found := cutLast(item, ":")
	if found && strings.HasSuffix(share, "%") {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return f, errors.New("the share must be above 0% and at most 100%, as in 500-after:5%")
		}
		f.Share, item = percent/100, head
	} else if found && !strings.Contains(head, "@") {
		return f, errors.New("the share must end with %, as in 500-after:5%")
	}
	if head, text, found := cutLast(item, "#"); found {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return f, errors.New("the attempt after # must be a number from 1")
		}
		f.Attempt, item = n, head
	}
	item, f.On, _ = strings.Cut(item, "@")
	name, arg, hasArg := strings.Cut(item, "=")
	f.Kind, f.Reads = strings.CutPrefix(name, "get-")
	kind, _, err := kindOf(f.Kind)
	if err != nil || !hasArg {
		return f, err
	}
	return f, kind.readArg(&f, arg)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Check refuses unknown kinds and shares that add up to more than every attempt.
func Check(faults []Fault) error {
	type group struct{ reads, items bool }
	sums := map[group]float64{}
	for _, f := range faults {
		kind, _, err := kindOf(f.Kind)
		if err != nil {
			return fmt.Errorf("fault %q: %w", f.Kind, err)
		}
		if f.Reads && kind.Scope != OnRequest {
			return fmt.Errorf("fault %q: it hits bulk jobs, so it cannot hit GET requests", f.Kind)
		}
		if !(f.Share > 0 && f.Share <= 1) || f.Delay < 0 || f.Cut < 0 || f.Attempt < 0 {
			return fmt.Errorf("fault %q: the share must be above 0%% and at most 100%%, and nothing negative", f.Kind)
		}
		if f.On == "" && f.Attempt == 0 {
			sums[group{f.Reads, kind.Scope == OnItem}] += f.Share
		}
	}
	for _, sum := range sums {
		if sum > 1.000001 {
			return errors.New("the shares of the faults add up to more than 100%: lower them")
		}
	}
	return nil
}
