// Package probe asks an org of Kustomer what the documents leave open, by writing a few objects and deleting them.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// Options say what a probe asks.
type Options struct {
	RunID  string // in the names of what it writes
	Mark   string // ends the externalIds of what it writes; no two probes may have the same
	Klass  string // of the KObjects to try; "" leaves them out
	Target string // name of the target, for the Answers
	OrgID  string // of the org that is asked
	// Tell hears one line when a kind of objects begins and when the cleaning does; nil for none.
	Report func(line string)
}

// Times of a probe.
const (
	lookupPatience = 20 * time.Second // a new object that look-ups do not find by then is not found
	firstLookAgain = 100 * time.Millisecond
	lastLookAgain  = 2 * time.Second
	jobPatience    = time.Minute // for one bulk job
	cleanTime      = time.Minute // for deleting everything, also after a stop
	maxAsked       = 2           // times that a question is asked whose answer was lost
)

// Run writes a few marked objects to the org, sees how Kustomer takes them, and deletes what can be deleted,
// also when ctx ends or Kustomer fails. The error says what ended it early; Answers.Left is right in any case,
// the rest only without an error.
func Run(ctx context.Context, client *kustomer.Client, o Options) (Answers, error) {
	if client.Workers() < 2 {
		return Answers{}, errors.New("a probe sends two requests at once; allow 2 workers")
	}
	if o.Report == nil {
		o.Report = func(string) {}
	}
	sending, end := graceful(ctx, client.Timeout())
	defer end()
	p := &prober{client: client, opts: o, ctx: ctx, sending: sending, began: time.Now(), ids: map[string]string{}}
	a := Answers{
		Version: answersVersion, OrgID: o.OrgID, Target: o.Target, RunID: o.RunID,
		ProbedAt: p.began.UTC().Truncate(time.Second), Kinds: map[string]KindAnswers{}, Left: []LeftObject{},
	}
	for _, k := range kinds(o.Klass) {
		o.Report("asking about " + k.plural)
		a.Kinds[k.name] = p.askAbout(k)
	}
	a.Body = p.askBody()
	a.Limits = p.limits()
	err := p.failed()
	o.Report("cleaning up")
	a.Left = append(a.Left, p.cleanUp()...)
	return a, err
}

// graceful returns a context that outlives parent by grace: a request that is under way when a person stops
// the probe is answered, so that what it made is known and can be deleted.
func graceful(parent context.Context, grace time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() { time.AfterFunc(grace, cancel) })
	return ctx, func() { stop(); cancel() }
}

// prober is one probe.
type prober struct {
	client  *kustomer.Client
	opts    Options
	ctx     context.Context //nolint:containedctx // a prober lives as long as its probe
	sending context.Context //nolint:containedctx // the same; see graceful
	began   time.Time
	written journal
	seen    seenLimits
	ids     map[string]string // of the object that stands for its kind, for the paths of others
	fatal   error
}

// failed says why nothing more is asked; nil while the probe goes on.
func (p *prober) failed() error {
	if p.fatal != nil {
		return p.fatal
	}
	if p.ctx.Err() != nil {
		return pace.Stopped(p.ctx)
	}
	return nil
}

// askAbout asks everything about one kind of objects.
func (p *prober) askAbout(k kind) KindAnswers {
	open := Answer{Is: Unknown, Why: "it was not asked"}
	said := KindAnswers{Unique: open, UniqueInBulk: open, ClientRef: open, Lookup: open}
	if p.failed() != nil {
		return said
	}
	if k.parent != "" && p.ids[k.parent] == "" {
		why := fmt.Sprintf("there is no %s that it could belong to", k.parent)
		said.Unique.Why, said.UniqueInBulk.Why, said.ClientRef.Why, said.Lookup.Why = why, why, why, why
		return said
	}
	first, atOnce := p.askAtOnce(k)
	if first.id == "" {
		said.Unique = atOnce
		said.UniqueInBulk.Why, said.ClientRef.Why, said.Lookup.Why = atOnce.Why, atOnce.Why, atOnce.Why
		return said
	}
	p.ids[k.name] = first.id
	p.askLookup(k, first, &said)
	said.Unique, said.DuplicateStatus = p.askAgain(k, first, atOnce)
	said.ClientRef, said.UniqueInBulk = p.askBulk(k, first)
	return said
}

// makePurpose says what a request that makes an object is to do.
func makePurpose(k kind) string { return "make a " + k.name + " for a probe" }

// isFatal reports whether an error means that nothing more can be asked.
func isFatal(err error) bool {
	e, ok := errors.AsType[*sinks.Error](err)
	return ok && e.Class == sinks.Fatal
}
