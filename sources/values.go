package sources

import (
	"slices"
	"strings"
)

// Values are the values of a row, by column. They belong to whoever received the row, who may change the object that
// Object returns.
type Values interface {
	// Get returns the value of a column: a string, json.Number, bool, time.Time, []any, map[string]any,
	// or nil for a null or a column that the row does not have. CSV rows hold strings and nils only.
	Get(column string) any
	// Object returns all values as one object.
	Object() map[string]any
}

// Object is a map from columns to values that implements Values.
type Object map[string]any

// Get implements Values.
func (o Object) Get(column string) any { return o[column] }

// Object implements Values.
func (o Object) Object() map[string]any { return o }

// maxShared is how many bytes a row may have whose cells are parts of one string. A cell that somebody keeps
// keeps the whole string in memory; the cells of longer rows are copied.
const maxShared = 4 << 10

// cells are the Values of a CSV row: its text, and where in it each value is. There is no map of them until somebody
// asks for one: to fill it takes longer than to read the row.
type cells struct {
	header *header
	text   string
	spans  []span // of the values, in the order of the header
}

// span is a part of a text, from one offset up to another.
type span struct{ from, to int }

// header is what the cells of one file have in common.
type header struct {
	names    []string       // of the source's own columns
	at       map[string]int // the index of each name in names
	nulls    []string       // texts that mean null
	rejected bool           // the file is a corrected file of rejected rows: it has RejectColumns after its own
}

// newHeader makes the header of a file with these columns. RejectColumns at their end are not the source's own.
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

// value returns the value of the column with an index in names.
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
