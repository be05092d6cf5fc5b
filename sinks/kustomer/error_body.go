package kustomer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 500 // bytes of a message
	maxErrors  = 5   // errors of one answer that a message lists
)

// errorBody is what the body of an answer with errors says, in whatever form it came (kustomer-api.md 3.1).
type errorBody struct {
	code    string // "badparam"
	field   string // "name"
	message string // one line, never empty
}

// readErrorBody reads the body of an answer with errors. Nothing is decided by it: codes are spelled in several ways, and
// only the status can be relied on.
func readErrorBody(body []byte) errorBody {
	var doc struct {
		Errors  json.RawMessage `json:"errors"`
		Error   json.RawMessage `json:"error"`
		Message any             `json:"message"`
		Code    any             `json:"code"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return errorBody{message: notJSON(body)}
	}
	items := readItems(doc.Errors)
	if len(items) == 0 {
		items = readItems(doc.Error)
	}
	if len(items) == 0 {
		items = []errorItem{{Message: doc.Message, Code: doc.Code}}
	}
	return summarize(items)
}

// errorItem is one error in either of the two forms. Its members may be of any type.
type errorItem struct {
	Code    any `json:"code"`
	Title   any `json:"title"`
	Message any `json:"message"`
	Detail  any `json:"detail"`
	Source  any `json:"source"`
	Meta    any `json:"meta"`
}

// readItems reads a list of errors, or a single one; an error may be bare text.
func readItems(raw json.RawMessage) []errorItem {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var items []errorItem
	for _, one := range list {
		var item errorItem
		var bare string
		switch {
		case len(one) == 0 || string(one) == "null":
		case json.Unmarshal(one, &bare) == nil:
			items = append(items, errorItem{Message: bare})
		case json.Unmarshal(one, &item) == nil:
			items = append(items, item)
		}
	}
	return items
}

// summarize makes one errorBody of all errors: code and field are those of the first that has one.
func summarize(items []errorItem) errorBody {
	var c errorBody
	var lines []string
	for _, item := range items {
		field := sourceField(item.Source)
		if c.code == "" {
			c.code = scalar(item.Code)
		}
		if c.field == "" {
			c.field = field
		}
		if line := item.line(field); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if more := len(lines) - maxErrors; more > 0 {
		lines = append(lines[:maxErrors], fmt.Sprintf("and %d more", more))
	}
	c.message = oneLine(strings.Join(lines, "; "))
	if c.message == "" {
		c.message = "it gave no reason"
	}
	return c
}

// line says what one error is about: `name: String is too long (300 chars), maximum 256`.
func (e errorItem) line(field string) string {
	text := scalar(e.Title)
	if text == "" {
		text = scalar(e.Message)
	}
	detail := scalar(e.Detail)
	switch {
	case text == "":
		text = detail
	case detail != "" && !strings.HasPrefix(detail, "/"): // a path into Kustomer's schema helps nobody
		text += " (" + detail + ")"
	}
	if text == "" {
		text = scalar(e.Code)
	}
	if field != "" && text != "" {
		return field + ": " + text
	}
	return text
}

// sourceField is the field that an error is about: source.parameter, .parameters or .pointer.
func sourceField(source any) string {
	members, ok := source.(map[string]any)
	if !ok {
		return scalar(source)
	}
	for _, name := range []string{"parameter", "parameters", "pointer"} {
		if list, ok := members[name].([]any); ok && len(list) > 0 {
			members[name] = list[0]
		}
		if text := scalar(members[name]); text != "" {
			text = strings.TrimPrefix(strings.TrimPrefix(text, "/data/attributes"), "/")
			return strings.ReplaceAll(text, "/", ".")
		}
	}
	return ""
}

// scalar is a JSON string, number or boolean as one line of text.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return oneLine(v)
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// notJSON describes a body that is not the API's: mostly a page of HTML from a proxy.
func notJSON(body []byte) string {
	text := string(body)
	if len(strings.TrimSpace(text)) == 0 {
		return "the answer has no body"
	}
	if _, after, ok := strings.Cut(text, "<title>"); ok {
		title, _, _ := strings.Cut(after, "<")
		return fmt.Sprintf("the answer is a web page with the title %q, not JSON", oneLine(title))
	}
	return fmt.Sprintf("the answer is not JSON (%d bytes)", len(body))
}

// oneLine makes text fit for a line of a terminal or a log: no control or invisible characters, no line
// breaks, at most maxMessage bytes.
func oneLine(text string) string {
	if len(text) > 4*maxMessage {
		text = text[:4*maxMessage]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxMessage {
		return text
	}
	cut := maxMessage - len("...")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
