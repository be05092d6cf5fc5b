package drive

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Parents remembers what this run was told of objects that rows refer to, so that each is looked at once. Its methods may
// be called by several goroutines at once.
type Parents struct {
	mu     sync.Mutex
	checks map[render.Ref]*parentCheck
	others map[render.Ref]bool // objects that others took the place of in this run
}

type parentCheck struct {
	mu    sync.Mutex
	asked bool
	gone  *decide.Parent // nil: it is there
}

// maxChecks is how many objects a Parents remembers: about 200 bytes each.
const maxChecks = 20_000

// NewParents returns a Parents that remembers none.
func NewParents() *Parents {
	return &Parents{checks: map[render.Ref]*parentCheck{}, others: map[render.Ref]bool{}}
}

// IsOther reports whether a key has got another object in this run than the ledger knew before.
func (p *Parents) IsOther(at render.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.others[at]
}

// noteOther remembers that a key has got another object.
func (p *Parents) noteOther(at render.Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.others) < maxChecks {
		p.others[at] = true
	}
}

// Gone returns what is known of an object that is gone; nil where nothing says that it is.
func (p *Parents) Gone(at render.Ref) *decide.Parent {
	p.mu.Lock()
	check := p.checks[at]
	p.mu.Unlock()
	if check == nil {
		return nil
	}
	check.mu.Lock()
	defer check.mu.Unlock()
	return check.gone
}

// note remembers that an object is gone; nil: that it is there, or there again.
func (p *Parents) note(at render.Ref, gone *decide.Parent) {
	check := p.check(at)
	check.mu.Lock()
	defer check.mu.Unlock()
	check.asked, check.gone = true, gone
}

func (p *Parents) check(at render.Ref) *parentCheck {
	p.mu.Lock()
	defer p.mu.Unlock()
	check := p.checks[at]
	if check == nil {
		check = &parentCheck{}
		if len(p.checks) < maxChecks {
			p.checks[at] = check
		}
	}
	return check
}

// checkParents looks at the objects that a row refers to, since Kustomer refused its request. An error ends the run.
func (s goneObjects) checkParents(ctx context.Context, r *Row) error {
	for _, at := range s.ParentsOf(r) {
		gone, err := s.lookAtParent(ctx, at)
		if err != nil {
			if _, ok := errors.AsType[*sinks.Error](err); !ok || fatal(err) != nil {
				r.Facts.LearnLookupFailed(err)
				return fatal(err)
			}
			continue // it may be there: the row is rejected for what Kustomer said
		}
		if gone != nil {
			r.Facts.LearnParent(gone)
			return nil
		}
	}
	r.Facts.LearnParent(nil)
	return nil
}

// lookAtParent reads an object that a row refers to, once in a run. Where it is gone the ledger notes that, so that its
// own row counts as changed.
func (s goneObjects) lookAtParent(ctx context.Context, at render.Ref) (*decide.Parent, error) {
	parent, ok := s.Program.Step(at.Step)
	if !ok || s.Run.Reader == nil {
		return nil, nil
	}
	check := s.Run.Parents.check(at)
	check.mu.Lock()
	defer check.mu.Unlock()
	if check.asked {
		return check.gone, nil
	}
	entry, known, err := s.Run.Reader.Get(ctx, at.Step, at.Key)
	if err != nil || !known || !entry.Loaded() || parent.Once() {
		return nil, err
	}
	of := goneObjects{&Step{Step: parent, Program: s.Program, Run: s.Run}}
	if _, err := of.read(ctx, entry.KustomerID); err == nil || !isGone(err) {
		check.asked = err == nil
		return nil, err
	}
	found, gone, err := of.whatBecameOf(ctx, entry.KustomerID, entry.ExternalID)
	if err != nil || gone.Back {
		return nil, err
	}
	if found != nil {
		gone.Survivor = found.ID
	}
	check.asked, check.gone = true, GoneParent(parent, at, gone)
	return check.gone, markGone(ctx, s.Step, check.gone)
}

// GoneParent is what rows that refer to an object must know when it is gone.
func GoneParent(parent *program.Step, at render.Ref, gone decide.Gone) *decide.Parent {
	return &decide.Parent{
		Step: at.Step, Key: at.Key, ID: gone.ID, Gone: true, Survivor: gone.Survivor,
		IfMerged: ifMerged(parent), IfDeleted: ifDeleted(parent),
	}
}

// markGone notes in the ledger that Kustomer no longer has an object. One that was merged is looked for again by the next
// run, whatever the step says of deleted ones.
func markGone(ctx context.Context, s *Step, gone *decide.Parent) error {
	if s.Run.Ledger == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := s.Run.Ledger.MarkGone(ctx, gone.Step, gone.Key)
	if _, ok := errors.AsType[*ledger.EntryError](err); ok {
		return nil // it has no object any more
	}
	if err == nil && gone.Survivor != "" {
		err = s.Run.Ledger.MarkKey(ctx, gone.Step, gone.Key, ledger.Forgotten, s.Run.ID)
	}
	return err
}

// OwnMerges knows the merges that steps of this pipeline made. The zero value has read none. Its methods may be called by
// several goroutines at once.
type OwnMerges struct {
	mu   sync.Mutex
	read bool
	ids  map[string]bool
}

// made reports whether a step of the pipeline made the merge with that id.
func (o *OwnMerges) made(ctx context.Context, s *Step, id string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.read && s.Run.Reader != nil {
		o.ids = map[string]bool{}
		for _, step := range s.Program.Steps {
			if !mergesObjects(step) {
				continue
			}
			for object, err := range s.Run.Reader.Objects(ctx, step.Name()) {
				if err != nil {
					return false, err
				}
				o.ids[object.KustomerID] = true
			}
		}
		o.read = true
	}
	return o.ids[id], nil
}

// mergesObjects reports whether a step merges one object into another: its rows name two that must differ.
func mergesObjects(step *program.Step) bool { return step.Spec.MustDiffer[0] != "" }

// mergesObjectsOf reports whether a step of the program merges objects.
func mergesObjectsOf(p *program.Program) bool { return slices.ContainsFunc(p.Steps, mergesObjects) }
