package catalog_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

const (
	oid   = "65a0c0ffee0000000000abcd"
	other = "65a0c0ffee0000000000abce"
)

// base is the least payload that each sink takes.
var base = map[string]map[string]any{
	"create_customer":     {},
	"create_conversation": {"customer": oid},
	"send_message":        {"conversation": oid, "channel": "email", "direction": "in"},
	"create_company":      {"name": "Acme"},
	"update_conversation": {"id": oid, "name": "Help"},
	"update_customer":     {"id": oid},
	"append_customer_email": {
		"id": oid, "emails": []any{map[string]any{"email": "a@b"}},
	},
	"merge_customers":          {"source": oid, "target": other},
	"delete_customer":          {"id": oid},
	"add_conversation_tags":    {"id": oid, "tags": []any{"a"}},
	"remove_conversation_tags": {"id": oid, "tags": []any{"a"}},
	"assign_conversation_team": {"id": oid, "assignedTeams": []any{oid}},
	"move_conversation":        {"id": oid, "customer": oid},
	"create_note":              {"conversation": oid, "body": "x"},
	"update_note":              {"id": oid},
	"create_kobject":           {"klass": "order", "title": "x"},
	"delete_kobject":           {"klass": "order", "id": oid},
	"create_klass":             {"name": "order"},
	"create_draft_note":        {"customer": oid, "conversation": oid, "body": "x"},
	"postpone_draft":           {"id": oid, "channel": "email", "sendAt": "2030-01-01T00:00:00Z"},
	"request":                  {"method": "PUT", "path": "/v1/x"},
}

// fitOne fits the least payload with one more field, and returns the first fault as "place rule".
func fitOne(t testing.TB, sink string, op sinks.Op, field string, value any) string {
	t.Helper()
	payload := map[string]any{field: value}
	for name, v := range base[sink] {
		if _, set := payload[name]; !set {
			payload[name] = v
		}
	}
	_, err := spec(t, sink).Fit(op, payload)
	var fit *sinks.FitError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &fit):
		t.Fatalf("%s.%s: %v", sink, field, err)
	}
	return fit.Field + " " + fit.Rule
}

// repeat makes a list of n items.
func repeat(n int, item func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = item(i)
	}
	return list
}

func long(n int) string { return strings.Repeat("x", n) }

func number(i int) any { return fmt.Sprint("t", i) }

func email(i int) any { return map[string]any{"email": fmt.Sprintf("a%d@example.com", i)} }

func phone(i int) any { return map[string]any{"phone": fmt.Sprintf("+1555%04d", i)} }

func object(i int) any { return fmt.Sprintf("%024x", i) }

