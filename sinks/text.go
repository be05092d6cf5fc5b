package sinks

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// textFormat is a form that texts of a type have. The zero value is that of any text.
type textFormat struct {
	fits func(text string) bool
	want string
}

// textFormats are the types of texts that have a form of their own.
var textFormats = map[Type]textFormat{
	ID:    {isID, "no Kustomer id (24 hex digits); use the function ref, or look the id up in a table"},
	Email: {isEmail, "no e-mail address; correct the row, or clean it with the function email"},
	Phone: {isPhone, "no phone number of 2 to 15 digits; correct the row, or convert it with the function phone"},
	Path:  {isPath, "no plain path of the API: parts of letters, digits and -._~=:@ with / before each, other characters percent-encoded once, no query"},
	URL:   {isURL, "no web address that begins with https:// or another scheme; correct the row"},
}

// text fits a text of any kind: numbers, times and booleans become their plain text.
func (f *fitter) text(n *preparedField, v any) (any, bool) {
	text, ok := scalarText(v)
	if !ok {
		f.fail("type", v, "%s where a text is wanted; pick a part of it, or use the function join or json", describe(v))
		return nil, false
	}
	if !f.utf8(text) || !f.length(n, text) || !f.word(n, text) {
		return nil, false
	}
	if n.format.fits != nil && !n.format.fits(text) {
		f.fail("format", v, "%s", n.format.want)
		return nil, false
	}
	if not, ok := n.reserved(text); ok {
		f.fail("reserved", v, "leads to %s; %s", not.Name, not.Hint)
		return nil, false
	}
	if n.pattern != nil && !n.pattern.MatchString(text) {
		f.fail("pattern", v, "holds characters that the field does not take (its pattern is %s); correct the row, or use the function replace", n.Pattern)
		return nil, false
	}
	if _, same := v.(string); same {
		return v, true // as it is, which saves an allocation for most fields
	}
	return text, true
}

// length checks the limits of a text in UTF-16 units. A text has at most as many of them as bytes,
// and at least a third as many, so that most need no counting.
func (f *fitter) length(n *preparedField, text string) bool {
	if n.MaxLen > 0 && len(text) > n.MaxLen {
		if units := utf16Len(text); units > n.MaxLen {
			f.fail("length", text, "%d characters, and at most %d are taken (UTF-16 units); shorten it, with trunc %d say", units, n.MaxLen, n.MaxLen)
			return false
		}
	}
	if len(text) >= 3*n.MinLen {
		return true
	}
	if units := utf16Len(text); units < n.MinLen {
		f.fail("length", text, "%d characters, and at least %d are wanted; correct the row", units, n.MinLen)
		return false
	}
	return true
}

// word checks an enum.
func (f *fitter) word(n *preparedField, text string) bool {
	if len(n.Enum) == 0 || slices.Contains(n.Enum, text) {
		return true
	}
	words, when := n.Enum, ""
	if len(n.EnumUpdate) > 0 {
		if f.op == Create {
			when = " on create"
		} else if words = slices.Concat(n.Enum, n.EnumUpdate); slices.Contains(words, text) {
			return true
		}
	}
	f.fail("enum", text, "must be one of %s%s; correct the row, or translate it with the function lookup", strings.Join(words, ", "), when)
	return false
}

// reserved finds a segment of a path that the field may not have. The text is a path that fits.
func (n *preparedField) reserved(text string) (NotField, bool) {
	if len(n.Reserved) == 0 {
		return NotField{}, false
	}
	for part := range strings.SplitSeq(text, "/") {
		for _, not := range n.Reserved {
			if plain, err := url.PathUnescape(part); err == nil && strings.EqualFold(strings.TrimSpace(plain), not.Name) {
				return not, true
			}
		}
	}
	return NotField{}, false
}

// rangeText names the limits of a number.
func (n *preparedField) rangeText() string {
	return bound(n.Min, "no lower limit") + " to " + bound(n.Max, "no upper limit")
}

func bound(limit *float64, none string) string {
	if limit == nil {
		return none
	}
	return strconv.FormatFloat(*limit, 'f', -1, 64)
}
