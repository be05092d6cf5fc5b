package schema

// Search is the body of POST /v1/customers/search (kustomer-api.md 12).
var Search = objectOf(Fields{
	"queryContext": enum("customer", "company", "message", "conversation", "note"),
	"and":          someCriteria, "or": someCriteria, "not": someCriteria,
	"sort": {anyOf: []*Rule{open(5), listOf(5, open(5))}}, "timeZone": str(64), "includeDeleted": boolean(),
	"fields": listOf(0, nil), "aggs": open(0), "searchHash": str(0),
})

var someCriteria = &Rule{anyOf: []*Rule{open(20), listOf(20, open(1))}}