// TestLimits tries each limit of kustomer-api.md 2.4, 5.2, 6.2, 6.3 and 7.2 on both sides of its edge.
func TestLimits(t *testing.T) {
	customer, conversation, message := "create_customer", "create_conversation", "send_message"
	type try struct {
		value any
		fault string // "" fits
	}
	tests := []struct {
		sink, field string
		op          sinks.Op
		tries       []try
	}{
		{customer, "name", sinks.Create, []try{
			{strings.Repeat("😀", 128), ""}, {strings.Repeat("😀", 128) + "a", "name length"}, {long(256), ""}, {long(257), "name length"}, {nil, ""},
		}},
		{customer, "externalId", sinks.Create, []try{
			{long(256), ""}, {long(257), "externalId length"}, {"", "externalId length"}, {"a\nb", "externalId pattern"}, {nil, "externalId null"},
		}},
		{customer, "emails", sinks.Create, []try{
			{repeat(10, email), ""}, {repeat(11, email), "emails items"}, {[]any{email(1), email(1)}, "emails unique"}, {nil, ""},
			{[]any{map[string]any{"email": "a@b", "type": "mobile"}}, "emails[0].type enum"}, {[]any{map[string]any{"type": "work"}}, "emails[0].email required"},
			{[]any{map[string]any{"email": "a@b", "verified": "true"}}, ""}, {"a@b", "emails type"}, {[]any{"a@b"}, "emails[0] type"},
		}},
		{customer, "phones", sinks.Create, []try{
			{repeat(10, phone), ""}, {repeat(11, phone), "phones items"}, {[]any{map[string]any{"phone": "n/a"}}, "phones[0].phone format"},
			{[]any{map[string]any{"phone": "+15550100", "type": "fax"}}, ""},
		}},
		{customer, "sharedEmails", sinks.Create, []try{{repeat(11, email), "sharedEmails items"}}},
		{customer, "sharedPhones", sinks.Create, []try{{repeat(11, phone), "sharedPhones items"}}},
		{customer, "whatsapps", sinks.Create, []try{{repeat(10, phone), ""}, {repeat(11, phone), "whatsapps items"}, {[]any{map[string]any{"phone": "+15550100", "type": "home"}}, "whatsapps[0].type enum"}}},
		{customer, "externalIds", sinks.Create, []try{
			{[]any{map[string]any{"externalId": long(255)}}, ""}, {[]any{map[string]any{"externalId": long(256)}}, "externalIds[0].externalId length"},
		}},
		{customer, "facebookIds", sinks.Create, []try{{[]any{map[string]any{"pageId": "1"}}, "facebookIds[0].userId required"}, {[]any{map[string]any{"pageId": 1, "userId": 2}}, ""}}},
		{customer, "instagramIds", sinks.Create, []try{{[]any{map[string]any{"pageId": 1, "threadId": 2, "username": long(256)}}, "instagramIds[0].username length"}}},
		{customer, "socials", sinks.Create, []try{{[]any{map[string]any{"type": "twitter", "username": "ana"}}, ""}, {[]any{map[string]any{"type": "myspace", "username": "ana"}}, "socials[0].type enum"}}},
		{customer, "urls", sinks.Create, []try{{[]any{map[string]any{"url": "https://a.b", "type": "blog"}}, ""}, {[]any{map[string]any{"url": "a.b"}}, "urls[0].url format"}}},
		{customer, "locations", sinks.Create, []try{
			{[]any{map[string]any{"countryCode": "US", "regionCode": "N", "latitude": "40.7"}}, ""}, {[]any{map[string]any{"countryCode": "USA"}}, "locations[0].countryCode length"},
			{[]any{map[string]any{"countryCode": "U"}}, "locations[0].countryCode length"}, {[]any{map[string]any{"regionCode": "NYC"}}, "locations[0].regionCode length"},
			{[]any{map[string]any{"address": long(257)}}, "locations[0].address length"}, {[]any{map[string]any{"zipCode": long(31)}}, "locations[0].zipCode length"},
		}},
		{customer, "company", sinks.Update, []try{{oid, ""}, {nil, ""}, {"acme", "company format"}}},
		{customer, "username", sinks.Create, []try{{long(257), "username length"}}},
		{customer, "locale", sinks.Create, []try{{long(16), ""}, {long(17), "locale length"}}},
		{customer, "timeZone", sinks.Create, []try{{long(64), ""}, {long(65), "timeZone length"}}},
		{customer, "defaultLang", sinks.Create, []try{{long(100), ""}, {long(101), "defaultLang length"}}},
		{customer, "gender", sinks.Create, []try{{"m", ""}, {"f", ""}, {"x", "gender enum"}, {nil, ""}}},
		{customer, "avatarUrl", sinks.Create, []try{{"https://a.b/c.png", ""}, {"c.png", "avatarUrl format"}}},
		{customer, "birthdayAt", sinks.Create, []try{{time.Unix(0, 0), ""}, {"1970-01-01", "birthdayAt type"}, {nil, ""}}},
		{customer, "tags", sinks.Create, []try{
			{repeat(20, number), ""}, {repeat(21, number), "tags items"}, {[]any{"a", "a"}, "tags unique"}, {[]any{long(64)}, ""}, {[]any{long(65)}, "tags[0] length"},
			{[]any{""}, "tags[0] length"}, {[]any{"Às/<>-._ y"}, ""}, {[]any{" a"}, "tags[0] pattern"}, {[]any{"a,b"}, "tags[0] pattern"}, {"a", "tags type"},
		}},
		{customer, "sentiment", sinks.Create, []try{
			{map[string]any{"polarity": "-1", "confidence": 0.5}, ""}, {map[string]any{"polarity": 2, "confidence": 0}, "sentiment.polarity range"},
			{map[string]any{"polarity": 0.5, "confidence": 0}, "sentiment.polarity type"}, {map[string]any{"polarity": 1, "confidence": "1.01"}, "sentiment.confidence range"},
			{map[string]any{"polarity": 1}, "sentiment.confidence required"},
		}},
		{customer, "custom", sinks.Create, []try{
			{map[string]any{"tierStr": long(1024)}, ""}, {map[string]any{"tierStr": long(1025)}, "custom.tierStr length"}, {map[string]any{"tier": "a"}, "custom.tier suffix"},
			{attributes(100), ""}, {attributes(101), "custom items"},
		}},
		{customer, "firstName", sinks.Create, []try{{"Ana", "firstName unknown"}}},

		{conversation, "customer", sinks.Create, []try{{oid, ""}, {"cust_abc", "customer format"}, {nil, "customer null"}}},
		{conversation, "name", sinks.Create, []try{{long(256), ""}, {long(257), "name length"}, {nil, "name null"}}},
		{conversation, "priority", sinks.Create, []try{{"0", "priority range"}, {"1", ""}, {5, ""}, {6, "priority range"}, {"high", "priority type"}, {2.5, "priority type"}}},
		{conversation, "status", sinks.Create, []try{{"open", ""}, {"done", ""}, {"snoozed", "status enum"}, {"closed", "status enum"}}},
		{conversation, "status", sinks.Update, []try{{"snoozed", ""}, {"closed", "status enum"}}},
		{conversation, "direction", sinks.Create, []try{{"in", ""}, {"inbound", "direction enum"}}},
		{conversation, "replyChannel", sinks.Create, []try{{long(256), ""}, {long(257), "replyChannel length"}, {nil, ""}}},
		{conversation, "assignedUsers", sinks.Create, []try{{repeat(10, object), ""}, {repeat(11, object), "assignedUsers items"}, {[]any{"ana"}, "assignedUsers[0] format"}}},
		{conversation, "assignedTeams", sinks.Create, []try{{repeat(11, object), "assignedTeams items"}, {[]any{oid, oid}, "assignedTeams unique"}}},
		{conversation, "queue", sinks.Create, []try{{map[string]any{"id": oid}, ""}, {map[string]any{"external": "amazon-connect"}, ""}, {map[string]any{}, "queue items"}, {map[string]any{"external": "x"}, "queue.external enum"}}},
		{conversation, "satisfaction", sinks.Create, []try{{1, "satisfaction use"}}},
		{conversation, "satisfaction", sinks.Update, []try{{-1, ""}, {"1.5", "satisfaction range"}}},
		{conversation, "endedReason", sinks.Update, []try{{long(128), ""}, {long(129), "endedReason length"}}},
		{conversation, "snooze", sinks.Update, []try{{map[string]any{"time": time.Unix(0, 0), "status": "scheduled"}, ""}, {map[string]any{"status": "x"}, "snooze.status enum"}}},
		{conversation, "channel", sinks.Create, []try{{"email", "channel unknown"}}},

		{message, "preview", sinks.Create, []try{{strings.Repeat("😀", 5120), ""}, {strings.Repeat("😀", 5120) + "a", "preview length"}}},
		{message, "subject", sinks.Create, []try{{long(256), ""}, {long(257), "subject length"}}},
		{message, "channel", sinks.Create, []try{{"twitter-dm", ""}, {"note", "channel enum"}, {nil, "channel null"}}},
		{message, "direction", sinks.Create, []try{{"out", ""}, {"initial-in", "direction enum"}}},
		{message, "status", sinks.Create, []try{{"received", ""}, {"delivered", "status enum"}}},
		{message, "source", sinks.Create, []try{{"bulk", ""}, {"api", "source enum"}}},
		{message, "meta", sinks.Create, []try{
			{map[string]any{"from": "a@b", "to": []any{map[string]any{"email": "c@d"}}}, ""}, {attributes(100), ""}, {attributes(101), "meta items"}, {"a", "meta type"},
		}},
		{message, "reference", sinks.Create, []try{{map[string]any{"message": oid, "type": "replyAll"}, ""}, {map[string]any{"message": oid}, "reference.type required"}}},
		{message, "attachments", sinks.Create, []try{{[]any{oid}, ""}, {[]any{map[string]any{"_id": oid, "name": "a.pdf", "contentType": "application/pdf", "contentLength": 3}}, ""}}},
		{message, "shortcuts", sinks.Create, []try{{[]any{oid}, ""}, {[]any{"hello"}, "shortcuts[0] format"}}},
		{message, "lang", sinks.Create, []try{{long(100), ""}, {long(101), "lang length"}}},
		{message, "sentAt", sinks.Create, []try{{"2026-01-31T09:30:00Z", ""}, {"31.01.2026", "sentAt type"}}},
		{message, "reactions", sinks.Update, []try{{repeat(100, number), ""}, {repeat(101, number), "reactions items"}}},
		{"create_company", "name", sinks.Create, []try{{"Ac", "name length"}, {"Acm", ""}, {long(256), ""}, {long(257), "name length"}, {nil, "name null"}}},
		{"create_company", "domains", sinks.Create, []try{{[]any{map[string]any{"domain": "acme.com"}}, ""}, {[]any{"acme.com"}, "domains[0] type"}, {repeat(11, func(i int) any { return map[string]any{"domain": number(i)} }), "domains items"}}},
		{"create_company", "employeeCount", sinks.Create, []try{{"7", ""}, {"many", "employeeCount type"}}},
		{"create_company", "deleted", sinks.Create, []try{{true, "deleted use"}}},
		{"create_company", "deleted", sinks.Update, []try{{true, ""}, {nil, ""}}},
		{"update_customer", "name", sinks.Create, []try{{"Ann", ""}, {nil, ""}, {long(257), "name length"}}},
		{"update_customer", "createdAt", sinks.Create, []try{{time.Unix(0, 0), "createdAt unknown"}}},
		{"update_customer", "id", sinks.Create, []try{{oid, "id required"}, {"zd-1", "id format"}, {nil, "id null"}}},
		{"update_conversation", "status", sinks.Create, []try{{"snoozed", ""}, {"closed", "status enum"}}},
		{"update_conversation", "customer", sinks.Create, []try{{oid, "customer unknown"}}},
		{"update_conversation", "customer_id", sinks.Create, []try{{oid, "customer_id unknown"}}},
		{"append_customer_email", "emails", sinks.Create, []try{{[]any{}, "emails items"}, {repeat(10, email), ""}, {repeat(11, email), "emails items"}, {nil, "emails null"}, {"a@b", "emails type"}}},
		{"append_customer_email", "email", sinks.Create, []try{{"a@b", "email unknown"}}},
		{"merge_customers", "source", sinks.Create, []try{{oid, ""}, {other, "target apart"}, {nil, "source null"}, {"ann", "source format"}}},
		{"merge_customers", "reason", sinks.Create, []try{{"dup", "reason unknown"}}},
		{"delete_customer", "id", sinks.Create, []try{{oid, ""}, {"", "id format"}, {nil, "id null"}}},
		{"add_conversation_tags", "tags", sinks.Create, []try{{[]any{}, "tags items"}, {repeat(20, number), ""}, {repeat(21, number), "tags items"}, {nil, "tags null"}}},
		{"remove_conversation_tags", "tags", sinks.Create, []try{{[]any{}, "tags items"}, {[]any{"a", "a"}, "tags unique"}}},
		{"assign_conversation_team", "assignedTeams", sinks.Create, []try{{[]any{oid}, ""}, {nil, ""}, {[]any{"Support"}, "assignedTeams[0] format"}, {repeat(11, object), "assignedTeams items"}}},
		{"assign_conversation_team", "team", sinks.Create, []try{{oid, "team unknown"}}},
		{"move_conversation", "name", sinks.Create, []try{{"x", "name unknown"}}},
		{"create_note", "body", sinks.Create, []try{{"", "body length"}, {long(10240), ""}, {long(10241), "body length"}}},
		{"create_note", "userMentions", sinks.Create, []try{{repeat(20, func(i int) any { return map[string]any{"user": object(i)} }), ""}, {repeat(21, func(i int) any { return map[string]any{"team": object(i)} }), "userMentions items"}}},
		{"create_note", "conversation", sinks.Create, []try{{nil, "conversation null"}, {"t-1", "conversation format"}}},
		{"update_note", "body", sinks.Create, []try{{"y", ""}, {"", "body length"}}},
		{"create_kobject", "title", sinks.Create, []try{{"", "title length"}, {long(256), ""}, {long(257), "title length"}}},
		{"create_kobject", "images", sinks.Create, []try{{[]any{"https://a.b/c.png"}, ""}, {[]any{"c.png"}, "images[0] format"}}},
		{"create_kobject", "icon", sinks.Create, []try{{long(64), ""}, {long(65), "icon length"}}},
		{"create_kobject", "data", sinks.Create, []try{{map[string]any{"a": []any{1}}, ""}, {"a", "data type"}}},
		{"create_kobject", "rev", sinks.Create, []try{{1, "rev use"}}},
		{"create_klass", "name", sinks.Create, []try{{"ecomm-order_1", ""}, {"ecomm order", "name pattern"}, {long(255), ""}, {long(256), "name length"}, {"", "name length"}}},
		{"create_klass", "mixins", sinks.Create, []try{{[]any{"editable"}, ""}, {[]any{"flying"}, "mixins[0] enum"}}},
		{"create_draft_note", "channel", sinks.Create, []try{{"note", ""}, {"email", "channel enum"}}},
		{"create_draft_note", "sendAt", sinks.Create, []try{{time.Unix(0, 0), "sendAt unknown"}}},
		{"postpone_draft", "sendAt", sinks.Create, []try{{"tomorrow", "sendAt type"}, {nil, "sendAt null"}}},
		{"postpone_draft", "channel", sinks.Create, []try{{"sms", ""}, {"fax", "channel enum"}}},
		{"request", "path", sinks.Create, []try{
			{"/v1/klasses/x", ""}, {"/v1/customers/x/drafts", "path reserved"}, {"/v1/Drafts/x", "path reserved"}, {"/v1/conversations/x/forwards", "path reserved"},
			{"/v1/customers/merges", "path reserved"}, {"/v1/customers?ids=a", "path format"}, {"/oauth/token", "path pattern"}, {"/v1/../oauth", "path format"},
		}},
		{"request", "body", sinks.Create, []try{{nil, ""}, {[]any{1, "a"}, ""}, {"text", ""}}},
		{message, "to", sinks.Create, []try{{"a@b", "to unknown"}}},
		{message, "sentBy", sinks.Create, []try{{oid, "sentBy unknown"}}},
	}
	for _, tt := range tests {
		t.Run(tt.sink+"/"+tt.op.String()+"/"+tt.field, func(t *testing.T) {
			for i, try := range tt.tries {
				if got := fitOne(t, tt.sink, tt.op, tt.field, try.value); got != try.fault {
					t.Errorf("try %d: fault is %q, want %q", i, got, try.fault)
				}
			}
		})
	}
}

