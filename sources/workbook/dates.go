package workbook

import (
	"math"
	"time"
)

const (
	dayMillis  = 24 * 60 * 60 * 1000
	leapSerial = 60        // 29 February 1900: a day that never was, which Excel has in common with Lotus 1-2-3
	lastSerial = 2_958_465 // 31 December 9999
	days1904   = 1_462     // from 1 January 1900, counted as 1, to 1 January 1904, counted as 0
)

// serialDate turns a day number into a time in zone, to the millisecond. A number below one is a time of day, as text:
// 0.5 is "12:00:00". In workbooks that count from 1904 it is one only when its format shows no day.
func serialDate(serial float64, kind formatKind, date1904 bool, zone *time.Location) (any, *Fault) {
	millis := math.Round(serial * dayMillis)
	days := math.Floor(millis / dayMillis)
	rest := time.Duration(millis-days*dayMillis) * time.Millisecond // since midnight
	switch {
	case math.IsNaN(serial) || days < 0:
		return nil, &Fault{"is shown as a date and lies before 1900", HintCorrect}
	case days == 0 && (!date1904 || kind == formatTime):
		return clockText(rest), nil
	case date1904:
		days += days1904
	case days == leapSerial:
		return nil, &Fault{"is 29 February 1900, a day that never was", HintCorrect}
	}
	if days > lastSerial {
		return nil, &Fault{"is shown as a date and lies after 9999", HintCorrect}
	}
	// Day 1 is 1 January 1900; all days after the day that never was have a number that is one too high.
	day := int(days)
	if day > leapSerial {
		day--
	}
	clock := time.Time{}.Add(rest)
	return time.Date(1900, time.January, day, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), zone), nil
}

// clockText returns a time of day as text, with milliseconds when it has some.
func clockText(t time.Duration) string {
	return time.Time{}.Add(t).Format("15:04:05.999")
}

// isoLayouts are the forms that the date in a cell of type d may have. A date without an offset is in the zone of the
// source.
var isoLayouts = [...]string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04",
	"2006-01-02",
}

// isoDate reads a date that the file has as text. A time of day stays text.
func isoDate(text string, zone *time.Location) (any, *Fault) {
	for _, layout := range isoLayouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	for _, layout := range [...]string{"15:04:05.999999999", "T15:04:05.999999999", "15:04:05Z", "T15:04:05Z", "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format("15:04:05.999"), nil
		}
	}
	return nil, &Fault{"is marked as a date and is none", HintCorrect}
}
