package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// reading is a file that the pipeline reads: a source, the file of a table, a path in from:.
type reading struct {
	Source
	label string
	node  *node // nil for a path in from:
}

func (s *scope) readings() (all []reading) {
	for _, source := range s.file.Sources {
		all = append(all, reading{source, fmt.Sprintf("source %q", source.Name), s.root.at("sources", source.Name)})
	}
	for _, t := range s.file.Tables {
		if t.Source != nil {
			all = append(all, reading{*t.Source, fmt.Sprintf("table %q", t.Name), s.root.at("tables", t.Name)})
		}
	}
	for _, step := range s.file.Steps {
		if step.Source.Name == "" {
			all = append(all, reading{step.Source, fmt.Sprintf("step %q", step.Name), nil})
		}
	}
	return all
}

// knownSources wants of from: a name under sources:, or what can only be a path.
func knownSources(s *scope) {
	var names []string
	for _, source := range s.file.Sources {
		names = append(names, source.Name)
	}
	for _, step := range s.file.Steps {
		from := step.From
		if from.Value == "" || isPath(from.Value) || slices.Contains(names, from.Value) {
			continue
		}
		hint := fmt.Sprintf("write ./%s if it is a file", from.Value)
		if near, ok := Nearest(from.Value, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else if len(names) > 0 {
			hint = fmt.Sprintf("use one of %s, or %s", strings.Join(names, ", "), hint)
		}
		s.add(from.Pos, fmt.Sprintf("there is no source %q", from.Value), hint)
	}
}

// stdinType wants the type that no extension tells.
func stdinType(s *scope) {
	for _, r := range s.readings() {
		if r.Path.Value == "-" && r.Type == "" {
			s.add(r.Path.Pos, "the type of standard input is not known", `add type: csv, or another, to a source with path: "-"`)
		}
	}
}

// oneStdin refuses a second reader of standard input.
func oneStdin(s *scope) {
	first := ""
	for _, r := range s.readings() {
		switch {
		case r.Path.Value != "-":
		case first == "":
			first = r.label
		default:
			s.add(r.Path.Pos, fmt.Sprintf(`"-" is standard input, which %s reads already`, first), "name a file here; several steps can read one source")
		}
	}
}

// optionTypes says which formats know an option; an option that is not listed is of all.
var optionTypes = []struct {
	name  string
	types []string
}{
	{"delimiter", []string{"csv", "tsv"}},
	{"encoding", []string{"csv", "tsv"}},
	{"comment", []string{"csv", "tsv"}},
	{"skip_rows", []string{"csv", "tsv"}},
	{"header_row", []string{"csv", "tsv", "xlsx"}},
	{"header", []string{"csv", "tsv", "xlsx"}},
	{"null_values", []string{"csv", "tsv", "xlsx"}},
	{"sheet", []string{"xlsx"}},
	{"range", []string{"xlsx"}},
	{"records", []string{"json"}},
}

// formats names the format of each word for type:, which are file extensions too.
var formats = map[string]string{
	"csv": "csv", "txt": "csv", "tsv": "tsv", "tab": "tsv", "xlsx": "xlsx", "xlsm": "xlsx",
	"json": "json", "ndjson": "ndjson", "jsonl": "ndjson",
}

// format returns the format of a source, "" when it is not known without opening the file.
func (s Source) format() string {
	path := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s.Path.Value), ".gz"), ".zst")
	return formats[cmp.Or(s.Type, strings.TrimPrefix(filepath.Ext(path), "."))]
}

// formatOptions refuses options that the format of a file does not know.
func formatOptions(s *scope) {
	for _, r := range s.readings() {
		format := r.format()
		for _, o := range optionTypes {
			if e, ok := r.node.find(o.name); ok && format != "" && !slices.Contains(o.types, format) {
				s.add(e.pos, fmt.Sprintf("%s is an option of %s, and this file is %s", o.name, strings.Join(o.types, ", "), format),
					"remove it, or set type when the extension misleads")
			}
		}
	}
}

// headerTwice refuses to look for a header row in a file that is said to have none.
func headerTwice(s *scope) {
	for _, r := range s.readings() {
		e, ok := r.node.find("header_row")
		if ok && r.node.at("header") != nil {
			s.add(e.pos, "header_row is set beside header, which is for files without a header row", "remove one of the two")
		}
	}
}

// knownEncoding wants a name that the readers of files know.
func knownEncoding(s *scope) {
	for _, r := range s.readings() {
		if name := r.Encoding.Value; name != "" {
			if _, err := htmlindex.Get(name); err != nil {
				s.add(r.Encoding.Pos, fmt.Sprintf("there is no encoding %q", name), "write a name such as windows-1252, iso-8859-1, utf-16le or shift_jis")
			}
		}
	}
}

// unusedSource warns of a source that is declared and not read.
func unusedSource(s *scope) {
	used := map[string]bool{}
	for _, step := range s.file.Steps {
		used[step.Source.Name] = true
	}
	for _, source := range s.file.Sources {
		if !used[source.Name] {
			s.warn(source.Pos, fmt.Sprintf("no step reads source %q", source.Name), "name it in from:, or remove it")
		}
	}
}
