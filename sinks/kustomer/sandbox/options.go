package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/budget"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/resources"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
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
	RateMode    RateMode      // how those are counted; everything else is in fixed windows
	RateWindow  time.Duration // length of the window; 0 is 60 s
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

	Latency   time.Duration // every answer takes this much longer
	LookupLag time.Duration // a new object is invisible to look-ups for this long
	SearchLag time.Duration // a new object is invisible to searches for this long
	Lookups   Lookups
	Reopen    Reopen

	// What was deleted, and customers and conversations that were merged into others (kustomer-api.md 17.14, 17.17, 20).
	Deleted     Gone        // what requests for a deleted object answer: 404 where empty
	Merged      Gone        // what requests for a merged object answer: where empty look-ups the survivor, others 404
	Below       Below       // what a deleted object takes along
	Identifiers Identifiers // of a deleted object: held or free
	Restore     bool        // an update with deleted: false brings an object back; else it answers as any update of one
	MergesGone  bool        // GET /v1/customers/{id}/merges is a 404 for a customer that is gone
	ListDeleted bool        // lists show deleted objects too, with deleted set

	NoAudit     bool          // GET /v1/audit-logs shows nothing
	AuditDelay  time.Duration // until the audit log shows a change
	AsKustomer  bool          // answers show e-mail addresses in lower case, times in UTC with milliseconds, tags by their ids
	CommaLists  bool          // GET /v1/customers/{id} takes several ids, with commas between them
	KeepCompany bool          // an update of a customer without company leaves the company linked

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
	o.RateWindow = cmp.Or(o.RateWindow, defaultWindow)
	o.CreateLimit = cmp.Or(o.CreateLimit, defaultCreates)
	o.SearchLimit = cmp.Or(o.SearchLimit, defaultSearch)
	o.BodyLimit = cmp.Or(o.BodyLimit, defaultBody)
	o.BulkBodyLimit = cmp.Or(o.BulkBodyLimit, o.BodyLimit)
	o.BulkBatch = cmp.Or(o.BulkBatch, schema.MaxItems)
	o.DuplicateStatus = cmp.Or(o.DuplicateStatus, http.StatusConflict)
	if min(o.RateLimit, o.UpdateLimit, o.SearchLimit, o.BodyLimit, o.BulkBodyLimit, o.BulkBatch) < 0 ||
		min(o.RateWindow, o.Latency, o.LookupLag, o.SearchLag, o.BulkDelay) < 0 {
		return o, fmt.Errorf("sandbox options: limits, sizes and times cannot be negative: use 0 for the default")
	}
	err := firstError(
		oneOf("duplicate status", &o.DuplicateStatus, http.StatusConflict, http.StatusBadRequest, http.StatusUnprocessableEntity),
		oneOf("unique", &o.Unique, UniqueAll, UniqueCustomers),
		oneOf("error shape", &o.ErrorShape, ShapeA, ShapeB),
		oneOf("rate mode", &o.RateMode, RateFixed, RateSliding, RateLeaky),
		oneOf("reset header", &o.ResetHeader, ResetOn429, ResetAlways, ResetNever),
		oneOf("reopen", &o.Reopen, ReopenAlways, ReopenUnlessImported, ReopenNever),
		oneOf("deleted reads", &o.Deleted.Reads, DeletedNotFound, DeletedGone, DeletedShown),
		oneOf("deleted look-ups", &o.Deleted.LookUps, DeletedNotFound, DeletedGone, DeletedShown),
		oneOf("deleted updates", &o.Deleted.Updates, DeletedNotFound, DeletedGone, DeletedShown),
		oneOf("merged reads", &o.Merged.Reads, DeletedNotFound, DeletedGone, DeletedShown, MergedSurvivor),
		oneOf("merged look-ups", &o.Merged.LookUps, MergedSurvivor, DeletedNotFound, DeletedGone, DeletedShown),
		oneOf("merged updates", &o.Merged.Updates, DeletedNotFound, DeletedGone, DeletedShown, MergedSurvivor),
		oneOf("below", &o.Below, BelowDeleted, BelowKept),
		oneOf("identifiers", &o.Identifiers, IdentifiersHeld, IdentifiersFree),
		oneOf("client ref", &o.ClientRef, ClientRefOn, ClientRefOff, ClientRefIgnored),
		oneOf("name items", &o.NameItems, NameByPointer, NameByParameter, NameNothing),
		oneOf("lookups", &o.Lookups, LookupsWork, LookupsNever, LookupsUpper, LookupsLower),
		inject.Check(o.Faults),
		checkMetadata(o.Metadata),
		eachSeed([]byte(o.Objects), func(store.Change) error { return nil }),
	)
	return o, err
}

// errors says how error answers look.
func (o Options) errors() router.Errors {
	return router.Errors{Shape: o.ErrorShape, DuplicateStatus: o.DuplicateStatus, NameItems: o.NameItems}
}

// limits is the rate limit.
func (o Options) limits() budget.Limits {
	return budget.Limits{
		Mode: o.RateMode, Requests: o.RateLimit, Window: o.RateWindow, Creates: o.CreateLimit, Updates: o.UpdateLimit, Searches: o.SearchLimit,
		Reset: o.ResetHeader, ResetSkew: o.ResetSkew, RetryAfter: o.RetryAfter,
	}
}

// rules says how the endpoints behave.
func (o Options) rules() resources.Rules {
	return resources.Rules{
		NoAudit: o.NoAudit, AuditDelay: o.AuditDelay, AsKustomer: o.AsKustomer, CommaLists: o.CommaLists, Deleted: o.Deleted, Merged: o.Merged, Below: o.Below, Restore: o.Restore, MergesGone: o.MergesGone, ListDeleted: o.ListDeleted,
		Lookups: o.Lookups, Reopen: o.Reopen, ClientRef: o.ClientRef, LookupLag: o.LookupLag, SearchLag: o.SearchLag,
		KeepCompany: o.KeepCompany, Metadata: o.Metadata,
	}
}

// jobs says how bulk jobs run.
func (o Options) jobs() jobs.Options {
	return jobs.Options{Delay: o.BulkDelay, Batch: o.BulkBatch, Seed: o.Seed}
}

// checkMetadata refuses what is no JSON object.
func checkMetadata(metadata map[string]string) error {
	for resource, text := range metadata {
		if v, err := wire.Decode([]byte(text)); err != nil || wire.TypeOf(v) != "object" {
			return fmt.Errorf("sandbox option metadata: what it has for %s must be a JSON object", resource)
		}
	}
	return nil
}

// oneOf replaces a zero value by the first of allowed and refuses a value that is not among them.
func oneOf[T comparable](name string, value *T, allowed ...T) error {
	*value = cmp.Or(*value, allowed[0])
	if slices.Contains(allowed, *value) {
		return nil
	}
	return fmt.Errorf("sandbox option %s: %v is not known: use one of %v", name, *value, allowed)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
