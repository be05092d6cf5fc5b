package inject

import (
	"fmt"
	"hash/fnv"
)

// Draw is a number in [0, 1) that looks random and is always the same for the same arguments.
func Draw(seed uint64, key string, attempt int) float64 {
	x := Hash(fmt.Appendf(nil, "%d %s %d", seed, key, attempt))
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

// Hash is the 64-bit FNV-1a hash of a text.
func Hash(text []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(text) // never fails
	return h.Sum64()
}
