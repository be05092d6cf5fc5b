package render

import (
	"sync"

	"github.com/kustsync/kustsync/pipeline/decide"
)

// Object is what is known of an object that templates name by ref.
type Object struct {
	ID        string // Kustomer's; "" where it is not there yet, and a placeholder stands for it
	CreatedIn string // the run that made it; "" when no run is known to have
	// Gone: Kustomer no longer has it, or ID is that of another object, into which it was merged.
	Gone *decide.Parent
}

// objectCache keeps the objects that were asked for last: rows that refer to one object stand close together.
type objectCache struct {
	mu      sync.Mutex
	objects map[Ref]Object
}

const maxCachedObjects = 8192

func newObjectCache() *objectCache { return &objectCache{objects: map[Ref]Object{}} }

func (c *objectCache) get(at Ref) (Object, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	object, ok := c.objects[at]
	return object, ok
}

func (c *objectCache) put(at Ref, object Object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.objects) >= maxCachedObjects {
		clear(c.objects)
	}
	c.objects[at] = object
}
