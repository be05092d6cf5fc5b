package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// fieldRows are the rows of a table of fields; those inside a field stand below it, indented.
func fieldRows(indent string, fields []sinks.Field) (rows [][]string) {
	for i := range fields {
		f := &fields[i]
		name, text := indent+f.Name, f.Doc
		if f.Required && f.Default == nil {
			name += " *"
		}
		if limits := limitText(f); limits != "" {
			text += " (" + limits + ")"
		}
		rows = slices.Concat(rows, [][]string{{name, typeText(f), text}}, fieldRows(indent+"  ", innerFields(f)))
	}
	return rows
}

// innerFields are the fields of an object, or of each item of a list.
func innerFields(f *sinks.Field) []sinks.Field {
	if f.Items != nil {
		return f.Items.Fields
	}
	return f.Fields
}

func typeText(f *sinks.Field) string {
	if f.Type == sinks.List && f.Items != nil {
		return "list of " + string(f.Items.Type)
	}
	return string(f.Type)
}

// limitText says what a value of the field must be like.
func limitText(f *sinks.Field) string {
	var parts []string
	add := func(ok bool, format string, args ...any) {
		if ok {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(len(f.Enum) > 0, "%s", strings.Join(f.Enum, " | "))
	add(f.MinLen == 1, "not empty")
	add(f.MinLen > 1, "at least %d characters", f.MinLen)
	add(f.MaxLen > 0, "at most %d characters", f.MaxLen)
	add(f.Min != nil && f.Max != nil, "%g to %g", valueOf(f.Min), valueOf(f.Max))
	add(f.Pattern != "", "pattern %s", f.Pattern)
	add(f.MaxItems > 0, "at most %d", f.MaxItems)
	add(f.Unique, "no two alike")
	add(f.Nullable, "may be null")
	add(f.Use == sinks.CreateOnly, "only on create")
	add(f.Use == sinks.UpdateOnly, "only on update")
	add(f.Default != nil, "default %v", f.Default)
	add(len(f.Aliases) > 0, "also %s", strings.Join(f.Aliases, ", "))
	return strings.Join(parts, "; ")
}

// valueOf is the number that f points to; 0 for nil.
func valueOf(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}
