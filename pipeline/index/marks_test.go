package index

import (
	"hash/maphash"
	"math/rand/v2"
	"runtime"
	"testing"
)

// The table is a map: whatever is put into it comes out, and nothing else.
func TestMarks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var table marks
	model := map[uint64]Mark{}
	for range 200_000 {
		hash := random.Uint64()
		if random.IntN(4) == 0 { // hashes that meet in one part, at its ends
			hash = []uint64{0, 1, 1<<56 - 1, 1 << 56, 1<<64 - 1}[random.IntN(5)] - uint64(random.IntN(3))
		}
		hash = max(hash, 1)
		if got := table.get(hash); got != model[hash] {
			t.Fatalf("%#x: got %+v, want %+v", hash, got, model[hash])
		}
		m := Mark{random.Uint64(), random.Uint32N(maxFiles), random.Uint32(), Flag(random.UintN(8))}
		table.put(hash, m)
		model[hash] = m
	}
	for hash, want := range model {
		if got := table.get(hash); got != want {
			t.Errorf("%#x: got %+v, want %+v", hash, got, want)
		}
	}
}

func TestMarksOfManyFiles(t *testing.T) {
	var table marks
	table.put(7, Mark{file: 1<<32 - 1, line: 3, flags: Owned})
	if got, want := table.get(7), (Mark{file: maxFiles - 1, line: 3, flags: Owned}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// BenchmarkMarks compares marks with a Go map: the time of a get and a put, and the memory of a million keys.
func BenchmarkMarks(b *testing.B) {
	const n = 1_000_000
	seed := maphash.MakeSeed()
	hash := func(i int) uint64 { return maphash.Comparable(seed, i) }
	perKey := func(b *testing.B, fill func() any) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		kept := fill()
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(kept)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/key")
	}
	b.Run("marks", func(b *testing.B) {
		for b.Loop() {
			perKey(b, func() any {
				var table marks
				for i := range n {
					h := hash(i)
					m := table.get(h)
					m.line++
					table.put(h, m)
				}
				return &table
			})
		}
	})
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			perKey(b, func() any {
				table := map[uint64]Mark{}
				for i := range n {
					h := hash(i)
					m := table[h]
					m.line++
					table[h] = m
				}
				return table
			})
		}
	})
}
