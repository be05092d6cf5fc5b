package drive

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Survey is the Driver of a run that sends nothing and asks Kustomer, by look-ups and reads alone, what each row
// would change. Its traits say that new objects are looked up first, whatever a load does.
type Survey struct {
	*Step
	loadLooksFirst bool // a load looks for objects before it creates them
}

// NewSurvey returns the Survey of a step, whose traits then say that new objects are looked up first; adopts: a load
// would look every object up first.
func NewSurvey(s *Step, adopts bool) Survey {
	traits := *s.Traits
	traits.LookFirst = true
	s.Traits = &traits
	return Survey{s, adopts || s.Config.LookFirst}
}

// Drive implements Driver.
func (d Survey) Drive(ctx context.Context, r *Row) (Progress, error) {
	end, err := d.drive(ctx, r)
	if r.foundID != "" {
		d.foundUnknown(r, end)
	}
	return Progress{End: *end}, err
}

func (d Survey) drive(ctx context.Context, r *Row) (*Ending, error) {
	f := &r.Facts
	if f.Open > 0 && !d.Delivers() {
		return d.inDoubt(ctx, r)
	}
	f.Now = time.Now()
	var stop error
	for {
		next := decide.Row(f)
		f.Take(next)
		var end *Ending
		var err error
		switch n := next.(type) {
		case decide.Settle:
			end = &Ending{Settlement: n.Settlement}
		case decide.ReadEntry:
			end, err = d.readEntry(ctx, r)
		case decide.Find:
			end, err = d.findNew(ctx, r, n.By)
		case decide.CheckObject:
			err = goneObjects{d.Step}.checkObject(ctx, r, n.ID)
		case decide.FindSurvivor:
			end, _, err = goneObjects{d.Step}.findSurvivor(ctx, r, n.ID, nil)
		case decide.PrepareUpdate:
			end, err = d.compare(ctx, r, n)
		case decide.WaitUntil:
			f.Now = n.At
		default:
			end, err = d.planCreate(ctx, r)
		}
		if stop = cmp.Or(stop, err); end != nil {
			return end, stop
		}
	}
}

// inDoubt judges a row that an earlier run began and did not settle.
func (d Survey) inDoubt(ctx context.Context, r *Row) (*Ending, error) {
	end, err := d.plan(ctx, r)
	if err == nil && end.Outcome == ledger.Planned {
		end.Action, end.Message = ActInDoubt, "an earlier run ended before Kustomer's answer was recorded; the next run settles it first"
		if d.Once() {
			end.Message = r.Facts.Unseeable()
		}
	}
	return end, err
}

// findNew looks for the object of a row that no run has loaded. Where an object that it refers to has still to be made
// it cannot be there, and nobody is asked.
func (d Survey) findNew(ctx context.Context, r *Row, by []string) (*Ending, error) {
	end, err := d.plan(ctx, r)
	if err != nil || end.Outcome != ledger.Planned {
		return end, err
	}
	if len(r.Placeholders) > 0 || d.Spec.Kind == sinks.Acts {
		r.Facts.LearnFound(nil)
		return nil, nil
	}
	if end, _, err := d.find(ctx, r, by, nil); end != nil || err != nil {
		return end, err
	}
	if m := r.Facts.Match; m != nil && m.Found {
		r.foundID = m.ID
	}
	return nil, nil
}

// planCreate ends a row that a load would create, or whose effect cannot be read before.
func (d Survey) planCreate(ctx context.Context, r *Row) (*Ending, error) {
	end, err := d.plan(ctx, r)
	switch {
	case err != nil || end.Outcome != ledger.Planned || d.Delivers():
	case d.Spec.Kind == sinks.Acts:
		end.Action = ActSend
	case d.loadLooksFirst:
		end.Asks = d.lookUps(r)
	}
	return end, err
}