// attributes makes an object of n members whose names end in Str.
func attributes(n int) map[string]any {
	out := map[string]any{}
	for i := range n {
		out[fmt.Sprintf("a%dStr", i)] = "x"
	}
	return out
}

// TestMessageFit: what the catalog says of a message as a whole.
func TestMessageFit(t *testing.T) {
	s := spec(t, "send_message")
	in := map[string]any{"conversation_id": oid, "customer_id": oid, "body": "hello", "channel": "email", "direction": "in"}
	out, err := s.Fit(sinks.Create, in)
	if err != nil {
		t.Fatal(err)
	}
	route, _ := s.Route(sinks.Create, out)
	path, body, err := route.Fill(out, "")
	if err != nil || path != "/v1/conversations/"+oid+"/messages" {
		t.Errorf("path is %s, %v", path, err)
	}
	want := map[string]any{"customer": oid, "preview": "hello", "channel": "email", "direction": "in", "app": "kustsync"}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Error(diff)
	}

	delete(in, "conversation_id")
	if out, err = s.Fit(sinks.Create, in); err != nil {
		t.Fatal(err)
	}
	route, _ = s.Route(sinks.Create, out)
	path, body, err = route.Fill(out, "")
	if err != nil || path != "/v1/customers/"+oid+"/messages" {
		t.Errorf("path is %s, %v", path, err)
	}
	if _, there := body["customer"]; there {
		t.Error("the customer is in the body of a request that names it in its path")
	}

	delete(in, "customer_id")
	if _, err = s.Fit(sinks.Create, in); err == nil || !strings.Contains(err.Error(), "map conversation or customer") {
		t.Errorf("a message of nobody: %v", err)
	}
	if out, err = s.Fit(sinks.Update, in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"preview": "hello"}, out); diff != "" {
		t.Error(diff)
	}
}

