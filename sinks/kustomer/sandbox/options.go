package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Unique says which externalIds no two objects may share.
type Unique string

// The rules of uniqueness. Customer identifiers are always unique (kustomer-api.md 3.3); what
// Kustomer does for conversations and messages is not known, so both are here.
const (
	UniqueAll       Unique = "all"       // per type: customers, conversations and messages (the default)
	UniqueCustomers Unique = "customers" // customers alone
)

// ErrorShape is the form of an error answer (kustomer-api.md 3.1).
type ErrorShape string

// The two shapes of an error answer.
const (
	ShapeA ErrorShape = "A" // status, code, title, detail, source (the default)
	ShapeB ErrorShape = "B" // code, message, meta
)

// ResetHeader says which answers carry x-ratelimit-reset (kustomer-api.md 2.2).
type ResetHeader string

// When x-ratelimit-reset is sent.
const (
	ResetOn429  ResetHeader = "on429" // the default
	ResetAlways ResetHeader = "always"
	ResetNever  ResetHeader = "never"
)

// Reopen says when a message with direction in reopens a conversation that is done
// (kustomer-api.md 6.5).
type Reopen string

// When an inbound message reopens a conversation.
const (
	ReopenAlways         Reopen = "always"          // the default
	ReopenUnlessImported Reopen = "unless-imported" // not for a message that carries importedAt
	ReopenNever          Reopen = "never"
)

// Deleted says how a GET of a deleted object answers (kustomer-api.md 17.14).
type Deleted string

// How a deleted object answers.
const (
	DeletedNotFound Deleted = "404" // the default
	DeletedGone     Deleted = "410"
	DeletedShown    Deleted = "200" // with the attribute deleted set
)

// Lookups says which look-ups by externalId, email or phone find anything.
type Lookups string

// What look-ups find.
const (
	LookupsWork  Lookups = "work"  // the default; for messages in both spellings
	LookupsNever Lookups = "never" // every look-up is a 404
	LookupsUpper Lookups = "upper" // messages only by externalId=
	LookupsLower Lookups = "lower" // messages only by externalid=
)

// ClientRef says what becomes of `_clientRef` on the items of a bulk request, which is newer than
// the published schemas (kustomer-api.md 10).
type ClientRef string

// What becomes of `_clientRef`.
const (
	ClientRefOn      ClientRef = "on"      // the default: results carry it
	ClientRefOff     ClientRef = "off"     // a field like any other that is not known: the whole request is a 400
	ClientRefIgnored ClientRef = "ignored" // accepted, but there are no results
)

// NameItems says how a 400 of a bulk request tells which item is wrong; what Kustomer does is not
// known.
type NameItems string

// How an item is named.
const (
	NameByPointer   NameItems = "pointer"   // the default: source.pointer is a JSON pointer such as /3/name
	NameByParameter NameItems = "parameter" // as tv4: source.parameter is the last step alone, a number when the item as such is wrong
	NameNothing     NameItems = "nothing"   // no source
)

// What an option that is left zero means.
const (
	defaultKey     = "sandbox"   // what Token gives when any key is accepted
	defaultWindow  = time.Minute // (kustomer-api.md 2.1)
	defaultBody    = 100 << 10   // bytes (kustomer-api.md 2.4)
	defaultCreates = 120         // per customer and window (kustomer-api.md 2.3)
	defaultSearch  = 100         // per window (kustomer-api.md 2.1)
)

