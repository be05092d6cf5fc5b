package sandbox

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// format is a named check of a string (kustomer-api.md 2.4, formats).
type format struct {
	name string
	ok   func(string) bool
}

var (
	dateTime = &format{"date-time", func(s string) bool { _, ok := parseTime(s); return ok }}
	hexID    = &format{"object-id", func(s string) bool { _, ok := parseID(s); return ok }}
	emailish = &format{"email-relaxed", regexp.MustCompile(`^[^\s@]+@[^\s@]+$`).MatchString}
	phoneNum = &format{"phone-number", isPhone}
	whatsapp = &format{"whatsapp-number", isPhone}
	absURI   = &format{"uri", isURI}
	domain   = &format{"domain-name", regexp.MustCompile(`^([0-9a-zA-Z-]{1,63}\.)+[0-9a-zA-Z-]{2,63}$`).MatchString}
	sendTime = &format{"date-time-math", func(s string) bool { _, ok := parseTime(s); return ok || s == "" }}
	webURL   = &format{"url", isURL}
)

// stamp is how Kustomer writes a time: UTC with milliseconds (kustomer-api.md 1.6).
const stamp = "2006-01-02T15:04:05.000Z"

// parseTime reads an ISO 8601 date and time with an offset.
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

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