// foundUnknown completes the ending of a row whose object is there, which the ledger did not know.
func (d Survey) foundUnknown(r *Row, end *Ending) {
	if end.Outcome != ledger.Rejected {
		d.Run.Unknown.put(d.objectOf(r), r.foundID)
	}
	end.Unknown = true
	end.Asks += d.lookUps(r)
	switch {
	case d.loadLooksFirst:
	case !end.Sends && end.Outcome != ledger.Planned:
		end.Sends = true // the create that Kustomer refuses
	default:
		end.Asks++
	}
}

// lookUps is how many look-ups it takes to find a row's object.
func (d Survey) lookUps(r *Row) int {
	n := 0
	for _, by := range d.Match {
		if lookup, ok := d.Spec.Lookup(by); ok {
			n += len(lookup.Values(r.Payload()))
		}
	}
	return n
}

// compare judges a row of whose content a part is to be sent to the object with that id.
func (d Survey) compare(ctx context.Context, r *Row, n decide.PrepareUpdate) (*Ending, error) {
	u, end, err := d.diff(ctx, r, n)
	if end != nil || err != nil {
		return end, err
	}
	if u.isNothing(n.Op) {
		r.Facts.LearnPrepared(decide.Prepared{State: decide.NothingNew, Known: r.known()})
		return nil, nil
	}
	if end := d.blind(r, u); end != nil {
		return end, nil
	}
	if end, err = d.plan(ctx, r); err != nil || end.Outcome != ledger.Planned {
		return end, err
	}
	have, err := d.read(ctx, n.ID)
	if err != nil {
		return nil, Load{d.Step}.learnUnread(r, err)
	}
	return d.differences(r, end, n.ID, u, have), nil
}

// blind ends a row whose effect cannot be read before: the object has still to be made, or the request does not set
// fields of one object. Otherwise it leaves of the update what the request carries.
func (d Survey) blind(r *Row, u *update) *Ending {
	if !d.Changes() {
		return nil
	}
	route, _ := d.Spec.Route(sinks.Create, u.payload)
	if len(r.Placeholders) > 0 || !route.SetsFields() {
		return &Ending{Settlement: decide.Settlement{Outcome: ledger.Planned}, Action: ActSend, Asks: d.readsBefore(u)}
	}
	_, body, err := route.Fill(u.payload, "")
	if err != nil {
		return d.unfit(r, err)
	}
	u.body = body
	return nil
}

// differences ends a row by what its update would change in an object.
func (d Survey) differences(r *Row, end *Ending, id string, u *update, have map[string]any) *Ending {
	body := u.payload
	if u.body != nil {
		body = u.body
	}
	if u.looks(d.Step.Step) {
		end.Asks++
		u.payload = body
		u.leaveFull(d.Step.Step, have)
		body = u.payload
	}
	changes, err := d.Spec.Differences(body, have)
	if err != nil {
		return d.unfit(r, err)
	}
	if d.reads(body) {
		end.Asks++
	}
	end.ID, end.Action, end.Changes = id, ActUpdate, changes
	if len(changes) == 0 {
		end.Outcome, end.Action, end.Sends = ledger.Unchanged, ActUnchanged, u.news > 0
		end.Message = "Kustomer has this content already, which the ledger does not know"
	}
	return end
}

// Unknown holds the ids of objects that a survey found in Kustomer and the ledger does not know, for the rows that
// refer to them.
type Unknown struct {
	parents map[string]bool // steps that others refer to

	mu  sync.Mutex
	ids map[render.Ref]string
}

// NewUnknown returns an Unknown without ids.
func NewUnknown(p *program.Program) *Unknown {
	u := &Unknown{parents: map[string]bool{}, ids: map[render.Ref]string{}}
	for _, step := range p.Steps {
		for _, name := range step.Refs {
			u.parents[name] = true
		}
	}
	return u
}

func (u *Unknown) put(at render.Ref, id string) {
	if !u.parents[at.Step] {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ids[at] = id
}

// ID returns the id of an object that was found. A nil Unknown has none.
func (u *Unknown) ID(at render.Ref) (string, bool) {
	if u == nil {
		return "", false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	id, ok := u.ids[at]
	return id, ok
}
