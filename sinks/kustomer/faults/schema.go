package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// check says what is wrong with a value, "" when nothing is.
type check func(v any) string

// The fields that a body may have (kustomer-api.md 2.4, 5.2, 6.2, 7.2). Others are refused.
var fields = map[string]map[string]check{
	"customer": {
		"name": text(256), "externalId": text(256), "username": text(256), "company": id, "gender": oneOf("m", "f"),
		"externalIds": list(10, item("externalId", text(255), "verified", truth)),
		"emails":      list(10, item("email", text(256), "type", oneOf("home", "work", "other"), "verified", truth)),
		"phones":      list(10, item("phone", phone, "type", oneOf("mobile", "home", "work", "fax", "other"), "verified", truth)),
		"tags":        list(20, text(64)), "custom": custom, "locale": text(16), "timeZone": text(64), "defaultLang": text(100),
		"createdAt": moment, "importedAt": moment, "signedUpAt": moment, "birthdayAt": moment,
	},
	"conversation": {
		"customer": id, "externalId": text(256), "name": text(256), "status": oneOf("open", "done", "snoozed"),
		"priority": whole(1, 5), "direction": oneOf("in", "out"), "replyChannel": text(256), "tags": list(20, text(64)),
		"assignedUsers": list(10, id), "assignedTeams": list(10, id), "custom": custom, "deleted": truth, "createdAt": moment, "importedAt": moment,
	},
	"message": {
		"channel": oneOf("email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"),
		"app":     text(256), "direction": oneOf("in", "out"), "preview": text(10240), "subject": text(256), "externalId": text(256),
		"customer": id, "conversation": id, "status": oneOf("sent", "received", "error"), "sentAt": moment, "createdAt": moment,
		"importedAt": moment, "auto": truth, "custom": custom,
	},
}

// createOnly fields are refused in an update (kustomer-api.md 6.3, 7.4).
var createOnly = map[string][]string{
	"conversation": {"createdAt", "importedAt", "customer"},
	"message":      {"channel", "app", "direction", "customer", "importedAt"},
}

// required fields of a create whose path names no parent, and of any.
var required = map[string][]string{"conversation": {"customer"}, "message": {"channel", "app"}}

// complaint returns the field of a body that is wrong, and why; "" when none is.
func complaint(to target, body map[string]any) (field, why string) {
	for name, value := range body {
		check, known := fields[to.kind][name]
		switch {
		case !known, name == to.parentKind, to.op == update && slices.Contains(createOnly[to.kind], name):
			return name, "Additional properties not allowed"
		case value == nil:
		default:
			if why := check(value); why != "" {
				return name, why
			}
		}
	}
	if to.op == update {
		return "", ""
	}
	for _, name := range required[to.kind] {
		if _, there := body[name]; !there && name != to.parentKind {
			return name, "Missing required property: " + name
		}
	}
	return "", ""
}

func text(most int) check {
	return func(v any) string {
		s, ok := v.(string)
		if !ok {
			return "Invalid type (expected string)"
		}
		if n := len(utf16.Encode([]rune(s))); n > most || n == 0 {
			return fmt.Sprintf("String is too long or empty (%d chars), maximum %d", n, most)
		}
		return ""
	}
}

func oneOf(words ...string) check {
	return func(v any) string {
		if s, ok := v.(string); !ok || !slices.Contains(words, s) {
			return "No enum match for: " + strings.Join(words, ", ")
		}
		return ""
	}
}

var (
	idForm    = regexp.MustCompile(`^[0-9a-f]{24}$`)
	phoneForm = regexp.MustCompile(`^\+?[1-9]\d{1,14}$`)
	keyForm   = regexp.MustCompile(`(Str|Txt|Num|At|Bool|Url|Id)$`)
)

func id(v any) string    { return matches(v, idForm, "object-id") }
func phone(v any) string { return matches(v, phoneForm, "phone-number") }

func matches(v any, form *regexp.Regexp, name string) string {
	if s, ok := v.(string); !ok || !form.MatchString(s) {
		return "Format validation failed (" + name + ")"
	}
	return ""
}

func moment(v any) string {
	s, _ := v.(string)
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return "Format validation failed (date-time)"
	}
	return ""
}

func truth(v any) string {
	if _, ok := v.(bool); !ok {
		return "Invalid type (expected boolean)"
	}
	return ""
}

func whole(least, most float64) check {
	return func(v any) string {
		if n, ok := v.(float64); !ok || n < least || n > most || n != float64(int(n)) {
			return fmt.Sprintf("Value is not a whole number from %g to %g", least, most)
		}
		return ""
	}
}

func list(most int, each check) check {
	return func(v any) string {
		items, ok := v.([]any)
		if !ok || len(items) > most {
			return fmt.Sprintf("Invalid type, or more than %d items", most)
		}
		for _, one := range items {
			if why := each(one); why != "" {
				return why
			}
		}
		return ""
	}
}

// item checks an object by names and checks in turn; the first is required.
func item(first string, firstCheck check, more ...any) check {
	allowed := map[string]check{first: firstCheck}
	for i := 0; i+1 < len(more); i += 2 {
		switch c := more[i+1].(type) {
		case check:
			allowed[more[i].(string)] = c
		case func(any) string:
			allowed[more[i].(string)] = c
		}
	}
	return func(v any) string {
		members, ok := v.(map[string]any)
		if !ok || members[first] == nil {
			return "Missing required property: " + first
		}
		for name, value := range members {
			c := allowed[name]
			if c == nil {
				return "Additional properties not allowed"
			}
			if why := c(value); why != "" && value != nil {
				return why
			}
		}
		return ""
	}
}

// custom checks the names of custom attributes (kustomer-api.md 5.4).
func custom(v any) string {
	members, ok := v.(map[string]any)
	if !ok || len(members) > 100 {
		return "Invalid type, or more than 100 properties"
	}
	for name := range members {
		if !keyForm.MatchString(name) {
			return "Additional properties not allowed"
		}
	}
	return ""
}
