package batch

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// maxNamed is how many refusals of one batch may take out the items that they name; then the batch is halved, since a
// service that names one item at a time would take a request for each.
const maxNamed = 3

// parts is how the items of a refused batch go on, and what their refusal teaches.
type parts struct {
	alone       []*Item // are sent one by one
	again       []batch // are sent once more
	withoutRefs bool    // from now on batches carry no references
	stop        string  // why there are no more batches; "" if there are
	maxBytes    int     // bytes of a batch from now on; 0: as before
}

// refused goes on with a batch of which nothing was applied. One item is enough for that.
func (b *Batcher) refused(ctx context.Context, s batch, failed *sinks.Error) {
	p := split(s, failed, b.opts.Spec, b.opts.Insist)
	if p.withoutRefs {
		b.mode.goWithoutRefs()
	}
	if p.stop != "" {
		b.mode.stop(p.stop)
	}
	if p.maxBytes > 0 {
		b.mode.shrink(p.maxBytes)
	}
	for _, part := range p.again {
		b.start(func() { b.send(ctx, part.of(b.withdraw(ctx, part.items))) })
	}
	b.giveAll(b.withdraw(ctx, p.alone), Result{Alone: true})
}

// split decides how to go on after a refusal: items that the answer names go one by one, else the batch is halved
// until few are left. Where no batch can succeed all items go one by one.
func split(s batch, failed *sinks.Error, spec *sinks.Spec, insist bool) parts {
	p := parts{}
	switch {
	case failed.RefsRefused && insist && !s.withoutRefs:
		return parts{again: []batch{s}, withoutRefs: true}
	case failed.RefsRefused:
		return parts{alone: s.items, stop: noRefs(spec.Batch)}
	case failed.Class == sinks.Unsupported:
		return parts{alone: s.items, stop: noEndpoint}
	case failed.Class == sinks.TooLarge:
		first, second := s.halves()
		p.maxBytes = max(first.bytes(spec.Batch.ItemOverhead), second.bytes(spec.Batch.ItemOverhead))
	case s.refusals < maxNamed:
		s.refusals++
		if named, others := namedItems(s.items, failed, spec); len(named) > 0 {
			return parts{alone: named, again: []batch{s.of(others)}}
		}
	}
	first, second := s.halves()
	p.again = []batch{first, second}
	return p
}

// namedItems separates the items that a refusal names from the others.
func namedItems(items []*Item, failed *sinks.Error, spec *sinks.Spec) (named, others []*Item) {
	places := failed.Fields
	if len(places) == 0 {
		places = []string{failed.Field}
	}
	atFault := map[int]bool{}
	for _, place := range places {
		if n, ok := itemNumber(place, spec); ok {
			atFault[n] = true
		}
	}
	for i, item := range items {
		if atFault[i] {
			named = append(named, item)
		} else {
			others = append(others, item)
		}
	}
	return named, others
}

// itemNumber reads the number of the item that an answer names, as in "3.name", "[3].name" or "items[3].name". A
// path that begins with a field of the sink has none: a number in it is that of a list inside an item.
func itemNumber(path string, spec *sinks.Spec) (int, bool) {
	segments := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]/", r) })
	if len(segments) > 1 && !isNumber(segments[0]) && !isField(segments[0], spec) {
		segments = segments[1:]
	}
	if len(segments) == 0 || !isNumber(segments[0]) {
		return 0, false
	}
	n, err := strconv.Atoi(segments[0])
	return n, err == nil
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func isField(name string, spec *sinks.Spec) bool {
	return slices.ContainsFunc(spec.Fields, func(f sinks.Field) bool { return f.Name == name })
}
