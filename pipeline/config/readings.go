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

// reading is a file that the pipeline reads: an entry of sources:, the file of a table, or a path in from:.
type reading struct {
	Source
	label string
	node  *node // nil for a path in from:
}

// readings lists all files that the pipeline reads.
func (l *linter) readings() (all []reading) {
	for _, source := range l.file.Sources {
		all = append(all, reading{source, fmt.Sprintf("source %q", source.Name), l.root.at("sources", source.Name)})
	}
	for _, t := range l.file.Tables {
		if t.Source != nil {
			all = append(all, reading{*t.Source, fmt.Sprintf("table %q", t.Name), l.root.at("tables", t.Name)})
		}
	}
	for _, step := range l.file.Steps {
		if step.Source.Name == "" {
			all = append(all, reading{step.Source, fmt.Sprintf("step %q", step.Name), nil})
		}
	}
	return all
}

// knownSources refuses a from: that is neither a name under sources: nor a path.
func knownSources(l *linter) {
	var names []string
	for _, source := range l.file.Sources {
		names = append(names, source.Name)
	}
	for _, step := range l.file.Steps {
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
		l.add(from.Pos, fmt.Sprintf("there is no source %q", from.Value), hint)
	}
}

// stdinType refuses standard input without a type: it has no extension that tells the type.
func stdinType(l *linter) {
	for _, r := range l.readings() {
		if r.Path.Value == "-" && r.Type == "" {
			l.add(r.Path.Pos, "the type of standard input is not known", `add type: csv, or another, to a source with path: "-"`)
		}
	}
}

// oneStdin refuses a second reader of standard input.
func oneStdin(l *linter) {
	first := ""
	for _, r := range l.readings() {
		switch {
		case r.Path.Value != "-":
		case first == "":
			first = r.label
		default:
			l.add(r.Path.Pos, fmt.Sprintf(`"-" is standard input, which %s reads already`, first), "name a file here; several steps can read one source")
		}
	}
}

// format returns the format of a source; false when it is not known without opening the file.
func (s Source) format() (sources.Format, bool) {
	path := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s.Path.Value), ".gz"), ".zst")
	return sources.FormatNamed(cmp.Or(s.Type, strings.TrimPrefix(filepath.Ext(path), ".")))
}

// formatOptions refuses options that the format of a file does not take.
func formatOptions(l *linter) {
	for _, r := range l.readings() {
		format, known := r.format()
		if !known {
			continue
		}
		for _, option := range sources.FormatOptions() {
			if e, ok := r.node.find(option); ok && !format.Takes(option) {
				l.add(e.pos, fmt.Sprintf("%s is an option of %s, and this file is %s", option, strings.Join(formatsWith(option), ", "), format.Name()),
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

// headerTwice refuses header_row beside header, which is for files without a header row.
func headerTwice(l *linter) {
	for _, r := range l.readings() {
		e, ok := r.node.find("header_row")
		if ok && r.node.at("header") != nil {
			l.add(e.pos, "header_row is set beside header, which is for files without a header row", "remove one of the two")
		}
	}
}

// knownEncoding refuses a name that is no encoding of the WHATWG.
func knownEncoding(l *linter) {
	for _, r := range l.readings() {
		if name := r.Encoding.Value; name != "" {
			if _, err := htmlindex.Get(name); err != nil {
				l.add(r.Encoding.Pos, fmt.Sprintf("there is no encoding %q", name), "write a name such as windows-1252, iso-8859-1, utf-16le or shift_jis")
			}
		}
	}
}

// unusedSource warns of a source that no step reads.
func unusedSource(l *linter) {
	used := map[string]bool{}
	for _, step := range l.file.Steps {
		used[step.Source.Name] = true
	}
	for _, source := range l.file.Sources {
		if !used[source.Name] {
			l.warn(source.Pos, fmt.Sprintf("no step reads source %q", source.Name), "name it in from:, or remove it")
		}
	}
}
