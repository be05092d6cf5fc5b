package config

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
)

// source decodes an entry of sources:.
func (d *decoder) source(e entry) Source {
	s := Source{Name: e.name, Pos: e.pos}
	fill(d, sourceKeys, &s, e.value)
	return s
}

var sourceKeys = keys[Source]{
	"path":         func(d *decoder, s *Source, n *node) { d.path(n, &s.Path) },
	"type":         func(d *decoder, s *Source, n *node) { d.word(n, &s.Type) },
	"delimiter":    func(d *decoder, s *Source, n *node) { d.character(n, &s.Delimiter) },
	"encoding":     func(d *decoder, s *Source, n *node) { d.string(n, &s.Encoding) },
	"comment":      func(d *decoder, s *Source, n *node) { d.character(n, &s.Comment) },
	"skip_rows":    func(d *decoder, s *Source, n *node) { d.int(n, &s.SkipRows) },
	"header_row":   func(d *decoder, s *Source, n *node) { d.int(n, &s.HeaderRow) },
	"header":       func(d *decoder, s *Source, n *node) { d.words(n, &s.Header) },
	"null_values":  func(d *decoder, s *Source, n *node) { d.words(n, &s.NullValues) },
	"sheet":        func(d *decoder, s *Source, n *node) { d.string(n, &s.Sheet) },
	"range":        func(d *decoder, s *Source, n *node) { d.string(n, &s.Range) },
	"records":      func(d *decoder, s *Source, n *node) { d.records(n, &s.Records) },
	"max_unpacked": func(d *decoder, s *Source, n *node) { parse(d, n, &s.MaxUnpacked, parseSize) },
	"expect": func(d *decoder, s *Source, n *node) {
		s.Expect = &Expect{Pos: n.pos}
		fill(d, expectKeys, s.Expect, n)
	},
}

var expectKeys = keys[Expect]{
	"min_rows":   func(d *decoder, e *Expect, n *node) { d.int(n, &e.MinRows) },
	"max_drop":   func(d *decoder, e *Expect, n *node) { d.share(n, &e.MaxDrop) },
	"max_change": func(d *decoder, e *Expect, n *node) { d.share(n, &e.MaxChange) },
	"max_age":    func(d *decoder, e *Expect, n *node) { parse(d, n, &e.MaxAge, parseTimeout) },
	"complete":   func(d *decoder, e *Expect, n *node) { d.bool(n, &e.Complete) },
}

// share sets a share: "20%" is 0.2.
func (d *decoder) share(n *node, to **float64) {
	var v float64
	before := len(d.diagnostics)
	parse(d, n, &v, parseShare)
	if len(d.diagnostics) == before {
		*to = &v
	}
}

// records sets a path to an array, without the "$." of JSONPath.
func (d *decoder) records(n *node, to *String) {
	d.string(n, to)
	to.Value = strings.TrimPrefix(strings.TrimPrefix(to.Value, "$"), ".")
}

// character sets a text of one character; "tab" and "\t" are the tab.
func (d *decoder) character(n *node, to *string) {
	if n.kind != scalar {
		return
	}
	text := n.text
	if text == "tab" || text == `\t` {
		text = "\t"
	}
	if runes := []rune(text); len(runes) != 1 || strings.ContainsAny(text, "\"\r\n\x00\ufffd") {
		d.add(n.pos, fmt.Sprintf("%s cannot be %s", d.name, n.show()), "write one character, other than a quote or a line break, or tab")
		return
	}
	*to = text
}

// table decodes an entry of tables:.
func (d *decoder) table(e entry) Table {
	t := Table{Name: e.name, Pos: e.pos}
	fill(d, tableKeys, &t, e.value)
	if t.Values == nil {
		s := d.source(e)
		s.Name = ""
		t.Source = &s
	}
	return t
}

// tableKeys are the keys of a table that a source does not have.
var tableKeys = keys[Table]{
	"values": func(d *decoder, t *Table, n *node) { t.Values = d.values(n) },
	"key":    func(d *decoder, t *Table, n *node) { d.string(n, &t.Key) },
	"value":  func(d *decoder, t *Table, n *node) { d.string(n, &t.Value) },
}

