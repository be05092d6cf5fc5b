package program

import (
	"fmt"
	"strconv"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// markDestructive makes a step destructive whose mapping says for every row that something is deleted, merged or redacted.
// Where that hangs on the row it warns.
func markDestructive(b *binder, s *Step) {
	if s.Spec.Destructive {
		return
	}
	known, _ := knownPart(&s.Config.Mapping).(map[string]any)
	if d, ok := s.Spec.Destroying(sinks.Create, known); ok {
		spec := *s.Spec
		spec.Destructive, s.Spec = true, &spec
		b.warnOfFlag(s, fmt.Sprintf("each row of the step %s, which cannot be undone", d.Does), destructiveHint)
		return
	}
	for _, d := range s.Spec.Destroys {
		if n := templateOf(&s.Config.Mapping, d.Member); n != nil {
			b.warn(n.Pos, fmt.Sprintf("a row %s where %s is true, which cannot be undone", d.Does, d.Member), "a run rejects such rows without --allow-destructive; leave "+d.Member+" out to change nothing but fields")
		}
	}
}

const destructiveHint = "a run wants --allow-destructive for it; look at what it would do with --dry-run"

// knownPart is what of the value of a node is the same for every row; nil: nothing. A text that may be false is left
// out: what it is fitted to tells.
func knownPart(n *mappings.Node) any {
	switch n.Kind {
	case mappings.List:
		list := []any{}
		for i := range n.Items {
			if v := knownPart(&n.Items[i]); v != nil {
				list = append(list, v)
			}
		}
		return list
	case mappings.Map:
		object := map[string]any{}
		for i := range n.Fields {
			f := &n.Fields[i]
			if v := knownPart(&f.Value); v != nil {
				object[f.Name] = v
			} else if text := f.Value.Text.Value; hasTemplate(text) && f.Name == "path" {
				object[f.Name] = text // the segments that are written out
			}
		}
		return object
	}
	value := constantOf(n)
	if text, ok := value.(string); ok {
		if is, err := strconv.ParseBool(text); err == nil && !is {
			return nil
		}
	}
	return value
}

// templateOf is the first node below n that a member of that name has and that hangs on the row; nil: there is none.
func templateOf(n *mappings.Node, member string) *mappings.Node {
	for i := range n.Items {
		if found := templateOf(&n.Items[i], member); found != nil {
			return found
		}
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		if f.Name == member && member != "" && f.Value.Kind == mappings.Scalar && hasTemplate(f.Value.Text.Value) {
			return &f.Value
		}
		if found := templateOf(&f.Value, member); found != nil {
			return found
		}
	}
	return nil
}
