// Package sinks is the contract between the row engine and a service that rows are loaded into.
package sinks

import "context"

// Sink is a service that objects are loaded into. Behaviour is added by wrapping it.
type Sink interface {
	// Admit waits until the service may be asked once more, and reserves a place for that. The first attempt of the
	// next Do uses the place up; a caller that does not call Do calls release. Find, and retries inside Do, wait by
	// themselves.
	Admit(ctx context.Context) (release func(), err error)
	// Find looks for one object: did an earlier attempt, or somebody else, already make it?
	Find(ctx context.Context, q Query) (Found, bool, error)
	// Do performs the request once. A nil error means that the service has the object and has shown its id. Otherwise
	// the error is an *Error; its class Unknown means that the request may have been applied.
	Do(ctx context.Context, req Request) (Result, error)
}

// Op is what a request does to an object.
type Op int

// The operations of a Request.
const (
	Create Op = iota
	Update
	Send // sends what a Create has made: see Delivery
)

// String names the operation in messages.
func (o Op) String() string { return [...]string{"create", "update", "send"}[o] }

// Request asks for one object to be created, updated or sent.
type Request struct {
	Spec    *Spec
	Op      Op
	ID      string         // of the object to update or send
	Payload map[string]any // as Spec.Fit returned it, with the fields that fill the path; nil where Body says it all
	Body    []byte         // Canonical(Payload) where the caller has it, so that the sink need not make it; else nil
	// ExternalID is the external id of the object; set where Payload is nil.
	ExternalID string
	Key        string // kustsync's identity of the object, for logs
}

// Values returns the payload. Where Payload is nil it reads Body.
func (r Request) Values() map[string]any { return valuesOf(r.Payload, r.Body) }

func valuesOf(payload map[string]any, body []byte) map[string]any {
	if payload == nil && body != nil {
		return Decode(body)
	}
	return payload
}

// Result is the answer to a Request that surely was applied.
type Result struct {
	ID        string // the service's id of the object; for Changes that of the object that was changed
	Status    int    // HTTP status of the last answer
	Attempts  int    // HTTP tries that this Do made
	Unchanged bool   // nothing was written: the object was as the request wants it
}

// Query asks for one object by one of its Spec's look-ups.
type Query struct {
	Spec  *Spec
	By    string // name of the Lookup
	Value string
	// Contents asks for what the object holds, which costs no request more.
	Contents bool
}

// Found is what a look-up found.
type Found struct {
	ID         string
	ExternalID string // "" when the object carries none
	Status     int    // HTTP status of the answer
	// Contents is what the object holds, as Reader.Read returns it; nil unless Query.Contents asks for it.
	Contents map[string]any
}

// Class says what is known about an attempt that did not succeed.
type Class int

// The classes of an Error (reliability.md 2.4).
const (
	// Unknown: the request may have been applied (timeout after the write, 5xx, reset, an answer that cannot be read).
	Unknown Class = iota
	// Refused: it was not applied and will not be when it is sent again as it is; no class below says why.
	Refused
	// Duplicate: it was not applied, perhaps because the object exists already.
	Duplicate
	// Missing: the object that the request names is not there.
	Missing
	// Deleted: the object that the request names, or that a look-up found, was there and has been deleted.
	Deleted
	// Ambiguous: several objects answer a look-up for one.
	Ambiguous
	// TooLarge: the request has more bytes than the service takes.
	TooLarge
	// Unsupported: the service has no such endpoint, or the endpoint does not take such requests.
	Unsupported
	// Forbidden: the key may not do this, and the run can go on without it: read bulk jobs, list drafts.
	Forbidden
	// Unreached: it surely was not applied: the request never left, and retries are used up.
	Unreached
	// Fatal: nothing more can be sent in this run (key refused, redirect, wrong region, outage).
	Fatal
)

var classNames = [...]string{
	"unknown", "refused", "duplicate", "missing", "deleted", "ambiguous", "too large", "unsupported", "forbidden", "unreached", "fatal",
}

// String names the class in messages of tests.
func (c Class) String() string { return classNames[c] }

// IsRefusal reports whether the request was not applied and will not be when it is sent again as it is. A Duplicate is
// no refusal: its object may be there.
func (c Class) IsRefusal() bool {
	switch c {
	case Refused, Missing, Deleted, Ambiguous, TooLarge, Unsupported, Forbidden:
		return true
	}
	return false
}

// Error says why a request did not succeed.
type Error struct {
	Class    Class
	Status   int      // HTTP status, for reports and the ledger alone: Class decides; 0 without an answer
	Code     string   // the service's own word for it
	Field    string   // the field that the service names, when it does
	Fields   []string // every field that it names
	Message  string   // what went wrong, in one line; no header, no key, no body
	Hint     string   // the next thing to do; may be empty
	Attempts int
	ID       string // of the object that was deleted, where an answer shows it
	// RefsRefused: a batch was refused for the references that its items carry.
	RefsRefused bool
	Err         error // cause; may be nil
}

func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
