package workbook

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestCleanNumber(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "7": "7", "-7": "-7", "007": "7", "+7": "7", "7.0": "7", "1.50": "1.5", ".5": "0.5", "5.": "5",
		"12345678901234":               "12345678901234",
		"999999999999999":              "999999999999999",
		"1234567890123456789012345":    "1234567890123456789012345",
		"1.2345678901234E+13":          "12345678901234",
		"1.234567890123456E+15":        "1234567890123456",
		"1.2345678901234568E+19":       "12345678901234600000",
		"3.3E+11":                      "330000000000",
		"1E+100":                       "1e+100",
		"1e-7":                         "0.0000001",
		"0.30000000000000004":          "0.3",
		"19.989999999999998":           "19.99",
		"1.1000000000000001":           "1.1",
		"-2.2999999999999998":          "-2.3",
		"0.1234567890123456":           "0.123456789012346",
		"4.9406564584124654E-324":      "5e-324",
		strings.Repeat("9", 16) + ".5": "10000000000000000",
	} {
		if got, fault := cleanNumber(text); fault != nil || got != json.Number(want) {
			t.Errorf("cleanNumber(%s) = %s, %v; want %s", text, got, fault, want)
		}
	}
	for _, text := range []string{"x", "1,5", "1 2", "NaN", "Inf", "-infinity", "0x10", "0x1p-2", "1_000", "1e999", "--1", "-", "1e", "٣"} {
		if got, fault := cleanNumber(text); fault == nil {
			t.Errorf("cleanNumber(%s) = %s, want a fault", text, got)
		}
	}
}

// A number of up to 15 digits is read as it was typed, though it is stored with 17 digits.
func TestCleanNumberGivesBackWhatWasTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, "digits")
		typed, _ := strconv.ParseFloat(strconv.FormatInt(digits, 10)+"e"+strconv.Itoa(rapid.IntRange(-15, 0).Draw(t, "exponent")), 64)
		stored := strconv.FormatFloat(typed, 'E', 16, 64) // 17 digits, as Excel writes
		got, fault := cleanNumber(stored)
		if fault != nil || !json.Valid([]byte(got)) {
			t.Fatalf("cleanNumber(%s) = %q, %v", stored, got, fault)
		}
		back, err := got.Float64()
		if err != nil || math.Abs(back-typed) > math.Abs(typed)*1e-15 {
			t.Fatalf("cleanNumber(%s) = %s", stored, got)
		}
		if want := strconv.FormatFloat(typed, 'f', -1, 64); string(got) != want && want != "-0" {
			t.Fatalf("cleanNumber(%s) = %s, want %s", stored, got, want)
		}
	})
}

func TestClassify(t *testing.T) {
	for code, want := range map[string]formatKind{
		"General": formatNumber, "0": formatNumber, "": formatNumber, "@": formatNumber, ";;;": formatNumber,
		"0.00E+00": formatNumber, "# ?/?": formatNumber, "#,##0.00 \"d\"": formatNumber, `0\d`: formatNumber, "0 d": formatNumber,
		`_-* #,##0.00\ _D_M_-;-* #,##0.00\ _D_M_-`: formatNumber, "[$€-407] #,##0.00": formatNumber, "[Red]0;[Blue]-0": formatNumber,
		"[>=1000]0.0,\"k\";0": formatNumber, "0;0;0;yyyy": formatNumber, "[Magenta]0": formatNumber, "General\" d\"": formatNumber,
		"[h]:mm:ss": formatNumber, "[mm]:ss": formatNumber, "[s]": formatNumber, "[hh]:mm": formatNumber,
		"yyyy-mm-dd": formatDate, "mm-dd-yy": formatDate, "YYYY/MM/DD": formatDate, "d.m.yy;@": formatDate, "mmm": formatDate, "m": formatDate,
		"[$-F800]dddd, mmmm dd, yyyy": formatDate, "[$-409]m/d/yy h:mm AM/PM;@": formatDate, "[ENG][$-409]d\\-mmm;@": formatDate,
		`[$-411]ggge"年"m"月"d"日";@`: formatDate, `yyyy\-mm\-dd\Thh:mm:ss.000`: formatDate, "[Black]d": formatDate, "h:mm d": formatDate,
		"h:mm": formatTime, "h:mm AM/PM": formatTime, "mm:ss.0": formatTime, "ss.000": formatTime, "[$-F400]h:mm:ss AM/PM": formatTime,
		`上午/下午hh"時"mm"分"`: formatTime, "A/P h": formatTime,
	} {
		if got := classify(code); got != want {
			t.Errorf("classify(%q) = %d, want %d", code, got, want)
		}
	}
	for id, want := range map[int]formatKind{
		0: formatNumber, 4: formatNumber, 9: formatNumber, 13: formatNumber, 14: formatDate, 17: formatDate, 18: formatTime, 21: formatTime,
		22: formatDate, 30: formatDate, 37: formatNumber, 44: formatNumber, 45: formatTime, 46: formatNumber, 47: formatTime, 49: formatNumber, 57: formatDate, 163: formatNumber,
	} {
		if got := formatOf(id, nil); got != want {
			t.Errorf("format %d = %d, want %d", id, got, want)
		}
	}
	if got := formatOf(14, map[int]string{14: "0.00"}); got != formatNumber {
		t.Error("a code that a workbook gives for 14 does not count")
	}
}

// Dates are those of the library, which rounds to the second.
func TestSerialDateAgreesWithLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		is1904 := rapid.Bool().Draw(t, "1904")
		serial := float64(rapid.IntRange(61, lastSerial-days1904).Draw(t, "day")) + float64(rapid.IntRange(0, 86399).Draw(t, "second"))/86400
		got, fault := serialDate(serial, formatDate, is1904, time.UTC)
		if fault != nil {
			t.Fatal(fault)
		}
		want, err := excelize.ExcelDateToTime(serial, is1904)
		if err != nil {
			t.Fatal(err)
		}
		if d := want.Sub(got.(time.Time)).Abs(); d > 500*time.Millisecond {
			t.Fatalf("%v is %v, the library says %v", serial, got, want)
		}
	})
}

func TestSerialDateNeverPanics(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64} {
		for _, kind := range []formatKind{formatDate, formatTime} {
			if got, fault := serialDate(f, kind, true, time.UTC); fault == nil && f != math.SmallestNonzeroFloat64 {
				t.Errorf("serialDate(%v) = %v", f, got)
			}
		}
	}
}
