package mappings

import (
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/kustsync/kustsync/mappings/values"
)

// cleaner takes the empty values out of a list or an object that a template gave, as the mapping does with its own,
// and copies it, since it may be part of the row.
type cleaner struct {
	work int // one unit for each value and each 16 bytes of text
}

// clean returns a value without the empty values in it, nil when it is empty itself. clear says that empty members
// of objects become Null.
func (c *cleaner) clean(v any, depth int, clear bool) (any, error) {
	c.work++
	switch known := v.(type) {
	case int:
		return int64(known), nil
	case float64:
		if math.IsNaN(known) || math.IsInf(known, 0) {
			return nil, values.ErrNotFinite
		}
	case string:
		if c.work += len(known) / 16; known == "" {
			return nil, nil
		}
	case []any:
		return c.cleanList(known, depth)
	case map[string]any:
		return c.cleanObject(known, depth, clear)
	}
	return v, c.tooMuch(depth)
}

func (c *cleaner) cleanList(list []any, depth int) (any, error) {
	if err := c.tooMuch(depth); err != nil {
		return nil, err
	}
	kept := make([]any, 0, len(list))
	for _, item := range list {
		cleaned, err := c.clean(item, depth+1, false)
		if err != nil {
			return nil, err
		}
		if cleaned != nil {
			kept = append(kept, cleaned)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, nil
}

func (c *cleaner) cleanObject(object map[string]any, depth int, clear bool) (any, error) {
	if err := c.tooMuch(depth); err != nil {
		return nil, err
	}
	kept := make(map[string]any, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		cleaned, err := c.clean(object[name], depth+1, clear)
		switch {
		case err != nil:
			return nil, err
		case cleaned != nil:
			kept[name] = cleaned
		case clear:
			kept[name] = Null
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, nil
}

var errTooMuch = errors.New("gives a list or an object of more than 100,000 values or 1 MiB of text")

// tooMuch returns an error when values nest too deep or are too many.
func (c *cleaner) tooMuch(depth int) error {
	switch {
	case depth > values.MaxNesting:
		return values.ErrTooDeep
	case c.work > values.MaxItems:
		return errTooMuch
	}
	return nil
}
