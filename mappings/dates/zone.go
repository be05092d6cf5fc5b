package dates

import (
	"fmt"
	"time"

	"github.com/kustsync/kustsync/mappings/values"
)

// inZone returns the moment at which clocks in zone show a time of day; text is the text that it was read from.
// When clocks go forward some times of day do not exist, and when they go back some exist twice: both are an
// error. A date without a time of day is the first moment of that day.
func inZone(shown time.Time, zone *time.Location, clock bool, text string) (time.Time, error) {
	found := instants(shown, zone)
	switch {
	case len(found) == 1:
		return found[0], nil
	case !clock:
		return dayStart(shown, zone), nil
	case len(found) == 0:
		return time.Time{}, &values.Error{Message: fmt.Sprintf("a time that did not exist in %s, where clocks went forward", zone), Value: text}
	}
	return time.Time{}, &values.Error{Message: fmt.Sprintf("a time that was there twice in %s, when clocks went back; it needs an offset", zone), Value: text}
}

// instants lists the moments at which clocks in zone show a time of day, the earliest first.
func instants(shown time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := shown.Add(near).In(zone).Zone()
		t := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		_, got := t.Zone()
		if got == offset && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	return found
}

// dayStart returns the first moment of a day whose midnight does not exist or exists twice.
func dayStart(midnight time.Time, zone *time.Location) time.Time {
	if found := instants(midnight, zone); len(found) > 0 {
		return found[0]
	}
	// Clocks jump over midnight: the offset before the jump puts midnight at the jump itself.
	_, before := midnight.Add(-24 * time.Hour).In(zone).Zone()
	return midnight.Add(-time.Duration(before) * time.Second).In(zone)
}
