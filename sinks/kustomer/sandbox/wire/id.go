package wire

import "encoding/hex"

// ID is the id of an object: 24 hexadecimal digits (kustomer-api.md 1.5), kept as 12 bytes.
type ID [12]byte

func (i ID) String() string { return hex.EncodeToString(i[:]) }

// ParseID reads an id; ok is false for anything but 24 hexadecimal digits.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != hex.EncodedLen(len(id)) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

// OrgLink is the relationship of an object to its org.
func OrgLink(id string) Raw { return Link("/v1/orgs/"+id, "org", id) }

// UserLink is the relationship of an object to a user.
func UserLink(id string) Raw { return Link("/v1/users/"+id, "user", id) }

// Link is a relationship to one object. Its parts are written without escapes, so they must be ids, names of types
// and paths made of these.
func Link(path, kind, id string) Raw {
	return Raw(`{"links":{"self":"` + path + `"},"data":{"type":"` + kind + `","id":"` + id + `"}}`)
}
