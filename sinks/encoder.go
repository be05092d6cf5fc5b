package sinks

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"sync"
)

// Part is one value of a payload whose form is known before its rows are.
type Part struct {
	Name  string // of a member of an object
	Form  PartForm
	Slot  int    // PartSlot: where the row's values have it
	Const any    // PartConst: what it is in every row; "" is nothing
	Parts []Part // PartList, PartObject
}

// PartForm says which fields of a Part are in use.
type PartForm int

// The forms of a Part.
const (
	PartSlot PartForm = iota
	PartConst
	PartList
	PartObject
)

// PayloadEncoder writes the payloads of a step as JSON: what Fit for a create and Canonical do one after the other,
// without the maps in between, in half the time. Unusual rows, most of all those with an error, it leaves to them.
// It never changes, so rows share it. A test compares both ways.
type PayloadEncoder struct {
	spec      *Spec
	payload   valueEncoder
	pathNeeds []Members // of each create route: the members that fill its path
}

// Members is a set of the top-level members of the payloads of one PayloadEncoder: the n-th by name is bit n.
type Members uint64

// maxMembers bounds the fields of an encoder's payloads. The last bit of Members stands for a member that no row has.
const maxMembers = 63

// Has reports whether all those are among m.
func (m Members) Has(those Members) bool { return m&those == those }

// NewPayloadEncoder returns the encoder of payloads with these members. False: their rows must go through Fit, which
// also says what is wrong with the members.
func NewPayloadEncoder(spec *Spec, members []Part) (*PayloadEncoder, bool) {
	prep, err := spec.prepare()
	if err != nil || spec.Kind != Makes || spec.MustDiffer != [2]string{} {
		return nil, false
	}
	b := encoderBuilder{spec: spec}
	e := &PayloadEncoder{spec: spec, payload: valueEncoder{parts: b.fields(prep, members, 0)}}
	if b.unusual || len(e.payload.parts) > maxMembers {
		return nil, false
	}
	for _, r := range spec.Create {
		e.pathNeeds = append(e.pathNeeds, e.Members(r.fields()))
	}
	return e, true
}

// Members returns the members with those names.
func (e *PayloadEncoder) Members(names iter.Seq[string]) (set Members) {
	for name := range names {
		i := slices.IndexFunc(e.payload.parts, func(v valueEncoder) bool { return v.name == name })
		if i < 0 {
			i = maxMembers
		}
		set |= 1 << i
	}
	return set
}

// Pathless reports whether a create of the sink takes nothing of the payload into its path.
func (e *PayloadEncoder) Pathless() bool { return len(e.pathNeeds) == 1 && e.pathNeeds[0] == 0 }

// Encode appends the payload that a row's values make, as Canonical writes it, and returns which members it has. A
// value of nil is one that the row does not have. False: the row must go through Fit, and what was appended is of no
// use.
func (e *PayloadEncoder) Encode(b []byte, values []any) (out []byte, has Members, ok bool) {
	p := payloadWriters.Get().(*payloadWriter)
	defer p.release()
	p.spec, p.values = e.spec, values
	out, _, _ = p.members(b, &e.payload)
	hasPath := len(e.pathNeeds) == 0 || slices.ContainsFunc(e.pathNeeds, p.has.Has)
	return out, p.has, hasPath && !p.unusual && p.first == nil
}

// maxEncoderDepth bounds how deep the parts of an encoder nest.
const maxEncoderDepth = 8

// valueEncoder is a Part made ready: all that is known of a value before a row gives it.
type valueEncoder struct {
	name   string // of the field, or of the attribute
	head   []byte // `"name":` of a member
	node   *preparedField
	form   PartForm
	slot   int
	depth  int            // of the values around it
	fixed  []byte         // PartConst: what is written; nil: nothing
	absent []byte         // what is written where the row gives nothing; nil: nothing
	parts  []valueEncoder // of a list in its order, of an object by name
	varies bool           // a slot is in it
}

// encoderBuilder makes the valueEncoders of a PayloadEncoder, and notes whether one cannot be made.
type encoderBuilder struct {
	spec    *Spec
	unusual bool
}

// fields makes the encoders of an object's members, with those that the sink adds by itself.
func (b *encoderBuilder) fields(prep *preparedFields, members []Part, depth int) []valueEncoder {
	var encoders []valueEncoder
	left := slices.Clone(members)
	for _, n := range prep.fields {
		part := Part{Name: n.Name, Form: PartConst, Const: ""}
		if i := slices.IndexFunc(left, func(p Part) bool { return n.is(p.Name) }); i >= 0 {
			part = left[i]
			left = slices.Delete(left, i, i+1)
		} else if n.Default == nil && !n.Required {
			continue
		}
		if depth == 0 && slices.Contains(b.spec.Params, n.Name) {
			b.unusual = b.unusual || part.Form != PartConst
			continue
		}
		made := b.value(n, n.Name, part, depth+1)
		if n.Default != nil {
			made.absent = b.constant(n, n.Default)
		}
		encoders = append(encoders, made)
	}
	b.unusual = b.unusual || len(left) > 0 // unknown, or a second name of one
	slices.SortFunc(encoders, byMemberName)
	return encoders
}

// attributes makes the encoders of a custom object's members.
func (b *encoderBuilder) attributes(suffixes *preparedFields, members []Part, depth int) []valueEncoder {
	encoders := make([]valueEncoder, len(members))
	for i, part := range members {
		n := suffixes.suffixOf(part.Name)
		if n == nil {
			b.unusual = true
			return nil
		}
		encoders[i] = b.value(n, part.Name, part, depth+1)
	}
	slices.SortFunc(encoders, byMemberName)
	return encoders
}

