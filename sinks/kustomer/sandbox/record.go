package sandbox

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// kind is the type of an object.
type kind uint8

const (
	customer kind = iota
	conversation
	message
	kinds
)

var kindNames = [kinds]string{"customer", "conversation", "message"}

func (k kind) String() string { return kindNames[k] }

// plural is the name of the collection in a path.
func (k kind) plural() string { return kindNames[k] + "s" }

func kindNamed(name string) (kind, bool) {
	i := slices.Index(kindNames[:], name)
	return kind(max(i, 0)), i >= 0
}

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
	sent     int64     // of a message: Unix milliseconds
	parent   *record   // customer of a conversation, conversation of a message
	children []*record // the other way round, in order of creation
	doc      []byte    // JSON object of what was set; defaults are added when it is shown
}

var (
	statuses = []string{"open", "snoozed", "done"}
	channels = []string{"email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"}
)

// owner is the customer that a record belongs to, or nil.
func (r *record) owner() *record {
	for r != nil && r.kind != customer {
		r = r.parent
	}
	return r
}

func (r *record) path() string { return "/v1/" + r.kind.plural() + "/" + r.id.String() }

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
	Customer     string
	Conversation string
	Status       string
	Channel      string
	Direction    string
	SentAt       string
	CreatedAt    string
}

func factsOf(doc []byte) (*facts, error) {
	f := new(facts)
	if err := json.Unmarshal(doc, f); err != nil {
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
	spaces
)

// spaceFields names the field that an error answer shows for a duplicate.
var spaceFields = [spaces]string{"externalId", "emails", "phones", "whatsapps", "socials", "externalId", "externalId"}

// identity is one value in one space.
type identity struct {
	space space
	value string
}

// identities lists the values by which an object is known. E-mail addresses compare without
// case, phone numbers by their digits (kustomer-api.md 17.5).
func (f *facts) identities(k kind) []identity {
	if k != customer {
		space := conversationExternalID
		if k == message {
			space = messageExternalID
		}
		return appendIdentity(nil, space, f.ExternalID)
	}
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
