package functions

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func textFunctions() []Function { //nolint:funlen // a table
	const g = "text"
	return []Function{
		{"print", g, `print [A...]`,
			"The values as one text, with nothing between them.",
			`{{ print "zd-" .id }}`, "zd-7", run(printAll)},
		{"printf", g, `printf "FORMAT" [A...]`,
			"Text with %s (text), %d (whole number), %f (number), %q (text in quotes), %v (anything) and " +
				"%%, with widths such as %05d and %.2f.",
			`{{ printf "%05d/%.2f" (int .id) (number .amount) }}`, "00007/12.50", bindPrintf},
		{"lower", g, `lower TEXT`,
			"Lower case.",
			`{{ lower "ÀB" }}`, "àb", run(text1(strings.ToLower))},
		{"upper", g, `upper TEXT`,
			"Upper case.",
			`{{ upper "àb" }}`, "ÀB", run(text1(strings.ToUpper))},
		{"trim", g, `trim TEXT`,
			"Without white space at both ends.",
			`[{{ trim "  a b " }}]`, "[a b]", run(text1(strings.TrimSpace))},
		{"trimAll", g, `trimAll CHARACTERS TEXT`,
			"Without these characters at both ends.",
			`{{ trimAll "$" "$5.00$" }}`, "5.00", run(text2(func(cut, s string) string { return strings.Trim(s, cut) }))},
		{"trimPrefix", g, `trimPrefix PREFIX TEXT`,
			"Without this beginning.",
			`{{ trimPrefix "zd-" "zd-7" }}`, "7", run(text2(func(p, s string) string { return strings.TrimPrefix(s, p) }))},
		{"trimSuffix", g, `trimSuffix SUFFIX TEXT`,
			"Without this end.",
			`{{ trimSuffix ".0" "7.0" }}`, "7", run(text2(func(p, s string) string { return strings.TrimSuffix(s, p) }))},
		{"squeeze", g, `squeeze TEXT`,
			"With each run of white space made one space, and none at the ends.",
			`{{ squeeze " a \n  b " }}`, "a b", run(text1(squeeze))},
		{"nospace", g, `nospace TEXT`,
			"Without any white space.",
			`{{ nospace "a b c" }}`, "abc", run(text1(nospace))},
		{"replace", g, `replace OLD NEW TEXT`,
			"With every OLD made NEW.",
			`{{ replace "-" " " "a-b-c" }}`, "a b c", run(replace)},
		{"contains", g, `contains PART TEXT`,
			"Whether the text has the part.",
			`{{ contains "ell" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.Contains(s, p) }))},
		{"hasPrefix", g, `hasPrefix PREFIX TEXT`,
			"Whether the text begins so.",
			`{{ hasPrefix "he" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.HasPrefix(s, p) }))},
		{"hasSuffix", g, `hasSuffix SUFFIX TEXT`,
			"Whether the text ends so.",
			`{{ hasSuffix "lo" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.HasSuffix(s, p) }))},
		{"trunc", g, `trunc N TEXT`,
			"At most N units from the beginning (a negative N: from the end), counted as Kustomer counts, " +
				"in UTF-16; no character is cut in two.",
			`{{ trunc 3 "Grüße" }}`, "Grü", run(truncate)},
		{"substr", g, `substr START END TEXT`,
			"The characters from START, counted from 0, up to END; a negative END is the end of the text.",
			`{{ substr 1 3 "hello" }}`, "el", run(substr)},
		{"repeat", g, `repeat N TEXT`,
			"The text N times.",
			`{{ repeat 3 "ab" }}`, "ababab", run(repeat)},
		{"indent", g, `indent N TEXT`,
			"With N spaces before every line.",
			`{{ indent 2 "a\nb" }}`, "  a\n  b", run(indent)},
		{"quote", g, `quote TEXT`,
			"In double quotes, escaped as in JSON.",
			`{{ quote "a\"b" }}`, `"a\"b"`, run(quote)},
		{"html", g, `html TEXT`,
			"With < > & and quotes escaped, for a field that holds HTML.",
			`{{ html "a < b" }}`, "a &lt; b", run(text1(escapeHTML))},
		{"unescapeHTML", g, `unescapeHTML TEXT`,
			"With &amp; and its like made characters.",
			`{{ unescapeHTML "Tom &amp; Jo" }}`, "Tom & Jo", run(text1(unescapeHTML))},
		{"stripTags", g, `stripTags TEXT`,
			"HTML as plain text: tags out, breaks and paragraphs as new lines, entities as characters.",
			`{{ stripTags "<p>Hi <b>you</b></p>" }}`, "Hi you", run(text1(stripTags))},
		{"urlquery", g, `urlquery TEXT`,
			"Escaped for the query of a URL.",
			`{{ urlquery "a b&c" }}`, "a+b%26c", run(text1(escapeQuery))},
		{"hash", g, `hash A`,
			"The SHA-256 of the value's text, as 64 hex digits.",
			`{{ hash "a" | trunc 8 }}`, "ca978112", run(hash)},
	}
}

// text1 returns a function of one text.
func text1(fn func(string) string) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		s, err := values.Text(args[0])
		if err != nil {
			return nil, err
		}
		return fn(s), nil
	}
}

// text2 returns a function of two texts that gives a text.
func text2(fn func(a, b string) string) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		a, b, err := twoTexts(args)
		if err != nil {
			return nil, err
		}
		return fn(a, b), nil
	}
}

// textTest returns a function of two texts that gives true or false.
func textTest(fn func(a, b string) bool) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		a, b, err := twoTexts(args)
		if err != nil {
			return nil, err
		}
		return fn(a, b), nil
	}
}

func twoTexts(args []any) (a, b string, err error) {
	if a, err = values.Text(args[0]); err != nil {
		return "", "", err
	}
	b, err = values.Text(args[1])
	return a, b, err
}

// intAndText returns the first argument as a number and the last as text, for trunc, repeat and similar functions.
func intAndText(args []any) (n int, s string, err error) {
	if n, err = values.Int(args[0]); err != nil {
		return 0, "", err
	}
	s, err = values.Text(args[len(args)-1])
	return n, s, err
}

func printAll(_ *mappings.Frame, args []any) (any, error) {
	var b []byte
	for _, a := range args {
		var err error
		if b, err = values.AppendText(b, a); err != nil {
			return nil, err
		}
		if len(b) > values.MaxText {
			return nil, values.ErrTooLong
		}
	}
	return string(b), nil
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
func nospace(s string) string { return strings.Join(strings.Fields(s), "") }

func replace(_ *mappings.Frame, args []any) (any, error) {
	old, replacement, err := twoTexts(args)
	if err != nil {
		return nil, err
	}
	s, err := values.Text(args[2])
	if err != nil || old == "" {
		return s, err
	}
	if len(s)+strings.Count(s, old)*(len(replacement)-len(old)) > values.MaxText {
		return nil, values.ErrTooLong
	}
	return strings.ReplaceAll(s, old, replacement), nil
}

// truncate counts UTF-16 units, as Kustomer's validator does.
func truncate(_ *mappings.Frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	if n >= 0 {
		return firstUnits(s, n), nil
	}
	return lastUnits(s, -n), nil
}

func firstUnits(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i, r := range s {
		if n -= units(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

func lastUnits(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if n -= units(r); n < 0 {
			return s[i:]
		}
		i -= size
	}
	return s
}

// units returns the length of a character in UTF-16.
func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

func substr(_ *mappings.Frame, args []any) (any, error) {
	start, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	end, err := values.Int(args[1])
	if err != nil {
		return nil, err
	}
	length := utf8.RuneCountInString(s)
	if end < 0 || end > length {
		end = length
	}
	if start = max(start, 0); start >= end {
		return "", nil
	}
	return s[byteOffset(s, start):byteOffset(s, end)], nil
}

// byteOffset returns the offset of the nth character, in bytes.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func repeat(_ *mappings.Frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	switch {
	case err != nil:
		return nil, err
	case n <= 0 || s == "":
		return "", nil
	case n > values.MaxText/len(s):
		return nil, values.ErrTooLong
	}
	return strings.Repeat(s, n), nil
}

func indent(_ *mappings.Frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	if n < 0 || n > 100 {
		return nil, errors.New("wants between 0 and 100 spaces")
	}
	if len(s)+(strings.Count(s, "\n")+1)*n > values.MaxText {
		return nil, values.ErrTooLong
	}
	spaces := strings.Repeat(" ", n)
	return spaces + strings.ReplaceAll(s, "\n", "\n"+spaces), nil
}

func quote(_ *mappings.Frame, args []any) (any, error) {
	s, err := values.Text(args[0])
	if err != nil {
		return nil, err
	}
	b, err := values.AppendJSONString(nil, s)
	return string(b), err
}

func hash(_ *mappings.Frame, args []any) (any, error) {
	b, err := values.AppendText(nil, args[0])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func escapeHTML(s string) string   { return html.EscapeString(s) }
func unescapeHTML(s string) string { return html.UnescapeString(s) }
func escapeQuery(s string) string  { return url.QueryEscape(s) }

// isInvisible reports whether a character shows nothing: control characters, white space, zero-width and
// bidirectional marks.
func isInvisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r)
}