// TestContractExamples fits the payloads that the contract's pipeline makes (contract, section 1).
func TestContractExamples(t *testing.T) {
	moment := time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)
	const text = "2026-01-31T09:30:00.000Z"
	tests := []struct {
		sink     string
		in, want map[string]any
	}{
		{
			"create_customer",
			map[string]any{
				"externalId": "zd-1", "name": "Ana Ruiz", "emails": []any{map[string]any{"type": "work", "email": "ana@example.com"}},
				"phones": []any{map[string]any{"type": "mobile", "phone": "+15550100"}}, "tags": []any{"vip", "beta"},
				"custom": map[string]any{"tierStr": "gold", "mrrNum": "12.50", "renewsAt": moment},
			},
			map[string]any{
				"externalId": "zd-1", "name": "Ana Ruiz", "emails": []any{map[string]any{"type": "work", "email": "ana@example.com"}},
				"phones": []any{map[string]any{"type": "mobile", "phone": "+15550100"}}, "tags": []any{"vip", "beta"},
				"custom": map[string]any{"tierStr": "gold", "mrrNum": json.Number("12.50"), "renewsAt": text},
			},
		},
		{
			"create_conversation",
			map[string]any{"customer": oid, "subject": "Help", "status": "done", "createdAt": moment, "importedAt": moment},
			map[string]any{"customer": oid, "name": "Help", "status": "done", "createdAt": text, "importedAt": text},
		},
		{
			"send_message",
			map[string]any{"conversation": oid, "channel": "email", "direction": "out", "preview": "Hi", "sentAt": moment},
			map[string]any{"conversation": oid, "channel": "email", "direction": "out", "preview": "Hi", "sentAt": text, "app": "kustsync"},
		},
	}
	for _, tt := range tests {
		out, err := spec(t, tt.sink).Fit(sinks.Create, tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.sink, err)
		}
		if diff := cmp.Diff(tt.want, out); diff != "" {
			t.Errorf("%s: %s", tt.sink, diff)
		}
	}
}

