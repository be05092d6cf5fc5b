package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// journal knows what a probe wrote, or may have written.
type journal struct {
	mu      sync.Mutex
	objects []written
	doubts  []written // without ids: the answer to a request was lost
	jobs    []string
	gone    map[string]bool // ids of objects that were deleted
}

// written is one object.
type written struct {
	kind           kind
	id, externalID string
}

func (w written) is(k kind, externalID string) bool {
	return w.kind.name == k.name && w.externalID == externalID
}

// note takes down what came of a request to make an object.
func (j *journal) note(k kind, externalID string, r reply) {
	switch {
	case r.ok():
		j.add(written{kind: k, id: r.ID, externalID: externalID})
	case r.lost():
		j.doubt(k, externalID)
	}
}

func (j *journal) add(w written) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.ContainsFunc(j.objects, func(o written) bool { return o.kind.name == w.kind.name && o.id == w.id }) {
		j.objects = append(j.objects, w)
	}
}

// doubt says that there may be an object of which no answer tells.
func (j *journal) doubt(k kind, externalID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if externalID != "" {
		j.doubts = append(j.doubts, written{kind: k, externalID: externalID})
	}
}

// made says what became of an object in doubt.
func (j *journal) made(k kind, externalID, id string) {
	j.sure(k, externalID)
	j.add(written{kind: k, id: id, externalID: externalID})
}

// sure takes back one doubt.
func (j *journal) sure(k kind, externalID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := slices.IndexFunc(j.doubts, func(w written) bool { return w.is(k, externalID) }); i >= 0 {
		j.doubts = slices.Delete(j.doubts, i, i+1)
	}
}

func (j *journal) job(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.jobs = append(j.jobs, id)
}

// cleanUp deletes what the probe wrote, children first, and returns what is left. It has a time of its own, which
// no signal but a second one ends.
func (p *prober) cleanUp() (left []LeftObject) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), cleanTime)
	defer cancel()
	all := kinds(p.opts.Klass)
	for _, k := range slices.Backward(all) {
		for _, w := range p.written.objects {
			if w.kind.name == k.name {
				left = append(left, p.erase(ctx, w)...)
			}
		}
		asked := map[string]bool{}
		for _, w := range p.written.doubts {
			if w.kind.name == k.name && !asked[w.externalID] {
				asked[w.externalID] = true
				left = append(left, p.eraseDoubt(ctx, w)...)
			}
		}
	}
	for _, id := range p.written.jobs {
		left = append(left, LeftObject{Kind: "bulk job", ID: id, Why: "Kustomer has no way to delete it"})
	}
	return left
}

// erase deletes one object; deleting twice does no harm, so it is tried again.
func (p *prober) erase(ctx context.Context, w written) []LeftObject {
	one := LeftObject{Kind: w.kind.name, ID: w.id, ExternalID: w.externalID}
	if w.kind.remove == "" {
		one.Why = "Kustomer has no way to delete it"
		return []LeftObject{one}
	}
	purpose := "delete the " + w.kind.name
	var r reply
	for range maxAsked + 1 {
		r = p.call(ctx, purpose, http.MethodDelete, strings.Replace(w.kind.remove, "{id}", url.PathEscape(w.id), 1), nil)
		if r.err == nil && (r.Status/100 == 2 || r.Status == http.StatusNotFound || r.Status == http.StatusGone) {
			p.gone(w)
			return nil
		}
		if !r.lost() || isFatal(r.err) {
			break
		}
	}
	one.Why, one.Failed = p.why(purpose, r), true
	return []LeftObject{one}
}

// gone takes down that an object was deleted.
func (p *prober) gone(w written) {
	if p.written.gone == nil {
		p.written.gone = map[string]bool{}
	}
	p.written.gone[w.id] = true
}

// eraseDoubt looks for objects with an externalId of the probe, those that it knows are deleted by now, and
// deletes what it finds. One that does not show yet is waited for once.
func (p *prober) eraseDoubt(ctx context.Context, w written) (left []LeftObject) {
	maybe := LeftObject{Kind: w.kind.name, ExternalID: w.externalID,
		Why: "an answer was lost; no object was found, and one may still come"}
	waited := false
	for range maxDuplicates {
		id := p.seek(ctx, w)
		switch {
		case (id == "" || p.written.gone[id]) && waited:
			return append(left, maybe)
		case id == "", p.written.gone[id]:
			waited = true
			if pace.Sleep(ctx, firstLookAgain*10) != nil {
				return append(left, maybe)
			}
			continue
		}
		w.id = id
		if p.knows(w) { // it cannot be deleted, or hides another
			maybe.Why = fmt.Sprintf("an answer was lost; there may be another %s beside %s", w.kind.name, id)
			return append(left, maybe)
		}
		gone := p.erase(ctx, w)
		p.written.add(w)
		if left = append(left, gone...); len(gone) > 0 {
			break
		}
	}
	maybe.Why = "an answer was lost; there may be more of them"
	return append(left, maybe)
}

// maxDuplicates bounds how many objects are looked for under one externalId.
const maxDuplicates = 6

// knows reports whether an object is known to be there and stays.
func (p *prober) knows(w written) bool {
	return slices.ContainsFunc(p.written.objects, func(o written) bool { return o.kind.name == w.kind.name && o.id == w.id })
}

// seek returns the id of an object with an externalId; "" when none is found.
func (p *prober) seek(ctx context.Context, w written) string {
	for _, path := range w.kind.lookups {
		r := p.call(ctx, "look up "+w.kind.plural, http.MethodGet, strings.Replace(path, "{value}", w.externalID, 1), nil)
		if r.ok() && r.Carries(w.externalID) {
			return r.ID
		}
	}
	return ""
}