func byMemberName(x, y valueEncoder) int { return cmp.Compare(x.name, y.name) }

// value makes the encoder of one value.
func (b *encoderBuilder) value(n *preparedField, name string, part Part, depth int) valueEncoder {
	made := valueEncoder{name: name, node: n, form: part.Form, slot: part.Slot, depth: depth, varies: part.Form == PartSlot}
	var err error
	if made.head, err = appendText(nil, name); err == nil {
		made.head = append(made.head, ':')
	}
	b.unusual = b.unusual || err != nil || depth > maxEncoderDepth || n.Use == UpdateOnly
	switch {
	case b.unusual:
	case part.Form == PartConst && part.Const != "":
		made.fixed = b.constant(n, part.Const)
	case part.Form == PartObject && n.Type == Custom:
		made.parts = b.attributes(n.members, part.Parts, depth)
	case part.Form == PartObject && n.Type == Object && n.members != nil:
		made.parts = b.fields(n.members, part.Parts, depth)
	case part.Form == PartList && n.Type == List && n.items != nil:
		for _, item := range part.Parts {
			made.parts = append(made.parts, b.value(n.items, "", item, depth+1))
		}
	case part.Form == PartObject || part.Form == PartList:
		b.unusual = true
	}
	for i := range made.parts {
		made.varies = made.varies || made.parts[i].varies
	}
	return made
}

// constant is what is written of a value that is the same in every row.
func (b *encoderBuilder) constant(n *preparedField, v any) []byte {
	f := fitter{spec: b.spec, op: Create}
	fitted, ok := f.value(n, v)
	text, err := appendJSON(nil, fitted)
	b.unusual = b.unusual || !ok || f.first != nil || err != nil || v == nil
	return text
}

// payloadWriter writes one payload. What it has written is valid as long as nothing was unusual.
type payloadWriter struct {
	fitter  // of a create
	values  []any
	has     Members
	unusual bool // the row must go through Fit
}

// payloadWriters recycles writers; it holds no state between rows.
var payloadWriters = sync.Pool{New: func() any { return &payloadWriter{fitter: fitter{path: make([]segment, 0, maxEncoderDepth+4)}} }}

// release forgets the row.
func (p *payloadWriter) release() {
	clear(p.path[:cap(p.path)])
	*p = payloadWriter{fitter: fitter{path: p.path[:0]}}
	payloadWriters.Put(p)
}

// write writes a value. wrote: the value is not empty. filled: a slot in it is not empty.
func (p *payloadWriter) write(b []byte, e *valueEncoder) (out []byte, wrote, filled bool) {
	switch e.form {
	case PartConst:
		return append(b, e.fixed...), e.fixed != nil, false
	case PartList:
		return p.items(b, e)
	case PartObject:
		return p.members(b, e)
	}
	v := p.values[e.slot]
	if v == nil {
		return b, false, false
	}
	p.path = p.path[:e.depth]
	fitted, ok := p.value(e.node, v)
	out, err := appendJSON(b, fitted)
	if !ok || err != nil {
		p.unusual = true
		return b, false, true
	}
	return out, true, true
}

// members writes an object, or the whole payload. As in a mapping, an object whose slots are all empty is empty,
// whatever constants stand beside them; what is missing of any other matters.
func (p *payloadWriter) members(b []byte, e *valueEncoder) (out []byte, wrote, filled bool) {
	start, count, missing := len(b), 0, false
	b = append(b, '{')
	for i := range e.parts {
		part, before := &e.parts[i], len(b)
		b = append(b, part.head...)
		var has, full bool
		if b, has, full = p.write(b, part); has {
			count++
			filled = filled || full
		} else if has = part.absent != nil; has {
			b = append(b, part.absent...)
		}
		if !has {
			b = b[:before]
			missing = missing || part.node.Required
			continue
		}
		b = append(b, ',')
		if e.node == nil {
			p.has |= 1 << i
		}
	}
	if e.node != nil && (count == 0 || e.varies && !filled) {
		return b[:start], false, false
	}
	p.unusual = p.unusual || missing || e.node != nil && !e.node.holds(count)
	return closeJSON(b, '}'), true, filled
}

// items writes a list.
func (p *payloadWriter) items(b []byte, e *valueEncoder) (out []byte, wrote, filled bool) {
	start, count := len(b), 0
	b = append(b, '[')
	for i := range e.parts {
		before := len(b)
		var has, full bool
		if b, has, full = p.write(b, &e.parts[i]); !has {
			b = b[:before]
			continue
		}
		// That two items are equal shows in the list so far, which holds the new one as it is. So may a longer
		// one that is not equal: then Fit decides.
		p.unusual = p.unusual || e.node.Unique && bytes.Contains(b[start:before], b[before:])
		b = append(b, ',')
		count++
		filled = filled || full
	}
	if count == 0 {
		return b[:start], false, filled
	}
	p.unusual = p.unusual || !e.node.holds(count)
	return closeJSON(b, ']'), true, filled
}

// closeJSON ends a list or an object, with a comma behind its last value.
func closeJSON(b []byte, end byte) []byte {
	if last := len(b) - 1; b[last] == ',' {
		b[last] = end
		return b
	}
	return append(b, end)
}

// holds reports whether a list or an object may have so many items or members.
func (n *preparedField) holds(count int) bool {
	return count >= n.MinItems && (n.MaxItems == 0 || count <= n.MaxItems)
}
