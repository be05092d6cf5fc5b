package kustomer

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

const maxNamed = 5 // ids that an error names

// Find looks for one object by one of its Spec's look-ups, in all its spellings. Not found means that
// Kustomer answered 404 to a spelling by which something was found before, or to all that it knows.
//
// An object that was deleted or merged is neither found nor absent: the error is of class Deleted, so
// that nobody makes it again silently (kustomer-api.md 18, 3). It is Ambiguous when several objects answer.
func (c *Client) Find(ctx context.Context, q sinks.Query) (sinks.Found, bool, error) {
	lookup, ok := q.Spec.Lookup(q.By)
	if !ok {
		return sinks.Found{}, false, queryError(q, "the sink "+q.Spec.Name+" has no such look-up")
	}
	if q.Value == "" {
		return sinks.Found{}, false, queryError(q, "the value is empty")
	}
	paths, err := lookup.Fill(q.Value)
	if err != nil {
		return sinks.Found{}, false, queryError(q, err.Error())
	}
	return c.findBySpelling(ctx, q, lookup.Paths, paths)
}

// findBySpelling asks for the object in one spelling after the other.
func (c *Client) findBySpelling(ctx context.Context, q sinks.Query, templates, paths []string) (sinks.Found, bool, error) {
	missed := false
	var unknown *sinks.Error // a spelling that Kustomer does not know
	for _, i := range c.spellings(templates) {
		r, err := c.wire.request(http.MethodGet, paths[i], templates[i], nil)
		if err != nil {
			return sinks.Found{}, false, queryError(q, err.Error())
		}
		a, err := c.send(ctx, r)
		if err != nil {
			return sinks.Found{}, false, err
		}
		switch {
		case a.status/100 == 2:
			found, ok, err := c.pickObject(q, a)
			if ok {
				c.workingPaths.Store(templates[i], true)
				c.nameTags(ctx, found.Contents)
			}
			return found, ok, err
		case a.status == http.StatusNotFound:
			missed = true
		case a.status == http.StatusBadRequest, a.status == http.StatusMethodNotAllowed:
			unknown = c.refusal(lookUpPurpose(q.Spec), a)
			if unknown.Class == sinks.Fatal {
				return sinks.Found{}, false, unknown
			}
		default:
			return sinks.Found{}, false, c.refusal(lookUpPurpose(q.Spec), a)
		}
	}
	if !missed && unknown != nil {
		return sinks.Found{}, false, unknown
	}
	return sinks.Found{}, false, nil
}

// spellings returns the indexes of the templates to ask by: that of the one by which something was found before, else
// all, the preferred ones first.
func (c *Client) spellings(templates []string) []int {
	order, first := make([]int, 0, len(templates)), 0
	for i, template := range templates {
		if _, proven := c.workingPaths.Load(template); proven {
			return []int{i}
		}
		if _, preferred := c.preferred.Load(template); preferred {
			order = slices.Insert(order, first, i)
			first++
			continue
		}
		order = append(order, i)
	}
	return order
}

// Prefer makes look-ups ask first by those paths, with {value}, which found something when the org was probed. A miss
// counts only once all spellings have missed, or one has hit in this run: should Kustomer change its spelling, the
// answers of the probe cost a request, and no object is taken for missing.
func (c *Client) Prefer(paths []string) {
	for _, path := range paths {
		c.preferred.Store(path, true)
	}
}

// pickObject reads the one object that an answer shows and that has the value. A list may show others too,
// since a filter may go by a part of the value (kustomer-api.md 4.2).
func (c *Client) pickObject(q sinks.Query, a response) (sinks.Found, bool, error) {
	l, err := readObjects(a)
	if err != nil {
		return sinks.Found{}, false, unreadableError(lookUpPurpose(q.Spec), a, err.Error())
	}
	exact, live := l.objects[:0:0], l.objects[:0:0]
	for _, o := range l.objects {
		if o.answers(q, l.isList) {
			exact = append(exact, o)
			if !o.deleted() {
				live = append(live, o)
			}
		}
	}
	switch {
	case len(exact) == 0 && movedAway(q, l):
		live = l.objects
	case len(exact) == 0:
		return sinks.Found{}, false, missError(q, l, a)
	case len(live) == 0:
		return sinks.Found{}, false, deletedError(q.Spec, exact[0].ID, a)
	case len(live) > 1:
		return sinks.Found{}, false, ambiguousError(q, live, a)
	}
	found := sinks.Found{ID: live[0].ID, ExternalID: live[0].externalID(), Status: a.status}
	if q.Contents {
		found.Contents = contentsOf(a, found.ID)
	}
	return found, true, nil
}

// movedAway reports whether a look-up by the externalId of a conversation shows another conversation: the one that it was
// merged into. Unlike customers, conversations have no list of the externalIds that they took over (kustomer-api.md 18
// number 36, 20.2).
func movedAway(q sinks.Query, l listing) bool {
	return q.By == q.Spec.ExternalID && q.Spec.Object == "conversation" && !l.isList && len(l.objects) == 1 &&
		l.objects[0].externalID() != "" && !l.objects[0].deleted()
}

// missError is the error of an answer that shows no object with the value, nil when it surely means that there
// is none.
func missError(q sinks.Query, l listing, a response) error {
	switch {
	case !l.isList:
		return unreadableError(lookUpPurpose(q.Spec), a, fmt.Sprintf("the answer shows an object with another %s, %s", q.By, l.objects[0].ID))
	case l.more:
		return unreadableError(lookUpPurpose(q.Spec), a, fmt.Sprintf("the answer begins with objects that have another %s, and is not the whole list", q.By))
	}
	return nil
}

// deletedError is the error of an object that Kustomer shows as deleted.
func deletedError(spec *sinks.Spec, id string, a response) *sinks.Error {
	return &sinks.Error{Class: sinks.Deleted, Status: a.status, Attempts: a.attempts, ID: id,
		Message: fmt.Sprintf("the %s %s was deleted in Kustomer", spec.Object, id),
		Hint:    "it is not made again by itself: give the row another key, or leave it out"}
}

// replacedError is the error of an object in whose place Kustomer shows another one: it was merged into that.
func replacedError(spec *sinks.Spec, id, other string, a response) *sinks.Error {
	return &sinks.Error{Class: sinks.Deleted, Status: a.status, Attempts: a.attempts, ID: id,
		Message: fmt.Sprintf("the %s %s is no longer in Kustomer, which shows %s in its place", spec.Object, id, other),
		Hint:    "it was merged there: leave the row out, or correct it"}
}

// ambiguousError is the error of a look-up that several objects answer.
func ambiguousError(q sinks.Query, list []object, a response) *sinks.Error {
	ids := make([]string, 0, maxNamed+1)
	for i, o := range list {
		if i == maxNamed {
			ids = append(ids, fmt.Sprintf("and %d more", len(list)-maxNamed))
			break
		}
		ids = append(ids, o.ID)
	}
	return &sinks.Error{Class: sinks.Ambiguous, Status: a.status, Attempts: a.attempts, Field: q.By,
		Message: fmt.Sprintf("%d objects of Kustomer have this %s: %s", len(list), q.By, strings.Join(ids, ", ")),
		Hint:    "merge or delete all but one of them there, then run again"}
}

// queryError is the error of a look-up that cannot be asked.
func queryError(q sinks.Query, why string) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Field: q.By,
		Message: fmt.Sprintf("cannot look up the %s by %s: %s", q.Spec.Object, q.By, oneLine(why))}
}
