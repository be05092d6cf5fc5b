package sandbox

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// identifier is the 24 hexadecimal digits of an object, as bytes (kustomer-api.md 1.5).
type identifier [12]byte

func (i identifier) String() string { return hex.EncodeToString(i[:]) }

func parseID(s string) (identifier, bool) {
	var i identifier
	if len(s) != hex.EncodedLen(len(i)) {
		return i, false
	}
	_, err := hex.Decode(i[:], []byte(s))
	return i, err == nil
}

// record is one object. It is kept small: a sandbox holds a million of them.
type record struct {
	id       identifier
	kind     kind
	deleted  bool
	outbound bool  // of a message
	status   uint8 // of a conversation: index in statuses
	channel  uint8 // of a message: index in channels
	rev      uint32
	born     int64     // Unix nanoseconds of its creation; 0 when an earlier process made it
	given    bool      // there from the start, no request made it
	sent     int64     // Unix milliseconds: when a message was sent, when another object was made
	klass    *string   // of a KObject: the name of its klass
	parent   *record   // as parents has it; nil where there is none
	children []*record // the other way round, in order of creation
	doc      []byte    // JSON object of what was set; defaults are added when it is shown
}

var (
	statuses = []string{"open", "snoozed", "done"}
	channels = []string{"email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"}
)

// typeName is the type in an answer (kustomer-api.md 1.5).
func (r *record) typeName() string {
	if r.klass != nil {
		return r.kind.String() + "." + *r.klass
	}
	return r.kind.String()
}

func (r *record) path() string {
	collection := r.kind.collection()
	if r.klass != nil {
		collection = "klasses/" + *r.klass
	}
	return "/v1/" + collection + "/" + r.id.String()
}

// document decodes what was set.
func (r *record) document() document {
	v, err := decode(r.doc)
	if d, ok := v.(document); ok && err == nil {
		return d
	}
	return document{}
}

// facts is what the store must know of a document to index and link it.
type facts struct {
	ExternalID   string                        `json:"externalId"`
	ExternalIDs  []struct{ ExternalID string } `json:"externalIds"`
	Emails       []struct{ Email string }      `json:"emails"`
	Phones       []struct{ Phone string }      `json:"phones"`
	Whatsapps    []struct{ Phone string }      `json:"whatsapps"`
	Socials      []struct{ Type, Username string }
	Name         string
	Klass        string
	Customer     string
	Conversation string
	Status       string
	Channel      string
	Direction    string
	SentAt       string
	CreatedAt    string
}

// factsOf reads a document. Of the objects that only a list shows, nothing is known.
func factsOf(k kind, doc []byte) (*facts, error) {
	f := new(facts)
	into := any(f)
	if kindTable[k].listed {
		into = new(map[string]json.RawMessage)
	}
	if err := json.Unmarshal(doc, into); err != nil {
		return nil, fmt.Errorf("reading a stored object: %w", err)
	}
	return f, nil
}

// space is a set of values that look-ups search and, where they must be unique, that no two
// objects share.
type space uint8

const (
	customerExternalID space = iota
	customerEmail
	customerPhone
	customerWhatsapp
	customerSocial
	conversationExternalID
	messageExternalID
	companyExternalID
	companyName
	noteExternalID
	kobjectExternalID // with the klass before it
	klassName
	noteDraft // by conversation
	spaces
)

// spaceTable says of each space which field an error answer shows for a duplicate, and whether
// and when its values must be unique (kustomer-api.md 3.3, 8, 17.6).
var spaceTable = [spaces]struct {
	field  string
	unique uniqueness
}{
	customerExternalID:     {"externalId", always},
	customerEmail:          {"emails", always},
	customerPhone:          {"phones", always},
	customerWhatsapp:       {"whatsapps", always},
	customerSocial:         {"socials", always},
	conversationExternalID: {"externalId", asOptionsSay},
	messageExternalID:      {"externalId", asOptionsSay},
	companyExternalID:      {"externalId", never},
	companyName:            {"name", never},
	noteExternalID:         {"externalId", never},
	kobjectExternalID:      {"externalId", asOptionsSay},
	klassName:              {"name", always},
	noteDraft:              {"conversation", always},
}

// uniqueness says when the values of a space must be unique.
type uniqueness uint8

const (
	never uniqueness = iota
	asOptionsSay
	always
)

// identity is one value in one space.
type identity struct {
	space space
	value string
}

// identities lists the values by which an object is known. E-mail addresses compare without
// case, phone numbers by their digits (kustomer-api.md 17.5).
func (f *facts) identities(k kind) []identity {
	switch k {
	case customer:
		return f.customerIdentities()
	case conversation:
		return appendIdentity(nil, conversationExternalID, f.ExternalID)
	case message:
		return appendIdentity(nil, messageExternalID, f.ExternalID)
	case company:
		return appendIdentity(appendIdentity(nil, companyExternalID, f.ExternalID), companyName, f.Name)
	case note:
		return appendIdentity(nil, noteExternalID, f.ExternalID)
	case kobject:
		return appendIdentity(nil, kobjectExternalID, inKlass(f.Klass, f.ExternalID))
	case klass:
		return appendIdentity(nil, klassName, f.Name)
	case draft:
		if f.Channel == "note" {
			return appendIdentity(nil, noteDraft, f.Conversation)
		}
	}
	return nil
}

// inKlass is the externalId of a KObject among those of all klasses.
func inKlass(klass, externalID string) string {
	if externalID == "" {
		return ""
	}
	return klass + "/" + externalID // the name of a klass holds no slash
}

func (f *facts) customerIdentities() []identity {
	list := appendIdentity(nil, customerExternalID, f.ExternalID)
	for _, v := range f.ExternalIDs {
		list = appendIdentity(list, customerExternalID, v.ExternalID)
	}
	for _, v := range f.Emails {
		list = appendIdentity(list, customerEmail, foldEmail(v.Email))
	}
	for _, v := range f.Phones {
		list = appendIdentity(list, customerPhone, foldPhone(v.Phone))
	}
	for _, v := range f.Whatsapps {
		list = appendIdentity(list, customerWhatsapp, foldPhone(v.Phone))
	}
	for _, v := range f.Socials {
		list = appendIdentity(list, customerSocial, v.Type+":"+v.Username)
	}
	return list
}

func appendIdentity(list []identity, s space, value string) []identity {
	one := identity{s, value}
	if value == "" || slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

func foldEmail(s string) string { return strings.ToLower(s) }

// foldPhone keeps the digits.
func foldPhone(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

// take copies into the record what answers about its parent need.
func (r *record) take(f *facts) {
	r.status = uint8(max(0, slices.Index(statuses, f.Status)))
	r.channel = uint8(max(0, slices.Index(channels, f.Channel)))
	r.outbound = f.Direction == "out"
	if t, ok := parseTime(f.SentAt); ok {
		r.sent = t.UnixMilli()
	} else if t, ok := parseTime(f.CreatedAt); ok {
		r.sent = t.UnixMilli()
	}
}

// now is the time as Kustomer writes it.
func now() string { return time.Now().UTC().Format(stamp) }
