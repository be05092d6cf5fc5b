// Package fields holds which fields with which values an object was given, in 8 bytes each.
package fields

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// Set is what the ledger keeps of a content: a mark of 8 bytes for each field with its value, sorted.
// Attributes of a custom object count one by one, since Kustomer keeps those that an update does not name
// (kustomer-api.md 18, 11).
type Set string

const markSize = 8 // bytes

// New marks every field of a content, which is a payload of the sink.
func New(spec *sinks.Spec, content map[string]any) (Set, error) {
	marks := make([]uint64, 0, len(content)+8)
	for name, value := range content {
		members, custom := Attributes(spec, name, value)
		if !custom {
			members = map[string]any{name: value}
		}
		for member, v := range members {
			if custom {
				member = name + "." + member
			}
			mark, err := Mark(member, v)
			if err != nil {
				return "", err
			}
			marks = append(marks, mark)
		}
	}
	return packed(marks), nil
}

func packed(marks []uint64) Set {
	slices.Sort(marks)
	b := make([]byte, 0, len(marks)*markSize)
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(b, m)
	}
	return Set(b)
}

// Has reports whether a content had a field with that value.
func (s Set) Has(mark uint64) bool {
	var wanted [markSize]byte
	binary.BigEndian.PutUint64(wanted[:], mark)
	low, high := 0, len(s)/markSize
	for low < high {
		mid := (low + high) / 2
		switch strings.Compare(string(s[mid*markSize:(mid+1)*markSize]), string(wanted[:])) {
		case 0:
			return true
		case -1:
			low = mid + 1
		default:
			high = mid
		}
	}
	return false
}

// Mark is the mark of a field, or an attribute as "custom.tierStr", with its value. An error says that the
// value has no JSON.
func Mark(name string, value any) (uint64, error) {
	text, err := sinks.Canonical(value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(append([]byte(name+"\x00"), text...))
	return binary.BigEndian.Uint64(sum[:markSize]), nil
}

// Attributes returns the members of a custom object, which count as fields of their own. False: the value is no
// custom object.
func Attributes(spec *sinks.Spec, name string, value any) (map[string]any, bool) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	field, known := spec.Field(name)
	return members, known && field.Type == sinks.Custom
}

// Holds reports whether a content is known to have had a field with that value. One that cannot be marked it did
// not have; the empty Set knows nothing.
func (s Set) Holds(name string, value any) bool {
	if s == "" {
		return false
	}
	mark, err := Mark(name, value)
	return err == nil && s.Has(mark)
}
