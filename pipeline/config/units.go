package config

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The errors of this file say what to write: they are shown as the fix of a diagnostic.

// ParseBudget reads the share of the rate limit that a run may spend: "80%" is 0.8. Its error says
// what a share looks like.
func ParseBudget(text string) (float64, error) {
	percent, ok := parsePercent(text)
	if !ok || percent == 0 {
		return 0, errors.New(`write a share above 0% and up to 100%, such as "80%"`)
	}
	return percent / 100, nil
}

// ParseMaxErrors reads how many rows may be rejected: a number, or a share such as "10%". Its error
// says what these look like.
func ParseMaxErrors(text string) (Budget, error) {
	if rows, err := strconv.Atoi(text); err == nil && rows >= 0 {
		return Budget{Rows: rows}, nil
	}
	percent, ok := parsePercent(text)
	if !ok {
		return Budget{}, errors.New(`write a number of rows such as 500, or a share up to 100% such as "10%"`)
	}
	return Budget{Percent: percent}, nil
}

// parseShare reads a share up to 100%: "20%" is 0.2.
func parseShare(text string) (float64, error) {
	percent, ok := parsePercent(text)
	if !ok {
		return 0, errors.New(`write a share up to 100%, such as "20%"`)
	}
	return percent / 100, nil
}

var percentShape = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,6})?%$`)

func parsePercent(text string) (float64, bool) {
	if !percentShape.MatchString(text) {
		return 0, false
	}
	p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	return p, err == nil && p <= 100
}

// parseDuration reads "30s", "15m", "1h30m".
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errors.New("write a duration such as 30s or 15m")
	}
	return d, nil
}

// parseTimeout reads a duration above 0.
func parseTimeout(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && d == 0 {
		err = errors.New("write a duration above 0, such as 30s")
	}
	return d, err
}

// parseZone reads the IANA name of a time zone.
func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		return nil, errors.New(`write the IANA name of a zone, such as "America/New_York"`)
	}
	return zone, nil
}

// sizeUnits are the units of max_unpacked.
var sizeUnits = map[string]int64{
	"": 1, "B": 1,
	"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// parseSize reads a number of bytes: "8GiB", "500 MB", "1048576".
func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "BKMGTi ")
	unit, ok := sizeUnits[strings.TrimSpace(text[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || n > math.MaxInt64/unit {
		return 0, errors.New("write a size such as 8GiB")
	}
	return n * unit, nil
}
