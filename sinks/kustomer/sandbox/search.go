package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// searchFields are the attributes that the sandbox can search by, with the value that each has in
// a document (kustomer-api.md 12, appendix B). Kustomer has many more.
var searchFields = map[string]struct {
	kind   kind
	values func(document) []string
}{
	"customer_externalId": {customer, func(d document) []string {
		return append(within("externalIds", "externalId")(d), textOf(d, "externalId"))
	}},
	"customer_email":           {customer, within("emails", "email")},
	"customer_shared_email":    {customer, within("sharedEmails", "email")},
	"customer_phone":           {customer, within("phones", "phone")},
	"customer_name":            {customer, plain("name")},
	"customer_social_userid":   {customer, within("socials", "userid")},
	"customer_social_username": {customer, within("socials", "username")},
	"conversation_name":        {conversation, plain("name")},
	"conversation_status":      {conversation, plain("status")},
	"message_external_id":      {message, plain("externalId")},
	"message_subject":          {message, plain("subject")},
	"note_external_id":         {note, plain("externalId")},
	"note_conversation_id":     {note, plain("conversation")},
	"company_name":             {company, plain("name")},
}

func plain(name string) func(document) []string {
	return func(d document) []string { return []string{textOf(d, name)} }
}

// within gives one member of every object in a list.
func within(list, name string) func(document) []string {
	return func(d document) []string {
		var values []string
		items, _ := d[list].([]any)
		for _, item := range items {
			fields, _ := item.(document)
			values = append(values, textOf(fields, name))
		}
		return values
	}
}

// searchBody is the body of POST /v1/customers/search.
var searchBody = objectOf(map[string]*rule{
	"queryContext": enum("customer", "company", "message", "conversation", "note"),
	"and":          someCriteria, "or": someCriteria, "not": someCriteria,
	"sort": {anyOf: []*rule{open(5), listOf(5, open(5))}}, "timeZone": str(64), "includeDeleted": boolean(),
	"fields": listOf(0, nil), "aggs": open(0), "searchHash": str(0),
})

var someCriteria = &rule{anyOf: []*rule{open(20), listOf(20, open(1))}}

// search is POST /v1/customers/search, for objects of every kind. New objects appear in it with a
// delay (kustomer-api.md 4.4, 12).
func (s *Server) search(c *call) answer {
	if !s.budget.search() {
		return s.tooMany("rate limit of searches exceeded")
	}
	body := c.fields()
	k, _ := kindNamed(orDefault(textOf(body, "queryContext"), "customer"))
	for _, part := range []string{"and", "or", "not"} {
		for _, one := range criteria(body[part]) {
			if field, known := searchFields[one.field]; !known || field.kind != k {
				return s.badParam(one.field, "The sandbox does not search by this attribute of a "+k.String(), "")
			}
			if !slices.Contains([]string{"equals", "contains", "in"}, one.operator) {
				return s.badParam(one.field, "The sandbox knows equals, contains and in, not "+one.operator, "")
			}
		}
	}
	return s.page(c, s.store.all[k], func(r *record) bool {
		fresh := s.opts.SearchLag > 0 && r.born != 0 && time.Since(time.Unix(0, r.born)) < s.opts.SearchLag
		return !fresh && satisfies(r.document(), body)
	})
}

// criterion compares one attribute.
type criterion struct {
	field, operator string
	value           any
}

// criteria reads a part of a query: an object, or a list of them.
func criteria(part any) []criterion {
	list, ok := part.([]any)
	if !ok && part != nil {
		list = []any{part}
	}
	var all []criterion
	for _, one := range list {
		fields, _ := one.(document)
		for field, test := range fields {
			operators, _ := test.(document)
			for operator, value := range operators {
				all = append(all, criterion{field, operator, value})
			}
			if len(operators) == 0 {
				all = append(all, criterion{field: field})
			}
		}
	}
	return all
}

func satisfies(doc, query document) bool {
	fits := func(one criterion) bool { return one.fits(searchFields[one.field].values(doc)) }
	and, or, not := criteria(query["and"]), criteria(query["or"]), criteria(query["not"])
	return !slices.ContainsFunc(and, func(one criterion) bool { return !fits(one) }) &&
		(len(or) == 0 || slices.ContainsFunc(or, fits)) && !slices.ContainsFunc(not, fits)
}

// fits compares without case, as an analysed field does.
func (one criterion) fits(values []string) bool {
	wanted, ok := one.value.([]any)
	if !ok {
		wanted = []any{one.value}
	}
	for _, want := range wanted {
		text, _ := want.(string)
		if n, isNumber := want.(json.Number); isNumber {
			text = n.String()
		}
		for _, value := range values {
			if value != "" && (strings.EqualFold(value, text) ||
				one.operator == "contains" && strings.Contains(strings.ToLower(value), strings.ToLower(text))) {
				return true
			}
		}
	}
	return false
}

// searchRoutes is here for its many roles.
func searchRoutes() []route {
	return []route{{
		method: http.MethodPost, path: "/v1/customers/search", body: searchBody, handle: (*Server).search, pageMax: maxListed,
		roles: []string{
			"org.permission.search.create", "org.permission.search.update", "org.permission.search_global.create",
			"org.permission.search_preview.create", "org.user.search.read", "org.admin.search.read",
		},
	}}
}
