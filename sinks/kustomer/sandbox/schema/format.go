package schema

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// format is a named check of a string (kustomer-api.md 2.4, formats).
type format struct {
	name string
	ok   func(string) bool
}

var (
	dateTime = &format{"date-time", func(s string) bool { _, ok := wire.ParseTime(s); return ok }}
	hexID    = &format{"object-id", func(s string) bool { _, ok := wire.ParseID(s); return ok }}
	emailish = &format{"email-relaxed", regexp.MustCompile(`^[^\s@]+@[^\s@]+$`).MatchString}
	phoneNum = &format{"phone-number", isPhone}
	whatsapp = &format{"whatsapp-number", isPhone}
	absURI   = &format{"uri", isURI}
	domain   = &format{"domain-name", regexp.MustCompile(`^([0-9a-zA-Z-]{1,63}\.)+[0-9a-zA-Z-]{2,63}$`).MatchString}
	sendTime = &format{"date-time-math", func(s string) bool { _, ok := wire.ParseTime(s); return ok || s == "" }}
	webURL   = &format{"url", isURL}
)

var phoneMarks = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "")

var phoneDigits = regexp.MustCompile(`^\+?[0-9]{2,15}$`)

// isPhone is lenient: what Kustomer's format accepts beyond E.164 is not known.
func isPhone(s string) bool { return phoneDigits.MatchString(phoneMarks.Replace(s)) }

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

// isURL also takes an address without its scheme, as people write it.
func isURL(s string) bool {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	return err == nil && strings.Contains(u.Host, ".") && !strings.ContainsAny(s, " \t\n")
}
