package program

import (
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// step compiles one step's templates against the header of its source.
func (b *binder) step(cfg *config.Step) *Step {
	s := &Step{Config: cfg, Spec: b.sink(cfg), Source: b.sources[sourceKey(cfg.Source)]}
	o := b.templateOptions(cfg, s.Source)
	rowOnly := o // the key and when see the row alone
	rowOnly.KeyText, rowOnly.NoFind = true, true
	s.Key = b.text(&cfg.Key, rowOnly)
	s.When = b.text(cfg.When, rowOnly)
	lane := o
	lane.NoFind = true
	s.Lane = b.text(cfg.OrderingKey, lane)
	var diagnostics []mappings.Diagnostic
	s.Mapping, diagnostics = mappings.Compile(cfg.Mapping, o)
	b.reportTemplate(diagnostics)
	s.Match = matchOf(s, cfg)
	s.Refs = refsOf(s)
	if s.Spec != nil {
		b.checkKind(s)
		b.checkMustDiffer(s)
		b.checkConstants(s)
		b.bindUpdates(s)
		b.warnOfFlags(s)
		markDestructive(b, s)
		checkExpect(b, s)
		s.nameObjects()
		if s.Mapping != nil {
			s.Encoder = newEncoder(s)
		}
		b.bindFinalizer(s)
	}
	return s
}

// templateOptions is what the templates of a step may refer to.
func (b *binder) templateOptions(cfg *config.Step, src *Source) mappings.Options {
	o := mappings.Options{
		Functions: functions.Table(), Step: cfg.Name,
		Tables: b.tables, Location: b.file.Run.Timezone, Empty: cfg.Empty, Each: cfg.Each.Value != "",
	}
	if src != nil && !o.Each {
		o.Columns = src.Columns()
	} else if src != nil {
		o.Parent = src.Columns()
	}
	for _, f := range b.opts.Forms {
		o.Finds = append(o.Finds, mappings.FindForm{Kind: f.Kind, By: f.By, Args: f.Args})
	}
	for i := range b.file.Steps {
		other := &b.file.Steps[i]
		if other.Name == cfg.Name {
			continue
		}
		o.Steps = append(o.Steps, other.Name)
		if sourceKey(other.Source) == sourceKey(cfg.Source) && (other.Each.Value == "" || other.Each.Value == cfg.Each.Value) {
			o.SameRow = append(o.SameRow, other.Name)
		}
	}
	return o
}

func (b *binder) text(t *mappings.Text, o mappings.Options) *mappings.Expr {
	if t == nil {
		return nil
	}
	e, diagnostics := mappings.CompileText(*t, o)
	b.reportTemplate(diagnostics)
	return e
}

func (b *binder) reportTemplate(diagnostics []mappings.Diagnostic) {
	for _, d := range diagnostics {
		b.report(d.Pos, d.Message, d.Hint)
	}
}

// matchOf is the step's match, or the sink's look-ups in their order.
func matchOf(s *Step, cfg *config.Step) []string {
	var by []string
	for _, m := range cfg.Match {
		by = append(by, m.Value)
	}
	if len(by) == 0 && s.Spec != nil && s.Spec.Kind == sinks.Makes {
		for _, l := range s.Spec.Lookups {
			if !l.OnlyNamed {
				by = append(by, l.By)
			}
		}
	}
	return by
}

// refsOf lists the steps whose ids a step needs.
func refsOf(s *Step) []string {
	var names []string
	seen := map[string]bool{}
	add := func(uses []mappings.RefUse) {
		for _, u := range uses {
			if !seen[u.Step] {
				seen[u.Step] = true
				names = append(names, u.Step)
			}
		}
	}
	if s.Mapping != nil {
		add(s.Mapping.Refs())
	}
	if s.Lane != nil {
		add(s.Lane.Refs())
	}
	return names
}

// order sorts the steps so that each comes after those that it refers to; the order of the file
// breaks ties. A cycle is reported.
func (b *binder) order() {
	left := slices.Clone(b.program.Steps)
	waits := func(s *Step) (*Step, bool) { // a step that s refers to and that is not sorted yet
		for _, parent := range left {
			if slices.Contains(s.Refs, parent.Name()) {
				return parent, true
			}
		}
		return nil, false
	}
	var sorted []*Step
	for len(left) > 0 {
		next := slices.IndexFunc(left, func(s *Step) bool { _, waiting := waits(s); return !waiting })
		if next < 0 {
			b.cycle(left[0], waits)
			return
		}
		sorted = append(sorted, left[next])
		left = slices.Delete(left, next, next+1)
	}
	b.program.Steps = sorted
}

// cycle reports the cycle that a step leads to: each step of it waits for the next.
func (b *binder) cycle(s *Step, waits func(*Step) (*Step, bool)) {
	var path []string
	for !slices.Contains(path, s.Name()) {
		path = append(path, s.Name())
		s, _ = waits(s)
	}
	path = append(path[slices.Index(path, s.Name()):], s.Name())
	b.report(s.Config.Pos, "steps refer to each other in a circle: "+strings.Join(path, " -> "),
		"remove one of these refs: an object needs the id of one that is made before it")
}
