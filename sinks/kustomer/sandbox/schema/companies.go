package schema

// The bodies of requests that create and change companies.
var (
	NewCompany    = objectOf(NewCompanyFields, "name")
	CompanyUpdate = objectOf(CompanyUpdateFields)
)

// companyCommon are the fields that creation and update of a company share (kustomer-api.md 9.2).
var companyCommon = Fields{
	"name":          textFrom(3, 256),
	"externalId":    nullable(textFrom(1, 256)),
	"avatarUrl":     nullable(formatted(absURI)),
	"emails":        listOf(10, anEmail),
	"phones":        listOf(10, aPhone),
	"whatsapps":     CustomerFields["whatsapps"],
	"socials":       listOf(10, aSocial),
	"urls":          CustomerFields["urls"],
	"domains":       listOf(10, objectOf(Fields{"domain": formatted(domain)}, "domain")),
	"locations":     listOf(10, aLocation),
	"employeeCount": number(),
	"tags":          tagList,
	"custom":        customAttrs,
	"defaultLang":   str(100),
	"rev":           number(),
}

// The fields of new companies, and of updates.
var (
	NewCompanyFields    = with(companyCommon, Fields{"createdAt": aDate, "importedAt": aDate})
	CompanyUpdateFields = with(companyCommon, Fields{"deleted": nullable(boolean())})
)
