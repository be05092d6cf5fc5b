package mappings

import "time"

// Options is what templates may refer to.
type Options struct {
	Functions *Functions       // that templates may call; nil is none
	Step      string           // the step that the templates belong to; ref may not name it
	Columns   []string         // header of the source; nil when it is not known before reading
	Each      bool             // the step has each:, so that the function parent is available
	Parent    []string         // header of the outer row when Each is set; nil when it is not known
	Steps     []string         // steps that ref may name
	SameRow   []string         // steps of the same source, which ref may name without a key
	Tables    map[string]Table // tables that lookup may name
	Location  *time.Location   // zone of dates without an offset; nil is UTC
	Empty     Empty            // what Compile does with empty values
	KeyText   bool             // the template is a step's key: the functions key and ref are not available
	Finds     []FindForm       // what find and findOr may ask for
	NoFind    bool             // the template must be known before Kustomer is asked: find and findOr are not available
}

// Zone returns Location, or UTC when it is nil.
func (o *Options) Zone() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// Empty says what becomes of a value that renders to nothing: "", an empty list or an empty map.
type Empty int

// The policies of a step's empty: key.
const (
	Omit  Empty = iota // leave it out of the payload
	Clear              // send null
)

// Table is a lookup table: keys to values, "*" for every other key.
type Table map[string]any

// FindForm is one way to find an object, as templates write it: find "KIND" "BY" ARGS...
type FindForm struct {
	Kind string
	By   string   // "" for a kind that is found in one way only
	Args []string // names of the values that follow, for messages
}
