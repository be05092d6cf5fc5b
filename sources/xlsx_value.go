package sources

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cellValues turns cells into the values of a row.
type cellValues struct {
	formats  []formatKind
	date1904 bool
	zone     *time.Location // of date cells, which have none
	nulls    []string       // texts that mean null
}

// cellFault says why a cell has no value that can be used.
type cellFault struct{ what, hint string }

func (f *cellFault) Error() string { return f.what }

const mendHint = "correct the cell and save the workbook"

var (
	noResult  = &cellFault{"holds a formula without its result", "open the workbook in Excel and save it, so that the formula is computed"}
	noNumber  = &cellFault{"is marked as a number and is none", mendHint}
	noFormat  = &cellFault{"has a format that the workbook does not describe, so that it may be a date", repairHint}
	noBoolean = &cellFault{"is marked as true or false and is neither", mendHint}
)

// value gives a cell's value as a string, json.Number, bool, time.Time, or nil for a null. A cell that
// has no usable value gives what is in it as text, and a *cellFault.
func (v *cellValues) value(c *sheetCell) (any, error) {
	text := string(c.text)
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
		err   error
	)
	switch c.kind {
	case cellError:
		err = &cellFault{"holds the error " + errorCode(text), mendHint}
	case cellBool:
		value, err = cellBoolean(text)
	case cellDate:
		value, err = isoDate(text, v.zone)
	case cellNumber:
		value, err = v.number(text, c.style)
	default:
		return text, nil
	}
	if err != nil {
		return text, err
	}
	return value, nil
}

// errorCode keeps an error's name, such as #N/A, and nothing that may be a value.
func errorCode(text string) string {
	if len(text) > 20 || !strings.HasPrefix(text, "#") {
		return "#ERROR"
	}
	return text
}

func cellBoolean(text string) (bool, error) {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, noBoolean
	}
	return b, nil
}

func (v *cellValues) number(text string, style int) (any, error) {
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

// cleanNumber gives a number as its decimal digits. Whole numbers keep each digit that the file has.
// Others get the 15 significant digits that a spreadsheet computes with, so that 0.1+0.2, which is
// stored as 0.30000000000000004, is 0.3.
func cleanNumber(text string) (json.Number, error) {
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

// isWholeNumber tells digits, with at most a minus and no leading zero: a number that JSON writes the
// same way.
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
