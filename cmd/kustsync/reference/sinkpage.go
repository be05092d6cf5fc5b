package reference

import (
	"fmt"
	"io"
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// WriteSink prints everything that is known of a sink, and then the same of what takes its place in steps that
// deliver, one channel after the other.
func WriteSink(w io.Writer, s report.Style, spec *sinks.Spec) error {
	if err := writePage(w, s, spec.Name, spec); err != nil {
		return err
	}
	for i := range spec.Channels {
		c := &spec.Channels[i]
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
		if err := writePage(w, s, spec.Name+", deliver: true, channel: "+c.Name, &c.Spec); err != nil {
			return err
		}
	}
	return nil
}

// writePage prints one sink below a title.
func writePage(w io.Writer, s report.Style, title string, spec *sinks.Spec) error {
	var b strings.Builder
	add := func(title, text string) {
		for i, line := range wrap(text, PageWidth-10) {
			if i > 0 {
				title = ""
			}
			fmt.Fprintf(&b, "%-10s%s\n", title, line)
		}
	}
	fmt.Fprintf(&b, "%s\n%s\n\n", s.Bold(title), strings.Join(wrap(spec.Doc, PageWidth), "\n"))
	add("kind", Kind(spec))
	for _, sentence := range Permissions(spec) {
		add("leave", sentence)
	}
	for _, line := range routeLines(spec) {
		add(line[0], line[1])
	}
	for _, r := range spec.Roles {
		add("role", r.For+": "+strings.Join(r.AnyOf, " or "))
	}
	for _, n := range spec.Notes {
		add("note", n)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n\n", s.Bold("example"), exampleStep(spec))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return pageTable([]string{"field", "type", "what it is"}, fieldRows("", spec.Fields)).Write(w, s)
}

// routeLines lists where the requests of a sink go: the title of a line, and the route.
func routeLines(spec *sinks.Spec) (lines [][2]string) {
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
		lines = append(lines, [2]string{"look-up", "GET " + l.Paths[0] + map[bool]string{true: " (where match names " + l.By + ")"}[l.OnlyNamed]})
	}
	return lines
}

// routeText writes a route with its placeholders as people know them: {id}, never {+id}.
func routeText(r sinks.Route) string { return r.Method + " " + strings.ReplaceAll(r.Path, "{+", "{") }

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
