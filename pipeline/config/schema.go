package config

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// baseSchema is the schema of a file without the sinks. Two of its keywords are not of JSON Schema: errorMessage, which
// editors show too, says what a value must be, and fix what to do. Where there is no fix, the examples make one.
//
//go:embed pipeline.schema.json
var baseSchema []byte

// schemaURL is the $id of the schema.
const schemaURL = "https://kustsync.dev/pipeline.schema.json"

// document is an object of the schema.
type document = map[string]any

// Schema returns the JSON Schema (draft-07) of pipeline files whose steps name these sinks. Files are validated against
// it, and editors complete from it.
func Schema(specs []sinks.Spec) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(buildSchema(specs, allSinks)) // cannot fail: these are maps of texts and numbers
	return b.Bytes()
}

// allSinks describes every sink in a schema.
func allSinks(string) bool { return true }

// buildSchema returns the base schema with the formats of sources and the sinks in it: a step may name any of the sinks,
// and the mappings of those are described for which described returns true.
func buildSchema(specs []sinks.Spec, described func(sink string) bool) document {
	root := decodeSchema(baseSchema)
	definitions := root["definitions"].(document)
	source := definitions["source"].(document)["properties"].(document)
	addFormats(source)
	table := definitions["table"].(document)["properties"].(document)
	maps.Copy(table, source)
	delete(table, "expect") // nothing is loaded from a table

	step := definitions["step"].(document)
	var names []string
	var rules []any
	for i := range specs {
		names = append(names, specs[i].Name)
		if !described(specs[i].Name) {
			continue
		}
		definitions[specs[i].Name] = mappingSchema(&specs[i])
		for _, c := range specs[i].Channels {
			definitions[channelDefinition(&specs[i], c.Name)] = mappingSchema(&c.Spec)
		}
		rules = append(rules, sinkRule(&specs[i]))
	}
	if len(names) > 0 {
		step["properties"].(document)["sink"].(document)["enum"] = anys(names)
	}
	if len(rules) > 0 {
		step["allOf"] = rules
	}
	return root
}

// addFormats puts the words for the formats of sources into the schema of type:, and before the description of each
// option that only some formats take the names of these.
func addFormats(source document) {
	source["type"].(document)["anyOf"].([]any)[0] = document{"enum": anys(sources.Types())}
	for _, option := range sources.FormatOptions() {
		var names []string
		for _, f := range sources.Formats() {
			if f.Takes(option) && f.VariantOf == "" {
				names = append(names, f.Name())
			}
		}
		if property, ok := source[option].(document); ok { // TestSchemaHasFormats
			property["description"] = fmt.Sprintf("%s: %s", strings.Join(names, ", "), property["description"])
		}
	}
}

func decodeSchema(text []byte) document {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return document{} // the embedded text is JSON: TestSchema
	}
	return doc.(document)
}

// schema is a schema, compiled to validate with and as a tree to find messages in.
type schema struct {
	compiled *jsonschema.Schema
	root     document
}

// newSchema builds and compiles the schema for a file whose steps name the sinks in named. To compile the schema of a
// whole catalog takes 100 ms of CPU, which every command would spend before it begins.
func newSchema(specs []sinks.Spec, named []string) (*schema, error) {
	s := &schema{root: buildSchema(specs, func(sink string) bool { return slices.Contains(named, sink) })}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, any(s.root)); err != nil {
		return nil, fmt.Errorf("build the schema of pipeline files: %w", err)
	}
	var err error
	if s.compiled, err = c.Compile(schemaURL); err != nil {
		return nil, fmt.Errorf("build the schema of pipeline files: %w", err)
	}
	return s, nil
}

// pointerEscapes replaces the escapes of a JSON pointer by their characters.
var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")

// at returns the part of the schema that a location such as "https://...#/definitions/run" names.
func (s *schema) at(location string) document {
	_, pointer, _ := strings.Cut(location, "#")
	var here any = s.root
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if name == "" {
			continue
		}
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		here = child(here, pointerEscapes.Replace(name))
	}
	part, _ := here.(document)
	return part
}

// child returns the member, or the item, of a JSON value.
func child(v any, name string) any {
	switch v := v.(type) {
	case document:
		return v[name]
	case []any:
		var i int
		if _, err := fmt.Sscan(name, &i); err == nil && i >= 0 && i < len(v) {
			return v[i]
		}
	}
	return nil
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
