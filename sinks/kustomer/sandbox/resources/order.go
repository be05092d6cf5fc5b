package resources

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// instant is a time of a record, in Unix milliseconds.
type instant func(*store.Record) int64

func created(r *store.Record) int64 { return r.Time }

// updated is the updatedAt that answers show.
func updated(r *store.Record) int64 {
	doc := r.Document()
	if t, ok := wire.ParseTime(cmp.Or(wire.Text(doc, "updatedAt"), wire.Text(doc, "createdAt"))); ok {
		return t.UnixMilli()
	}
	return r.Time
}

// sortings are the values of sort; a minus before the name of a time turns it round (kustomer-api.md 1.9, 17.16).
var sortings = map[string]instant{"asc": created, "desc": created, "createdat": created, "updatedat": updated}

// ordered sorts records by time where that is asked for; they come in order of creation.
func ordered(records []*store.Record, sort string) []*store.Record {
	name, down := strings.CutPrefix(strings.ToLower(sort), "-")
	of, known := sortings[name]
	if !known {
		return records
	}
	at := make(map[*store.Record]int64, len(records))
	for _, r := range records {
		at[r] = of(r)
	}
	sorted := slices.Clone(records)
	direction := 1
	if down || name == "desc" {
		direction = -1
		slices.Reverse(sorted) // of two at the same time the later made comes first
	}
	slices.SortStableFunc(sorted, func(a, b *store.Record) int { return direction * cmp.Compare(at[a], at[b]) })
	return sorted
}

// timeBound compares a time of a record with one that a query names.
type timeBound struct {
	of   instant
	fits func(at, bound int64) bool
}

// timeBounds are the parameters that bound the time of what is listed.
var timeBounds = map[string]timeBound{
	"fromDate":               {created, atLeast},
	"filter[createdAt][gte]": {created, atLeast},
	"filter[createdAt][gt]":  {created, above},
	"filter[createdAt][lte]": {created, atMost},
	"filter[createdAt][lt]":  {created, below},
	"filter[updatedAt][gte]": {updated, atLeast},
	"filter[updatedAt][gt]":  {updated, above},
	"filter[updatedAt][lte]": {updated, atMost},
	"filter[updatedAt][lt]":  {updated, below},
}

func atLeast(at, bound int64) bool { return at >= bound }
func above(at, bound int64) bool   { return at > bound }
func atMost(at, bound int64) bool  { return at <= bound }
func below(at, bound int64) bool   { return at < bound }
