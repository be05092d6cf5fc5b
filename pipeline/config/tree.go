package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// The limits of a file whose aliases are replaced by what they stand for.
const (
	maxDepth = 64
	maxNodes = 50_000
)

// nodeKind says which fields of a node are in use.
type nodeKind int

const (
	scalar nodeKind = iota
	list
	object
)

// node is a value of the file. Aliases are replaced by what they stand for, and merge keys by the entries that they
// merge, so that later stages see a plain tree.
type node struct {
	kind    nodeKind
	key     Pos // of the key that holds the value; of the value itself in a list
	pos     Pos
	text    string // scalar: as written, later with ${NAME} replaced
	plain   bool   // scalar: without quotes, so that it may be a number, a boolean or null
	start   Pos    // scalar: of the first character of text
	indent  int    // scalar: columns before the later lines of a block
	items   []*node
	entries []entry
	index   map[string]int // object: of a key in entries
}

// entry is one key of an object.
type entry struct {
	name  string
	pos   Pos
	value *node
}

// find returns the entry of a key; false when there is none or n is no object.
func (n *node) find(name string) (entry, bool) {
	if n == nil {
		return entry{}, false
	}
	i, ok := n.index[name]
	if !ok {
		return entry{}, false
	}
	return n.entries[i], true
}

// put appends an entry; false when the key is there already.
func (n *node) put(e entry) bool {
	if _, ok := n.index[e.name]; ok {
		return false
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	n.index[e.name] = len(n.entries)
	n.entries = append(n.entries, e)
	return true
}

// at returns the value at a path of keys; nil when there is none.
func (n *node) at(path ...string) *node {
	for _, name := range path {
		e, _ := n.find(name)
		n = e.value
	}
	return n
}

// builder turns YAML nodes into the tree, within the limits.
type builder struct {
	*collector
	count  int
	open   map[*yaml.Node]bool // what is being built, to find an alias of itself
	failed bool                // a limit was hit: the tree is not to be used
}

// buildTree returns the tree under y; false when a limit was hit.
func buildTree(y *yaml.Node, found *collector) (*node, bool) {
	b := &builder{collector: found, open: map[*yaml.Node]bool{}}
	root := b.build(y, found.text.at(y.Line, y.Column), 0)
	return root, !b.failed
}

func (b *builder) fail(pos Pos, message, hint string) *node {
	b.failed = true
	b.add(pos, message, hint)
	return &node{pos: pos, key: pos}
}

// build returns the tree of a value. key is the place of its key, or of the value itself for an item of a list.
func (b *builder) build(y *yaml.Node, key Pos, depth int) *node {
	pos := b.text.at(y.Line, y.Column)
	b.count++
	switch {
	case b.failed:
		return &node{pos: pos, key: key}
	case depth > maxDepth:
		return b.fail(pos, fmt.Sprintf("the file is nested more than %d levels deep", maxDepth), "remove levels")
	case b.count > maxNodes:
		return b.fail(pos, fmt.Sprintf("the file holds more than %d values, counted through its aliases", maxNodes), "put data into sources and tables, and repeat fewer aliases")
	case b.open[y]:
		return b.fail(pos, "an alias of something that holds the alias", "remove the alias")
	}
	b.open[y] = true
	defer delete(b.open, y)
	if y.Kind != yaml.AliasNode {
		b.checkTag(y, pos)
	}
	switch y.Kind {
	case yaml.AliasNode:
		return b.build(y.Alias, key, depth)
	case yaml.SequenceNode:
		return b.list(y, key, depth)
	case yaml.MappingNode:
		if inside, ok := templateShape(y); ok {
			b.add(pos, "a template without quotes, which YAML reads as a map", quoteTemplate)
			return &node{pos: pos, key: key, start: pos, text: "{{ " + inside + " }}"}
		}
		return b.object(y, key, depth)
	}
	return b.scalar(y, key)
}

// templateShape recognizes `{{ .x }}` without quotes: a map whose only key is a map, on one line.
func templateShape(y *yaml.Node) (inside string, ok bool) {
	if y.Style&yaml.FlowStyle == 0 || len(y.Content) == 0 {
		return "", false
	}
	key := y.Content[0]
	if key.Kind != yaml.MappingNode || key.Style&yaml.FlowStyle == 0 {
		return "", false
	}
	if len(key.Content) > 0 {
		inside = key.Content[0].Value
	}
	return inside, true
}

var knownTags = map[string]bool{"!!str": true, "!!int": true, "!!float": true, "!!bool": true, "!!null": true, "!!map": true, "!!seq": true, "!": true}

// checkTag reports a tag that is not of JSON's types.
func (b *builder) checkTag(y *yaml.Node, pos Pos) {
	if y.Style&yaml.TaggedStyle != 0 && !knownTags[y.Tag] {
		b.add(pos, fmt.Sprintf("unknown tag %q", y.Tag), "remove the tag, or put quotes around a text that begins with \"!\"")
	}
}

func (b *builder) list(y *yaml.Node, key Pos, depth int) *node {
	n := &node{kind: list, key: key, pos: b.text.at(y.Line, y.Column)}
	for _, item := range y.Content {
		n.items = append(n.items, b.build(item, b.text.at(item.Line, item.Column), depth+1))
	}
	return n
}

func (b *builder) object(y *yaml.Node, key Pos, depth int) *node {
	n := &node{kind: object, key: key, pos: b.text.at(y.Line, y.Column)}
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := follow(y.Content[i]), y.Content[i+1]
		at := b.text.at(y.Content[i].Line, y.Content[i].Column)
		if k.Kind != yaml.ScalarNode {
			b.add(at, "a key must be a text", "put quotes around the key")
			continue
		}
		if k.Tag == "!!merge" {
			merged = append(merged, b.build(v, at, depth+1))
			continue
		}
		if !n.put(entry{k.Value, at, b.build(v, at, depth+1)}) {
			before, _ := n.find(k.Value)
			b.add(at, fmt.Sprintf("key %q is already on line %d", k.Value, before.pos.Line), "remove one of the two")
		}
	}
	for _, m := range merged {
		b.merge(n, m)
	}
	return n
}

