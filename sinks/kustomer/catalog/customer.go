package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// createCustomer is the catalog entry of create_customer (kustomer-api.md 5).
func createCustomer() sinks.Spec {
	return sinks.Spec{
		Name:       "create_customer",
		Doc:        "Creates a customer, or updates the one that is there.",
		Object:     "customer",
		Create:     []sinks.Route{{Method: http.MethodPost, Path: "/v1/customers"}},
		Update:     &sinks.Route{Method: http.MethodPatch, Path: "/v1/customers/{id}"},
		Fields:     customerFields(),
		ExternalID: externalIDName,
		Lookups: []sinks.Lookup{
			{By: "externalId", Paths: []string{"/v1/customers/externalId={value}"}, From: "externalId"},
			{By: "email", Paths: []string{"/v1/customers/email={value}"}, From: "emails[].email"},
			{By: "phone", Paths: []string{"/v1/customers/phone={value}"}, From: "phones[].phone", OnlyNamed: true},
		},
		Batch: batches("/v1/customers/bulk"),
		Roles: append(roles("customer"), sinks.Role{For: "read merges", AnyOf: []string{
			"org.permission.customer_merge.read", "org.user.customer.read", "org.admin.customer.merge.read", // App. A
		}}),
		MergesPath: "/v1/customers/{id}/merges", // kustomer-api.md 20.2
		Unique:     true,                        // kustomer-api.md 3.3
		Preserve:   []string{"company"},         // kustomer-api.md 1.8
		Notes: []string{
			"No two customers share an e-mail address, a phone number or an externalId; contact points that people do share go into sharedEmails, sharedPhones and sharedExternalIds.",
			"An update replaces lists as a whole, and always carries the company that the customer has, because Kustomer unlinks it otherwise.",
			"Give e-mail addresses in lower case and phone numbers in E.164: that is how customers are found again.",
		},
		NotFields: []sinks.NotField{
			{Name: "firstName", Hint: "map name to the whole name: '{{ .first }} {{ .last }}'"},
			{Name: "lastName", Hint: "map name to the whole name: '{{ .first }} {{ .last }}'"},
			{Name: "displayName", Hint: "map name; Kustomer makes the display name from it"},
			{Name: "email", Hint: "map a list: emails: [{ email: '{{ .email }}' }]"},
			{Name: "phone", Hint: "map a list: phones: [{ phone: '{{ .phone | phone \"US\" }}' }]"},
			{Name: "address", Hint: "map a list: locations: [{ address: '{{ .address }}' }]"},
			{Name: "birthday", Hint: "map birthdayAt"},
			{Name: "language", Hint: "map locale, or defaultLang"},
			{Name: "timezone", Hint: "map timeZone"},
			{Name: "id", Hint: "leave it out, since Kustomer gives the id; map externalId"},
			{Name: "verified", Hint: "map verified of the e-mail address or phone number"},
			{Name: "createdBy", Hint: "leave it out; the author is the owner of the API key"},
			{Name: "updatedAt", Hint: "leave it out; Kustomer sets it"},
			{Name: "modifiedAt", Hint: "leave it out; Kustomer sets it"},
		},
		Example: `name: "{{ .name }}"
emails: [{ type: work, email: "{{ .email | lower }}" }]
phones: [{ phone: '{{ .mobile | phone "US" }}' }]`,
	}
}

