package mappings

// Kind says which fields of a Node are in use.
type Kind int

// The kinds of a Node.
const (
	Scalar Kind = iota // Text, or Const when the scalar is a plain number, bool or null
	List               // Items
	Map                // Fields
)

// Node is one value of a mapping as written: a template, a constant, a list or a map.
type Node struct {
	Kind   Kind
	Pos    Pos
	Text   Text    // Scalar
	Const  any     // Scalar: json.Number, bool or Null for a plain YAML constant, else nil
	Items  []Node  // List
	Fields []Field // Map, in file order
}

// Field is one entry of a map Node.
type Field struct {
	Name  string
	Pos   Pos // of the name
	Value Node
}
