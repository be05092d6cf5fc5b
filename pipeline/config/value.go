package config

import (
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/kustsync/kustsync/mappings"
)

// jsonNumber matches a plain scalar that is a number. So 007, 0x1F and 1_000 are texts, as the file shows them
// (dependencies.md 1).
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?$`)

// constant returns the scalar as a JSON value: json.Number, bool, nil or string.
func (n *node) constant() any {
	if !n.plain {
		return n.text
	}
	switch n.text {
	case "", "~", "null", "Null", "NULL":
		return nil
	}
	if isBool(n.text) {
		return n.text[0] == 't' || n.text[0] == 'T'
	}
	if jsonNumber.MatchString(n.text) {
		return json.Number(n.text)
	}
	return n.text
}

// isBool reports whether an unquoted text is a boolean: yes, no, on and off are texts.
func isBool(text string) bool {
	switch text {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	return false
}

// show returns the value in quotes, at most 40 characters of it, or names its kind.
func (n *node) show() string {
	switch n.kind {
	case list:
		if len(n.items) == 0 {
			return "an empty list"
		}
		return "a list"
	case object:
		if len(n.entries) == 0 {
			return "an empty map"
		}
		return "a map"
	}
	if n.constant() == nil {
		return "null"
	}
	return strconv.Quote(clip(n.text, 40))
}

// value returns the tree under n as encoding/json would.
func (n *node) value() any {
	switch n.kind {
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.value()
		}
		return items
	case object:
		entries := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			entries[e.name] = e.value.value()
		}
		return entries
	}
	return n.constant()
}

// template returns the scalar as the template of a mapping.
func (n *node) template() mappings.Text {
	return mappings.Text{Value: n.text, Pos: n.start, Indent: n.indent}
}

// mapping returns the tree under n as the mapping of a step.
func (n *node) mapping() mappings.Node {
	out := mappings.Node{Pos: n.pos}
	switch n.kind {
	case list:
		out.Kind = mappings.List
		for _, item := range n.items {
			out.Items = append(out.Items, item.mapping())
		}
	case object:
		out.Kind = mappings.Map
		for _, e := range n.entries {
			out.Fields = append(out.Fields, mappings.Field{Name: e.name, Pos: e.pos, Value: e.value.mapping()})
		}
	default:
		out.Text = n.template()
		switch c := n.constant().(type) {
		case nil:
			out.Const = mappings.Null
		case string:
		default:
			out.Const = c
		}
	}
	return out
}
