package index

// marks maps 64-bit hashes to marks, in about 35 bytes each. The zero value is empty.
type marks struct{ table[packed] }

// packed is a mark in 16 bytes.
type packed struct {
	payload uint64
	line    uint32
	rest    uint32 // the file's number, and in the lowest byte the flags
}

// maxFiles is how many files marks tell apart; the last number stands for all that follow.
const maxFiles = 1 << 24

// get returns the mark of a hash; the zero mark when there is none.
func (m *marks) get(hash uint64) Mark {
	p, _ := m.table.get(hash)
	return Mark{Payload: p.payload, line: p.line, file: p.rest >> 8, flags: Flag(p.rest & 0xff)}
}

// put sets the mark of a hash.
func (m *marks) put(hash uint64, to Mark) {
	m.table.put(hash, packed{to.Payload, to.line, min(to.file, maxFiles-1)<<8 | uint32(to.flags)})
}
