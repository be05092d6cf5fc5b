package faults

import "net/http"

// Reading says how a request answers that reaches an object which is gone; what Kustomer does is not known
// (kustomer-api.md 17.14, 18 numbers 3 and 34 to 36, 20.2).
type Reading string

// How an object answers that was deleted, or merged into another one.
const (
	NotFound Reading = "404"      // what an empty reading means
	Gone     Reading = "410"      // with an error as for a 404
	Shown    Reading = "200"      // itself, with deleted set; an update changes only what is gone
	Survivor Reading = "survivor" // what it was merged into, with that one's id; 404 for what was only deleted
)

// Readings are the readings of the requests that can reach what is gone.
type Readings struct {
	Reads   Reading // GET by id
	LookUps Reading // by externalId, email or phone
	Updates Reading // PUT and PATCH by id, also as items of batches
}

// access is what a request does with an object.
type access int

const (
	reads access = iota
	lookUps
	updates
)

// reading is how an object that is gone answers.
func (o *Options) reading(of *object, how access) Reading {
	rule := o.Deleted
	if of.into != nil {
		rule = o.Merged
	}
	return [...]Reading{rule.Reads, rule.LookUps, rule.Updates}[how]
}

// survivor is what an object was merged into, at the end of the chain; nil when it was not, or that is gone too.
func (o *object) survivor() *object {
	end := o
	for end.into != nil {
		end = end.into
	}
	if end == o || end.gone {
		return nil
	}
	return end
}

// reach finds the object that a request works on. The field is what an error names. The caller holds the store's lock.
func (s *service) reach(o *object, kind string, how access, field string) (*object, *reply) {
	status := http.StatusNotFound
	if o != nil && o.kind == kind {
		if !o.gone {
			return o, nil
		}
		switch s.opts.reading(o, how) {
		case Shown:
			return o, nil
		case Gone:
			status = http.StatusGone
		case Survivor:
			if end := o.survivor(); end != nil {
				return end, nil
			}
		}
	}
	refused := s.problem(status, "notfound", http.StatusText(status), field)
	return nil, &refused
}

// foundGone is the object that was lost last of those which a look-up would have found; nil when there is none. The
// caller holds the store's lock.
func (s *service) foundGone(to target) (last *object) {
	for _, o := range s.store.objects {
		if o.gone && o.kind == to.kind && o.has(to.by, to.value) && (last == nil || o.lost > last.lost) {
			last = o
		}
	}
	return last
}

// lose deletes an object and, unless the options say otherwise, what belongs to it. The caller holds the store's lock.
func (s *service) lose(o *object, by string) {
	if !s.opts.KeepBelow && o.into == nil {
		for _, child := range s.store.objects {
			if child.parentID == o.id && !child.gone {
				s.lose(child, by)
			}
		}
	}
	s.store.lost++
	o.gone, o.lost, o.rev, o.modifiedBy = true, s.store.lost, o.rev+1, by
	if s.opts.FreeIdentifiers {
		s.store.release(o)
	}
	s.commit("delete", o, "", by != "")
}
