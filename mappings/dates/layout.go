// Package dates reads and writes the dates of templates: layouts, ISO 8601, seconds since 1970, and the clocks of
// time zones.
package dates

import (
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"

	"github.com/kustsync/kustsync/mappings/values"
)

// maxDate is the longest text that is read by a layout, in bytes.
const maxDate = 100

// Layout is the layout of a date, such as "2006-01-02 15:04" or "%d.%m.%Y".
type Layout struct {
	written string // as the template has it
	layout  string // in Go's notation
	clock   bool   // it has a time of day
	offset  bool   // it has an offset from UTC
}

// ParseLayout reads a Go layout, or a strftime layout when there is a % in it. A layout with the abbreviation of a
// time zone (MST, %Z) is an error: Go would take any abbreviation for UTC.
func ParseLayout(written string) (*Layout, error) {
	l := &Layout{layout: written, written: written}
	if strings.Contains(written, "%") {
		translated, err := strftime.Layout(written)
		if err != nil {
			return nil, fmt.Errorf("the layout %q is not understood", written)
		}
		l.layout = translated
	}
	noon := time.Date(2001, 10, 20, 16, 17, 18, 0, time.UTC)
	if l.tells(noon.In(time.FixedZone("ABC", 0)), noon.In(time.FixedZone("DEF", 0))) {
		return nil, fmt.Errorf("the layout %q has the abbreviation of a time zone, which names no zone for certain; use an offset (-07:00, %%z)", written)
	}
	l.offset = l.tells(noon, noon.Add(-time.Hour).In(time.FixedZone("UTC", 3600)))
	l.clock = l.tells(noon, time.Date(2001, 10, 20, 5, 6, 7, 0, time.UTC))
	return l, nil
}

// tells reports whether the layout writes two times differently.
func (l *Layout) tells(a, b time.Time) bool { return a.Format(l.layout) != b.Format(l.layout) }

// NamesDay returns an error for a layout without a year, a month or a day. Most often such a layout is written in
// a notation that is neither Go's nor strftime's.
func (l *Layout) NamesDay() error {
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
			return fmt.Errorf("the layout %q names no %s", l.written, part.name)
		}
	}
	return nil
}

// Read reads a text of at most 100 bytes. Without an offset in the layout it is the time that clocks in zone
// show. The error is a *values.Error.
func (l *Layout) Read(text string, zone *time.Location) (time.Time, error) {
	if len(text) > maxDate {
		return time.Time{}, l.refuse(text)
	}
	t, err := time.Parse(l.layout, text)
	if err != nil || !InRange(t) {
		return time.Time{}, l.refuse(text)
	}
	if l.offset {
		return t, nil
	}
	return inZone(t, zone, l.clock, text)
}

func (l *Layout) refuse(text string) error {
	return &values.Error{Message: fmt.Sprintf("not a date (layout %s)", l.written), Value: text}
}

// Write returns the text of a time in its own zone.
func (l *Layout) Write(t time.Time) string { return t.Format(l.layout) }

// InRange reports whether a time is within the years 1 to 9999, which ISO 8601 writes with four digits.
func InRange(t time.Time) bool { return secondsInRange(t.Unix()) }

func secondsInRange(unix int64) bool {
	const first, last = -62135596800, 253402300799
	return unix >= first && unix <= last
}
