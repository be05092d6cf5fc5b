package wire

import (
	"maps"
	"slices"
)

// Member is one member of an object, already written as JSON.
type Member struct {
	name string
	text Raw
}

// Members writes the members of an object once, in order of their names, for AppendWithDefaults.
func Members(object Document) []Member {
	var list []Member
	for _, name := range slices.Sorted(maps.Keys(object)) {
		list = append(list, Member{name, Raw(JSON(object[name]))})
	}
	return list
}

// AppendWithDefaults appends an object and after its own members those defaults whose names it does not have.
func AppendWithDefaults(dst []byte, object Document, defaults []Member) []byte {
	dst = appendObject(dst, object)
	dst = dst[:len(dst)-1]
	for _, d := range defaults {
		if _, has := object[d.name]; has {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(append(dst, d.name...), '"', ':')
		dst = append(dst, d.text...)
	}
	return append(dst, '}')
}
