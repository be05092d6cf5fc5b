package workbook

import (
	"strings"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"
)

// formatKind is what the number in a cell means by its format: itself, or a date or time, which is a count of days.
type formatKind byte

const (
	formatNumber formatKind = iota // also elapsed time ([h]:mm), which stays a number of days
	formatDate
	formatTime // hours, minutes, seconds and no day
)

// cellFormats returns the kind of every cell format of a workbook.
func cellFormats(lib *excelize.File) []formatKind {
	if lib.Styles == nil || lib.Styles.CellXfs == nil {
		return nil
	}
	codes := map[int]string{}
	if lib.Styles.NumFmts != nil {
		for _, f := range lib.Styles.NumFmts.NumFmt {
			codes[f.NumFmtID] = f.FormatCode
		}
	}
	known := map[int]formatKind{}
	kinds := make([]formatKind, len(lib.Styles.CellXfs.Xf))
	for i, xf := range lib.Styles.CellXfs.Xf {
		if xf.NumFmtID == nil {
			continue
		}
		id := *xf.NumFmtID
		kind, seen := known[id]
		if !seen {
			kind = formatOf(id, codes)
			known[id] = kind
		}
		kinds[i] = kind
	}
	return kinds
}

// formatOf classifies a number format: by its code, or by the number of a format that every
// spreadsheet program knows and no file spells out (ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58
// are the dates of East Asian languages).
func formatOf(id int, codes map[int]string) formatKind {
	if code, ok := codes[id]; ok {
		return classify(code)
	}
	switch {
	case id >= 18 && id <= 21, id == 45, id == 47:
		return formatTime
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return formatDate
	}
	return formatNumber
}

// classify returns the kind of a format by its code, of which it reads the section for positive numbers. What comes first
// decides between a number and a date: "ss.000" is a time, "0 d" a number with a letter after it.
func classify(code string) formatKind {
	parser := nfp.NumberFormatParser()
	sections := parser.Parse(code)
	if len(sections) == 0 || sections[0].Type == nfp.TokenSectionText {
		return formatNumber
	}
	letters, clock := "", false
	for _, token := range sections[0].Items {
		switch token.TType {
		case nfp.TokenTypeElapsedDateTimes:
			return formatNumber
		case nfp.TokenTypeZeroPlaceHolder, nfp.TokenTypeHashPlaceHolder, nfp.TokenTypeDigitalPlaceHolder:
			if letters == "" && !clock {
				return formatNumber
			}
		case nfp.TokenTypeDateTimes:
			value := strings.ToLower(token.TValue)
			if strings.Contains(value, "/") || strings.HasPrefix(value, "h") || strings.HasPrefix(value, "s") {
				clock = true // AM/PM, hours, seconds
			} else if value != "m" && value != "mm" || !clock {
				letters += value
			}
		}
	}
	switch {
	case strings.Trim(letters, "m") != "", letters != "" && !clock, strings.Contains(letters, "mmm"):
		return formatDate
	case clock:
		return formatTime
	}
	return formatNumber
}