// merge puts into n the entries of m, or of the objects in m, that n does not have.
func (b *builder) merge(n, m *node) {
	sources := []*node{m}
	if m.kind == list {
		sources = m.items
	}
	for _, source := range sources {
		if source.kind != object {
			b.add(source.pos, `"<<" wants a map to merge`, `write "<<: *name", where "&name" marks a map`)
		}
		for _, e := range source.entries {
			n.put(e)
		}
	}
}

// follow returns what an alias stands for.
func follow(y *yaml.Node) *yaml.Node {
	if y.Kind == yaml.AliasNode {
		return y.Alias
	}
	return y
}

func (b *builder) scalar(y *yaml.Node, key Pos) *node {
	pos := b.text.at(y.Line, y.Column)
	quoted := y.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)
	block := y.Style & (yaml.LiteralStyle | yaml.FoldedStyle)
	n := &node{key: key, pos: pos, start: pos, text: y.Value, plain: isPlain(y)}
	switch {
	case n.plain && y.Value == "" && y.Style&yaml.TaggedStyle == 0:
		n.pos = key
		b.add(key, "a value is missing", "give one, or remove the line")
	case quoted != 0:
		n.start.Column++
	case block != 0:
		n.start, n.indent = b.blockStart(y)
	}
	return n
}

// isPlain reports whether y is written without quotes and without the tag of a text, so that it may be a number, a
// boolean or null.
func isPlain(y *yaml.Node) bool {
	return y.Style == 0 || y.Style == yaml.TaggedStyle && y.Tag != "!!str"
}

// blockStart returns where the text of a block scalar begins, and its indentation.
func (b *builder) blockStart(y *yaml.Node) (Pos, int) {
	spaces := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	value := strings.TrimLeft(y.Value, "\n")
	for n := y.Line + 1; n <= len(b.text.lines); n++ {
		if line := b.text.line(n); strings.TrimSpace(line) != "" {
			indent := max(spaces(line)-spaces(value), 0)
			return b.text.at(y.Line+1, indent+1), indent
		}
	}
	return b.text.at(y.Line, y.Column), 0
}
