package dates

import (
	"errors"
	"strings"
	"time"

	"github.com/kustsync/kustsync/mappings/values"
)

var errNotISO = errors.New("not an ISO 8601 date")

// ReadISO reads RFC 3339 and the common forms of ISO 8601: 2006-01-02 or 20060102, then T or a space, 15:04,
// 15:04:05 or 150405 with any fraction, then nothing, Z, UTC, +07, +0700 or +07:00. Without an offset it is the
// time that clocks in zone show. The error is a *values.Error.
func ReadISO(text string, zone *time.Location) (time.Time, error) {
	refused := &values.Error{Message: `not a date in ISO 8601 form (2006-01-02, 2006-01-02T15:04:05Z); give its layout: date "01/02/2006"`, Value: text}
	normal, clock, offset, err := normalISO(text)
	if err != nil {
		return time.Time{}, refused
	}
	t, err := time.Parse(time.RFC3339Nano, normal)
	if err != nil || !InRange(t) {
		return time.Time{}, refused
	}
	if offset {
		return t, nil
	}
	return inZone(t, zone, clock, text)
}

// normalISO writes a form of ISO 8601 as RFC 3339, with Z where there is no offset. clock and offset report
// whether the text has a time of day and an offset.
func normalISO(s string) (text string, clock, offset bool, err error) {
	if len(s) < 8 || len(s) > 64 {
		return "", false, false, errNotISO
	}
	date, rest := s[:8], s[8:]
	if s[4] == '-' {
		if len(s) < 10 {
			return "", false, false, errNotISO
		}
		date, rest = s[:10], s[10:]
	} else {
		date = date[:4] + "-" + date[4:6] + "-" + date[6:]
	}
	if rest == "" {
		return date + "T00:00:00Z", false, false, nil
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return "", false, false, errNotISO
	}
	end := strings.IndexAny(rest[1:], "Zz+-U ") + 1
	if end == 0 {
		end = len(rest)
	}
	hours, ok := normalClock(rest[1:end])
	shift, okZone := normalOffset(strings.TrimPrefix(rest[end:], " "))
	if !ok || !okZone {
		return "", false, false, errNotISO
	}
	if shift == "" {
		return date + "T" + hours + "Z", true, false, nil
	}
	return date + "T" + hours + shift, true, true, nil
}

// normalClock writes 15:04, 1504, 150405 and 15:04:05,5 in the form of 15:04:05.5; false: the text is no time of day.
func normalClock(s string) (string, bool) {
	whole, fraction, cut := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if cut && (fraction == "" || !isDigits(fraction)) {
		return "", false
	}
	switch {
	case len(whole) == 4 && isDigits(whole):
		whole = whole[:2] + ":" + whole[2:] + ":00"
	case len(whole) == 6 && isDigits(whole):
		whole = whole[:2] + ":" + whole[2:4] + ":" + whole[4:]
	case len(whole) == 5 && !cut:
		whole += ":00"
	case len(whole) != 8:
		return "", false
	}
	if cut {
		whole += "." + fraction
	}
	return whole, true
}

// isDigits reports whether a text has nothing but the digits 0 to 9; the empty text has nothing else.
func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// normalOffset writes +07 and +0700 as +07:00, and z and UTC as Z; false: the text is no offset.
func normalOffset(s string) (string, bool) {
	switch {
	case s == "":
		return "", true
	case s == "Z" || s == "z" || s == "UTC":
		return "Z", true
	case s[0] != '+' && s[0] != '-':
		return "", false
	case len(s) == 3:
		return s + ":00", true
	case len(s) == 5:
		return s[:3] + ":" + s[3:], true
	}
	return s, len(s) == 6
}
