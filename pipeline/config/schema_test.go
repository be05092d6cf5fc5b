package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// TestSchema: the schema is one of draft-07 by the meta-schema of draft-07, and it accepts its own examples and
// defaults.
func TestSchema(t *testing.T) {
	text := Schema(specs())
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		t.Fatal(err)
	}
	meta, err := c.Compile("http://json-schema.org/draft-07/schema#")
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.Validate(doc); err != nil {
		t.Error(err)
	}
	walk(doc, "#", func(at string, s document) {
		for _, keyword := range []string{"unevaluatedProperties", "$defs", "dependentSchemas", "prefixItems"} {
			if _, ok := s[keyword]; ok {
				t.Errorf("%s: %s is newer than draft-07", at, keyword)
			}
		}
		if _, ok := s["default"]; ok && s["description"] == nil {
			t.Errorf("%s: a key without a description", at)
		}
		samples, _ := s["examples"].([]any)
		if d, ok := s["default"]; ok {
			samples = append(samples, d)
		}
		for _, sample := range samples {
			schema, err := c.Compile(schemaURL + at)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(sample); err != nil {
				t.Errorf("%s: %v: %v", at, sample, err)
			}
		}
	})
}

// walk visits every object of the schema.
func walk(v any, at string, visit func(at string, s document)) {
	switch v := v.(type) {
	case document:
		visit(at, v)
		for name, member := range v {
			walk(member, at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), visit)
		}
	case []any:
		for _, item := range v {
			walk(item, at+"/0", func(string, document) {})
		}
	}
}

// TestEveryKeyIsExplained: every key of the file has a description, and a message for a wrong value.
func TestEveryKeyIsExplained(t *testing.T) {
	root := buildSchema(nil, allSinks)
	definitions := root["definitions"].(document)
	for _, part := range []string{"kustomer", "run", "source", "table", "step"} {
		for name, property := range definitions[part].(document)["properties"].(document) {
			p := property.(document)
			if p["description"] == nil {
				t.Errorf("%s.%s has no description: add it in pipeline.schema.json", part, name)
			}
			words, _ := json.Marshal(p)
			if p["errorMessage"] == nil && !bytes.Contains(words, []byte(`"enum"`)) && name != "api_key" && name != "sink" {
				t.Errorf("%s.%s has no errorMessage: add it in pipeline.schema.json", part, name)
			}
		}
	}
}

// TestSchemaFollowsSinks: sinks, their fields and look-ups are in the schema.
func TestSchemaFollowsSinks(t *testing.T) {
	root := buildSchema(specs(), allSinks)
	definitions := root["definitions"].(document)
	step := definitions["step"].(document)["properties"].(document)
	if diff := cmp.Diff([]any{"create_customer", "create_conversation", "send_message"}, step["sink"].(document)["enum"]); diff != "" {
		t.Error(diff)
	}
	message := sortedKeys(definitions["send_message"].(document)["properties"].(document))
	for _, name := range []string{"preview", "body", "conversation_id"} {
		if !slices.Contains(message, name) {
			t.Errorf("send_message has no %s", name)
		}
	}
	if _, ok := definitions["create_conversation"].(document)["properties"].(document)["ended"]; ok {
		t.Error("a field that only an update takes is in the schema")
	}
}

// TestSchemaOfAFile: the schema that a file is checked against describes the sinks that it names, also with a variable,
// and no other; a step may still name any sink.
func TestSchemaOfAFile(t *testing.T) {
	text := smallest + "  ticket:\n    from: t.csv\n    sink: ${SINK}\n    key: '{{ .id }}'\n    mapping: { nothing_like_it: a }\n"
	var named []string
	v := newTestValidator(t)
	all := v.schema
	v.schema = func(specs []sinks.Spec, names []string) (*schema, error) {
		named = names
		return all(specs, names)
	}
	_, err := v.parse("p.yaml", []byte(text), Options{Env: environment(map[string]string{"SINK": "create_conversation"})})
	if err == nil || !strings.Contains(err.Error(), `create_conversation has no field "nothing_like_it"`) {
		t.Errorf("a field that the sink does not have: %v", err)
	}
	if diff := cmp.Diff([]string{"create_conversation", "create_customer"}, named); diff != "" {
		t.Errorf("sinks that the file names (-want +got):\n%s", diff)
	}
	s, err := newSchema(specs(), named)
	if err != nil {
		t.Fatal(err)
	}
	definitions := s.root["definitions"].(document)
	if definitions["send_message"] != nil || definitions["create_customer"] == nil {
		t.Errorf("the schema describes %v", sortedKeys(definitions))
	}
	if _, err := Parse("p.yaml", []byte(strings.Replace(smallest, "create_customer", "sendmessage", 1)), Options{Specs: specs()}); err == nil || !strings.Contains(err.Error(), "send_message") {
		t.Errorf("a sink that is misspelled: %v", err)
	}
}

