package kustomer

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// The items of a probe's batch: one whose externalId is taken, and one that must be made, so that a refusal of
// the other is about its externalId.
const (
	twinRef = "twin"
	newRef  = "new"
)

// bulkProbe asks one bulk endpoint.
type bulkProbe struct {
	*prober
	kind    probedKind
	deed    deed
	twin    probed // the object whose externalId is sent again
	another string // the externalId of the new one
}

// askBulk sends a batch of two objects. Its job tells whether references come back, and whether it refuses a
// duplicate. A batch that is refused is sent again without references, which tells whether they were the reason
// (kustomer-api.md 10).
func (p *prober) askBulk(k probedKind, first probed) (refs, unique Answer) {
	b := bulkProbe{prober: p, kind: k, twin: first, deed: deed{text: "load " + k.plural + " in bulk", create: true},
		another: fmt.Sprintf("%s-%s-%s-bulk", probeTag, p.opts.Mark, k.slug)}
	t := b.submit(false)
	why := Answer{Is: Unknown, Why: p.why(b.deed, t)}
	switch {
	case t.made():
		return b.read(t.id)
	case !t.refused():
		return why, why
	}
	bare := b.submit(true)
	if !bare.made() {
		return why, why
	}
	refs, unique = b.read(bare.id)
	if refs.Is != Unknown {
		refs = Answer{Is: No, Why: fmt.Sprintf("batches with %s are refused (%d)", catalog.RefField, t.status)}
	}
	return refs, unique
}

// submit sends the batch, with references or bare.
func (b *bulkProbe) submit(bare bool) (t told) {
	items := []any{b.item(b.another, newRef, bare), b.item(b.twin.externalID, twinRef, bare)}
	for range maxAsked {
		t = b.ask(b.sending, b.deed, http.MethodPost, b.kind.bulk, items)
		if t.made() {
			b.written.job(t.id)
		}
		if t.made() || t.lost() { // what it makes is not known before its job tells
			b.written.doubt(b.kind, b.another)
			b.written.doubt(b.kind, b.twin.externalID)
		}
		if !t.lost() {
			break
		}
	}
	return t
}

func (b *bulkProbe) item(externalID, ref string, bare bool) map[string]any {
	body := b.kind.body(b.prober, externalID, fmt.Sprintf("kustsync probe %s (bulk)", b.opts.RunID))
	for _, name := range b.kind.inBulk {
		body[name] = b.ids[name]
	}
	if !bare {
		body[catalog.RefField] = ref
	}
	return body
}

// read waits for the job and reads what it says.
func (b *bulkProbe) read(job string) (refs, unique Answer) {
	q := jobQuery{Client: b.Client, job: job, batch: sinks.Batch{
		Spec: &sinks.Spec{Object: b.kind.name}, Items: []sinks.Item{{Ref: newRef}, {Ref: twinRef}},
	}}
	began, wait := time.Now(), firstLookAgain
	for n := 1; ; n++ {
		err := pace.Sleep(b.ctx, wait)
		if err == nil {
			err = b.failed()
		}
		var said jobSaid
		done := false
		if err == nil {
			said, done, err = q.look(b.sending, n)
		}
		late := time.Since(began) > probeJobWait
		switch {
		case err == nil && done:
			return b.judge(said)
		case err == nil && late:
			err = fmt.Errorf("the job %s was not done within %s", job, probeJobWait)
		case err == nil, !late && !isFinal(err), errors.Is(err, errNoJob) && time.Since(began) < newbornJob:
			wait = min(2*wait, lastLookAgain)
			continue
		}
		b.end(err)
		why := Answer{Is: Unknown, Why: b.clean(oneLine(err.Error()))}
		return why, why
	}
}

// judge says what the results of the job mean.
func (b *bulkProbe) judge(said jobSaid) (refs, unique Answer) {
	fresh, twin := said.found[newRef], said.found[twinRef]
	unique = Answer{Is: Unknown, Why: "the job does not say which of two objects it made"}
	if len(said.found) == 0 {
		if said.failed == 0 && said.settled > 1 {
			unique = Answer{Is: No, Why: "the job made both of two objects"}
		}
		return Answer{Is: Ignored, Why: "results do not carry " + catalog.RefField}, unique
	}
	if fresh.ID != "" {
		b.written.made(b.kind, b.another, fresh.ID)
	}
	if twin.ID != "" {
		b.written.made(b.kind, b.twin.externalID, twin.ID)
	} else if twin.Err != nil {
		b.written.sure(b.kind, b.twin.externalID)
	}
	switch {
	case fresh.ID == "":
		unique.Why = "the job refused an object that is no duplicate"
	case twin.Err != nil:
		unique = Answer{Is: Yes, Why: twin.Err.Message}
	case twin.ID == b.twin.id:
		unique.Why = "the job answers with the object that is there, and refuses nothing"
	case twin.ID != "":
		unique = Answer{Is: No, Why: "the job made a second object with the same externalId"}
	}
	return Answer{Is: Yes}, unique
}
