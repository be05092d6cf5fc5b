package claims

import (
	"fmt"
	"sync"
	"testing"
)

func TestClaims(t *testing.T) {
	var c Claims
	ada, first, second := ID{"customer", "id1"}, Key{"customer", "1"}, Key{"customer", "2"}
	woken := 0
	if _, ok := c.Take(ada, first, nil); !ok {
		t.Fatal("a free id was refused")
	}
	if _, ok := c.Take(ada, first, func() { t.Error("the holder was woken") }); !ok {
		t.Error("the holder was refused")
	}
	for range 2 {
		if holder, ok := c.Take(ada, second, func() { woken++ }); ok || holder != first {
			t.Error(holder, ok)
		}
	}
	if _, ok := c.Take(ID{"company", "id1"}, second, nil); !ok {
		t.Error("an object of another kind was refused")
	}
	if holder, ok := c.Holder(ada); !ok || holder != first {
		t.Errorf("the holder is %v, want %v", holder, first)
	}
	c.Release(ada, second) // does not hold it
	if woken != 0 || c.Len() != 2 {
		t.Error(woken, c.Len())
	}
	c.Release(ada, first)
	c.Release(ada, first)
	if woken != 2 || c.Len() != 1 {
		t.Error(woken, c.Len())
	}
	if holder, ok := c.Holder(ada); ok {
		t.Errorf("%v holds an id that was released", holder)
	}
	if _, ok := c.Take(ada, second, nil); !ok {
		t.Error("a released id was refused")
	}
}

// TestOneHolder: of many rows at one id each has it once, and never two at the same time.
func TestOneHolder(t *testing.T) {
	var c Claims
	id := ID{"customer", "id1"}
	var rows sync.WaitGroup
	holding := 0 // guarded by the claim
	for i := range 50 {
		rows.Go(func() {
			key := Key{"customer", fmt.Sprint(i)}
			for woken := make(chan struct{}, 1); ; <-woken {
				if _, ok := c.Take(id, key, func() { woken <- struct{}{} }); ok {
					break
				}
			}
			if holding++; holding != 1 {
				t.Error(holding, "rows hold the id")
			}
			holding--
			c.Release(id, key)
		})
	}
	rows.Wait()
	if c.Len() != 0 {
		t.Error(c.Len())
	}
}
