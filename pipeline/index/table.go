package index

import "math/bits"

// table maps 64-bit hashes to values, in about 8 bytes for a hash and a quarter to a half more than the slots need. A Go
// map takes more than twice as much, and more again while it grows; this one grows in many small parts, one after the
// other. Hashes must be well spread. The zero value is empty.
type table[V any] struct{ parts [256]part[V] }

// part holds the values of those hashes that begin with one byte, each in the first free slot from
// where its hash points.
type part[V any] struct {
	slots []slot[V]
	used  int
}

// slot is a value with its hash. A slot whose hash is 0 is free.
type slot[V any] struct {
	hash  uint64
	value V
}

// get returns the value of a hash; false when there is none.
func (t *table[V]) get(hash uint64) (V, bool) {
	hash = max(hash, 1)
	p := &t.parts[hash>>56]
	if len(p.slots) == 0 {
		var none V
		return none, false
	}
	s := &p.slots[p.find(hash)]
	return s.value, s.hash != 0
}

// put sets the value of a hash.
func (t *table[V]) put(hash uint64, to V) {
	hash = max(hash, 1)
	p := &t.parts[hash>>56]
	if p.used*5 >= len(p.slots)*4 { // the fuller, the longer a search
		p.grow()
	}
	s := &p.slots[p.find(hash)]
	if s.hash == 0 {
		p.used++
	}
	*s = slot[V]{hash, to}
}

// find returns the slot of a hash, or the free one where it belongs.
func (p *part[V]) find(hash uint64) int {
	at, _ := bits.Mul64(hash<<8, uint64(len(p.slots)))
	for i := int(at); ; i++ {
		if i == len(p.slots) {
			i = 0
		}
		if h := p.slots[i].hash; h == hash || h == 0 {
			return i
		}
	}
}

// grow makes room for a quarter more.
func (p *part[V]) grow() {
	old := p.slots
	p.slots = make([]slot[V], max(8, len(old)+len(old)/4))
	for i := range old {
		if old[i].hash != 0 {
			p.slots[p.find(old[i].hash)] = old[i]
		}
	}
}
