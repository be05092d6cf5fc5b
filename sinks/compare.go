package sinks

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Difference is one field whose value in the service is another than the one that is wanted.
type Difference struct {
	Field string `json:"field"` // "name", "custom.tierStr"
	Old   any    `json:"old"`   // nil: the object has none
	New   any    `json:"new"`   // nil: it is to be cleared
}

// revField is the revision that an update asks for, which is no content.
const revField = "rev"

// Differences compares a payload that Fit returned with what the service says that the object has, as a
// Reader returns it. Fields that the payload does not have are not compared. Values count as equal
// in spite of what services do to a value: the case of an e-mail address, the precision of a time, a number
// as text, the order of a set, members that the payload does not name, ids in the place of tag names
// (kustomer-api.md 1.5, 5.2). The error says that the Spec is wrong.
func (s *Spec) Differences(payload, have map[string]any) ([]Difference, error) {
	prep, err := s.prepare()
	if err != nil {
		return nil, err
	}
	var all []Difference
	for _, n := range prep.fields {
		want, set := payload[n.Name]
		if !set || n.Name == revField {
			continue
		}
		if s.Append != nil && s.Append.List == n.Name {
			all = append(all, n.additions(s.Append.By, want, have[n.Name])...)
			continue
		}
		if n.Type != Custom {
			if !n.same(want, have[n.Name]) {
				all = append(all, Difference{n.Name, have[n.Name], want})
			}
			continue
		}
		all = append(all, n.attributes(want, have[n.Name])...)
	}
	return all, nil
}

// Holds reports whether an object has the whole content of a payload that Fit returned: it shows every field of it, with
// the same value in the sense of Differences. Of a list that is shown as other words than were sent, such as the ids of
// tags, nothing is known, so that the answer is false. The error says that the Spec is wrong.
func (s *Spec) Holds(payload, have map[string]any) (bool, error) {
	differences, err := s.Differences(payload, have)
	if err != nil || len(differences) > 0 {
		return false, err
	}
	prep, err := s.prepare()
	if err != nil {
		return false, err
	}
	for _, n := range prep.fields {
		wanted, _ := toList(payload[n.Name])
		held, isList := toList(have[n.Name])
		if isList && len(wanted) > 0 && n.showsIDs(wanted, held) {
			return false, nil
		}
	}
	return true, nil
}

// additions compares a list that items are added to: New is the list with those that it lacks.
func (n *preparedField) additions(by string, want, have any) []Difference {
	wanted, _ := toList(want)
	held, _ := toList(have)
	grown := slices.Clone(held)
	for _, item := range wanted {
		if !slices.ContainsFunc(grown, func(other any) bool { return n.isSameItem(by, item, other) }) {
			grown = append(grown, item)
		}
	}
	if len(grown) == len(held) {
		return nil
	}
	return []Difference{{n.Name, have, grown}}
}

// isSameItem reports whether two items of a list are equal in the member by which they are told apart.
func (n *preparedField) isSameItem(by string, a, b any) bool {
	first, _ := a.(map[string]any)
	second, _ := b.(map[string]any)
	if first[by] == nil || n.items == nil || n.items.members == nil {
		return false
	}
	m := n.items.members.find(by)
	return m != nil && (m.same(first[by], second[by]) || sameFold(first[by], second[by]))
}

// attributes compares custom attributes one by one.
func (n *preparedField) attributes(want, have any) []Difference {
	wanted, _ := want.(map[string]any)
	held, _ := have.(map[string]any)
	var all []Difference
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		suffix := n.members.suffixOf(name)
		if suffix == nil || !suffix.same(wanted[name], held[name]) {
			all = append(all, Difference{n.Name + "." + name, held[name], wanted[name]})
		}
	}
	return all
}

// same reports whether two values of a field mean the same.
func (n *preparedField) same(want, have any) bool {
	if _, open := want.(RunTimeValue); open {
		return true // it is not known yet
	}
	if Blank(want) || Blank(have) {
		return Blank(want) && Blank(have)
	}
	switch n.Type {
	case Email, ID:
		return sameFold(want, have)
	case Phone:
		return digitsOf(want) != "" && digitsOf(want) == digitsOf(have)
	case Time:
		return sameTime(want, have)
	case Integer, Number:
		return sameNumber(want, have)
	case List:
		return n.sameList(want, have)
	case Object:
		return n.sameObject(want, have)
	case Free:
		return sameAny(want, have)
	}
	return sameScalar(want, have)
}

