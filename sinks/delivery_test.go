package sinks

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatchAddress(t *testing.T) {
	for _, c := range []struct {
		pattern, address string
		want             bool
	}{
		{"*@test.example", "ann@test.example", true},
		{"*@test.example", "Ann@TEST.example", true},
		{"*@test.example", "ann@test.example.evil", false},
		{"*@test.example", "ann@nottest.example", false},
		{"ann@test.example", "ann@test.example", true},
		{"ann@test.example", "joann@test.example", false},
		{"+1555*", "+15550100", true},
		{"+1555*", "+44 1555", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"*", "anybody", true},
		{"", "", true},
		{"", "ann", false},
		{"*@\u212Aust.example", "a@kust.example", false}, // the Kelvin sign is no k
		{"?@test.example", "a@test.example", false},
	} {
		if got := MatchAddress(c.pattern, c.address); got != c.want {
			t.Errorf("%q, %q: got %v", c.pattern, c.address, got)
		}
	}
}

func TestDeliveryParts(t *testing.T) {
	d := Delivery{TimeField: "sendAt", FlagField: "scheduled", RepeatedFields: []string{"channel", "app"}, AddressPaths: []string{"to[].email", "cc[].email"}, PersonField: "customer"}
	payload := map[string]any{
		"customer": "c1", "channel": "email", "sendAt": "later", "body": "hi",
		"to": []any{map[string]any{"email": "Ann@x.example"}}, "cc": []any{map[string]any{"email": "Ann@x.example"}, map[string]any{"email": "bob@x.example"}},
	}
	if _, there := d.Draft(payload)["sendAt"]; there || len(d.Draft(payload)) != len(payload)-1 {
		t.Errorf("the draft is %v", d.Draft(payload))
	}
	if diff := cmp.Diff(map[string]any{"channel": "email", "sendAt": "now", "scheduled": true}, d.SendPayload(payload, "now")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ann@x.example", "bob@x.example"}, d.People(payload)); diff != "" {
		t.Error(diff)
	}
	noBob := func(address string) bool { return address != "bob@x.example" }
	if field, address, found := d.NotAllowed(payload, noBob); field != "cc" || address != "bob@x.example" || !found {
		t.Errorf("%q of %q is outside", address, field)
	}
	if _, _, found := d.NotAllowed(payload, func(string) bool { return true }); found {
		t.Error("nobody is outside")
	}
	d.AddressPaths = nil
	if diff := cmp.Diff([]string{"c1"}, d.People(payload)); diff != "" {
		t.Error(diff)
	}
}

func TestDelivering(t *testing.T) {
	spec := Prepare(Spec{Name: "say", Channels: []Channel{{Name: "sms", Spec: Spec{Name: "say", Doc: "x"}}}})[0]
	if got, ok := spec.Delivering("sms"); !ok || got.Doc != "x" || got.prepared == nil {
		t.Errorf("got %v %v", got, ok)
	}
	if _, ok := spec.Delivering("fax"); ok {
		t.Error("there is no fax")
	}
}
