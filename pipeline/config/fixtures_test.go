package config

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// specs are sinks like those of Kustomer, whose catalog this package must not import.
func specs() []sinks.Spec {
	id := func(name string, aliases ...string) sinks.Field {
		return sinks.Field{Name: name, Type: sinks.ID, Aliases: aliases}
	}
	text := func(name string, words ...string) sinks.Field {
		return sinks.Field{Name: name, Type: sinks.Text, Enum: words}
	}
	must := func(f sinks.Field) sinks.Field { f.Required = true; return f }
	when := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Time} }
	list := func(name string, members ...sinks.Field) sinks.Field {
		return sinks.Field{Name: name, Type: sinks.List, Nullable: true, MaxItems: 10, Items: &sinks.Field{Type: sinks.Object, Fields: members}}
	}
	external := sinks.Lookup{By: "externalId", From: "externalId"}
	custom := sinks.Field{Name: "custom", Type: sinks.Custom, MaxItems: 100}
	return []sinks.Spec{
		{
			Name: "create_customer", Doc: "Creates a customer.", Object: "customer",
			Create:  []sinks.Route{{Method: "POST", Path: "/v1/customers"}},
			Lookups: []sinks.Lookup{external, {By: "email", From: "emails[].email"}, {By: "phone", From: "phones[].phone"}},
			Fields: []sinks.Field{
				{Name: "name", Type: sinks.Text, Nullable: true, MaxLen: 256, Doc: "the whole name"},
				text("externalId"), text("gender", "m", "f"), when("createdAt"), when("birthdayAt"),
				list("emails", text("type", "home", "work", "other"), must(sinks.Field{Name: "email", Type: sinks.Email}), sinks.Field{Name: "verified", Type: sinks.Bool}),
				list("phones", text("type", "mobile", "home"), must(sinks.Field{Name: "phone", Type: sinks.Phone})),
				{Name: "tags", Type: sinks.List, Items: &sinks.Field{Type: sinks.Text}},
				custom,
				{Name: "sentiment", Type: sinks.Object, Fields: []sinks.Field{must(sinks.Field{Name: "polarity", Type: sinks.Integer, Min: new(-1.0), Max: new(1.0)})}},
			},
			NotFields: []sinks.NotField{{Name: "firstName", Hint: "map name, which holds the whole name"}},
		},
		{
			Name: "create_conversation", Doc: "Creates a conversation.", Object: "conversation",
			Create:  []sinks.Route{{Method: "POST", Path: "/v1/conversations"}},
			Lookups: []sinks.Lookup{external},
			Fields: []sinks.Field{
				must(id("customer", "customer_id")), {Name: "name", Type: sinks.Text, Aliases: []string{"subject"}},
				{Name: "status", Type: sinks.Text, Enum: []string{"open", "done"}, EnumUpdate: []string{"snoozed"}},
				{Name: "priority", Type: sinks.Integer, Min: new(1.0), Max: new(5.0)},
				{Name: "ended", Type: sinks.Bool, Use: sinks.UpdateOnly},
				when("createdAt"), when("importedAt"), custom,
			},
		},
		{
			Name: "send_message", Doc: "Records a message.", Object: "message",
			Create: []sinks.Route{
				{Method: "POST", Path: "/v1/conversations/{conversation}/messages"},
				{Method: "POST", Path: "/v1/customers/{customer}/messages"},
			},
			Lookups: []sinks.Lookup{external},
			Fields: []sinks.Field{
				id("conversation", "conversation_id"), id("customer", "customer_id"),
				must(text("channel", "email", "sms", "chat")), must(text("direction", "in", "out")),
				{Name: "app", Type: sinks.Text, Required: true, Default: "kustsync"},
				{Name: "preview", Type: sinks.Text, MaxLen: 10240, Aliases: []string{"body"}},
				when("sentAt"), when("createdAt"), id("createdBy"), {Name: "auto", Type: sinks.Bool},
				{Name: "size", Type: sinks.Number}, {Name: "meta", Type: sinks.Object}, {Name: "related", Type: sinks.Free},
			},
			Channels: []sinks.Channel{
				{Name: "email", Spec: sinks.Spec{
					Name: "send_message", Doc: "Sends an e-mail.", Object: "message", Kind: sinks.Acts,
					Create:   []sinks.Route{{Method: "POST", Path: "/v1/customers/{customer}/drafts"}},
					Delivery: &sinks.Delivery{AddressPaths: []string{"to[].email"}, PersonField: "customer"},
					Fields: []sinks.Field{
						must(id("customer", "customer_id")), must(text("channel")), must(list("to", must(sinks.Field{Name: "email", Type: sinks.Email}))),
						must(sinks.Field{Name: "body", Type: sinks.Text, Aliases: []string{"preview"}}),
					},
					NotFields: []sinks.NotField{{Name: "direction", Hint: "leave it out: what is delivered goes out"}},
				}},
				{Name: "chat", Spec: sinks.Spec{
					Name: "send_message", Doc: "Sends a chat message.", Object: "message", Kind: sinks.Acts,
					Create:   []sinks.Route{{Method: "POST", Path: "/v1/customers/{customer}/drafts"}},
					Delivery: &sinks.Delivery{PersonField: "customer"},
					Fields:   []sinks.Field{must(id("customer")), must(text("channel")), must(text("body"))},
				}},
			},
		},
	}
}

// testSchemas are the schemas for files of tests by the sinks that they name. Making one takes longer than reading a file
// with it.
var testSchemas sync.Map

// newTestValidator knows the sinks of specs.
func newTestValidator(t testing.TB) *validator {
	t.Helper()
	v := newValidator(Options{Specs: specs()})
	v.schema = func(all []sinks.Spec, named []string) (*schema, error) {
		key := strings.Join(slices.DeleteFunc(slices.Clone(named), func(sink string) bool { return v.specs[sink] == nil }), " ")
		if s, ok := testSchemas.Load(key); ok {
			return s.(*schema), nil
		}
		s, err := newSchema(all, named)
		if err == nil {
			testSchemas.Store(key, s)
		}
		return s, err
	}
	return v
}

// environment returns a look-up of fixed variables, for Options.Env.
func environment(vars map[string]string) func(string) (string, bool) {
	vars = maps.Clone(vars)
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// read parses text and returns the file and the diagnostics as they are shown.
func read(t *testing.T, text string, o Options) (*File, string) {
	t.Helper()
	file, err := newTestValidator(t).parse("pipeline.yaml", []byte(text), o)
	var diagnostics Diagnostics
	if err != nil && !errors.As(err, &diagnostics) {
		t.Fatalf("Parse: %v", err)
	}
	if err == nil {
		diagnostics = file.Warnings()
	}
	return file, diagnostics.Error()
}

// smallest is the smallest file that has nothing wrong.
const smallest = `version: 1
steps:
  customer:
    from: customers.csv
    sink: create_customer
    key: "{{ .email }}"
    mapping: { name: "{{ .name }}", emails: [{ email: "{{ .email }}" }] }
`
