package functions

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

// conversion is a template over {{ .x }}, the value of x, and what the template prints; "!" and words: an error with
// these words.
type conversion struct {
	template string
	x        any
	want     string
}

func checkConversions(t *testing.T, o mappings.Options, tests []conversion) {
	t.Helper()
	for _, tt := range tests {
		e, diagnostics := compileText(mappings.Text{Value: tt.template}, o)
		if len(diagnostics) > 0 {
			t.Errorf("%s: %v", tt.template, diagnostics)
			continue
		}
		got, err := e.Text(&mappings.Input{Row: mapRow{"x": tt.x}})
		if words, refused := strings.CutPrefix(tt.want, "!"); refused {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s of %#v: got %q, %v; want an error with %q", tt.template, tt.x, got, err, words)
			}
		} else if err != nil || got != tt.want {
			t.Errorf("%s of %#v: got %q, %v; want %q", tt.template, tt.x, got, err, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	n := func(s string) json.Number { return json.Number(s) }
	checkConversions(t, mappings.Options{}, []conversion{
		{`{{ .x }}`, n("1.234567E+06"), "1234567"},
		{`{{ .x }}`, n("12345678901234567890123"), "12345678901234567890123"},
		{`{{ .x }}`, n("1e-3"), "0.001"},
		{`{{ .x }}`, n("1e999999"), "1e999999"},
		{`{{ .x }}`, 1234567.0, "1234567"},
		{`{{ .x }}`, 0.1, "0.1"},
		{`{{ int .x }}`, "", ""}, {`{{ int .x }}`, nil, ""}, {`{{ int .x }}`, " 12 ", "12"},
		{`{{ int .x }}`, "077", "77"}, {`{{ int .x }}`, "-5", "-5"}, {`{{ int .x }}`, "+5", "5"},
		{`{{ int .x }}`, "12.0", "12"}, {`{{ int .x }}`, n("12.00"), "12"}, {`{{ int .x }}`, "12.5", "!not a whole"},
		{`{{ int .x }}`, "12a", "!not a whole"}, {`{{ int .x }}`, "3.3E+11", "!scientific"}, {`{{ int .x }}`, n("3.3E+11"), "!scientific"},
		{`{{ int .x }}`, "0x10", "!not a whole"}, {`{{ int .x }}`, "1_000", "!not a whole"}, {`{{ int .x }}`, "1,000", "!not a whole"},
		{`{{ int .x }}`, "--1", "!not a whole"}, {`{{ int .x }}`, "-", "!not a whole"}, {`{{ int .x }}`, ".", "!not a whole"},
		{`{{ int .x }}`, "99999999999999999999", "99999999999999999999"}, {`{{ int .x }}`, strings.Repeat("9", 401), "!400 digits"},
		{`{{ int .x }}`, 3.0, "3"}, {`{{ int .x }}`, 3.5, "!not a whole"}, {`{{ int .x }}`, true, "!wants a number"},
		{`{{ number .x }}`, "", ""}, {`{{ number .x }}`, "1.10", "1.1"}, {`{{ number .x }}`, "007.50", "7.5"}, {`{{ number .x }}`, ".5", "0.5"},
		{`{{ number .x }}`, "-0", "0"}, {`{{ number .x }}`, "1e3", "1000"}, {`{{ number .x }}`, "1,234.5", "!not a number"}, {`{{ number .x }}`, "$5", "!not a number"},
		{`{{ number .x }}`, "1/2", "!not a number"}, {`{{ number .x }}`, "NaN", "!not a number"}, {`{{ number .x }}`, "Infinity", "!not a number"}, {`{{ number .x }}`, "1e999999999", "!400 digits"},
		{`{{ add .x 0.2 }}`, "0.1", "0.3"}, {`{{ add .x 1 }}`, "", "!default 0"}, {`{{ add .x 1 }}`, "x", "!not a number"},
		{`{{ add (default 0 .x) 1 }}`, nil, "1"},
		{`{{ mul .x .x }}`, "99999999999", "9999999999800000000001"}, {`{{ div .x 3 }}`, 10, "3.333333333333"}, {`{{ div .x 4 }}`, 10, "2.5"},
		{`{{ div .x 0 }}`, 1, "!division by zero"}, {`{{ mod .x 3 }}`, -7, "-1"}, {`{{ mod .x 0 }}`, 1, "!division by zero"}, {`{{ mod .x 2 }}`, 1.5, "!whole numbers"},
		{`{{ div -1 .x }}`, n("1e20"), "-0.00000000000000000001"},
		{`{{ div -1 .x }}`, n("3e20"), "0"},
		{`{{ round .x 2 }}`, "2.345", "2.35"}, {`{{ round .x }}`, "-2.5", "-3"}, {`{{ round .x 2 }}`, "", ""}, {`{{ floor .x }}`, "-2.5", "-3"}, {`{{ ceil .x }}`, "-2.5", "-2"},
		{`{{ printf "%05d|%.2f|%5s|%-5s|%q|%v|%%" (int .x) .x .x .x .x .x }}`, "7", `00007|7.00|    7|7    |"7"|7|%`},
		{`{{ printf "%d" .x }}`, "7", "!use int"}, {`{{ printf "%.3f" .x }}`, n("0.1"), "0.100"}, {`{{ printf "%s" .x }}`, []any{}, "!wants text"},
		{`{{ printf "%d" (int .x) }}`, "99999999999999999999", "99999999999999999999"},
	})
}

func TestComparisons(t *testing.T) {
	n := func(s string) json.Number { return json.Number(s) }
	checkConversions(t, mappings.Options{}, []conversion{
		{`{{ eq .x 501 }}`, n("501.0"), "true"}, {`{{ eq .x "501" }}`, "0501", "false"}, {`{{ eq .x 501 }}`, "501", "!compare text with text"},
		{`{{ eq .x "" }}`, nil, "true"}, {`{{ eq .x "" }}`, []any{}, "true"}, {`{{ eq .x 0 }}`, nil, "false"}, {`{{ ne .x "a" }}`, nil, "true"},
		{`{{ eq .x true }}`, true, "true"}, {`{{ eq .x "true" }}`, true, "!with bool"}, {`{{ eq .x "a" }}`, []any{"a"}, "!cannot be compared"},
		{`{{ lt .x 10 }}`, n("9.5"), "true"}, {`{{ lt .x "9" }}`, "10", "true"}, {`{{ lt .x 10 }}`, nil, "!default"}, {`{{ lt .x "a" }}`, nil, "true"},
		{`{{ gt .x 10 }}`, "11", "!compare text with text"}, {`{{ gt (number .x) 10 }}`, "11", "true"},
		{`{{ lt .x (date "2025-01-01") }}`, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "true"}, {`{{ lt .x "2025" }}`, time.Now(), "!with date"},
		{`{{ if .x }}y{{ else }}n{{ end }}`, n("0"), "n"}, {`{{ if .x }}y{{ else }}n{{ end }}`, n("0.0"), "n"}, {`{{ if .x }}y{{ else }}n{{ end }}`, "0", "y"},
		{`{{ if .x }}y{{ else }}n{{ end }}`, false, "n"}, {`{{ if .x }}y{{ else }}n{{ end }}`, mappings.Null, "n"}, {`{{ if .x }}y{{ else }}n{{ end }}`, time.Time{}, "y"},
		{`{{ and .x (index .x 9 "no") }}`, "", ""}, {`{{ or .x "d" }}`, "", "d"}, {`{{ default "d" .x }}`, n("0"), "0"}, {`{{ default "d" .x }}`, false, "false"},
		{`{{ .x | required "no x" | or "y" }}`, "", "!no x"}, {`{{ or "y" (required "no x" .x) }}`, "", "y"}, {`{{ bool .x }}`, "NO", "false"}, {`{{ bool .x }}`, "", ""}, {`{{ bool .x }}`, "2", "!neither true nor false"}, {`{{ bool .x }}`, n("1"), "true"},
	})
}

func TestTexts(t *testing.T) {
	checkConversions(t, mappings.Options{}, []conversion{
		{`{{ trunc 3 .x }}`, "Grüße", "Grü"}, {`{{ trunc -3 .x }}`, "Grüße", "üße"}, {`{{ trunc 3 .x }}`, "a😀😀", "a😀"}, {`{{ trunc 2 .x }}`, "a😀", "a"},
		{`{{ trunc -2 .x }}`, "a😀", "😀"}, {`{{ trunc -1 .x }}`, "a😀", ""}, {`{{ trunc 0 .x }}`, "a", ""}, {`{{ trunc 9 .x }}`, "a", "a"}, {`{{ trunc 1.5 .x }}`, "a", "!not a whole"},
		{`{{ substr 1 3 .x }}`, "Grüße", "rü"}, {`{{ substr 1 -1 .x }}`, "Grüße", "rüße"}, {`{{ substr 9 12 .x }}`, "a", ""}, {`{{ slice .x 2 }}`, "Grüße", "üße"}, {`{{ slice .x 2 1 }}`, "abc", "!START"},
		{`{{ replace "" "x" .x }}`, "ab", "ab"}, {`{{ repeat 2000000 .x }}`, "ab", "!1 MiB"}, {`{{ repeat -1 .x }}`, "ab", ""}, {`{{ indent 200 .x }}`, "ab", "!spaces"},
		{`{{ replace "a" .x .x }}`, strings.Repeat("a", 2000), "!1 MiB"}, {`{{ regexReplaceAll "a" .x .x }}`, strings.Repeat("a", 2000), "!1 MiB"},
		{`{{ .x }}`, strings.Repeat("a", values.MaxText+1), "!1 MiB"}, {`x{{ .x }}`, strings.Repeat("a", values.MaxText), "!1 MiB"},
		{`{{ lower .x }}`, []any{"a"}, "!wants text"}, {`{{ lower .x }}`, nil, ""}, {`{{ trim .x }}`, "\u00a0a\n", "a"},
		{`{{ split "," .x | len }}`, "", "0"}, {`{{ split "," .x | len }}`, "a,,b", "3"}, {`{{ split "" .x }}`, "a", "!separator"}, {`{{ join "," .x }}`, "a", "!wants a list"},
		{`{{ stripTags .x }}`, `<p class="a>b">Hi<br/>you &amp; me</p><script>x < y</script><!-- c --> 1 < 2 <`, "Hi\nyou & me\n1 < 2 <"},
		{`{{ stripTags .x }}`, "<div>a</div>\n\n\n<div>b</div><style>x", "a\n\nb"},
		{`{{ stripTags .x }}`, `<a href="never closed>b`, `<a href="never closed>b`[len(`<a href="never closed>`):]},
		{`{{ index .x 5 }}`, []any{"a"}, ""}, {`{{ index .x -1 }}`, []any{"a"}, "!counted from 0"}, {`{{ index .x "k" }}`, map[string]any{}, ""}, {`{{ (index .x 0).email }}`, nil, ""},
		{`{{ .x.a.b.c }}`, nil, ""}, {`{{ .x.a.b.c }}`, map[string]any{"a": ""}, ""}, {`{{ .x.a }}`, []any{"a"}, "!a list has no member"},
		{`{{ fromJson .x }}`, `{"a":1} x`, "!more than one"}, {`{{ fromJson .x }}`, "{", "!not JSON"}, {`{{ (fromJson .x).a }}`, `{"a":12345678901234567890}`, "12345678901234567890"},
		{`{{ $l := list }}{{ range $i, $v := .x }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $i }}{{ $v }}{{ end }}`, []any{"a", "b", "c", "d"}, "0a2c"},
		{`{{ range .x }}a{{ else }}none{{ end }}`, nil, "none"}, {`{{ range .x }}a{{ end }}`, map[string]any{"a": "b"}, "!an object"},
		{`{{ with .x }}{{ .a }}{{ $.x.a }}{{ else }}none{{ end }}`, map[string]any{"a": "b"}, "bb"},
	})
}

func TestDates(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	o := mappings.Options{Location: newYork}
	checkConversions(t, o, []conversion{
		{`{{ date .x }}`, "", ""}, {`{{ date .x }}`, nil, ""}, {`{{ date "unix" .x }}`, "", ""},
		{`{{ date .x }}`, "2024-07-01", "2024-07-01T04:00:00.000Z"}, {`{{ date .x }}`, "20240701", "2024-07-01T04:00:00.000Z"},
		{`{{ date .x }}`, " 2024-07-01T10:20 ", "2024-07-01T14:20:00.000Z"}, {`{{ date .x }}`, "2024-07-01 10:20:30.5", "2024-07-01T14:20:30.500Z"},
		{`{{ date .x }}`, "2024-07-01T10:20:30,25Z", "2024-07-01T10:20:30.250Z"}, {`{{ date .x }}`, "2024-07-01 10:20:30 UTC", "2024-07-01T10:20:30.000Z"},
		{`{{ date .x }}`, "2024-07-01 10:20:30 +0200", "2024-07-01T08:20:30.000Z"}, {`{{ date .x }}`, "20240701T102030-07", "2024-07-01T17:20:30.000Z"},
		{`{{ date .x }}`, "2024-07-01T10:20:30+05:30", "2024-07-01T04:50:30.000Z"},
		{`{{ date .x }}`, "2024-02-30", "!not a date"}, {`{{ date .x }}`, "0000-00-00", "!not a date"}, {`{{ date .x }}`, "2024", "!not a date"}, {`{{ date .x }}`, "12:30", "!not a date"},
		{`{{ date .x }}`, "2024-07-01T10", "!not a date"}, {`{{ date .x }}`, "2024-07-01 10:20:30 PST", "!not a date"}, {`{{ date .x }}`, "01/02/2024", "!not a date"},
		{`{{ date .x }}`, "2024-07-01T24:00:00Z", "!not a date"}, {`{{ date .x }}`, "2024-07-01T10:20:30+99:00", "!not a date"}, {`{{ date .x }}`, "2024-07-01Z", "!not a date"},
		{`{{ date .x }}`, json.Number("1700000000"), `!date "unix"`}, {`{{ date .x }}`, time.Unix(0, 0), "1970-01-01T00:00:00.000Z"}, {`{{ date "2006-01-02" .x }}`, time.Unix(0, 0), "1970-01-01T00:00:00.000Z"},
		{`{{ date "01/02/2006" .x }}`, "12/31/2024", "2024-12-31T05:00:00.000Z"}, {`{{ date "01/02/2006" .x }}`, "31/12/2024", "!layout 01/02/2006"}, {`{{ date "1/2/2006" .x }}`, "2/29/2023", "!not a date"},
		{`{{ date "%d/%m/%Y %H:%M" .x }}`, "31/12/2024 23:59", "2025-01-01T04:59:00.000Z"}, {`{{ date "%d/%m/%Y" .x }}`, "30/02/2024", "!not a date"},
		{`{{ date "2006-01-02 15:04:05 -0700" .x }}`, "2024-07-01 10:20:30 +0000", "2024-07-01T10:20:30.000Z"},
		{`{{ date "unix" .x }}`, "1700000000", "2023-11-14T22:13:20.000Z"}, {`{{ date "unixms" .x }}`, json.Number("1.7000000001e12"), "2023-11-14T22:13:20.100Z"}, {`{{ date "unix" .x }}`, "1700000000123", "!unixms"},
		{`{{ date "unix" .x }}`, "-0.5", "1969-12-31T23:59:59.500Z"}, {`{{ date "unix" .x }}`, "x", "!not a count"},
		// Clocks go forward at 02:00 on 10 March and back at 02:00 on 3 November.
		{`{{ date .x }}`, "2024-03-10 02:30", "!did not exist"}, {`{{ date .x }}`, "2024-03-10 03:00", "2024-03-10T07:00:00.000Z"}, {`{{ date .x }}`, "2024-03-10 01:59:59", "2024-03-10T06:59:59.000Z"},
		{`{{ date .x }}`, "2024-11-03 01:30", "!twice"}, {`{{ date .x }}`, "2024-11-03 00:59", "2024-11-03T04:59:00.000Z"}, {`{{ date .x }}`, "2024-11-03 02:00", "2024-11-03T07:00:00.000Z"},
		{`{{ date .x }}`, "2024-11-03 01:30-04:00", "2024-11-03T05:30:00.000Z"}, {`{{ date "2006-01-02 15:04" .x }}`, "2024-03-10 02:30", "!did not exist"},
		{`{{ addDays 1 (date .x) }}`, "2024-03-09", "2024-03-10T05:00:00.000Z"}, {`{{ addDays 9999999 (date .x) }}`, "2024-03-09", "!years 1 to 9999"}, {`{{ addDays 1 .x }}`, "", ""},
		{`{{ dateModify "24h" (date .x) }}`, "2024-03-10", "2024-03-11T05:00:00.000Z"}, {`{{ formatDate "%Y-%m-%d %H:%M" .x }}`, "2024-07-01T00:00Z", "2024-06-30 20:00"},
		{`{{ formatDate "2006" .x }}`, json.Number("1"), "!make one with date"}, {`{{ unix .x }}`, "2024-07-01T00:00Z", "1719792000"},
	})
}

// TestMidnights: a date without a time of day is the first moment of that day, also where clocks change at midnight.
func TestMidnights(t *testing.T) {
	for zone, days := range map[string]map[string]string{
		"America/Santiago": {"2024-09-08": "2024-09-08T04:00:00.000Z", "2024-04-07": "2024-04-07T04:00:00.000Z"}, // forward over midnight
		"America/Havana":   {"2024-11-03": "2024-11-03T04:00:00.000Z", "2024-03-10": "2024-03-10T05:00:00.000Z"},
	} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip(err)
		}
		for day, want := range days {
			checkConversions(t, mappings.Options{Location: loc}, []conversion{{`{{ date .x }}`, day, want}, {`{{ date "%Y-%m-%d" .x }}`, day, want}})
		}
	}
}

