package schema

// Customer is the body of POST, PUT and PATCH of a customer, CustomerMerge that of POST /v1/customers/merges.
var (
	Customer      = objectOf(CustomerFields)
	CustomerMerge = objectOf(Fields{"source": anID, "target": anID}, "source", "target")
)

// CustomerFields are the fields of POST, PUT and PATCH of a customer (kustomer-api.md 5.2).
var CustomerFields = Fields{
	"name":              nullable(str(256)),
	"company":           nullable(formatted(hexID)),
	"externalId":        nullable(textFrom(1, 256)),
	"externalIds":       listOf(10, anExternalID),
	"sharedExternalIds": listOf(10, anExternalID),
	"emails":            listOf(10, anEmail),
	"sharedEmails":      listOf(10, anEmail),
	"phones":            listOf(10, aPhone),
	"sharedPhones":      listOf(10, aPhone),
	"whatsapps": listOf(10, objectOf(Fields{
		"phone": formatted(whatsapp), "type": enum("mobile"), "verified": boolean(),
	}, "phone")),
	"facebookIds": listOf(10, objectOf(Fields{
		"pageId": str(255), "userId": str(255), "name": str(255),
	}, "pageId", "userId")),
	"instagramIds": listOf(10, objectOf(Fields{
		"pageId": str(255), "threadId": str(255), "username": str(255), "instagramId": str(255),
	}, "pageId", "threadId", "username")),
	"socials":       listOf(10, aSocial),
	"sharedSocials": listOf(10, aSocial),
	"urls": listOf(10, objectOf(Fields{
		"url": formatted(webURL), "type": enum("website", "blog", "other"),
	}, "url")),
	"locations":              listOf(10, aLocation),
	"username":               nullable(str(256)),
	"signedUpAt":             maybeDate,
	"lastActivityAt":         maybeDate,
	"lastCustomerActivityAt": maybeDate,
	"lastSeenAt":             maybeDate,
	"birthdayAt":             maybeDate,
	"avatarUrl":              nullable(formatted(absURI)),
	"locale":                 nullable(str(16)),
	"timeZone":               nullable(str(64)),
	"defaultLang":            nullable(str(100)),
	"gender":                 nullable(enum("m", "f")),
	"tags":                   tagList,
	"sentiment":              aSentiment,
	"custom":                 customAttrs,
	"createdAt":              aDate,
	"importedAt":             aDate,
	"rev":                    number(),
}

var (
	anExternalID = objectOf(Fields{"externalId": textFrom(1, 255), "verified": boolean()}, "externalId")
	anEmail      = objectOf(Fields{"email": formatted(emailish), "type": enum("home", "work", "other"), "verified": boolean()}, "email")
	aPhone       = objectOf(Fields{
		"phone": formatted(phoneNum), "type": enum("mobile", "home", "work", "fax", "other"), "verified": boolean(),
	}, "phone")
	aSocial = objectOf(Fields{
		"type":     enum("twitter", "facebook", "instagram", "linkedin", "pinterest"),
		"username": str(256), "userid": str(256), "url": formatted(webURL), "verified": boolean(),
	}, "type", "username")
)
