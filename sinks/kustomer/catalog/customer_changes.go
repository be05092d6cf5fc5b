package catalog

import (
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks"
)

// updateCustomer is the catalog entry of update_customer (kustomer-api.md 5).
func updateCustomer() sinks.Spec {
	s := updateOf(createCustomer(), "update_customer", "Updates the customer that id names.", nil)
	s.Notes = []string{
		"An update replaces lists as a whole; append_customer_email and append_customer_phone add to them.",
		"It carries the company that the customer has where the mapping names none, because Kustomer unlinks it otherwise: one request more.",
	}
	s.Example = `id: '{{ (find "customer" "externalId" .crm_id).id }}'
name: "{{ .name }}"
custom: { tierStr: "{{ .tier }}" }`
	return s
}

// appendCustomerEmail is the catalog entry of append_customer_email (kustomer-api.md 1.8).
func appendCustomerEmail() sinks.Spec {
	s := appendTo("emails", "email")
	s.Name, s.Doc = "append_customer_email", "Adds e-mail addresses to those that a customer has."
	s.NotFields = []sinks.NotField{{Name: "email", Hint: "map a list: emails: [{ email: '{{ .email }}' }]"}}
	s.Example = `id: '{{ (find "customer" "externalId" .crm_id).id }}'
emails: [{ type: home, email: "{{ .email | lower }}" }]`
	return s
}

// appendCustomerPhone is the catalog entry of append_customer_phone.
func appendCustomerPhone() sinks.Spec {
	s := appendTo("phones", "phone")
	s.Name, s.Doc = "append_customer_phone", "Adds phone numbers to those that a customer has."
	s.NotFields = []sinks.NotField{{Name: "phone", Hint: "map a list: phones: [{ phone: '{{ .phone | phone \"US\" }}' }]"}}
	s.Example = `id: '{{ (find "customer" "externalId" .crm_id).id }}'
phones: [{ type: mobile, phone: '{{ .mobile | phone "US" }}' }]`
	return s
}

// appendTo is a sink that adds to a list of a customer.
func appendTo(list, by string) sinks.Spec {
	fields := customerFields()
	i := slices.IndexFunc(fields, func(f sinks.Field) bool { return f.Name == list })
	items := required(fields[i])
	items.Nullable, items.MinItems = false, 1
	s := changeOf("customer", sinks.Route{Method: http.MethodPatch, Path: "/v1/customers/{id}"}, items)
	s.Append = &sinks.Append{List: list, By: by}
	s.Roles = roles("customer")[1:]
	s.Preserve = []string{"company"}
	s.Notes = []string{
		"The customer is read first; what it has already is not written again, and when nothing is missing nothing is written.",
		"A customer has at most 10 of them; with more the row is rejected.",
	}
	return s
}

// mergeCustomers is the catalog entry of merge_customers (kustomer-api.md 5.5).
func mergeCustomers() sinks.Spec {
	return sinks.Spec{
		Name: "merge_customers", Doc: "Merges one customer into another; the first is gone then, for good.",
		Object: "merge of customers", Kind: sinks.Acts, Destructive: true,
		Create: []sinks.Route{{Method: http.MethodPost, Path: "/v1/customers/merges"}},
		Fields: []sinks.Field{
			required(idField("source", "id of the customer who is to be gone")),
			required(idField("target", "id of the customer who takes in everything")),
		},
		Roles: []sinks.Role{{For: "make", AnyOf: []string{
			"org.permission.customer_merge.create", "org.user.customer.write", "org.admin.customer.merge.write",
		}}},
		Notes: []string{
			"Nobody can undo a merge.",
			"Contact points, tags and custom attributes of both are kept; where they differ, the target's company, name, externalId and custom attributes win.",
			"A merge that may have happened is left in doubt for kustsync resolve.",
		},
		MustDiffer: [2]string{"source", "target"},
		NotFields: []sinks.NotField{
			{Name: "from", Hint: "map source"}, {Name: "to", Hint: "map target"}, {Name: "into", Hint: "map target"},
			{Name: "id", Hint: "map source and target"},
		},
		Example: `source: '{{ (find "customer" "externalId" .duplicate).id }}'
target: '{{ (find "customer" "externalId" .crm_id).id }}'`,
	}
}
