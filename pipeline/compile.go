package pipeline

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
)

// step compiles one step's templates against the header of its source.
func (b *binder) step(cfg *config.Step) *Step {
	s := &Step{Config: cfg, Spec: b.spec(cfg.Sink.Value), Source: b.sources[sourceKey(cfg.Source)]}
	o := b.templateOptions(cfg, s.Source)
	alone := o
	alone.KeyText = true
	s.Key = b.text(&cfg.Key, alone)
	s.When = b.text(cfg.When, alone)
	s.Lane = b.text(cfg.OrderingKey, o)
	var faults []mappings.Fault
	s.Mapping, faults = mappings.Compile(cfg.Mapping, o)
	b.templateFaults(faults)
	s.Match = matchOf(s, cfg)
	s.Refs = refsOf(s)
	return s
}

// templateOptions is what the templates of a step may refer to.
func (b *binder) templateOptions(cfg *config.Step, src *Source) mappings.Options {
	o := mappings.Options{
		Step:   cfg.Name,
		Tables: b.tables, Location: b.file.Run.Timezone, Empty: cfg.Empty, Each: cfg.Each.Value != "",
	}
	if src != nil && !o.Each {
		o.Columns = src.Columns()
	} else if src != nil {
		o.Parent = src.Columns()
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
	e, faults := mappings.CompileText(*t, o)
	b.templateFaults(faults)
	return e
}

func (b *binder) templateFaults(faults []mappings.Fault) {
	for _, f := range faults {
		b.fault(f.Pos, f.Message, f.Hint)
	}
}

// matchOf is the step's match, or the sink's look-ups in their order.
func matchOf(s *Step, cfg *config.Step) []string {
	var by []string
	for _, m := range cfg.Match {
		by = append(by, m.Value)
	}
	if len(by) == 0 && s.Spec != nil {
		for _, l := range s.Spec.Lookups {
			by = append(by, l.By)
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
// breaks ties. A cycle is a fault.
func (b *binder) order() {
	const (
		untouched = iota
		underWay
		done
	)
	state := map[string]int{}
	var sorted []*Step
	var path []string
	var visit func(s *Step) bool
	visit = func(s *Step) bool {
		switch state[s.Name()] {
		case done:
			return true
		case underWay:
			b.fault(s.Config.Pos, fmt.Sprintf("steps refer to each other in a circle: %s -> %s", strings.Join(path, " -> "), s.Name()),
				"remove one of these refs: an object needs the id of one that is made before it")
			return false
		}
		state[s.Name()] = underWay
		path = append(path, s.Name())
		for _, name := range s.Refs {
			if parent, ok := b.plan.Step(name); ok && !visit(parent) {
				return false
			}
		}
		path = path[:len(path)-1]
		state[s.Name()] = done
		sorted = append(sorted, s)
		return true
	}
	for _, s := range b.plan.Steps {
		if !visit(s) {
			return
		}
	}
	b.plan.Steps = sorted
}
