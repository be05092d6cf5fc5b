//go:build oldengine

package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kustsync/kustsync/sinks"
)

// deliver lets rows land, all with the same news.
func (b *batcher) deliver(rides []*ride, a arrival) {
	for _, w := range rides {
		b.land(w, a)
	}
}

// alone lets rows go by themselves that were not begun.
func (b *batcher) alone(rides []*ride) { b.deliver(rides, arrival{single: true}) }

// takeBack takes back the begun of rows that are to go in another batch, and returns them. Those of
// which the ledger could not arrive with its error.
func (b *batcher) takeBack(ctx context.Context, rides []*ride) (left []*ride) {
	errs := make([]error, len(rides))
	var all sync.WaitGroup
	for i, w := range rides {
		all.Go(func() { errs[i] = b.run.withdraw(ctx, w.t, nil) })
	}
	all.Wait()
	for i, w := range rides {
		if errs[i] != nil {
			b.land(w, arrival{err: errs[i]})
			continue
		}
		left = append(left, w)
	}
	return left
}

// partByNames parts the rows that a refusal names from the others.
func (b *batcher) partByNames(rides []*ride, failed *sinks.Error) (named, others []*ride) {
	guilty := map[int]bool{}
	fields := failed.Fields
	if len(fields) == 0 {
		fields = []string{failed.Field}
	}
	for _, field := range fields {
		if n, ok := b.itemOf(field); ok && n < len(rides) {
			guilty[n] = true
		}
	}
	for i, w := range rides {
		if guilty[i] {
			named = append(named, w)
		} else {
			others = append(others, w)
		}
	}
	return named, others
}

// itemOf reads the number of the item that an answer names, as in "3.name", "[3].name" or
// "items[3].name". The number may be that of a list inside an item where the path begins with a field.
func (b *batcher) itemOf(path string) (int, bool) {
	parts := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]/", r) })
	if len(parts) > 1 && !isNumber(parts[0]) && !b.isField(parts[0]) {
		parts = parts[1:]
	}
	if len(parts) == 0 || !isNumber(parts[0]) {
		return 0, false
	}
	n, err := strconv.Atoi(parts[0])
	return n, err == nil
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func (b *batcher) isField(name string) bool {
	return slices.ContainsFunc(b.run.step.Spec.Fields, func(f sinks.Field) bool { return f.Name == name })
}
