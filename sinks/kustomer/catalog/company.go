package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// createCompany is the catalog entry of create_company (kustomer-api.md 9.2). Companies are found by a
// filter of their list.
func createCompany() sinks.Spec {
	return sinks.Spec{
		Name:       "create_company",
		Doc:        "Creates a company, or updates the one that is there.",
		Object:     "company",
		Create:     []sinks.Route{{Method: http.MethodPost, Path: "/v1/companies"}},
		Update:     &sinks.Route{Method: http.MethodPut, Path: "/v1/companies/{id}"},
		Fields:     companyFields(),
		ExternalID: externalIDName,
		Lookups: []sinks.Lookup{
			{By: "externalId", Paths: []string{"/v1/companies?externalId={value}"}, From: "externalId"},
		},
		Batch: batches("/v1/companies/bulk"),
		Roles: roles("company"),
		Notes: []string{
			"Kustomer does not refuse a second company with the same externalId or name.",
			"An update replaces lists as a whole.",
			"Customers are linked to a company by their own field company.",
		},
		NotFields: []sinks.NotField{
			{Name: "domain", Hint: "map a list: domains: [{ domain: '{{ .domain }}' }]"},
			{Name: "website", Hint: "map a list: urls: [{ url: '{{ .website }}' }]"},
			{Name: "phone", Hint: "map a list: phones: [{ phone: '{{ .phone | phone \"US\" }}' }]"},
			{Name: "email", Hint: "map a list: emails: [{ email: '{{ .email }}' }]"},
			{Name: "address", Hint: "map a list: locations: [{ address: '{{ .address }}' }]"},
			{Name: "size", Hint: "map employeeCount"},
			{Name: "customers", Hint: "map company in the step for create_customer"},
			{Name: "createdBy", Hint: "leave it out; the author is the owner of the API key"},
			{Name: "updatedAt", Hint: "leave it out; Kustomer sets it"},
			{Name: "modifiedAt", Hint: "leave it out; Kustomer sets it"},
		},
		Example: `name: "{{ .company }}"
domains: [{ domain: "{{ .domain }}" }]
employeeCount: "{{ .staff }}"`,
	}
}

// companyFields lists the fields of kustomer-api.md 9.2.
func companyFields() []sinks.Field {
	name := required(textField("name", 256, "its name, of at least 3 characters"))
	name.MinLen = 3
	return []sinks.Field{
		name,
		externalIDField("the company's id in the source system; the step's key when it is not mapped"),
		setField("domains", 10, objectOf(
			required(textField("domain", 253, "the domain, like acme.com")),
		), "domains of its e-mail addresses, by which Kustomer knows its people"),
		emailsField("emails", "e-mail addresses of the company"),
		phonesField("phones", "phone numbers in E.164"),
		whatsappsField("WhatsApp numbers"),
		socialsField("socials", "accounts on social networks"),
		urlsField("web pages of the company"),
		setField("locations", 10, locationOf(), "addresses"),
		{Name: "employeeCount", Type: sinks.Number, Doc: "how many people work there"},
		nullable(sinks.Field{Name: "avatarUrl", Type: sinks.URL, Doc: "address of a picture"}),
		tagsField(),
		customField(),
		textField("defaultLang", 100, "language, like en_us"),
		createdAtField("when the company was created in the source system; not changed by an update"),
		importedAtField("when the record was imported, for example {{ now }}; not changed by an update"),
		updateOnly(nullable(boolField("deleted", "whether it is deleted"))),
		revField(),
	}
}

// updateCompany is the catalog entry of update_company. There is no PATCH for companies.
func updateCompany() sinks.Spec {
	s := updateOf(createCompany(), "update_company", "Updates the company that id names.", nil)
	s.Example = `id: '{{ (find "company" "externalId" .crm_id).id }}'
custom: { tierStr: "{{ .tier }}" }`
	return s
}
