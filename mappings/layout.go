package mappings

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"
)

// layout is a checked layout of dates, in Go's notation.
type layout struct {
	layout string
	source string // as written
	clock  bool   // it names a time of day
	offset bool   // it names an offset from UTC
}

// compileLayout reads a Go layout, or a strftime layout when there is a % in it. A zone's
// abbreviation (MST, %Z) is refused: Go would take any for UTC.
func compileLayout(source string) (*layout, error) {
	l := &layout{layout: source, source: source}
	if strings.Contains(source, "%") {
		translated, err := strftime.Layout(source)
		if err != nil {
			return nil, fmt.Errorf("the layout %q is not understood", source)
		}
		l.layout = translated
	}
	noon := time.Date(2001, 10, 20, 16, 17, 18, 0, time.UTC)
	if l.tells(noon.In(time.FixedZone("ABC", 0)), noon.In(time.FixedZone("DEF", 0))) {
		return nil, fmt.Errorf("the layout %q has the abbreviation of a time zone, which names no zone for certain; use an offset (-07:00, %%z)", source)
	}
	l.offset = l.tells(noon, noon.Add(-time.Hour).In(time.FixedZone("UTC", 3600)))
	l.clock = l.tells(noon, time.Date(2001, 10, 20, 5, 6, 7, 0, time.UTC))
	return l, nil
}

// tells says whether the layout writes two times differently.
func (l *layout) tells(a, b time.Time) bool { return a.Format(l.layout) != b.Format(l.layout) }

// namesDay faults a layout that does not name a day, such as one in another notation.
func (l *layout) namesDay() error {
	day := time.Date(2001, 10, 20, 0, 0, 0, 0, time.UTC)
	for _, part := range []struct {
		name  string
		other time.Time
	}{
		{"year", day.AddDate(1, 0, 0)},
		{"month", day.AddDate(0, 1, 0)},
		{"day", day.AddDate(0, 0, 1)},
	} {
		if !l.tells(day, part.other) {
			return fmt.Errorf("the layout %q names no %s", l.source, part.name)
		}
	}
	return nil
}

// parse reads a text. Without an offset it is a wall time in zone.
func (l *layout) parse(s string, zone *time.Location) (time.Time, error) {
	if len(s) > 100 {
		return time.Time{}, l.refuse(s)
	}
	t, err := time.Parse(l.layout, s)
	if err != nil || !inRange(t.Unix()) {
		return time.Time{}, l.refuse(s)
	}
	if l.offset {
		return t, nil
	}
	return inZone(t, zone, l.clock, s)
}

func (l *layout) refuse(s string) error {
	return &ValueError{Message: fmt.Sprintf("not a date (layout %s)", l.source), Value: s}
}

// inZone gives a wall time its zone. When clocks go forward some wall times do not exist, when
// they go back some exist twice: both are refused. A date without a time of day is the first
// moment of that day.
func inZone(wall time.Time, zone *time.Location, clock bool, s string) (time.Time, error) {
	found := instants(wall, zone)
	switch {
	case len(found) == 1:
		return found[0], nil
	case !clock:
		return dayStart(wall, zone), nil
	case len(found) == 0:
		return time.Time{}, &ValueError{Message: fmt.Sprintf("a time that did not exist in %s, where clocks went forward", zone), Value: s}
	}
	return time.Time{}, &ValueError{Message: fmt.Sprintf("a time that was there twice in %s, when clocks went back; it needs an offset", zone), Value: s}
}

// instants lists the moments at which clocks in zone show a wall time, earliest first.
func instants(wall time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		_, got := t.Zone()
		if got == offset && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	return found
}

// dayStart is the first moment of a day whose midnight does not exist or exists twice.
func dayStart(wall time.Time, zone *time.Location) time.Time {
	if found := instants(wall, zone); len(found) > 0 {
		return found[0]
	}
	// Clocks jump over midnight: the offset before the jump puts midnight at the jump itself.
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone()
	return wall.Add(-time.Duration(before) * time.Second).In(zone)
}

var errNotISO = errors.New("not an ISO 8601 date")

// parseISO reads RFC 3339 and the common forms of ISO 8601: 2006-01-02 or 20060102, then T or a
// space, 15:04, 15:04:05 or 150405 with any fraction, then nothing, Z, UTC, +07, +0700 or +07:00.
func parseISO(s string, zone *time.Location) (time.Time, error) {
	refused := &ValueError{Message: `not a date in ISO 8601 form (2006-01-02, 2006-01-02T15:04:05Z); give its layout: date "01/02/2006"`, Value: s}
	text, clock, offset, err := normalISO(s)
	if err != nil {
		return time.Time{}, refused
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !inRange(t.Unix()) {
		return time.Time{}, refused
	}
	if offset {
		return t, nil
	}
	return inZone(t, zone, clock, s)
}

// normalISO rewrites an ISO form as RFC 3339; without an offset it writes Z.
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

// normalClock makes 15:04, 1504, 150405 and 15:04:05,5 into 15:04:05.5.
func normalClock(s string) (string, bool) {
	whole, fraction, cut := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if cut && (fraction == "" || !allDigits(fraction)) {
		return "", false
	}
	switch {
	case len(whole) == 4 && allDigits(whole):
		whole = whole[:2] + ":" + whole[2:] + ":00"
	case len(whole) == 6 && allDigits(whole):
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

// allDigits reports whether a text has nothing but the digits 0 to 9; the empty text has nothing else.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// normalOffset makes +07 and +0700 into +07:00, and z and UTC into Z.
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
