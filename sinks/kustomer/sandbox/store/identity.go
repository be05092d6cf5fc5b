package store

import (
	"fmt"
	"slices"
	"strings"
)

// Space is a set of values that look-ups search and, where they must be unique, that no two objects share.
type Space uint8

// The spaces.
const (
	CustomerExternalID Space = iota
	CustomerEmail
	CustomerPhone
	customerWhatsapp
	customerSocial
	ConversationExternalID
	MessageExternalID
	CompanyExternalID
	CompanyName
	noteExternalID
	kobjectExternalID // with the name of the klass before it, see KObjectIdentity
	klassName
	noteDraft // by conversation
	spaces
)

// spaceTable says of each space which field an error answer shows for a duplicate, and whether and when its values
// must be unique (kustomer-api.md 3.3, 8, 17.6).
var spaceTable = [spaces]struct {
	field  string
	unique uniqueness
}{
	CustomerExternalID:     {"externalId", always},
	CustomerEmail:          {"emails", always},
	CustomerPhone:          {"phones", always},
	customerWhatsapp:       {"whatsapps", always},
	customerSocial:         {"socials", always},
	ConversationExternalID: {"externalId", asUniqueSays},
	MessageExternalID:      {"externalId", asUniqueSays},
	CompanyExternalID:      {"externalId", never},
	CompanyName:            {"name", never},
	noteExternalID:         {"externalId", never},
	kobjectExternalID:      {"externalId", asUniqueSays},
	klassName:              {"name", always},
	noteDraft:              {"conversation", always},
}

// uniqueness says when the values of a space must be unique.
type uniqueness uint8

const (
	never        uniqueness = iota
	asUniqueSays            // when Unique is UniqueAll
	always
)

// Unique says which externalIds no two objects may share.
type Unique string

// The rules of uniqueness. Customer identifiers are always unique (kustomer-api.md 3.3); what Kustomer does for
// conversations and messages is not known, so both are here.
const (
	UniqueAll       Unique = "all"       // per type: customers, conversations and messages (the default)
	UniqueCustomers Unique = "customers" // customers alone
)

// holds reports whether the values of a space must be unique.
func (u Unique) holds(s Space) bool {
	if u == UniqueCustomers {
		return spaceTable[s].unique == always
	}
	return spaceTable[s].unique != never
}

// externalIDs are the spaces that hold the externalIds of a kind.
var externalIDs = map[Kind]Space{
	Customer: CustomerExternalID, Conversation: ConversationExternalID, Message: MessageExternalID,
	Company: CompanyExternalID, Note: noteExternalID, KObject: kobjectExternalID,
}

// Identity is one value in one space.
type Identity struct {
	space Space
	value string
}

// Of is a value in the space. E-mail addresses compare without case, phone numbers by their digits
// (kustomer-api.md 17.5).
func (s Space) Of(value string) Identity {
	switch s {
	case CustomerEmail:
		value = strings.ToLower(value)
	case CustomerPhone, customerWhatsapp:
		value = digits(value)
	}
	return Identity{s, value}
}

// KObjectIdentity is an externalId among those of one klass.
func KObjectIdentity(klass, externalID string) Identity {
	if externalID == "" {
		return Identity{kobjectExternalID, ""}
	}
	return Identity{kobjectExternalID, klass + "/" + externalID} // the name of a klass holds no slash
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

// identities lists the values by which an object is known.
func (f *facts) identities(k Kind) []Identity {
	switch k {
	case Customer:
		return f.customerIdentities()
	case Conversation:
		return appendIdentity(nil, ConversationExternalID.Of(f.ExternalID))
	case Message:
		return appendIdentity(nil, MessageExternalID.Of(f.ExternalID))
	case Company:
		return appendIdentity(appendIdentity(nil, CompanyExternalID.Of(f.ExternalID)), CompanyName.Of(f.Name))
	case Note:
		return appendIdentity(nil, noteExternalID.Of(f.ExternalID))
	case KObject:
		return appendIdentity(nil, KObjectIdentity(f.Klass, f.ExternalID))
	case Klass:
		return appendIdentity(nil, klassName.Of(f.Name))
	case Draft:
		if f.Channel == "note" {
			return appendIdentity(nil, noteDraft.Of(f.Conversation))
		}
	}
	return nil
}

func (f *facts) customerIdentities() []Identity {
	list := appendIdentity(nil, CustomerExternalID.Of(f.ExternalID))
	for _, v := range f.ExternalIDs {
		list = appendIdentity(list, CustomerExternalID.Of(v.ExternalID))
	}
	for _, v := range f.Emails {
		list = appendIdentity(list, CustomerEmail.Of(v.Email))
	}
	for _, v := range f.Phones {
		list = appendIdentity(list, CustomerPhone.Of(v.Phone))
	}
	for _, v := range f.Whatsapps {
		list = appendIdentity(list, customerWhatsapp.Of(v.Phone))
	}
	for _, v := range f.Socials {
		list = appendIdentity(list, customerSocial.Of(v.Type+":"+v.Username))
	}
	return list
}

// appendIdentity leaves out an empty value and one that is in the list already.
func appendIdentity(list []Identity, one Identity) []Identity {
	if one.value == "" || slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// TakenError says that another object has an identity that must be unique.
type TakenError struct {
	Field string // of the object, as an error answer shows it
	Value string
}

func (e *TakenError) Error() string { return fmt.Sprintf("%s %q is in use", e.Field, e.Value) }
