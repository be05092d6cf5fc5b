package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/kustsync/kustsync/mappings"
)

// keys has, for each key of a section of the file, the function that sets its field. TestSchemaAndStructs compares
// the keys with the schema.
type keys[T any] map[string]func(d *decoder, t *T, n *node)

// decoder fills the structs from a tree that was validated against the schema. A value that the schema refused is
// left out: it has its diagnostic already.
type decoder struct {
	*collector
	options Options
	dir     string // of the file
	name    string // of the key that is being decoded
}

// fill sets the fields of t from the entries of n. A key that is not in set is left out.
func fill[T any](d *decoder, set keys[T], t *T, n *node) {
	if n == nil {
		return
	}
	for _, e := range n.entries {
		if f, ok := set[e.name]; ok {
			d.name = e.name
			f(d, t, e.value)
		}
	}
}

// decode fills the file from its tree.
func decode(root *node, file *File, o Options, found *collector) {
	d := &decoder{collector: found, options: o, dir: file.Dir}
	fill(d, fileKeys, file, root)
	d.apiKey(root, &file.Kustomer)
	d.targetFromEnv(&file.Kustomer, root.at("kustomer"))
	for i := range file.Steps {
		d.resolve(&file.Steps[i], file.Sources)
	}
}

var fileKeys = keys[File]{
	"version":  func(*decoder, *File, *node) {}, // checked by newerVersion and the schema
	"name":     func(d *decoder, f *File, n *node) { d.word(n, &f.Name) },
	"kustomer": func(d *decoder, f *File, n *node) { fill(d, kustomerKeys, &f.Kustomer, n) },
	"run":      func(d *decoder, f *File, n *node) { fill(d, runKeys, &f.Run, n) },
	"sandbox":  func(d *decoder, f *File, n *node) { fill(d, sandboxKeys, &f.Sandbox, n) },
	"sources":  func(d *decoder, f *File, n *node) { f.Sources = decodeAll(n, d.source) },
	"tables":   func(d *decoder, f *File, n *node) { f.Tables = decodeAll(n, d.table) },
	"steps":    func(d *decoder, f *File, n *node) { f.Steps = decodeAll(n, d.step) },
}

// decodeAll decodes the entries of an object in file order.
func decodeAll[T any](n *node, one func(e entry) T) (all []T) {
	for _, e := range n.entries {
		if e.value.kind == object {
			all = append(all, one(e))
		}
	}
	return all
}

var kustomerKeys = keys[Kustomer]{
	"org":          func(d *decoder, k *Kustomer, n *node) { d.string(n, &k.Org) },
	"base_url":     func(d *decoder, k *Kustomer, n *node) { d.string(n, &k.BaseURL) },
	"api_key":      func(*decoder, *Kustomer, *node) {}, // never substituted: see decoder.apiKey
	"api_key_file": func(d *decoder, k *Kustomer, n *node) { d.path(n, &k.APIKeyFile) },
	"allow_host":   func(d *decoder, k *Kustomer, n *node) { d.bool(n, &k.AllowHost) },
	"budget":       func(d *decoder, k *Kustomer, n *node) { parse(d, n, &k.Budget, ParseBudget) },
}

var runKeys = keys[Run]{
	"workers":            func(d *decoder, r *Run, n *node) { d.int(n, &r.Workers) },
	"bulk":               func(d *decoder, r *Run, n *node) { d.string(n, &r.Bulk) },
	"retries":            func(d *decoder, r *Run, n *node) { d.int(n, &r.Retries) },
	"timeout":            func(d *decoder, r *Run, n *node) { parse(d, n, &r.Timeout, parseTimeout) },
	"in_doubt_wait":      func(d *decoder, r *Run, n *node) { parse(d, n, &r.InDoubtWait, parseDuration) },
	"bulk_in_doubt_wait": func(d *decoder, r *Run, n *node) { parse(d, n, &r.BulkInDoubtWait, parseDuration) },
	"outage_wait":        func(d *decoder, r *Run, n *node) { parse(d, n, &r.OutageWait, parseDuration) },
	"max_errors":         func(d *decoder, r *Run, n *node) { parse(d, n, &r.MaxErrors, ParseMaxErrors) },
	"timezone":           func(d *decoder, r *Run, n *node) { parse(d, n, &r.Timezone, parseZone) },
}

var sandboxKeys = keys[Sandbox]{
	"seed": func(d *decoder, s *Sandbox, n *node) { d.path(n, &s.Seed) },
}

// targetFromEnv takes org and base_url from the environment when the file has neither.
func (d *decoder) targetFromEnv(k *Kustomer, n *node) {
	if n.at("org") != nil || n.at("base_url") != nil {
		return
	}
	k.Org.Value, _ = d.options.env("KUSTOMER_ORG")
	k.BaseURL.Value, _ = d.options.env("KUSTOMER_BASE_URL")
}

// word sets a text.
func (d *decoder) word(n *node, to *string) {
	if n.kind == scalar {
		*to = n.text
	}
}

// string sets a text with its place.
func (d *decoder) string(n *node, to *String) {
	if n.kind == scalar {
		*to = String{Value: n.text, Pos: n.pos}
	}
}

// words sets a list of texts.
func (d *decoder) words(n *node, to *[]string) {
	for _, item := range n.items {
		*to = append(*to, item.text)
	}
}

// strings sets a list of texts with their places.
func (d *decoder) strings(n *node, to *[]String) {
	for _, item := range n.items {
		*to = append(*to, String{Value: item.text, Pos: item.pos})
	}
}

// bool sets true or false.
func (d *decoder) bool(n *node, to *bool) {
	if n.kind != scalar {
		return
	}
	v, ok := n.constant().(bool)
	if !ok {
		d.add(n.pos, fmt.Sprintf("%s must be true or false, not %s", d.name, n.show()), "write true or false")
		return
	}
	*to = v
}

// int sets a whole number.
func (d *decoder) int(n *node, to *int) { parse(d, n, to, strconv.Atoi) }

// template sets a template.
func (d *decoder) template(n *node, to *mappings.Text) {
	if n.kind == scalar {
		*to = n.template()
	}
}

// path sets a path with its place. A relative path is made absolute; "-", which is standard input, stays "-".
func (d *decoder) path(n *node, to *String) {
	if n.kind == scalar && n.text != "" {
		*to = String{Value: d.absolute(n.text), Pos: n.pos}
	}
}

func (d *decoder) absolute(path string) string {
	if path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.dir, path)
}

// parse sets the value that read makes of a text. The error of read is the fix that the diagnostic offers.
func parse[T any](d *decoder, n *node, to *T, read func(string) (T, error)) {
	if n.kind != scalar {
		return
	}
	v, err := read(n.text)
	if err != nil {
		d.add(n.pos, fmt.Sprintf("%s cannot be %s", d.name, n.show()), hintOf(err))
		return
	}
	*to = v
}

// hintOf returns the fix for an error of reading a value.
func hintOf(err error) string {
	if number := new(strconv.NumError); errors.As(err, &number) {
		return "write a whole number in digits"
	}
	return err.Error()
}