// Options choose how a sandbox behaves. The zero value is a strict Kustomer without a rate
// limit that keeps everything in memory and accepts any key.
type Options struct {
	Dir string // folder that keeps the data; empty: memory only. One process at a time.

	// Keys maps each accepted token to its roles. Empty: any token is accepted, with every role.
	Keys map[string][]string

	RateLimit   int           // requests per window for the whole org; 0 switches every limit off
	RateWindow  time.Duration // length of the fixed window; 0 is 60 s
	CreateLimit int           // conversations, and messages, created per customer and window; 0 is 120, negative is off
	UpdateLimit int           // updates of one object per window; 0 is off
	SearchLimit int           // searches per window for the whole org; 0 is 100
	ResetHeader ResetHeader   // which answers carry x-ratelimit-reset, in epoch seconds
	ResetSkew   time.Duration // added to x-ratelimit-reset: a server whose clock is wrong
	RetryAfter  bool          // a 429 carries Retry-After, in seconds

	Unique          Unique
	DuplicateStatus int // of a refused duplicate: 409 (the default), 400 or 422
	ErrorShape      ErrorShape
	BodyLimit       int // bytes of a request body, more is 413; 0 is 100 kB

	// Bulk jobs (kustomer-api.md 10). A job is queued for half of its time, then running; its
	// objects are written when it runs.
	BulkDelay     time.Duration // from submission to completion; jittered by up to half, as Seed decides
	BulkBatch     int           // items of one batch; 0: all. Batches complete one after the other
	BulkBodyLimit int           // bytes of the body of a bulk request; 0 is as BodyLimit
	ClientRef     ClientRef
	NameItems     NameItems

	Latency     time.Duration // every answer takes this much longer
	LookupLag   time.Duration // a new object is invisible to look-ups for this long
	SearchLag   time.Duration // a new object is invisible to searches for this long
	Lookups     Lookups
	Deleted     Deleted
	Reopen      Reopen
	KeepCompany bool // an update of a customer without company leaves the company linked

	// Objects are there from the start, beside a few users, teams, queues and a klass named order
	// that every sandbox has: lines of JSON as POST /_sandbox/seed takes them.
	Objects string
	// Metadata is what GET /v1/metadata/{resource} shows as attributes: JSON objects by resource,
	// such as customer or kobject.order.
	Metadata map[string]string

	Faults []Fault // what goes wrong, see ParseFaults

	// Seed makes a run repeatable: it chooses the faults, the order of results, the times of jobs,
	// and the org id of a new data folder. 0 gives a random org id and else a fixed choice.
	Seed uint64
}

// withDefaults fills what was left zero and refuses what cannot be.
func (o Options) withDefaults() (Options, error) {
	o.RateWindow = orDefault(o.RateWindow, defaultWindow)
	o.CreateLimit = orDefault(o.CreateLimit, defaultCreates)
	o.SearchLimit = orDefault(o.SearchLimit, defaultSearch)
	o.BodyLimit = orDefault(o.BodyLimit, defaultBody)
	o.BulkBodyLimit = orDefault(o.BulkBodyLimit, o.BodyLimit)
	o.BulkBatch = orDefault(o.BulkBatch, maxItems)
	o.DuplicateStatus = orDefault(o.DuplicateStatus, http.StatusConflict)
	if min(o.RateLimit, o.UpdateLimit, o.SearchLimit, o.BodyLimit, o.BulkBodyLimit, o.BulkBatch) < 0 ||
		min(o.RateWindow, o.Latency, o.LookupLag, o.SearchLag, o.BulkDelay) < 0 {
		return o, fmt.Errorf("sandbox options: limits, sizes and times cannot be negative: use 0 for the default")
	}
	err := firstError(
		oneOf("duplicate status", &o.DuplicateStatus, http.StatusConflict, http.StatusBadRequest, http.StatusUnprocessableEntity),
		oneOf("unique", &o.Unique, UniqueAll, UniqueCustomers),
		oneOf("error shape", &o.ErrorShape, ShapeA, ShapeB),
		oneOf("reset header", &o.ResetHeader, ResetOn429, ResetAlways, ResetNever),
		oneOf("reopen", &o.Reopen, ReopenAlways, ReopenUnlessImported, ReopenNever),
		oneOf("deleted", &o.Deleted, DeletedNotFound, DeletedGone, DeletedShown),
		oneOf("client ref", &o.ClientRef, ClientRefOn, ClientRefOff, ClientRefIgnored),
		oneOf("name items", &o.NameItems, NameByPointer, NameByParameter, NameNothing),
		oneOf("lookups", &o.Lookups, LookupsWork, LookupsNever, LookupsUpper, LookupsLower),
		checkFaults(o.Faults),
		checkMetadata(o.Metadata),
		eachSeed([]byte(o.Objects), func(change) error { return nil }),
	)
	return o, err
}

// checkMetadata refuses what is no JSON object.
func checkMetadata(metadata map[string]string) error {
	for resource, text := range metadata {
		if v, err := decode([]byte(text)); err != nil || typeOf(v) != "object" {
			return fmt.Errorf("sandbox option metadata: what it has for %s must be a JSON object", resource)
		}
	}
	return nil
}

// oneOf replaces a zero value by the first of allowed and refuses a value that is not among them.
func oneOf[T comparable](name string, value *T, allowed ...T) error {
	*value = orDefault(*value, allowed[0])
	if slices.Contains(allowed, *value) {
		return nil
	}
	return fmt.Errorf("sandbox option %s: %v is not known: use one of %v", name, *value, allowed)
}

func orDefault[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
