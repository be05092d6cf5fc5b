//go:build oldengine

package pipeline

import "fmt"

// sayHow says once that rows travel in batches.
func (b *batcher) sayHow() {
	b.mu.Lock()
	first := !b.said
	b.said = true
	b.mu.Unlock()
	if first {
		b.run.say(fmt.Sprintf("loading up to %d rows a request", b.limits.MaxItems))
	}
}

// stop sends everything one by one from now on, and says so once.
func (b *batcher) stop(why string) {
	b.mu.Lock()
	first := b.off == ""
	b.off = why
	b.mu.Unlock()
	if first {
		b.run.say("from now on one by one: " + why)
	}
}

// shrink sends no batches of more bytes than that from now on.
func (b *batcher) shrink(bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.most = min(b.most, bytes)
}

// isTooLarge reports whether a batch gathered before shrink was called.
func (b *batcher) isTooLarge(tr trip) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return tr.bytes() > b.most
}

func (b *batcher) isBare() bool   { return b.state(&b.bare) }
func (b *batcher) isProven() bool { return b.state(&b.proven) }
func (b *batcher) setBare()       { b.set(&b.bare) }
func (b *batcher) setProven()     { b.set(&b.proven) }

func (b *batcher) state(flag *bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *flag
}

func (b *batcher) set(flag *bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*flag = true
}

func (b *batcher) isOff() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off != ""
}
