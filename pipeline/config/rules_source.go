package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/kustsync/kustsync/sources"
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

// format returns the format of a source; false when it is not known without opening the file.
func (s Source) format() (sources.Format, bool) {
	path := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s.Path.Value), ".gz"), ".zst")
	return sources.FormatNamed(cmp.Or(s.Type, strings.TrimPrefix(filepath.Ext(path), ".")))
}

// formatOptions refuses options that the format of a file does not take.
func formatOptions(s *scope) {
	for _, r := range s.readings() {
		format, known := r.format()
		if !known {
			continue
		}
		for _, option := range sources.FormatOptions() {
			if e, ok := r.node.find(option); ok && !format.Takes(option) {
				s.add(e.pos, fmt.Sprintf("%s is an option of %s, and this file is %s", option, strings.Join(formatsWith(option), ", "), format.Name()),
					"remove it, or set type when the extension misleads")
			}
		}
	}
}

// formatsWith returns the names of the formats that take an option.
func formatsWith(option string) (names []string) {
	for _, f := range sources.Formats() {
		if f.Takes(option) {
			names = append(names, f.Name())
		}
	}
	return names
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
