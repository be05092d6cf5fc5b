package render

// ParentKeys renders the mapping of a row that has its key, and returns the objects that its templates name by ref, as
// far as they can be named without asking anybody.
func (r *Renderer) ParentKeys(row *Row) []Ref {
	var parents []Ref
	in := r.input(row, row.Key)
	defer release(in)
	in.Find = byQuestion
	in.Ref = func(step string, key *string) (string, error) {
		at, err := r.named(row, step, key)
		if err == nil {
			parents = append(parents, at)
		}
		return step, err
	}
	var room [32]any
	_, _ = r.step.Mapping.Values(in, room[:0]) // what cannot be rendered, the row itself will say
	return parents
}

// named is the object that a template names by ref; key nil is the key that the row has in that step.
func (r *Renderer) named(row *Row, step string, key *string) (Ref, error) {
	if key != nil {
		return Ref{step, *key}, nil
	}
	parent, ok := r.run.program.Step(step)
	if !ok {
		return Ref{}, noStep(step)
	}
	own, _, err := r.inParent(&row.View, parent)
	return Ref{step, own}, err
}
