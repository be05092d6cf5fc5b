package workbook

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Values turns the cells of a workbook into values.
type Values struct {
	formats  []formatKind
	date1904 bool
	zone     *time.Location
	nulls    []string
}

// Values returns what turns cells of the workbook into values. The zone is that of date cells, which have none of
// their own; cells whose text is among nulls are null.
func (b *Book) Values(zone *time.Location, nulls []string) *Values {
	return &Values{formats: b.formats, date1904: b.date1904, zone: zone, nulls: nulls}
}

var (
	noResult  = &Fault{"holds a formula without its result", "open the workbook in Excel and save it, so that the formula is computed"}
	noNumber  = &Fault{"is marked as a number and is none", HintCorrect}
	noFormat  = &Fault{"has a format that the workbook does not describe, so that it may be a date", HintRepair}
	noBoolean = &Fault{"is marked as true or false and is neither", HintCorrect}
)

// Of returns the value of a cell: a string, json.Number, bool, time.Time, or nil for a null.
//
//   - A number keeps the digits that it has in Excel: whole numbers all, others 15. With a date format it is a
//     time.Time. A time of day is text ("15:04:05"), an elapsed time ([h]:mm) a number of days.
//   - A text that means null is null before it is anything else, so that "#N/A" may be one.
//
// A cell without a value that can be used gives what is in it as text, and a Fault whose Message continues the
// sentence "the cell B7 ".
func (v *Values) Of(c *Cell) (any, *Fault) {
	text := string(c.Text)
	if c.pending() {
		return "", noResult
	}
	if slices.Contains(v.nulls, text) {
		return nil, nil
	}
	if text == "" {
		return "", nil
	}
	var (
		value any
		fault *Fault
	)
	switch c.kind {
	case cellError:
		fault = &Fault{"holds the error " + errorCode(text), HintCorrect}
	case cellBool:
		value, fault = cellBoolean(text)
	case cellDate:
		value, fault = isoDate(text, v.zone)
	case cellNumber:
		value, fault = v.number(text, c.style)
	default:
		return text, nil
	}
	if fault != nil {
		return text, fault
	}
	return value, nil
}

// errorCode returns the name of an error, such as #N/A, and nothing that may be a value.
func errorCode(text string) string {
	if len(text) > 20 || !strings.HasPrefix(text, "#") {
		return "#ERROR"
	}
	return text
}

// cellBoolean reads true or false.
func cellBoolean(text string) (bool, *Fault) {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, noBoolean
	}
	return b, nil
}

// number returns the value of a number with a format.
func (v *Values) number(text string, style int) (any, *Fault) {
	kind := formatNumber
	switch {
	case style < len(v.formats):
		kind = v.formats[style]
	case len(v.formats) > 0:
		return nil, noFormat
	}
	if kind == formatNumber {
		return cleanNumber(text)
	}
	serial, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, noNumber
	}
	return serialDate(serial, kind, v.date1904, v.zone)
}

// cleanNumber returns a number as its decimal digits. Whole numbers keep each digit that the file has.
// Others get the 15 significant digits that a spreadsheet computes with, so that 0.1+0.2, which is
// stored as 0.30000000000000004, is 0.3.
func cleanNumber(text string) (json.Number, *Fault) {
	if isWholeNumber(text) {
		return json.Number(text), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xXpP_") {
		return "", noNumber
	}
	const exact = 1 << 53 // below it, a float holds each whole number exactly
	if f != math.Trunc(f) || math.Abs(f) >= exact {
		f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	}
	if f == 0 {
		return "0", nil
	}
	const longest = 1e21
	if a := math.Abs(f); a >= longest || a < 1/longest {
		return json.Number(strconv.FormatFloat(f, 'e', -1, 64)), nil
	}
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), nil
}

// isWholeNumber reports whether text is digits, with at most a minus before them and no leading zero: a number that JSON
// writes in the same way.
func isWholeNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > 300 || digits[0] == '0' && text != "0" {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}