// FuzzCatalogFit: no JSON makes a sink panic, and what fits a create fits an update too, save for an
// object that an update would need more of.
func FuzzCatalogFit(f *testing.F) {
	f.Add(`{"name":"Ana","emails":[{"email":"a@b","verified":"true"}],"tags":["a"],"custom":{"aNum":"1"},"company":null}`)
	f.Add(`{"customer":"65a0c0ffee0000000000abcd","subject":"x","priority":"3","queue":{"id":"65a0c0ffee0000000000abcd"}}`)
	f.Add(`{"conversation_id":"65a0c0ffee0000000000abcd","channel":"sms","direction":"in","body":"x","meta":{"a":[1]},"error":{"code":1}}`)
	f.Add(`{"sentiment":{"polarity":1,"confidence":0.5},"locations":[{"countryCode":"US"}],"createdAt":"2026-01-31T09:30:00Z"}`)
	f.Add(`{"id":"65a0c0ffee0000000000abcd","tags":["a"],"emails":[{"email":"a@b"}],"assignedTeams":null,"klass":"order"}`)
	f.Add(`{"method":"PUT","path":"/v1/x","body":[1,null,{"a":{}}]}`)
	var specs []*sinks.Spec
	for _, s := range catalog.Specs() {
		specs = append(specs, spec(f, s.Name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in map[string]any
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		for _, s := range specs {
			created, err := s.Fit(sinks.Create, in)
			if err != nil {
				continue
			}
			for _, param := range s.Params {
				created[param] = written[param]
			}
			again, err := s.Fit(sinks.Create, created)
			for _, param := range s.Params {
				delete(created, param)
			}
			if err != nil || !cmp.Equal(created, again) {
				t.Fatalf("%s: fitted twice it is another: %v", s.Name, err)
			}
			if _, err := s.Fit(sinks.Update, created); err != nil && s.Update != nil {
				t.Fatalf("%s: an update of what was created does not fit: %v", s.Name, err)
			}
			if _, err := sinks.Canonical(created); err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
		}
	})
}

func BenchmarkFit(b *testing.B) {
	s := spec(b, "create_customer")
	in := map[string]any{
		"externalId": "zd-1", "name": "Ana Ruiz", "emails": []any{map[string]any{"type": "work", "email": "ana@example.com"}},
		"phones": []any{map[string]any{"type": "mobile", "phone": "+15550100"}}, "tags": []any{"vip", "beta"}, "locale": "en_US",
		"signedUpAt": "2026-01-31T09:30:00Z", "custom": map[string]any{"tierStr": "gold", "mrrNum": "12.50", "vipBool": "true"},
	}
	for b.Loop() {
		if _, err := s.Fit(sinks.Create, in); err != nil {
			b.Fatal(err)
		}
	}
}