// customerFields lists the fields of kustomer-api.md 5.2. createdAt and importedAt are left out of an
// update, as the contract has it, though Kustomer would take them.
func customerFields() []sinks.Field {
	return []sinks.Field{
		nullable(textField("name", 256, "the whole name; Kustomer splits it by itself")),
		externalIDField("the customer's id in the source system, unique in the org; the step's key when it is not mapped"),
		emailsField("emails", "e-mail addresses, which no other customer has"),
		phonesField("phones", "phone numbers in E.164, which no other customer has"),
		nullable(idField("company", "id of the company the customer belongs to")),
		tagsField(),
		customField(),
		whatsappsField("WhatsApp numbers, which no other customer has"),
		socialsField("socials", "accounts on social networks, which no other customer has"),
		setField("facebookIds", 10, objectOf(
			required(textField("pageId", 255, "id of the page")),
			required(textField("userId", 255, "id of the user on that page")),
			textField("name", 255, "name of the user"),
		), "Facebook identities"),
		setField("instagramIds", 10, objectOf(
			required(textField("pageId", 255, "id of the page")),
			required(textField("threadId", 255, "id of the thread")),
			required(textField("username", 255, "name of the account")),
			textField("instagramId", 255, "id of the account"),
		), "Instagram identities"),
		urlsField("web pages of the customer"),
		setField("locations", 10, locationOf(), "addresses"),
		externalIDsField("externalIds", "further ids in source systems, which no other customer has"),
		externalIDsField("sharedExternalIds", "ids in source systems that several customers share"),
		emailsField("sharedEmails", "e-mail addresses that several customers share"),
		phonesField("sharedPhones", "phone numbers that several customers share"),
		socialsField("sharedSocials", "accounts on social networks that several customers share"),
		nullable(textField("username", 256, "name of the customer's account")),
		nullable(timeField("signedUpAt", "when the customer signed up")),
		nullable(timeField("lastActivityAt", "when anything last happened")),
		nullable(timeField("lastCustomerActivityAt", "when the customer last did something")),
		nullable(timeField("lastSeenAt", "when the customer was last seen")),
		nullable(timeField("birthdayAt", "day of birth, as a time")),
		nullable(sinks.Field{Name: "avatarUrl", Type: sinks.URL, Doc: "address of a picture"}),
		nullable(textField("locale", 16, "locale, like en_US")),
		nullable(textField("timeZone", 64, "time zone, like America/New_York")),
		nullable(textField("defaultLang", 100, "language, like en_us")),
		nullable(wordField("gender", "m or f", "m", "f")),
		sentimentField(),
		createdAtField("when the customer was created in the source system; not changed by an update"),
		importedAtField("when the record was imported, for example {{ now }}; not changed by an update"),
		revField(),
	}
}

func verifiedField() sinks.Field {
	return boolField("verified", "whether it is known to be the customer's")
}

func emailsField(name, doc string) sinks.Field {
	return setField(name, 10, objectOf(
		required(sinks.Field{Name: "email", Type: sinks.Email, Doc: "the address"}),
		wordField("type", "kind of the address", "home", "work", "other"),
		verifiedField(),
	), doc)
}

func phonesField(name, doc string) sinks.Field {
	return setField(name, 10, objectOf(
		required(sinks.Field{Name: "phone", Type: sinks.Phone, Doc: "the number in E.164"}),
		wordField("type", "kind of the number", "mobile", "home", "work", "fax", "other"),
		verifiedField(),
	), doc)
}

func whatsappsField(doc string) sinks.Field {
	return setField("whatsapps", 10, objectOf(
		required(sinks.Field{Name: "phone", Type: sinks.Phone, Doc: "the number in E.164"}),
		wordField("type", "kind of the number", "mobile"),
		verifiedField(),
	), doc)
}

func urlsField(doc string) sinks.Field {
	return setField("urls", 10, objectOf(
		required(sinks.Field{Name: "url", Type: sinks.URL, Doc: "the address"}),
		wordField("type", "what the page is", "website", "blog", "other"),
	), doc)
}

func socialsField(name, doc string) sinks.Field {
	return setField(name, 10, objectOf(
		required(wordField("type", "the network", "twitter", "facebook", "instagram", "linkedin", "pinterest")),
		required(textField("username", 256, "name of the account")),
		textField("userid", 256, "id of the account"),
		sinks.Field{Name: "url", Type: sinks.URL, Doc: "address of the account"},
		verifiedField(),
	), doc)
}

func externalIDsField(name, doc string) sinks.Field {
	id := required(externalIDField("the id"))
	id.MaxLen = 255
	return setField(name, 10, objectOf(id, verifiedField()), doc)
}
