package index

import "math/bits"

// marks maps 64-bit hashes to marks, in about 35 bytes each. A Go map takes more than twice as much,
// and more again while it grows; this one grows in many small parts, one after the other. Hashes must
// be well spread. The zero value is empty.
type marks struct{ parts [256]part }

// part holds the marks of those hashes that begin with one byte, each in the first free slot from
// where its hash points.
type part struct {
	slots []slot
	used  int
}

// slot is a mark with its hash, in 24 bytes. A slot whose hash is 0 is free.
type slot struct {
	hash    uint64
	payload uint64
	line    uint32
	rest    uint32 // the file's number, and in the lowest byte the flags
}

// maxFiles is how many files marks tell apart; the last number stands for all that follow.
const maxFiles = 1 << 24

// get returns the mark of a hash; the zero mark when there is none.
func (m *marks) get(hash uint64) Mark {
	hash = max(hash, 1)
	p := &m.parts[hash>>56]
	if len(p.slots) == 0 {
		return Mark{}
	}
	s := p.slots[p.find(hash)]
	return Mark{Payload: s.payload, line: s.line, file: s.rest >> 8, flags: Flag(s.rest & 0xff)}
}

// put sets the mark of a hash.
func (m *marks) put(hash uint64, to Mark) {
	hash = max(hash, 1)
	p := &m.parts[hash>>56]
	if p.used*5 >= len(p.slots)*4 { // the fuller, the longer a search
		p.grow()
	}
	s := &p.slots[p.find(hash)]
	if s.hash == 0 {
		p.used++
	}
	*s = slot{hash, to.Payload, to.line, min(to.file, maxFiles-1)<<8 | uint32(to.flags)}
}

// find returns the slot of a hash, or the free one where it belongs.
func (p *part) find(hash uint64) int {
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
func (p *part) grow() {
	old := p.slots
	p.slots = make([]slot, max(8, len(old)+len(old)/4))
	for _, s := range old {
		if s.hash != 0 {
			p.slots[p.find(s.hash)] = s
		}
	}
}
