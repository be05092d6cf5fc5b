package resources

import "time"

// Rules say how the sandbox behaves where it is not known what Kustomer does, or where it differs from org to org.
type Rules struct {
	Deleted     Gone          // how deleted objects answer; MergedSurvivor is not for them
	Merged      Gone          // how objects answer that were merged into others
	NoAudit     bool          // the audit log stays empty
	AuditDelay  time.Duration // until an entry is shown
	AsKustomer  bool          // answers show values in other forms than they were sent in, see disguise
	CommaLists  bool          // GET /v1/customers/{id} takes several ids, with commas between them
	Below       Below         // what a deleted object takes along
	Restore     bool          // an update with deleted: false brings an object back
	MergesGone  bool          // the merges of a customer that is gone are a 404
	ListDeleted bool          // lists show deleted objects too, with deleted set
	Lookups     Lookups
	Reopen      Reopen
	ClientRef   ClientRef
	LookupLag   time.Duration     // a new object is invisible to look-ups for this long
	SearchLag   time.Duration     // a new object is invisible to searches for this long
	KeepCompany bool              // an update of a customer without company leaves the company linked
	Metadata    map[string]string // attributes of GET /v1/metadata/{resource}: JSON objects by resource
}

// Reopen says when a message with direction in reopens a conversation that is done (kustomer-api.md 6.5).
type Reopen string

// When an inbound message reopens a conversation.
const (
	ReopenAlways         Reopen = "always"          // the default
	ReopenUnlessImported Reopen = "unless-imported" // not for a message that carries importedAt
	ReopenNever          Reopen = "never"
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

// ClientRef says what becomes of `_clientRef` on the items of a bulk request, which is newer than the published
// schemas (kustomer-api.md 10).
type ClientRef string

// What becomes of `_clientRef`.
const (
	ClientRefOn      ClientRef = "on"      // the default: results carry it
	ClientRefOff     ClientRef = "off"     // a field like any other that is not known: the whole request is a 400
	ClientRefIgnored ClientRef = "ignored" // accepted, but there are no results
)