func TestContacts(t *testing.T) {
	checkConversions(t, mappings.Options{}, []conversion{
		{`{{ phone "US" .x }}`, "", ""}, {`{{ phone "US" .x }}`, " (415) 555-2671 ", "+14155552671"}, {`{{ phone "US" .x }}`, "+44 (0)20 7183 8750", "+442071838750"},
		{`{{ phone "US" .x }}`, "0049 30 123456", "!too short or too long"}, {`{{ phone "DE" .x }}`, "0049 30 123456", "+4930123456"}, {`{{ phone "US" .x }}`, "555-2671", "!too short"},
		{`{{ phone "US" .x }}`, "n/a", "!not a telephone"}, {`{{ phone "US" .x }}`, "4.155552671E+09", "!telephone"}, {`{{ phone "US" .x }}`, json.Number("4.155552671E+09"), "+14155552671"},
		{`{{ phone "US" .x }}`, "415-555-2671 x12", "!extension"}, {`{{ phone .x }}`, "+14155552671", "+14155552671"}, {`{{ phone .x }}`, "4155552671", "!region"},
		{`{{ phone .x "4155552671" }}`, "us", "+14155552671"}, {`{{ phone .x "4155552671" }}`, "Narnia", "!no such region"}, {`{{ phone "US" .x }}`, "415-555-2671 / 415-555-2672", "!telephone"},
		{`{{ email .x }}`, "", ""}, {`{{ email .x }}`, " Jo@Example.com ", "Jo@Example.com"}, {`{{ email .x }}`, "jo@localhost", "!no dot"}, {`{{ email .x }}`, "Jane <a@b.co>", "!"},
		{`{{ email .x }}`, "a@b.co\u200b", "!invisible"}, {`{{ email .x }}`, "a@b.co,c@d.co", "!more than one"}, {`{{ email .x }}`, strings.Repeat("a", 65) + "@b.co", "!too long"},
		{`{{ email .x }}`, `"a b"@c.com`, "!"}, {`{{ email .x }}`, "a@b.co\r\nBcc: x@y.z", "!invisible"}, {`{{ email .x }}`, "a@-b.co", "!domain"}, {`{{ email .x }}`, "a@[127.0.0.1]", "!"},
		{`{{ email .x }}`, "jörg@müller.de", "jörg@müller.de"}, {`{{ email .x }}`, "a.b+c@sub.example.co.uk", "a.b+c@sub.example.co.uk"}, {`{{ email .x }}`, "no at sign", "!"},
	})
}
