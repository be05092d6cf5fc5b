package wire

import "time"

// layout is how Kustomer writes a time: UTC with milliseconds (kustomer-api.md 1.6).
const layout = "2006-01-02T15:04:05.000Z"

// FormatTime writes a time as Kustomer does: in UTC, with milliseconds.
func FormatTime(t time.Time) string { return t.UTC().Format(layout) }

// Now is the time as Kustomer writes it.
func Now() string { return FormatTime(time.Now()) }

// ParseTime reads an ISO 8601 date and time with an offset.
func ParseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}
