package resources

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// searchHandlers are the endpoints of searches (kustomer-api.md 12).
type searchHandlers struct{ *objects }

func search(o *objects) resource {
	h := searchHandlers{o}
	roles := []string{
		"org.permission.search.create", "org.permission.search.update", "org.permission.search_global.create",
		"org.permission.search_preview.create", "org.user.search.read", "org.admin.search.read",
	}
	return resource{routes: []router.Route{
		{Method: "POST", Path: "/v1/customers/search", Roles: roles, Body: schema.Search, Handle: h.search, PageMax: maxListed},
	}}
}

// searchFields are the attributes that the sandbox can search by, with the value that each has in a document
// (kustomer-api.md 12, appendix B). Kustomer has many more.
var searchFields = map[string]struct {
	kind   store.Kind
	values func(wire.Document) []string
}{
	"customer_externalId": {store.Customer, func(d wire.Document) []string {
		return append(within("externalIds", "externalId")(d), wire.Text(d, "externalId"))
	}},
	"customer_email":           {store.Customer, within("emails", "email")},
	"customer_shared_email":    {store.Customer, within("sharedEmails", "email")},
	"customer_phone":           {store.Customer, within("phones", "phone")},
	"customer_name":            {store.Customer, member("name")},
	"customer_social_userid":   {store.Customer, within("socials", "userid")},
	"customer_social_username": {store.Customer, within("socials", "username")},
	"conversation_name":        {store.Conversation, member("name")},
	"conversation_status":      {store.Conversation, member("status")},
	"message_external_id":      {store.Message, member("externalId")},
	"message_subject":          {store.Message, member("subject")},
	"note_external_id":         {store.Note, member("externalId")},
	"note_conversation_id":     {store.Note, member("conversation")},
	"company_name":             {store.Company, member("name")},
}

// member gives one member of a document.
func member(name string) func(wire.Document) []string {
	return func(d wire.Document) []string { return []string{wire.Text(d, name)} }
}

// within gives one member of every object in a list.
func within(list, name string) func(wire.Document) []string {
	return func(d wire.Document) []string {
		var values []string
		items, _ := d[list].([]any)
		for _, item := range items {
			fields, _ := item.(wire.Document)
			values = append(values, wire.Text(fields, name))
		}
		return values
	}
}

// search is POST /v1/customers/search, for objects of every kind. New objects appear in it with a delay
// (kustomer-api.md 4.4).
func (h searchHandlers) search(c *router.Call) router.Answer {
	if !h.Budget.Search() {
		return h.Errors.TooMany("rate limit of searches exceeded")
	}
	body := c.Fields()
	k, _ := store.KindNamed(cmp.Or(wire.Text(body, "queryContext"), "customer"))
	for _, part := range []string{"and", "or", "not"} {
		for _, one := range criteria(body[part]) {
			if field, known := searchFields[one.field]; !known || field.kind != k {
				return h.Errors.BadParam(one.field, "The sandbox does not search by this attribute of a "+k.String(), "")
			}
			if !slices.Contains([]string{"equals", "contains", "in"}, one.operator) {
				return h.Errors.BadParam(one.field, "The sandbox knows equals, contains and in, not "+one.operator, "")
			}
		}
	}
	return h.page(c, h.Store.All(k), func(r *store.Record) bool {
		return !r.NewerThan(h.Rules.SearchLag) && satisfies(r.Document(), body)
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
		fields, _ := one.(wire.Document)
		for field, test := range fields {
			operators, _ := test.(wire.Document)
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

// satisfies reports whether a document is what a query looks for.
func satisfies(doc, query wire.Document) bool {
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
