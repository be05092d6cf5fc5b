package sinks

// Route returns the way that a payload takes: the first create route whose path fields it has, or the
// update route. False means that there is none.
func (s *Spec) Route(op Op, payload map[string]any) (Route, bool) { return Route{}, false }

// Fill puts the payload's fields, and id for {id}, into the path, percent-encoded. The fields that it
// took are not in the body that it returns.
func (r Route) Fill(payload map[string]any, id string) (path string, body map[string]any, err error) {
	return "", nil, nil
}

// Lookup returns the look-up of that name.
func (s *Spec) Lookup(by string) (Lookup, bool) { return Lookup{}, false }

// Values returns the distinct texts that a fitted payload holds at From, in order.
func (l Lookup) Values(payload map[string]any) []string { return nil }

// Fill returns Paths with value in its place, percent-encoded.
func (l Lookup) Fill(value string) ([]string, error) { return nil, nil }
