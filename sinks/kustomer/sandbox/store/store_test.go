package store

import (
	"errors"
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// add makes an object of a document, and gives the error of one that has to be unique.
func add(t testing.TB, st *Store, k Kind, doc wire.Document) (*Record, error) {
	t.Helper()
	c, err := st.UniqueCreation(k, st.NewID(), doc)
	if err != nil {
		return nil, err
	}
	made, err := st.Commit(c)
	if err != nil {
		t.Fatal(err)
	}
	return made[0], nil
}

func mustAdd(t testing.TB, st *Store, k Kind, doc wire.Document) *Record {
	t.Helper()
	r, err := add(t, st, k, doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestIdentities makes objects of each kind that has an identity twice, and looks at which is refused and found.
func TestIdentities(t *testing.T) {
	for _, c := range []struct {
		name   string
		unique Unique
		kind   Kind
		doc    wire.Document
		is     Identity
		field  string // that is refused the second time; "": nothing is
	}{
		{name: "customer", kind: Customer, doc: wire.Document{"externalId": "x"}, is: CustomerExternalID.Of("x"), field: "externalId"},
		{name: "email without case", kind: Customer, doc: wire.Document{"emails": []any{wire.Document{"email": "A@b.c"}}}, is: CustomerEmail.Of("a@B.c"), field: "emails"},
		{name: "digits of a phone", kind: Customer, doc: wire.Document{"phones": []any{wire.Document{"phone": "+1 (555) 0100"}}}, is: CustomerPhone.Of("15550100"), field: "phones"},
		{name: "klass", kind: Klass, doc: wire.Document{"name": "order"}, is: klassName.Of("order"), field: "name"},
		{name: "kobject", kind: KObject, doc: wire.Document{"klass": "order", "externalId": "x"}, is: KObjectIdentity("order", "x"), field: "externalId"},
		{name: "kobject, customers alone", unique: UniqueCustomers, kind: KObject, doc: wire.Document{"klass": "order", "externalId": "x"}, is: KObjectIdentity("order", "x")},
		{name: "company", kind: Company, doc: wire.Document{"name": "Acme", "externalId": "x"}, is: CompanyExternalID.Of("x")},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, _ := emptyStore(t)
			st.opts.Unique = c.unique
			first := mustAdd(t, st, c.kind, c.doc)
			second, err := add(t, st, c.kind, c.doc)
			taken := new(TakenError)
			if errors.As(err, &taken) != (c.field != "") || taken.Field != c.field {
				t.Fatalf("the second create: %v, want a refused %q", err, c.field)
			}
			if got := st.Find(c.is); got != first {
				t.Errorf("found %v, want the oldest, %s", got, first.ID)
			}
			if _, err := st.Commit(first.Removal()); err != nil {
				t.Fatal(err)
			}
			if got := st.Find(c.is); got != second {
				t.Errorf("after the removal of the oldest %v is found, want the next one or none", got)
			}
		})
	}
}

// TestChildrenFollowTheirParent moves a conversation from one customer to another.
func TestChildrenFollowTheirParent(t *testing.T) {
	st, _ := emptyStore(t)
	from, to := mustAdd(t, st, Customer, wire.Document{}), mustAdd(t, st, Customer, wire.Document{})
	conversation := mustAdd(t, st, Conversation, wire.Document{"customer": from.ID.String()})
	message := mustAdd(t, st, Message, wire.Document{"conversation": conversation.ID.String(), "channel": "sms", "direction": "out"})
	if _, err := st.Commit(conversation.Update(wire.Document{"customer": to.ID.String(), "status": "done"})); err != nil {
		t.Fatal(err)
	}
	if conversation.Parent != to || len(from.Children) != 0 || len(to.Children) != 1 {
		t.Errorf("the conversation belongs to %v", conversation.Parent)
	}
	for r := range to.Below(Message) {
		if r != message || r.Channel() != "sms" || !r.Outbound {
			t.Errorf("below the new customer is %v", r)
		}
	}
	if conversation.Status() != "done" || conversation.Rev != 2 {
		t.Errorf("the conversation is %s with rev %d", conversation.Status(), conversation.Rev)
	}
	if _, err := st.Commit(Change{Type: "message", ID: st.NewID().String(), Rev: 1, Doc: []byte(`{}`)}); err == nil {
		t.Error("a message without a conversation was made")
	}
}
