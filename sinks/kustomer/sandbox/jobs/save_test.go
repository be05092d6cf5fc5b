package jobs

import (
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// FuzzLoad reads any text as a job of the journal: an error or a job whose batches have items, never a panic.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"context":"create","items":[{"ref":"a"}],"batches":[{"from":0,"to":1}]}`))
	f.Add([]byte(`{"context":"create","items":[],"batches":[{"from":0,"to":1,"done":"2026-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		ops := map[string]*Operation{"create": {Context: "create", Action: "create"}}
		j, err := load(store.Change{Type: Type, ID: "65a0c0ffee0000000000abcd", Rev: 1, Doc: doc}, ops)
		if err != nil {
			return
		}
		for _, b := range j.Batches {
			if !b.IsComplete() {
				_ = j.items[b.From:b.To]
			}
		}
		if _, err := j.change(); err != nil {
			t.Error(err)
		}
	})
}
