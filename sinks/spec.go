package sinks

// Spec describes one sink as data: what it is called, where it sends, what fields it takes. It may be
// copied; a Spec that is changed after Prepare must be prepared again.
type Spec struct {
	Name   string // "create_customer"
	Doc    string // one sentence
	Object string // the kind of object it makes or changes: "customer"
	Kind   Kind
	Create []Route
	Update *Route // nil: the object cannot be updated
	// Params names text fields that a step writes without a template, because paths and roles contain them: the klass
	// of a KObject. With fills them in.
	Params []string
	// Choices, when there are any, are the only values of the first of Params. With sets the Spec's Kind and Destructive
	// to those of the chosen one.
	Choices []Choice
	Append  *Append // not nil: items are added to a list that the object has
	// Destructive: what it does cannot be undone; a run must be allowed to.
	Destructive bool
	// Destroys lists requests of the service that cannot be undone, whatever sink they come from.
	Destroys []Destroy
	// Delivers: what it does can make a message leave for a customer; a run must be allowed to.
	Delivers bool
	Fields   []Field
	// Lookups lists how an object can be found, in the default order of match.
	Lookups []Lookup
	// ExternalID is the name of the field, and of the look-up if there is one, by which an object that the
	// sink makes is found again: "externalId". "" when its objects carry no id of the source system.
	ExternalID string
	// Target is the name of the field that names the object which Changes or Acts work on: "id", or "path" where
	// the row gives the whole path. "" when no one field does.
	Target string
	Batch  *Batches // nil: the service has no bulk endpoint for it
	// MergesPath is the GET path of the merges that an object was a part of, with {id}; "" where objects of the kind are
	// not merged, or nothing tells.
	MergesPath string
	Roles      []Role
	// Unique: the service refuses a second object with the same external id, so an object in
	// doubt needs no quiet time.
	Unique bool
	// Learned is what a probe of the org has found out.
	Learned Learned
	// Preserve names relations that an update must always carry, because leaving them out clears them.
	Preserve []string
	// Final: not nil where requests of other sinks can undo a value; a step may ask that it is written again at the end.
	Final *Final
	Notes []string // what a user must know, one sentence each; shown by `kustsync sinks NAME`
	// MustDiffer names two fields with ids that must not be equal: who is merged, and into whom.
	MustDiffer [2]string
	// Delivery: not nil for a sink that reaches people.
	Delivery *Delivery
	// Channels are the sinks that replace this one in a step that says deliver: true, one for each channel. Empty:
	// the sink cannot deliver.
	Channels []Channel
	// NotFields lists names that users try and the service does not take, with what to use instead.
	NotFields []NotField
	// Example is what a step for the sink writes below its sink: mapping, as lines of YAML. The
	// columns of its rows are made up.
	Example string

	prepared *preparedFields // Fields as Prepare made them ready; nil before it
}

// Kind says what the request of a sink does, and so what becomes of one that may have happened.
type Kind int

// The kinds of sinks.
const (
	// Makes an object that the key of the row names. In doubt it is looked up by its external id; where
	// there is no such look-up a person decides.
	Makes Kind = iota
	// Changes the object that Target names. Sent twice it has the same effect as once, so in doubt it is sent again.
	// Each new content of the row is sent, whatever if_exists says.
	Changes
	// Acts in a way that must not happen twice and cannot be looked up: in doubt a person decides.
	Acts
)

// Choice is what one value of a param changes in a Spec.
type Choice struct {
	Value       string
	Kind        Kind
	Destructive bool
}

// Append adds items to a list of an object: the object is read, the items that it lacks are added, and the
// whole list is written with the revision that was read (kustomer-api.md 1.8).
type Append struct {
	List string // the field that holds the items: "emails"
	By   string // the member that tells items apart, compared without regard to case: "email"
}

// Final is a value of a field that must not be undone: the status done of a conversation, which an inbound
// message reopens (kustomer-api.md 6.5).
type Final struct {
	Field string
	Value string
}

// Batches says how the bulk endpoint of a sink takes objects.
type Batches struct {
	Path         string   // of the bulk endpoint
	Needs        []string // fields without which an object cannot be created through it
	MaxItems     int      // most objects in one request
	MaxBytes     int      // most bytes of one request, without the brackets around its items
	ItemOverhead int      // bytes that an item takes besides its payload: its reference, the id of an update, commas
	RefField     string   // name under which an item carries its reference
}

// NotField is a name that the service does not take as a field, though other tools or common sense
// suggest it.
type NotField struct {
	Name string
	Hint string // what to do instead, as an imperative: "map name"
}

// Route is a method and a path. {field} segments of the path are filled from the payload; the path {+field} is the whole
// value of that field, a Path. A create takes the first Route of Spec.Create whose fields are all present. {id} in an
// update is the object's id.
type Route struct {
	Method string
	Path   string
	Body   string // the field whose value is the whole body: an array of tags; "": the body is the payload
}

// Role is one thing that the key must be allowed to do. Any one of the names in AnyOf suffices.
type Role struct {
	For   string   // "create", "update", "look up", "historical timestamps"
	AnyOf []string // role names of Kustomer; a shorter prefix of one grants it too
}

// Lookup finds an object by a value of its payload.
type Lookup struct {
	By    string   // "externalId", "email", "phone"
	Paths []string // GET paths with {value}; later ones are other spellings of the first
	// From is where the payload holds the values: "externalId", "emails[].email".
	From string
	// OnlyNamed: it is used only where a step's match names it, since several people may share the value.
	OnlyNamed bool
}

// Type is the type of a Field.
type Type string

// The types of fields.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Number  Type = "number"
	Bool    Type = "bool"
	Time    Type = "time"  // ISO 8601 UTC with milliseconds
	ID      Type = "id"    // 24 hex digits
	Email   Type = "email" // a relaxed address
	Phone   Type = "phone" // 2 to 15 digits, E.164 at best
	URL     Type = "url"
	Path    Type = "path"   // of the API, percent-encoded, without a query
	List    Type = "list"   // of Items
	Object  Type = "object" // of Fields
	Custom  Type = "custom" // an object whose keys carry their type as a suffix (Str, Num, ...)
	Free    Type = "free"   // any JSON value
)

// Use says which operations accept a Field.
type Use int

// The uses of a Field.
const (
	Both Use = iota
	CreateOnly
	UpdateOnly
)

// Field is one field of a sink, or of an object inside one.
type Field struct {
	Name     string
	Type     Type
	Doc      string // one sentence, or ""
	Use      Use
	Required bool     // on create
	Nullable bool     // null clears it; a list is cleared by sending it empty
	Aliases  []string // names that other tools use for it
	Default  any      // put in on create when the mapping does not set it

	MinLen, MaxLen int      // text: UTF-16 units; 0 is no limit
	Min, Max       *float64 // numbers
	Enum           []string
	EnumUpdate     []string   // further words that an update takes
	Pattern        string     // text: RE2, anchored by itself
	Reserved       []NotField // path: segments that it may not have, in lower case
	MinItems       int        // list, object: least number of items or members
	MaxItems       int        // list, object, custom: most items or members; 0 is no limit
	Unique         bool       // list: no two equal items
	Items          *Field     // list
	Fields         []Field
}
