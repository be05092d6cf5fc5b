package sandbox

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/budget"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/resources"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// The types of options whose meaning stands in the package that applies them.
type (
	// Unique says which externalIds no two objects may share.
	Unique = store.Unique
	// ErrorShape is the form of an error answer.
	ErrorShape = router.ErrorShape
	// NameItems says how a 400 of a bulk request tells which item is wrong.
	NameItems = router.NameItems
	// RateMode says how the requests of the org are counted.
	RateMode = budget.Mode
	// ResetHeader says which answers carry x-ratelimit-reset.
	ResetHeader = budget.ResetHeader
	// Reopen says when an inbound message reopens a conversation that is done.
	Reopen = resources.Reopen
	// Deleted says how a request answers that reaches an object which was deleted, or merged into another one.
	Deleted = resources.Deleted
	// Gone has such an answer for reads, look-ups and updates.
	Gone = resources.Gone
	// Below says what becomes of the objects that belong to one which is deleted.
	Below = resources.Below
	// Identifiers says whether the identifiers of a deleted object can be given to another one.
	Identifiers = store.Identifiers
	// Lookups says which look-ups by externalId, email or phone find anything.
	Lookups = resources.Lookups
	// ClientRef says what becomes of `_clientRef` on the items of a bulk request.
	ClientRef = resources.ClientRef
)

// The values of these options; the first of each group is the default.
const (
	UniqueAll       = store.UniqueAll
	UniqueCustomers = store.UniqueCustomers

	ShapeA = router.ShapeA
	ShapeB = router.ShapeB

	NameByPointer   = router.NameByPointer
	NameByParameter = router.NameByParameter
	NameNothing     = router.NameNothing

	RateFixed   = budget.Fixed
	RateSliding = budget.Sliding
	RateLeaky   = budget.Leaky

	ResetOn429  = budget.ResetOn429
	ResetAlways = budget.ResetAlways
	ResetNever  = budget.ResetNever

	ReopenAlways         = resources.ReopenAlways
	ReopenUnlessImported = resources.ReopenUnlessImported
	ReopenNever          = resources.ReopenNever

	DeletedNotFound = resources.DeletedNotFound
	DeletedGone     = resources.DeletedGone
	DeletedShown    = resources.DeletedShown
	MergedSurvivor  = resources.MergedSurvivor

	BelowDeleted = resources.BelowDeleted
	BelowKept    = resources.BelowKept

	IdentifiersHeld = store.IdentifiersHeld
	IdentifiersFree = store.IdentifiersFree

	LookupsWork  = resources.LookupsWork
	LookupsNever = resources.LookupsNever
	LookupsUpper = resources.LookupsUpper
	LookupsLower = resources.LookupsLower

	ClientRefOn      = resources.ClientRefOn
	ClientRefOff     = resources.ClientRefOff
	ClientRefIgnored = resources.ClientRefIgnored
)
