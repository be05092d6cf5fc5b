package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// fieldSet is what the ledger keeps of a content: a mark of 8 bytes for each field with its value, sorted.
// Attributes of a custom object count one by one, since Kustomer keeps those that an update does not name
// (kustomer-api.md 18, 11).
type fieldSet string

const markSize = 8 // bytes

// newFieldSet marks every field of a content.
func newFieldSet(spec *sinks.Spec, content map[string]any) (fieldSet, error) {
	marks := make([]uint64, 0, len(content)+8)
	for name, value := range content {
		members, custom := attributes(spec, name, value)
		if !custom {
			members = map[string]any{name: value}
		}
		for member, v := range members {
			if custom {
				member = name + "." + member
			}
			mark, err := markOf(member, v)
			if err != nil {
				return "", err
			}
			marks = append(marks, mark)
		}
	}
	return packed(marks), nil
}

func packed(marks []uint64) fieldSet {
	slices.Sort(marks)
	b := make([]byte, 0, len(marks)*markSize)
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(b, m)
	}
	return fieldSet(b)
}

// has reports whether a content had a field with that value.
func (s fieldSet) has(mark uint64) bool {
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

// markOf marks a field, or an attribute as "custom.tierStr", with its value.
func markOf(name string, value any) (uint64, error) {
	text, err := sinks.Canonical(value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(append([]byte(name+"\x00"), text...))
	return binary.BigEndian.Uint64(sum[:markSize]), nil
}

// attributes returns the members of a custom object, which are fields of their own.
func attributes(spec *sinks.Spec, name string, value any) (map[string]any, bool) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	field, known := spec.Field(name)
	return members, known && field.Type == sinks.Custom
}

// knownFields is what the ledger keeps of the fields that a row's object has now; "" where the step never
// sends less than all, or where that is not known.
func (r *stepRun) knownFields(t *task, end ending) string {
	if !r.step.tracks() || end.hash != t.hash || end.hash == (ledger.Hash{}) {
		return ""
	}
	sent := end.outcome == ledger.Created || end.outcome == ledger.Updated || end.same || r.step.changes()
	if !sent {
		return ""
	}
	set, err := newFieldSet(r.step.Spec, t.content())
	if err != nil {
		return "" // then all is sent next time
	}
	return string(set)
}

// tracks reports whether the ledger keeps the fields of the step's rows.
func (s *Step) tracks() bool { return s.updates() || s.final != nil }
