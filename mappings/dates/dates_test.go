package dates

import (
	"errors"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/mappings/values"
)

// The functions date, formatDate and addDays have their tables of cases in mappings/functions/values_test.go.

func zone(t *rapid.T) *time.Location {
	name := rapid.SampledFrom([]string{"UTC", "America/New_York", "America/Santiago", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"}).Draw(t, "zone")
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func moment(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "unix"), 0)
}

// TestWriteThenRead: a date that has an offset is read as the moment that was written. Without one it is read as a
// moment at which clocks show the same, or refused because it exists twice.
func TestWriteThenRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, at := zone(t), moment(t)
		for _, form := range []string{"2006-01-02 15:04:05", "02.01.2006 15:04:05 -07:00", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S %z"} {
			layout, err := ParseLayout(form)
			if err != nil {
				t.Fatal(err)
			}
			text := layout.Write(at.In(in))
			got, err := layout.Read(text, in)
			switch {
			case layout.offset && (err != nil || !got.Equal(at)):
				t.Fatalf("%s: %q is read as %v, %v", form, text, got, err)
			case err != nil && !twice(at, in):
				t.Fatalf("%s: %q: %v", form, text, err)
			case err == nil && layout.Write(got.In(in)) != text:
				t.Fatalf("%s: %q is read as %v", form, text, got)
			}
		}
	})
}

// twice reports whether clocks in a zone show at another moment, within three hours, what they show at this one.
func twice(at time.Time, in *time.Location) bool {
	const form = "2006-01-02 15:04:05"
	for shift := -3 * time.Hour; shift <= 3*time.Hour; shift += 15 * time.Minute {
		if shift != 0 && at.Add(shift).In(in).Format(form) == at.In(in).Format(form) {
			return true
		}
	}
	return false
}

// TestForms: all forms of ISO 8601 that name one moment are read as that moment.
func TestForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := moment(t)
		utc := at.UTC()
		for _, form := range []string{
			"2006-01-02T15:04:05Z", "20060102T150405Z", "2006-01-02 15:04:05 UTC", "2006-01-02t15:04:05z", "2006-01-02T15:04:05.000Z",
			"2006-01-02T15:04:05,000Z", "2006-01-02T15:04:05+00:00", "20060102T150405-00",
		} {
			text := utc.Format(form)
			if got, err := ReadISO(text, time.Local); err != nil || !got.Equal(at) {
				t.Fatalf("ReadISO(%q) = %v, %v, want %v", text, got, err, utc)
			}
		}
		ms := at.UnixMilli()
		if got, err := ReadUnix(strconv.FormatInt(ms, 10), 1000); err != nil || !got.Equal(at) {
			t.Fatalf("ReadUnix(%d) = %v, %v, want %v", ms, got, err, utc)
		}
	})
}

// TestUnixRoundsDown: of a fraction beyond nanoseconds the nanosecond before counts, also before 1970.
func TestUnixRoundsDown(t *testing.T) {
	for text, want := range map[string]time.Time{
		"0.0000000019":  time.Unix(0, 1),
		"-0.0000000001": time.Unix(0, -1),
		"-1.5":          time.Unix(-2, 5e8),
	} {
		if got, err := ReadUnix(text, 1); err != nil || !got.Equal(want) {
			t.Errorf("ReadUnix(%q) = %v, %v, want %v", text, got, err, want.UTC())
		}
	}
}

// TestRefused: what is no date is a *values.Error that has the text in Value.
func TestRefused(t *testing.T) {
	layout, err := ParseLayout("01/02/2006")
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(string) (time.Time, error){
		"layout": func(s string) (time.Time, error) { return layout.Read(s, time.UTC) },
		"ISO":    func(s string) (time.Time, error) { return ReadISO(s, time.UTC) },
		"unix":   func(s string) (time.Time, error) { return ReadUnix(s, 1) },
	} {
		for _, text := range []string{"", "x", "2024-13-01", "99999999999999999999", "0000-00-00T00:00:00Z"} {
			var wrong *values.Error
			if got, err := read(text); !errors.As(err, &wrong) || wrong.Value != text {
				t.Errorf("%s of %q: %v, %v", name, text, got, err)
			}
		}
	}
}

// TestLayouts: a layout must name a day and no abbreviation of a zone.
func TestLayouts(t *testing.T) {
	for written, want := range map[string]struct{ ok, day bool }{
		"2006-01-02": {true, true}, "%Y-%m-%d": {true, true}, "%s": {false, false}, "15:04": {true, false}, "YYYY-MM-DD": {true, false},
		"2006-01-02 MST": {false, false}, "%Y-%m-%d %Z": {false, false}, "Jan 2": {true, false},
	} {
		layout, err := ParseLayout(written)
		if (err == nil) != want.ok || err == nil && (layout.NamesDay() == nil) != want.day {
			t.Errorf("%s: %v", written, err)
		}
	}
}
