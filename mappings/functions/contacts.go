package functions

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func contactFunctions() []Function {
	const g = "contact"
	return []Function{
		{"phone", g, `phone [REGION] TEXT`,
			`A telephone number in E.164; REGION ("US") is for numbers without +. A number that cannot ` +
				`be, or one with an extension, rejects the row; "" gives "".`,
			`{{ .phone | phone "US" }}`, "+14155552671", bindPhone},
		{"email", g, `email TEXT`,
			`A checked e-mail address, without white space at the ends; "" gives "".`,
			`{{ email " jo@example.com " }}`, "jo@example.com", run(email)},
	}
}

// bindPhone reports a region that is written out and that does not exist.
func bindPhone(c *mappings.Call) mappings.Func {
	if region, ok := c.Text(0); ok && c.Args() == 2 && !phonenumbers.GetSupportedRegions()[region] {
		return c.Refuse(0, "no such region", `write two capital letters: phone "US"`)
	}
	return func(_ *mappings.Frame, args []any) (any, error) {
		region := "ZZ" // to the library an unknown region, in which only numbers with + are understood
		if len(args) == 2 {
			r, err := values.Text(args[0])
			if err != nil {
				return nil, err
			}
			if region = strings.ToUpper(strings.TrimSpace(r)); !phonenumbers.GetSupportedRegions()[region] {
				return nil, &values.Error{Message: `no such region; it is two letters such as "US"`, Value: r}
			}
		}
		text, err := values.Text(args[len(args)-1])
		if err != nil {
			return nil, err
		}
		return e164(region, strings.TrimSpace(text))
	}
}

// e164 writes a telephone number as E.164. The number must be possible (its length fits its country). Whether it is
// in use is not asked: tables of used ranges grow old, and reserved numbers such as 555 are fine in a test load.
func e164(region, text string) (any, error) {
	if text == "" {
		return "", nil
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		message := "not a telephone number"
		if region == "ZZ" {
			message = `not a telephone number with +; give the region of others: phone "US"`
		}
		return nil, &values.Error{Message: message, Value: text}
	}
	if phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		return nil, &values.Error{Message: "a telephone number that is too short or too long", Value: text}
	}
	if number.GetExtension() != "" {
		return nil, &values.Error{Message: "the number has an extension, which E.164 cannot hold; cut it off first with regexReplaceAll", Value: text}
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// email returns a checked address without white space at its ends.
func email(_ *mappings.Frame, args []any) (any, error) {
	text, err := values.Text(args[0])
	if err != nil {
		return nil, err
	}
	address := strings.TrimSpace(text)
	if address == "" {
		return "", nil
	}
	if message := checkEmail(address); message != "" {
		return nil, &values.Error{Message: message, Value: text}
	}
	return address, nil
}

// checkEmail says what is wrong with an address, "" when nothing is. An address needs a plain local part and a domain
// name with a dot, and has no quotes, no comments and no display name.
func checkEmail(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case strings.ContainsFunc(address, isInvisible):
		return "the address has spaces or invisible characters in it"
	case strings.ContainsAny(address, ",;") && strings.Count(address, "@") > 1:
		return "more than one address; take one with split and first"
	case len(local) > 64 || len(address) > 254:
		return "not an e-mail address: too long"
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return "not an e-mail address"
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return "not an e-mail address: its domain has no dot"
	}
	for _, label := range labels {
		if !isDomainLabel(label) {
			return "not an e-mail address: its domain is not a domain name"
		}
	}
	return ""
}

func isDomainLabel(label string) bool {
	if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool {
		return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}
