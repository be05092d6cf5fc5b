package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// writeSinks prints everything that is known of a sink, and of what stands in its place in steps that deliver.
func writeSinks(w io.Writer, s report.Style, spec *sinks.Spec) error {
	if err := writeSink(w, s, spec.Name, spec); err != nil {
		return err
	}
	for i := range spec.Channels {
		c := &spec.Channels[i]
		if err := writeLine(w, ""); err != nil {
			return err
		}
		if err := writeSink(w, s, spec.Name+", deliver: true, channel: "+c.Name, &c.Spec); err != nil {
			return err
		}
	}
	return nil
}

// writeSink prints one sink under a title.
func writeSink(w io.Writer, s report.Style, title string, spec *sinks.Spec) error {
	var b strings.Builder
	add := func(title, text string) {
		for i, line := range wrapped(text, pageWidth-10) {
			if i > 0 {
				title = ""
			}
			fmt.Fprintf(&b, "%-10s%s\n", title, line)
		}
	}
	fmt.Fprintf(&b, "%s\n%s\n\n", s.Bold(title), strings.Join(wrapped(spec.Doc, pageWidth), "\n"))
	add("kind", kindOf(spec))
	for _, sentence := range leaves(spec) {
		add("leave", sentence)
	}
	for _, line := range routesOf(spec) {
		add(line[0], line[1])
	}
	for _, r := range spec.Roles {
		add("role", r.For+": "+strings.Join(r.AnyOf, " or "))
	}
	for _, n := range spec.Notes {
		add("note", n)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", s.Bold("example"), exampleStep(spec))
	if err := writeLine(w, b.String()); err != nil {
		return err
	}
	return pageTable([]string{"field", "type", "what it is"}, fieldRows("", spec.Fields)).Write(w, s)
}

// routesOf lists where the requests of a sink go.
func routesOf(spec *sinks.Spec) (lines [][2]string) {
	for _, r := range spec.Create {
		lines = append(lines, [2]string{map[bool]string{true: "create", false: "request"}[spec.Kind == sinks.Makes], routeText(r)})
	}
	if spec.Update != nil {
		lines = append(lines, [2]string{"update", routeText(*spec.Update)})
	}
	if spec.Delivery != nil {
		lines = append(lines, [2]string{"then", routeText(spec.Delivery.Send)})
	}
	if spec.Batch != nil {
		lines = append(lines, [2]string{"bulk", spec.Batch.Path})
	}
	for _, l := range spec.Lookups {
		lines = append(lines, [2]string{"look-up", "GET " + l.Paths[0]})
	}
	return lines
}

func routeText(r sinks.Route) string { return r.Method + " " + strings.ReplaceAll(r.Path, "{+", "{") }

func lookupNames(s *sinks.Spec) []string {
	var by []string
	for _, l := range s.Lookups {
		by = append(by, l.By)
	}
	return by
}

// exampleStep is the example of a sink as a part of a pipeline file.
func exampleStep(spec *sinks.Spec) string {
	lines := []string{"  sink: " + spec.Name}
	if spec.Delivery != nil {
		lines = append(lines, "  deliver: true", "  max_deliveries: 100")
	}
	lines = append(lines, "  mapping:")
	for line := range strings.SplitSeq(spec.Example, "\n") {
		lines = append(lines, "    "+line)
	}
	return strings.Join(lines, "\n")
}

// fieldRows lists fields and, indented, those inside them.
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
		inside := f.Fields
		if f.Items != nil {
			inside = f.Items.Fields
		}
		rows = slices.Concat(rows, [][]string{{name, typeText(f), text}}, fieldRows(indent+"  ", inside))
	}
	return rows
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
	add(f.Min != nil && f.Max != nil, "%g to %g", deref(f.Min), deref(f.Max))
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

func deref(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}
