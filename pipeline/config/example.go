package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// example returns a value that a schema accepts, written as YAML: its first example, else its first word. "": it has
// neither.
func example(schema any) string {
	s, _ := schema.(document)
	if options, ok := s["anyOf"].([]any); ok && s["examples"] == nil {
		return example(options[0])
	}
	examples, _ := s["examples"].([]any)
	words, _ := s["enum"].([]any)
	for _, ex := range append(examples, words...) {
		return flow(ex)
	}
	return ""
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./:%-]*$`)

// flow writes a value of the schema as YAML on one line.
func flow(v any) string {
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case document:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, flow(name)+": "+flow(v[name]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	switch text := fmt.Sprint(v); {
	case plainWord.MatchString(text):
		return text
	case strings.Contains(text, `"`):
		return "'" + text + "'"
	default:
		return `"` + text + `"`
	}
}