func (d *decoder) values(n *node) mappings.Table {
	table := mappings.Table{}
	for _, e := range n.entries {
		if e.value.kind == scalar {
			table[e.name] = e.value.constant()
		}
	}
	return table
}

// step decodes an entry of steps:.
func (d *decoder) step(e entry) Step {
	s := Step{Name: e.name, Pos: e.pos, IfExists: Skip, IfMerged: RejectMerged, IfDeleted: RejectDeleted, OnDuplicate: Reject, PreserveCompany: true, keys: map[string]Pos{}}
	fill(d, stepKeys, &s, e.value)
	for _, key := range e.value.entries {
		s.keys[key.name] = key.pos
	}
	return s
}

var stepKeys = keys[Step]{
	"from":             func(d *decoder, s *Step, n *node) { d.string(n, &s.From) },
	"sink":             func(d *decoder, s *Step, n *node) { d.string(n, &s.Sink) },
	"key":              func(d *decoder, s *Step, n *node) { d.template(n, &s.Key) },
	"when":             func(d *decoder, s *Step, n *node) { s.When = d.optional(n) },
	"ordering_key":     func(d *decoder, s *Step, n *node) { s.OrderingKey = d.optional(n) },
	"if_exists":        func(d *decoder, s *Step, n *node) { s.IfExists = IfExists(n.text) },
	"if_merged":        func(d *decoder, s *Step, n *node) { s.IfMerged = IfMerged(n.text) },
	"if_deleted":       func(d *decoder, s *Step, n *node) { s.IfDeleted = IfDeleted(n.text) },
	"match":            func(d *decoder, s *Step, n *node) { d.strings(n, &s.Match) },
	"on_duplicate":     func(d *decoder, s *Step, n *node) { s.OnDuplicate = OnDuplicate(n.text) },
	"look_first":       func(d *decoder, s *Step, n *node) { d.bool(n, &s.LookFirst) },
	"never_overwrite":  func(d *decoder, s *Step, n *node) { d.strings(n, &s.NeverOverwrite) },
	"set_if_empty":     func(d *decoder, s *Step, n *node) { d.strings(n, &s.SetIfEmpty) },
	"preserve_company": func(d *decoder, s *Step, n *node) { d.bool(n, &s.PreserveCompany) },
	"finalize":         func(d *decoder, s *Step, n *node) { d.bool(n, &s.Finalize) },
	"each":             func(d *decoder, s *Step, n *node) { d.string(n, &s.Each) },
	"empty": func(d *decoder, s *Step, n *node) {
		if n.text == "clear" {
			s.Empty = mappings.Clear
		}
	},
	"deliver":         func(d *decoder, s *Step, n *node) { d.bool(n, &s.Deliver) },
	"max_deliveries":  func(d *decoder, s *Step, n *node) { d.int(n, &s.MaxDeliveries) },
	"recipient_allow": func(d *decoder, s *Step, n *node) { d.strings(n, &s.RecipientAllow) },
	"mapping":         func(d *decoder, s *Step, n *node) { s.Mapping = n.mapping() },
}

// optional returns a template; nil when n is no scalar.
func (d *decoder) optional(n *node) *mappings.Text {
	if n.kind != scalar {
		return nil
	}
	return new(n.template())
}

// resolve sets the source that a step reads: an entry of sources:, or a source made of the path in from:.
func (d *decoder) resolve(s *Step, sources []Source) {
	from := s.From.Value
	for _, source := range sources {
		if source.Name == from {
			s.Source = source
			return
		}
	}
	if from == "" || !isPath(from) {
		return // an unknown name, which the rule unknown-source reports
	}
	s.Source = Source{Pos: s.From.Pos, Path: String{Value: d.absolute(from), Pos: s.From.Pos}}
}

// isPath reports whether a from: is a path. The names of entries of sources: have no dots, slashes or globs.
func isPath(from string) bool { return from == "-" || strings.ContainsAny(from, `./\*?[`) }
