package sinks

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// utf16Len counts text as a JavaScript validator does: in UTF-16 units (contract, section 2).
func utf16Len(text string) int {
	units := 0
	for _, r := range text {
		units++
		if r > 0xFFFF {
			units++
		}
	}
	return units
}

// isID reports whether text is an object id: 24 hex digits (kustomer-api.md 1.5).
func isID(text string) bool {
	if len(text) != 24 {
		return false
	}
	for i := range len(text) {
		c := text[i] | 0x20
		if !('0' <= text[i] && text[i] <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// isEmail reports whether text has the form of a relaxed address: something, one @, something, and
// neither blanks nor control characters (kustomer-api.md 2.4, format email-relaxed).
func isEmail(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	return found && local != "" && domain != "" && !strings.Contains(domain, "@") && isVisible(text)
}

// isVisible reports whether text has neither blanks nor control characters.
func isVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// phoneMarks are the signs that people put between the digits of a phone number.
var phoneMarks = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "/", "")

// isPhone reports whether text has 2 to 15 digits, with or without a plus sign before them and marks
// between them. E.164 is better, since look-ups by phone want it, but what else Kustomer takes for a
// number is not known (kustomer-api.md 2.4), and must not be refused here.
func isPhone(text string) bool {
	number := strings.TrimPrefix(text, "+")
	if !allDigits(number) {
		number = strings.TrimPrefix(phoneMarks.Replace(text), "+")
	}
	return allDigits(number) && 2 <= len(number) && len(number) <= 15
}

// allDigits reports whether text has nothing but the digits 0 to 9.
func allDigits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// isURL reports whether text is an absolute address: a scheme and what it leads to, which is a host
// for a web address.
func isURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() || !isVisible(text) {
		return false
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return u.Host != ""
	}
	return u.Host != "" || u.Opaque != "" || u.Path != ""
}

// isPath reports whether text is a path whose parts mean the same however often it is decoded and
// cleaned on its way: none is empty, "." or "..", and none hides a slash, a percent sign or a control
// character (reliability.md S13).
func isPath(text string) bool {
	rest, rooted := strings.CutPrefix(text, "/")
	if !rooted {
		return false
	}
	for part := range strings.SplitSeq(rest, "/") {
		plain, err := url.PathUnescape(part)
		if err != nil || strings.Trim(plain, ".") == "" || hasControl(plain) || strings.ContainsAny(plain, `/\%`) {
			return false
		}
		if strings.ContainsFunc(part, func(r rune) bool { return r > '~' || !isUnreserved(byte(r)) && !strings.ContainsRune("%=:@", r) }) {
			return false
		}
	}
	return true
}

// hasControl reports whether text holds a control character, or is not UTF-8.
func hasControl(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}
