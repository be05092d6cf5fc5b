package render

import (
	"crypto/sha256"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// Row is one row of a step: what the step sees of it, and what a Renderer made of that. Name fills Key; Fill fills
// what follows.
type Row struct {
	View
	Key        string
	ExternalID string        // "" where objects of the step are not found again by it
	Hash       ledger.Hash   // of Content
	Bytes      int           // of the payload as JSON
	Body       []byte        // the payload as JSON; nil when that is other than what was hashed
	Members    sinks.Members // of the payload, where the step's encoder wrote it; see program.Encoder.Members
	Undoes     []Parent      // objects that it refers to whose final value a request for the row undoes, some of them twice
	// Placeholders stand for objects that the row refers to and that are not there yet. The caller makes the map for
	// rows that are shown to somebody; nil remembers none.
	Placeholders Placeholders

	// Gone is an object that the row refers to and that Kustomer no longer has, or which was merged into the one that
	// stands for it; nil: there is none.
	Gone *decide.Parent
	// ParentMade is the latest run that made an object which the row refers to; "" where none is known.
	ParentMade string

	fitted map[string]any // what Payload returns; nil: it was not asked for yet
	hashed map[string]any // what Content returns; nil: it is the payload
}

// Parent is an object that a row's templates refer to.
type Parent struct {
	Step *program.Step
	Key  string
	ID   string // Kustomer's
}

// Payload is the row's payload, fitted for a create. Not to be changed. Most rows that an encoder wrote are sent
// without it: it is decoded from Body at the first call.
func (r *Row) Payload() map[string]any {
	if r.fitted == nil && r.Body != nil {
		r.fitted = sinks.Decode(r.Body)
	}
	return r.fitted
}

// Fitted is Payload where that was made already, else nil: then Body is the payload.
func (r *Row) Fitted() map[string]any { return r.fitted }

// Content is what the row's hash is of: its payload, with now and run_id held constant. Not to be changed.
func (r *Row) Content() map[string]any {
	if r.hashed != nil {
		return r.hashed
	}
	return r.Payload()
}

// Varies reports whether the payload has values that name now or run_id, so that Content is another one.
func (r *Row) Varies() bool { return r.hashed != nil }

// SetPayload gives the row a payload that its templates could not make, and the hash of the content that it had
// when they could.
func (r *Row) SetPayload(payload map[string]any, hash ledger.Hash) {
	r.fitted, r.Hash = payload, hash
}

// write gives the row its payload as JSON.
func (r *Row) write(body []byte) {
	r.Body, r.Bytes, r.Hash = body, len(body), sha256.Sum256(body)
}
