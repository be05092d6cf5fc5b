package faults

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"time"
)

// rule says which requests meet a fault.
type rule struct {
	text  string
	fault fault
	arg   string // behind the = of the fault's name

	method, kind, object string
	attempt              int     // only the n-th; 0 is any
	attempts             int     // only the first n; 0 is all
	share                float64 // of the requests that fit, by hash
	from, until          int     // arrival of the request, 1 is the first; 0 is no bound
	batch                string  // yes: only batches; no: none of them
}

// ParseRules reads rules, one a line or parted by semicolons: the name of a fault, with its argument
// behind a =, and then what it strikes:
//
//	reset-after method=POST share=30% attempt=1
//	late=1500ms kind=message attempt=1 share=20%
//	status=401 from=50
//
// The first rule that fits a request is taken. Whether a request is in the share is decided by a hash
// of seed, rule, method, object and attempt, never by the order of arrival, so that a seed replays.
func ParseRules(text string) ([]rule, error) {
	var rules []rule
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r, err := parseRule(words)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", strings.TrimSpace(line), err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(words []string) (rule, error) {
	name, arg, _ := strings.Cut(words[0], "=")
	known, ok := faults[name]
	if !ok {
		return rule{}, fmt.Errorf("there is no fault %q", name)
	}
	r := rule{text: words[0], fault: known, arg: arg, share: 1}
	if known.check != nil {
		if err := known.check(arg); err != nil {
			return rule{}, err
		}
	}
	for _, word := range words[1:] {
		if err := r.set(word); err != nil {
			return rule{}, err
		}
	}
	return r, nil
}

func (r *rule) set(word string) (err error) {
	name, value, ok := strings.Cut(word, "=")
	if !ok {
		return fmt.Errorf("%q is not NAME=VALUE", word)
	}
	switch name {
	case "method":
		r.method = value
	case "kind":
		r.kind = value
	case "object":
		r.object = value
	case "attempt":
		r.attempt, err = strconv.Atoi(value)
	case "attempts":
		r.attempts, err = strconv.Atoi(value)
	case "batch":
		r.batch = value
	case "from":
		r.from, err = strconv.Atoi(value)
	case "until":
		r.until, err = strconv.Atoi(value)
	case "share":
		r.share, err = strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
		r.share /= 100
	default:
		return fmt.Errorf("%q is unknown", name)
	}
	return err
}

// fits reports whether a rule strikes a request.
func (r *rule) fits(seed uint64, e Event) bool {
	switch {
	case !r.fault.strikes(e.Method), r.batch == "yes" && e.Items == 0, r.batch == "no" && e.Items > 0:
		return false
	case r.method != "" && r.method != e.Method, r.kind != "" && r.kind != e.Kind, r.object != "" && r.object != e.Object:
		return false
	case r.attempt != 0 && r.attempt != e.Attempt, r.attempts != 0 && e.Attempt > r.attempts:
		return false
	case r.from != 0 && e.Seq < r.from, r.until != 0 && e.Seq > r.until:
		return false
	}
	return r.share >= 1 || lot(seed, r.text, e.Method, e.Object, e.Attempt) < r.share
}

// lot draws a number from 0 to 1 for an attempt.
func lot(seed uint64, rule, method, object string, attempt int) float64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d|%s|%s|%s|%d", seed, rule, method, object, attempt) // a hash takes everything
	sum := h.Sum64()
	sum ^= sum >> 33 // FNV's high bits hardly change with the last byte
	sum *= 0xff51afd7ed558ccd
	sum ^= sum >> 33
	return float64(sum>>11) / (math.MaxUint64 >> 11)
}

// pick returns the first rule that strikes a request, or one that does nothing.
func (s *Server) pick(e Event) rule {
	s.mu.Lock()
	rules := s.rules
	s.mu.Unlock()
	for _, r := range rules {
		if r.fits(s.opts.Seed, e) {
			return r
		}
	}
	return rule{}
}

func checkDuration(arg string) error {
	_, err := time.ParseDuration(arg)
	return err
}

func checkNumber(arg string) error {
	_, err := strconv.Atoi(arg)
	return err
}
