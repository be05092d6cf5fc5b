package index

import (
	"runtime"
	"strconv"
	"testing"
)

func TestLast(t *testing.T) {
	l := NewLast()
	for i, key := range []string{"a", "b", "a", "c", "b", "a"} {
		l.Note(key, uint64(i))
	}
	for key, want := range map[string]uint64{"a": 5, "b": 4, "c": 3} {
		if row, ok := l.Of(key); !ok || row != want {
			t.Errorf("the last row of %s is %d, %t; want %d", key, row, ok, want)
		}
	}
	if row, ok := l.Of("d"); ok {
		t.Errorf("row %d is the last of a key that no row has", row)
	}
}

// A million keys take at most 25 MiB, while the table grows too.
func TestLastOfAMillionKeys(t *testing.T) {
	const keys, most = 1_000_000, 25 << 20
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, peak := heap(), uint64(0)
	l := NewLast()
	for i := range keys {
		l.Note("key-"+strconv.Itoa(i), uint64(i))
		if i%50_000 == 0 || i == keys-1 {
			peak = max(peak, heap()-before)
		}
	}
	if peak > most {
		t.Errorf("%d keys take up to %.1f MiB, want at most %d", keys, float64(peak)/(1<<20), most>>20)
	}
	t.Logf("%.1f bytes a key", float64(heap()-before)/keys)
	for _, i := range []int{0, 4711, keys - 1} {
		if row, ok := l.Of("key-" + strconv.Itoa(i)); !ok || row != uint64(i) {
			t.Errorf("the last row of key %d is %d, %t", i, row, ok)
		}
	}
}
