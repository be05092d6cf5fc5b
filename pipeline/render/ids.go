package render

import "sync"

// idCache keeps the ids that were asked for last: rows that refer to one object stand close together.
type idCache struct {
	mu  sync.Mutex
	ids map[Ref]string
}

const maxCachedIDs = 8192

func newIDCache() *idCache { return &idCache{ids: map[Ref]string{}} }

func (c *idCache) get(at Ref) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.ids[at]
	return id, ok
}

func (c *idCache) put(at Ref, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ids) >= maxCachedIDs {
		clear(c.ids)
	}
	c.ids[at] = id
}
