package sinks

import (
	"bytes"
	"sync"
)

// press writes one payload with a stencil. What it writes stands as long as nothing is odd.
type press struct {
	fitter // of a create
	values []any
	has    Members
	odd    bool // the row must go through Fit
}

// presses recycles presses; it holds no state between rows.
var presses = sync.Pool{New: func() any { return &press{fitter: fitter{path: make([]segment, 0, maxMoldDepth+4)}} }}

// release forgets the row.
func (p *press) release() {
	clear(p.path[:cap(p.path)])
	*p = press{fitter: fitter{path: p.path[:0]}}
	presses.Put(p)
}

// put writes a value. It has written none when the value is empty; alive says whether a slot in it is not.
func (p *press) put(b []byte, m *mold) (out []byte, wrote, alive bool) {
	switch m.form {
	case PartConst:
		return append(b, m.fixed...), m.fixed != nil, false
	case PartList:
		return p.items(b, m)
	case PartObject:
		return p.members(b, m)
	}
	v := p.values[m.slot]
	if v == nil {
		return b, false, false
	}
	p.path = p.path[:m.depth]
	fitted, ok := p.value(m.node, v)
	out, err := appendJSON(b, fitted)
	if !ok || err != nil {
		p.odd = true
		return b, false, true
	}
	return out, true, true
}

// members writes an object, or the whole payload. As in a mapping, an object whose slots are all empty is empty,
// whatever constants stand beside them; what is missing of any other matters.
func (p *press) members(b []byte, m *mold) (out []byte, wrote, alive bool) {
	start, count, missing := len(b), 0, false
	b = append(b, '{')
	for i := range m.parts {
		part, before := &m.parts[i], len(b)
		b = append(b, part.head...)
		var has, live bool
		if b, has, live = p.put(b, part); has {
			count++
			alive = alive || live
		} else if has = part.absent != nil; has {
			b = append(b, part.absent...)
		}
		if !has {
			b = b[:before]
			missing = missing || part.node.Required
			continue
		}
		b = append(b, ',')
		if m.node == nil {
			p.has |= 1 << i
		}
	}
	if m.node != nil && (count == 0 || m.varies && !alive) {
		return b[:start], false, false
	}
	p.odd = p.odd || missing || m.node != nil && !m.node.holds(count)
	return closed(b, '}'), true, alive
}

// items writes a list.
func (p *press) items(b []byte, m *mold) (out []byte, wrote, alive bool) {
	start, count := len(b), 0
	b = append(b, '[')
	for i := range m.parts {
		before := len(b)
		var has, live bool
		if b, has, live = p.put(b, &m.parts[i]); !has {
			b = b[:before]
			continue
		}
		// That two items are equal shows in the list so far, which holds the new one as it is. So may a longer
		// one that is not equal: then Fit decides.
		p.odd = p.odd || m.node.Unique && bytes.Contains(b[start:before], b[before:])
		b = append(b, ',')
		count++
		alive = alive || live
	}
	if count == 0 {
		return b[:start], false, alive
	}
	p.odd = p.odd || !m.node.holds(count)
	return closed(b, ']'), true, alive
}

// closed ends a list or an object, with a comma behind its last value.
func closed(b []byte, end byte) []byte {
	if last := len(b) - 1; b[last] == ',' {
		b[last] = end
		return b
	}
	return append(b, end)
}

// holds reports whether a list or an object may have so many items or members.
func (n *node) holds(count int) bool {
	return count >= n.MinItems && (n.MaxItems == 0 || count <= n.MaxItems)
}
