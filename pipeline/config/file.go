// Package config reads a pipeline file into structs that remember the place of each value, and reports everything
// that is wrong in it at once.
package config

import (
	"strings"
	"time"

	"github.com/kustsync/kustsync/mappings"
)

// Pos is a place in the pipeline file.
type Pos = mappings.Pos

// String is a scalar of the file, after ${NAME} substitution, with its place. The zero value is absent.
type String struct {
	Value string
	Pos   Pos
}

// File is a pipeline file: valid against the schema, defaults filled in.
type File struct {
	Path     string // as given
	Dir      string // absolute; relative paths of the file start here
	Name     string
	Kustomer Kustomer
	Run      Run
	Sandbox  Sandbox
	Sources  []Source // in file order; steps that name a path directly are not among them
	Tables   []Table
	Steps    []Step

	text     *text // to quote from
	warnings Diagnostics
}

// Kustomer says where to load and with which key. Org and BaseURL are empty when neither the file nor the environment
// sets them, which is an error only of a run that needs them. The file sets at most one of them; when the environment
// sets both, BaseURL counts. A value from the environment has no place.
type Kustomer struct {
	Org        String
	BaseURL    String // without a slash at the end
	APIKeyEnv  string // name of the environment variable that holds the key; default KUSTOMER_API_KEY
	APIKeyFile String // absolute; takes the place of APIKeyEnv
	AllowHost  bool
	Budget     float64 // share of the org's limit, 0 < Budget <= 1
}

// Run is the section run:, with the defaults of contract.md where the file has no value.
type Run struct {
	Workers         int
	Bulk            String // auto, always, never
	Retries         int
	Timeout         time.Duration
	InDoubtWait     time.Duration
	BulkInDoubtWait time.Duration
	OutageWait      time.Duration
	MaxErrors       Budget
	Timezone        *time.Location
}

// Sandbox says with which objects run --sandbox begins.
type Sandbox struct {
	Seed String // absolute path of a file of objects; "" for none
}

// Budget is a number of rejected rows, or a share of the rows read.
type Budget struct {
	Rows    int     // when Percent is 0
	Percent float64 // 0..100
}

// Source is an entry of sources:, or the path that a step names in from:.
type Source struct {
	Name        string // "" for a path in from:
	Pos         Pos
	Path        String // absolute path or glob, or "-"
	Type        string
	Delimiter   string
	Encoding    String
	Comment     string
	SkipRows    int
	HeaderRow   int
	Header      []string
	NullValues  []string
	Sheet       String
	Range       String
	Records     String // without the "$." that may stand before it
	MaxUnpacked int64  // bytes; 0 is the default of sources
	Expect      *Expect
}

// Expect is what a source must be like before anything of it is sent (decisions.md 2).
type Expect struct {
	Pos       Pos
	MinRows   int           // 0: any number
	MaxDrop   *float64      // share of the rows of the last run that read it whole, 0..1; nil: any
	MaxChange *float64      // share of the known rows that would be updated, 0..1; nil: any
	MaxAge    time.Duration // of the newest file; 0: any
	Complete  bool          // it holds all rows every time
}

// Table is an entry of tables: inline values, or a file with a key and a value column.
type Table struct {
	Name   string
	Pos    Pos
	Values mappings.Table // inline: texts, json.Numbers, booleans, nil; nil when Source is set
	Source *Source
	Key    String // column
	Value  String // column
}

// IfExists is a step's policy for objects that Kustomer already has.
type IfExists string

// IfMerged is a step's policy for objects that were merged into others in Kustomer.
type IfMerged string

// IfDeleted is a step's policy for objects that were deleted in Kustomer.
type IfDeleted string

// OnDuplicate is a step's policy for rows that share a key.
type OnDuplicate string

// The values of if_exists, if_merged, if_deleted and on_duplicate.
const (
	Skip   IfExists = "skip"
	Update IfExists = "update"
	Fail   IfExists = "fail"

	RejectMerged IfMerged = "reject"
	UseMerged    IfMerged = "use"

	RejectDeleted IfDeleted = "reject"
	Recreate      IfDeleted = "recreate"
	SkipDeleted   IfDeleted = "skip"

	Reject OnDuplicate = "reject"
	First  OnDuplicate = "first"
	Last   OnDuplicate = "last"
)

// Step is one step: a keyed map from rows to Kustomer objects.
type Step struct {
	Name        string
	Pos         Pos
	From        String // a source's name, or a path
	Source      Source // what From names, resolved
	Sink        String
	Key         mappings.Text
	When        *mappings.Text
	OrderingKey *mappings.Text
	IfExists    IfExists
	IfMerged    IfMerged
	IfDeleted   IfDeleted
	Match       []String // empty: the sink's default
	OnDuplicate OnDuplicate
	LookFirst   bool
	// NeverOverwrite names fields that are sent when an object is created, and in no update. SetIfEmpty names fields
	// that an update sends only where the object has no value. An attribute is written as custom.tierStr.
	NeverOverwrite, SetIfEmpty []String
	PreserveCompany            bool   // an update sends the company that the object has
	Finalize                   bool   // fields that later steps changed are sent again at the end of a run
	Each                       String // dotted path to the array inside a row; "" when the step does not explode rows
	Empty                      mappings.Empty
	Deliver                    bool
	// MaxDeliveries is the most messages that a run may deliver; 0 when the file has no value.
	MaxDeliveries int
	// RecipientAllow has patterns, with * for any text, of the only addresses that may be written to. Without
	// patterns every address may be.
	RecipientAllow []String
	Mapping        mappings.Node // a map

	keys map[string]Pos // of the keys that the file gives the step
}

// Given returns the place of a key of the step, if the file has it.
func (s *Step) Given(key string) (Pos, bool) {
	pos, ok := s.keys[key]
	return pos, ok
}

// Channel returns the channel that the mapping of the step writes out, and its place. It returns "" when the mapping
// has no channel, or a template for it.
func (s *Step) Channel() (string, Pos) {
	for _, f := range s.Mapping.Fields {
		switch {
		case f.Name != "channel":
		case f.Value.Kind != mappings.Scalar || strings.Contains(f.Value.Text.Value, "{{"):
			return "", f.Value.Pos
		default:
			return f.Value.Text.Value, f.Value.Pos
		}
	}
	return "", s.Pos
}
