package sinks

// Canonical writes a fitted payload as compact JSON with sorted keys, numbers as they are and no HTML
// escapes. Equal payloads give equal bytes: it is the request's body and the input of its hash.
func Canonical(payload map[string]any) ([]byte, error) { return nil, nil }
