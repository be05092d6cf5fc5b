package batch

import (
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

// What a job says is not believed where it cannot be so, or where an object that was read back is another one: then nobody
// knows what became of those items, and they are looked up (decisions.md 3.3).

// refuseImpossible takes out of results what cannot be so: one object for two items, or another object than an item
// changes.
func refuseImpossible(results map[string]sinks.ItemResult, s batch) {
	if s.op == sinks.Create {
		refuseShared(results)
		return
	}
	for _, item := range s.items {
		if r := results[item.Ref()]; r.ID != "" && r.ID != item.ID {
			results[item.Ref()] = notBelieved(fmt.Sprintf("the job says that it changed %s, and %s was to be changed", r.ID, item.ID))
		}
	}
}

// refuseShared takes out of results the objects that are those of two items.
func refuseShared(results map[string]sinks.ItemResult) {
	uses := map[string]int{}
	for _, r := range results {
		if r.ID != "" {
			uses[r.ID]++
		}
	}
	for ref, r := range results {
		if n := uses[r.ID]; n > 1 {
			results[ref] = notBelieved(fmt.Sprintf("the job gives the object %s to %d rows", r.ID, n))
		}
	}
}

// notBelieved is the result of an item of which a job says what cannot be so.
func notBelieved(why string) sinks.ItemResult {
	return sinks.ItemResult{Err: &sinks.Error{Class: sinks.Unknown, Message: "what Kustomer says of a bulk job is not believed: " + why}}
}

// refuseAll takes out of results all objects.
func refuseAll(results map[string]sinks.ItemResult, why error) {
	for ref, r := range results {
		if r.ID != "" {
			results[ref] = notBelieved(why.Error())
		}
	}
}

// readBack has one object compared with what was sent, once. Where it differs no result of the batch is believed, and
// rows go one by one from then on.
func (b *Batcher) readBack(s batch, results map[string]sinks.ItemResult) {
	if b.mode.isChecked() || s.op != sinks.Create {
		return
	}
	for _, item := range s.items {
		r, ok := results[item.Ref()]
		if !ok || r.ID == "" {
			continue
		}
		if err := b.opts.ReadBack(b.opts.SendContext, item, r.ID); err != nil {
			refuseAll(results, err)
			b.mode.stop("the results of a bulk job name other objects than those that it made: " + err.Error())
		}
		b.mode.check() // after the stop: those that wait for it must see that
		return
	}
}