// Blank reports whether a value is none: null, "", or an empty list or map.
func Blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// sameList compares lists: as sets where the field takes no two equal items.
func (n *preparedField) sameList(want, have any) bool {
	wanted, _ := toList(want)
	held, ok := toList(have)
	if !ok || len(wanted) != len(held) {
		return false
	}
	if n.showsIDs(wanted, held) {
		return true
	}
	same := sameAny
	if n.items != nil {
		same = n.items.same
	}
	if !n.Unique {
		return slices.EqualFunc(wanted, held, same)
	}
	left := slices.Clone(held)
	for _, w := range wanted {
		i := slices.IndexFunc(left, func(h any) bool { return same(w, h) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// showsIDs reports whether texts that were sent as names are shown as ids, as tags are: then only how many there are can
// be compared.
func (n *preparedField) showsIDs(wanted, held []any) bool {
	if n.items == nil || n.items.Type != Text {
		return false
	}
	isAnID := func(v any) bool { text, ok := v.(string); return ok && isID(text) }
	return !slices.ContainsFunc(wanted, isAnID) && !slices.ContainsFunc(held, func(v any) bool { return !isAnID(v) })
}

// sameObject compares the members that are wanted. An object that is shown by its id alone is the one
// whose id is wanted.
func (n *preparedField) sameObject(want, have any) bool {
	wanted, _ := want.(map[string]any)
	if id, ok := have.(string); ok {
		return len(wanted) == 1 && sameFold(wanted["id"], id)
	}
	held, ok := have.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range wanted {
		same := sameAny
		if n.members != nil {
			if m := n.members.find(name); m != nil {
				same = m.same
			}
		}
		if value == false && held[name] == nil {
			continue // a flag that is not shown is false
		}
		if !same(value, held[name]) {
			return false
		}
	}
	return true
}

// find returns the field of that name, nil when there is none.
func (prep *preparedFields) find(name string) *preparedField {
	for _, n := range prep.fields {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// sameAny compares values of any type: maps by the members that are wanted, texts that are times as times.
func sameAny(want, have any) bool {
	if _, open := want.(RunTimeValue); open {
		return true
	}
	if Blank(want) || Blank(have) {
		return Blank(want) && Blank(have)
	}
	switch want := want.(type) {
	case map[string]any:
		held, ok := have.(map[string]any)
		for name, value := range want {
			ok = ok && sameAny(value, held[name])
		}
		return ok
	case []any:
		held, ok := have.([]any)
		return ok && slices.EqualFunc(want, held, sameAny)
	}
	return sameScalar(want, have) || sameTime(want, have)
}

// sameScalar compares scalars by their texts, or as numbers where one of them is a number.
func sameScalar(want, have any) bool {
	a, aok := scalarText(want)
	b, bok := scalarText(have)
	if !aok || !bok {
		return false
	}
	_, aText := want.(string)
	_, bText := have.(string)
	return a == b || (!aText || !bText) && sameNumber(want, have)
}

func sameFold(want, have any) bool {
	a, aok := want.(string)
	b, bok := have.(string)
	return aok && bok && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// sameTime compares instants to the millisecond, or to the second where one of them has no more.
func sameTime(want, have any) bool {
	a, aok := instant(want)
	b, bok := instant(have)
	if !aok || !bok {
		return false
	}
	if a.Nanosecond() == 0 || b.Nanosecond() == 0 {
		a, b = a.Truncate(time.Second), b.Truncate(time.Second)
	}
	return a.Equal(b)
}

func instant(v any) (time.Time, bool) {
	text, ok := toTime(v)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(timeLayout, text)
	return t, err == nil
}

// sameNumber compares numbers, or texts that are numbers, as floats: 64 bits are what JSON services keep.
func sameNumber(want, have any) bool {
	a, aok := toNumber(want)
	b, bok := toNumber(have)
	if !aok || !bok {
		return false
	}
	x, _ := a.Float64() // toNumber has checked that both fit
	y, _ := b.Float64()
	return x == y
}

// digitsOf is the digits of a phone number, by which numbers are compared.
func digitsOf(v any) string {
	text, _ := scalarText(v)
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