// TestSchemaHasFormats: each word for a format is a type, each option of a format is in the schema under the names
// of the formats that take it, and the schema has no option that the table of formats does not know.
func TestSchemaHasFormats(t *testing.T) {
	source := buildSchema(nil, allSinks)["definitions"].(document)["source"].(document)["properties"].(document)
	types := source["type"].(document)["anyOf"].([]any)[0].(document)["enum"].([]any)
	if diff := cmp.Diff(anys(sources.Types()), types); diff != "" {
		t.Errorf("type: (-sources.Types +schema):\n%s", diff)
	}
	known := append([]string{"path", "type", "max_unpacked", "expect"}, sources.FormatOptions()...)
	slices.Sort(known)
	if diff := cmp.Diff(known, sortedKeys(source)); diff != "" {
		t.Errorf("add the options of sources to formatOptions in sources/formats.go and to pipeline.schema.json (-sources +schema):\n%s", diff)
	}
	for option, want := range map[string]string{"delimiter": "csv: one", "header": "csv, xlsx: column", "sheet": "xlsx: a name", "records": "json: the"} {
		if got := source[option].(document)["description"].(string); !strings.HasPrefix(got, want) {
			t.Errorf("%s is described as %q, want %q…", option, got, want)
		}
	}
	if _, err := Parse("p.yaml", []byte(smallest+"sources: { a: { path: a, type: parquet } }"), Options{Specs: specs()}); err == nil {
		t.Error("a type that no format has is taken")
	}
}

// TestEditorsTakeVariables: the schema accepts a file as an editor sees it, before variables are replaced.
func TestEditorsTakeVariables(t *testing.T) {
	text := smallest + "    if_exists: ${A}\n    look_first: ${B}\n    match: ['${C}']\n" +
		"run: { workers: '${W}', timeout: '${T}', bulk: '${K}', max_errors: '${M}' }\n" +
		"kustomer: { budget: '${B}', org: '${O}', allow_host: '${H}' }\n"
	found := newCollector(newText("p.yaml", text))
	root, ok := readTree(text, found)
	if !ok {
		t.Fatal(found.done())
	}
	if err := newTestValidator(t).validate(root, found); err != nil {
		t.Fatal(err)
	}
	if diagnostics := found.done(); len(diagnostics) > 0 {
		t.Error(diagnostics)
	}
}

// TestOddSpecs: files can be read against a catalog that has a field twice, and against none.
func TestOddSpecs(t *testing.T) {
	bad := specs()
	bad[0].Fields = append(bad[0].Fields, bad[0].Fields[0])
	if _, err := Parse("p.yaml", []byte(smallest), Options{Specs: bad}); err != nil {
		t.Errorf("a field twice: %v", err)
	}
	if _, err := Parse("p.yaml", []byte(smallest), Options{}); err != nil {
		t.Errorf("no sinks to check against: %v", err)
	}
}

// TestSchemaWantsAChange: a mapping that only names the object is refused, unless the sink has nothing else to map.
func TestSchemaWantsAChange(t *testing.T) {
	fields := []sinks.Field{
		{Name: "id", Type: sinks.ID, Required: true}, {Name: "klass", Type: sinks.Text, Required: true}, {Name: "name", Type: sinks.Text, Nullable: true},
	}
	change := func(name, method, path, body string) sinks.Spec {
		return sinks.Spec{Name: name, Doc: "x", Kind: sinks.Changes, Create: []sinks.Route{{Method: method, Path: path, Body: body}}, Fields: fields}
	}
	options := Options{Specs: []sinks.Spec{
		change("put", "PUT", "/v1/x/{klass}/{id}", ""), change("delete", "DELETE", "/v1/x/{klass}/{id}", ""),
		change("tag", "POST", "/v1/x/{klass}/{id}/tags", "name"), change("whole", "PUT", "{+klass}", "name"),
	}}
	for mapping, want := range map[string]string{
		`put, mapping: { klass: a, id: "{{ .id }}" }`:           `changes nothing`,
		`put, mapping: { klass: a, id: "{{ .id }}", name: "" }`: ``,
		`put, mapping: { klass: a, name: b }`:                   `no "id"`,
		`delete, mapping: { klass: a, id: "{{ .id }}" }`:        ``,
		`tag, mapping: { klass: a, id: "{{ .id }}" }`:           ``,
		`whole, mapping: { klass: a, id: "{{ .id }}" }`:         ``,
	} {
		_, err := Parse("p.yaml", []byte("version: 1\nsteps:\n  a: { from: a.csv, key: '{{ .id }}', sink: "+mapping+" }\n"), options)
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) || strings.Count(got, "p.yaml:") > 1 {
			t.Errorf("%s: %v, want %q", mapping, err, want)
		}
	}
}
