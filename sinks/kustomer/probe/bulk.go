package probe

import (
	"fmt"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// The items of a probe's batch: one whose externalId is taken, and one that must be made, so that a refusal of
// the other is about its externalId.
const (
	duplicateRef = "duplicate"
	newRef       = "new"
)

// bulkProbe asks one bulk endpoint.
type bulkProbe struct {
	*prober
	kind    kind
	purpose string
	first   object // the object whose externalId is sent again
	another string // the externalId of the new one
}

// askBulk sends a batch of two objects. Its job tells whether references come back, and whether it refuses a
// duplicate. A batch that is refused is sent again without references, which tells whether they were the reason
// (kustomer-api.md 10).
func (p *prober) askBulk(k kind, first object) (refs, unique Answer) {
	b := bulkProbe{prober: p, kind: k, first: first, purpose: "load " + k.plural + " in bulk",
		another: fmt.Sprintf("%s-%s-%s-bulk", tag, p.opts.Mark, k.slug)}
	r := b.submit(false)
	why := Answer{Is: Unknown, Why: p.why(b.purpose, r)}
	switch {
	case r.ok():
		return b.read(r.ID)
	case !r.refused():
		return why, why
	}
	bare := b.submit(true)
	if !bare.ok() {
		return why, why
	}
	refs, unique = b.read(bare.ID)
	if refs.Is != Unknown {
		refs = Answer{Is: No, Why: fmt.Sprintf("batches with %s are refused (%d)", catalog.RefField, r.Status)}
	}
	return refs, unique
}

// submit sends the batch, with references or bare.
func (b *bulkProbe) submit(bare bool) (r reply) {
	items := []any{b.item(b.another, newRef, bare), b.item(b.first.externalID, duplicateRef, bare)}
	for range maxAsked {
		r = b.ask(b.sending, b.purpose, http.MethodPost, b.kind.bulk, items)
		if r.ok() {
			b.written.job(r.ID)
		}
		if r.ok() || r.lost() { // what it makes is not known before its job tells
			b.written.doubt(b.kind, b.another)
			b.written.doubt(b.kind, b.first.externalID)
		}
		if !r.lost() {
			break
		}
	}
	return r
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
	batch := sinks.Batch{Spec: &sinks.Spec{Object: b.kind.name}, Items: []sinks.Item{{Ref: newRef}, {Ref: duplicateRef}}}
	began, wait := time.Now(), firstLookAgain
	for n := 1; ; n++ {
		err := pace.Sleep(b.ctx, wait)
		if err == nil {
			err = b.failed()
		}
		var said kustomer.JobReport
		if err == nil {
			said, err = b.client.ReadJob(b.sending, batch, job, n)
		}
		age := time.Since(began)
		late := age > jobPatience
		switch {
		case err == nil && said.Done:
			return b.judge(said)
		case err == nil && late:
			err = fmt.Errorf("the job %s was not done within %s", job, jobPatience)
		case err == nil, !late && !kustomer.IsFinalOfJob(err, age):
			wait = min(2*wait, lastLookAgain)
			continue
		}
		b.end(err)
		why := Answer{Is: Unknown, Why: b.client.OneLine(err.Error())}
		return why, why
	}
}

// judge says what the results of the job mean.
func (b *bulkProbe) judge(said kustomer.JobReport) (refs, unique Answer) {
	fresh, duplicate := said.Results[newRef], said.Results[duplicateRef]
	unique = Answer{Is: Unknown, Why: "the job does not say which of two objects it made"}
	if len(said.Results) == 0 {
		if said.Failed == 0 && said.Settled > 1 {
			unique = Answer{Is: No, Why: "the job made both of two objects"}
		}
		return Answer{Is: Ignored, Why: "results do not carry " + catalog.RefField}, unique
	}
	if fresh.ID != "" {
		b.written.made(b.kind, b.another, fresh.ID)
	}
	if duplicate.ID != "" {
		b.written.made(b.kind, b.first.externalID, duplicate.ID)
	} else if duplicate.Err != nil {
		b.written.sure(b.kind, b.first.externalID)
	}
	switch {
	case fresh.ID == "":
		unique.Why = "the job refused an object that is no duplicate"
	case duplicate.Err != nil:
		unique = Answer{Is: Yes, Why: duplicate.Err.Message}
	case duplicate.ID == b.first.id:
		unique.Why = "the job answers with the object that is there, and refuses nothing"
	case duplicate.ID != "":
		unique = Answer{Is: No, Why: "the job made a second object with the same externalId"}
	}
	return Answer{Is: Yes}, unique
}
