package workbook_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources/workbook/workbooktest"
)

func TestTypes(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	must(t, err)
	day := func(year int, month time.Month, d, h, m, s, ms int) time.Time {
		return time.Date(year, month, d, h, m, s, ms*1e6, newYork)
	}
	for _, test := range []struct {
		name, cell string // of column A, without r
		is1904     bool
		want       any
		fault      bool // the value is faulted, and want is the text in the cell
	}{
		{name: "text", cell: `<c t="inlineStr"><is><t>0012</t></is></c>`, want: "0012"},
		{name: "text in a cell shown as a date", cell: `<c s="1" t="inlineStr"><is><t>45351</t></is></c>`, want: "45351"},
		{name: "result of a formula, text", cell: `<c t="str"><f>A1</f><v>0012_x0041_</v></c>`, want: "0012A"},
		{name: "result of a formula, number", cell: `<c><f>A1</f><v>12</v></c>`, want: json.Number("12")},
		{name: "shared formula", cell: `<c><f t="shared" si="0"/><v>13</v></c>`, want: json.Number("13")},
		{name: "whole number", cell: `<c><v>12345678901234</v></c>`, want: json.Number("12345678901234")},
		{name: "phone number with exponent", cell: `<c t="n"><v>1.5551234567E10</v></c>`, want: json.Number("15551234567")},
		{name: "more digits than Excel keeps", cell: `<c><v>1234567890123456789</v></c>`, want: json.Number("1234567890123456789")},
		{name: "shown with zeros in front", cell: `<c s="8"><v>7</v></c>`, want: json.Number("7")},
		{name: "percent", cell: `<c s="5"><v>0.1234</v></c>`, want: json.Number("0.1234")},
		{name: "money", cell: `<c s="9"><v>1234.5</v></c>`, want: json.Number("1234.5")},
		{name: "number of days", cell: `<c s="11"><v>3</v></c>`, want: json.Number("3")},
		{name: "number shown as text", cell: `<c s="12"><v>12</v></c>`, want: json.Number("12")},
		{name: "noise", cell: `<c><v>0.30000000000000004</v></c>`, want: json.Number("0.3")},
		{name: "a format that is not there", cell: `<c s="999"><v>45351</v></c>`, want: "45351", fault: true},
		{name: "spaces around a number", cell: "<c><v>\n 12 \n</v></c>", want: json.Number("12")},
		{name: "true", cell: `<c t="b"><v>1</v></c>`, want: true},
		{name: "false", cell: `<c t="b"><v>0</v></c>`, want: false},
		{name: "neither", cell: `<c t="b"><v>2</v></c>`, want: "2", fault: true},
		{name: "error", cell: `<c t="e"><v>#N/A</v></c>`, want: "#N/A", fault: true},
		{name: "text that looks like an error", cell: `<c t="inlineStr"><is><t>#N/A</t></is></c>`, want: "#N/A"},

		{name: "date", cell: `<c s="1"><v>45351</v></c>`, want: day(2024, time.February, 29, 0, 0, 0, 0)},
		{name: "date and time", cell: `<c s="2"><v>45351.57326388889</v></c>`, want: day(2024, time.February, 29, 13, 45, 30, 0)},
		{name: "date in another order", cell: `<c s="6"><v>45351</v></c>`, want: day(2024, time.February, 29, 0, 0, 0, 0)},
		{name: "milliseconds", cell: `<c s="7"><v>45351.573269722220</v></c>`, want: day(2024, time.February, 29, 13, 45, 30, 504)},
		{name: "a moment before midnight is midnight", cell: `<c s="2"><v>45350.999999999996</v></c>`, want: day(2024, time.February, 29, 0, 0, 0, 0)},
		{name: "a clock time that the zone does not have", cell: `<c s="2"><v>45361.104166666664</v></c>`, want: day(2024, time.March, 10, 2, 30, 0, 0)},
		{name: "day 1", cell: `<c s="1"><v>1</v></c>`, want: day(1900, time.January, 1, 0, 0, 0, 0)},
		{name: "day 59", cell: `<c s="1"><v>59</v></c>`, want: day(1900, time.February, 28, 0, 0, 0, 0)},
		{name: "day 60", cell: `<c s="1"><v>60</v></c>`, want: "60", fault: true},
		{name: "day 61", cell: `<c s="1"><v>61</v></c>`, want: day(1900, time.March, 1, 0, 0, 0, 0)},
		{name: "last day", cell: `<c s="1"><v>2958465</v></c>`, want: day(9999, time.December, 31, 0, 0, 0, 0)},
		{name: "after the last day", cell: `<c s="1"><v>2958466</v></c>`, want: "2958466", fault: true},
		{name: "long after the last day", cell: `<c s="1"><v>1e300</v></c>`, want: "1e300", fault: true},
		{name: "before the first day", cell: `<c s="1"><v>-1</v></c>`, want: "-1", fault: true},
		{name: "no day at all", cell: `<c s="1"><v>0.5</v></c>`, want: "12:00:00"},
		{name: "time of day", cell: `<c s="3"><v>0.5732638888888889</v></c>`, want: "13:45:30"},
		{name: "minutes and tenths", cell: `<c s="10"><v>0.00070023148</v></c>`, want: "00:01:00.5"},
		{name: "date shown as a time", cell: `<c s="3"><v>45351.5</v></c>`, want: day(2024, time.February, 29, 12, 0, 0, 0)},
		{name: "elapsed time", cell: `<c s="4"><v>1.5</v></c>`, want: json.Number("1.5")},
		{name: "date that is no number", cell: `<c s="1"><v>x</v></c>`, want: "x", fault: true},
		{name: "result of a formula, date", cell: `<c s="1"><f>TODAY()</f><v>45351</v></c>`, want: day(2024, time.February, 29, 0, 0, 0, 0)},

		{name: "1904, day 0", is1904: true, cell: `<c s="1"><v>0</v></c>`, want: day(1904, time.January, 1, 0, 0, 0, 0)},
		{name: "1904, day 60", is1904: true, cell: `<c s="1"><v>60</v></c>`, want: day(1904, time.March, 1, 0, 0, 0, 0)},
		{name: "1904, date", is1904: true, cell: `<c s="2"><v>43889.5</v></c>`, want: day(2024, time.February, 29, 12, 0, 0, 0)},
		{name: "1904, time of day", is1904: true, cell: `<c s="3"><v>0.25</v></c>`, want: "06:00:00"},
		{name: "1904, last day", is1904: true, cell: `<c s="1"><v>2957003</v></c>`, want: day(9999, time.December, 31, 0, 0, 0, 0)},

		{name: "ISO with offset", cell: `<c t="d"><v>2024-02-29T13:45:30Z</v></c>`, want: time.Date(2024, time.February, 29, 13, 45, 30, 0, time.UTC)},
		{name: "ISO without offset", cell: `<c t="d"><v>2024-02-29T13:45:30.5</v></c>`, want: day(2024, time.February, 29, 13, 45, 30, 500)},
		{name: "ISO day", cell: `<c t="d"><v>2024-02-29</v></c>`, want: day(2024, time.February, 29, 0, 0, 0, 0)},
		{name: "ISO time", cell: `<c t="d"><v>T13:45:30</v></c>`, want: "13:45:30"},
		{name: "ISO that is none", cell: `<c t="d"><v>29.2.2024</v></c>`, want: "29.2.2024", fault: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := workbooktest.Book(`<row r="2">` + test.cell + `<c t="s"><v>0</v></c></row>`)
			if test.is1904 {
				p = p.Edit("xl/workbook.xml", "<workbookPr/>", `<workbookPr date1904="1"/>`)
			}
			path := filepath.Join(t.TempDir(), "in.xlsx")
			write(t, path, p.Zip())
			rows, err := readSheetIn(t, path, 0, newYork)
			if err != nil || len(rows) != 1 || (rows[0].faults["A"] != nil) != test.fault || rows[0].faults["B"] != nil {
				t.Fatalf("rows = %v, %v", rows, err)
			}
			if diff := cmp.Diff(map[string]any{"A": test.want, "B": "first"}, rows[0].values); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
