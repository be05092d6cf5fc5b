package faults

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"sync"
)

// fault is one way to misbehave. before acts instead of the write, after once the write was done; each
// reports whether it has sent the answer, or decided that there is none.
type fault struct {
	doc    string
	check  func(arg string) error
	before func(x *exchange, r rule) bool
	after  func(x *exchange, r rule, a reply) bool

	job   func(j *job, arg string) // what happens to a batch that was accepted
	on    string                   // onCheck or onItem: the fault applies to items of batches, not to requests
	skips bool                     // the item is not written
	fails bool                     // its result says that it failed
	hides bool                     // it has no result
}

// Besides requests a rule may apply to each item of a batch: when the batch is checked, or when its job handles the
// item. These stand for the method in the Event of an item.
const (
	onCheck = "CHECK"
	onItem  = "ITEM"
)

// appliesTo reports whether a fault is one for requests of a method, or one for items at that time.
func (f *fault) appliesTo(method string) bool {
	switch method {
	case onCheck:
		return f.on == onCheck
	case onItem:
		return f.on == onItem
	}
	return f.on == ""
}

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

// parseRules reads rules; see ParseRules.
func parseRules(text string, faults map[string]fault) ([]rule, error) {
	var rules []rule
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r, err := parseRule(words, faults)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", strings.TrimSpace(line), err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(words []string, faults map[string]fault) (rule, error) {
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

// fits reports whether a rule applies to a request, or to an item of a batch.
func (r *rule) fits(seed uint64, e Event) bool {
	switch {
	case !r.fault.appliesTo(e.Method), r.batch == "yes" && e.Items == 0, r.batch == "no" && e.Items > 0:
		return false
	case r.method != "" && r.method != e.Method, r.kind != "" && r.kind != e.Kind, r.object != "" && r.object != e.Object:
		return false
	case r.attempt != 0 && r.attempt != e.Attempt, r.attempts != 0 && e.Attempt > r.attempts:
		return false
	case r.from != 0 && e.Seq < r.from, r.until != 0 && e.Seq > r.until:
		return false
	}
	return r.share >= 1 || draw(seed, r.text, e.Method, e.Object, e.Attempt) < r.share
}

// draw returns a number from 0 to 1 for an attempt, always the same one.
func draw(seed uint64, rule, method, object string, attempt int) float64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d|%s|%s|%s|%d", seed, rule, method, object, attempt) // a hash takes everything
	sum := h.Sum64()
	sum ^= sum >> 33 // FNV's high bits hardly change with the last byte
	sum *= 0xff51afd7ed558ccd
	sum ^= sum >> 33
	return float64(sum>>11) / (math.MaxUint64 >> 11)
}

// ruleSet holds the rules of a server.
type ruleSet struct {
	seed uint64
	mu   sync.Mutex
	list []rule
}

func (s *ruleSet) set(list []rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

// pick returns the first rule that fits a request, or one that does nothing.
func (s *ruleSet) pick(e Event) rule {
	s.mu.Lock()
	list := s.list
	s.mu.Unlock()
	for _, r := range list {
		if r.fits(s.seed, e) {
			return r
		}
	}
	return rule{}
}
