package sources

import (
	"slices"
	"strings"
)

// Values are what a row holds, by column. They are the receiver's, who may change the object that they give.
type Values interface {
	// Get returns the value of a column: a string, json.Number, bool, time.Time, []any, map[string]any,
	// or nil for a null or a column that the row does not have. CSV rows hold strings and nils only.
	Get(column string) any
	// Object returns all values as one object.
	Object() map[string]any
}

// Object is Values that are an object from the start.
type Object map[string]any

// Get implements Values.
func (o Object) Get(column string) any { return o[column] }

// Object implements Values.
func (o Object) Object() map[string]any { return o }

// maxShared bounds the rows whose cells share one string, in bytes: a cell that somebody keeps
// holds on to no more than that.
const maxShared = 4 << 10

// cells are the Values of a CSV row: its text, and where in it they stand. To fill a map with them takes
// longer than to read the row, and few rows are ever asked for one.
type cells struct {
	header *header
	text   string
	spans  []span // in the order of the header
}

// header is what the cells of one file have in common.
type header struct {
	names    []string       // of the source's own columns
	at       map[string]int // where a name stands among them
	nulls    []string       // texts that mean null
	rejected bool           // the file is a rejected one that was corrected: RejectColumns stand behind its own
}

func newHeader(names, nulls []string) *header {
	h := &header{names: names, nulls: nulls, at: make(map[string]int, len(names))}
	if own := len(names) - len(RejectColumns()); own > 0 && slices.Equal(names[own:], RejectColumns()) {
		h.names, h.rejected = names[:own:own], true
	}
	for i, name := range h.names {
		h.at[name] = i
	}
	return h
}

// Get implements Values.
func (c *cells) Get(column string) any {
	if i, ok := c.header.at[column]; ok {
		return c.value(i)
	}
	return nil
}

// Object implements Values.
func (c *cells) Object() map[string]any {
	object := make(map[string]any, len(c.spans))
	for i, name := range c.header.names {
		object[name] = c.value(i)
	}
	return object
}

func (c *cells) value(i int) any {
	text := c.text[c.spans[i].from:c.spans[i].to]
	if len(c.text) > maxShared {
		text = strings.Clone(text)
	}
	if c.header.rejected {
		text = Restore(text)
	}
	if slices.Contains(c.header.nulls, text) {
		return nil
	}
	return text
}
