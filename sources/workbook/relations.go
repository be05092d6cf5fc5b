package workbook

import (
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"strings"
)

// relation says that a part of a workbook refers to another part.
type relation struct{ id, kind, part string }

type relations []relation

// readRelations reads the relations of a part; those of the file itself when source is "".
func readRelations(ctx context.Context, z *zipParts, source string) (relations, error) {
	dir, file := path.Split(source)
	name := dir + "_rels/" + file + ".rels"
	if !z.has(name) {
		return nil, nil
	}
	data, err := z.read(ctx, name)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:",attr"`
			Target string `xml:",attr"`
		}
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var rels relations
	for _, r := range doc.Relationship {
		part := slashed(r.Target)
		if !strings.HasPrefix(part, "/") {
			part = path.Join(dir, part)
		}
		rels = append(rels, relation{id: r.ID, kind: path.Base(r.Type), part: strings.TrimPrefix(part, "/")})
	}
	return rels, nil
}

// target returns the part of the first relation of a kind; "" when there is none. The kind is the end
// of a relation's type, which is the same in strict and in transitional workbooks.
func (rs relations) target(kind string) string {
	for _, r := range rs {
		if r.kind == kind {
			return r.part
		}
	}
	return ""
}

// partOf returns target(kind); when there is none, the usual part, if the workbook has it.
func (rs relations) partOf(z *zipParts, kind, usual string) string {
	part := rs.target(kind)
	if part == "" && z.has(usual) {
		return usual
	}
	return part
}

// byID returns the relation with an id; an empty one when there is none.
func (rs relations) byID(id string) relation {
	for _, r := range rs {
		if r.id == id {
			return r
		}
	}
	return relation{}
}
