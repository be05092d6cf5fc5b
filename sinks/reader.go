package sinks

import "context"

// Reader is a Sink that also shows what an object holds.
type Reader interface {
	Sink
	// Read returns an object as the service has it now: its attributes by name, and under the name of
	// each relation to one other object that object's id. Values are those of JSON, numbers as
	// json.Number. The error is an *Error; of class Missing when the object is not there, Deleted when it was deleted.
	Read(ctx context.Context, spec *Spec, id string) (map[string]any, error)
}

// BackReader shows an object that the service has just said to have made, so that it can be compared with what was sent.
type BackReader interface {
	// ReadBack is Reader.Read, but that an object which the key may not read is an error of class Forbidden, after which
	// requests go on.
	ReadBack(ctx context.Context, spec *Spec, id string) (map[string]any, error)
}
