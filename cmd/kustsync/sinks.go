package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

func (a *app) sinksCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "sinks [NAME]",
		Short:   "The sinks: what they make, and the fields, limits and roles of each",
		Example: "  kustsync sinks\n  kustsync sinks create_customer",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return sinkNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listSinks()
			}
			return a.showSink(args[0])
		},
	}
}

func sinkNames() []string {
	var names []string
	for _, s := range kustomer.Specs() {
		names = append(names, s.Name)
	}
	return names
}

func (a *app) listSinks() error {
	var list []sinkJSON
	t := report.NewTable("sink", "request", "bulk", "look-up", "what it does")
	for _, s := range kustomer.Specs() {
		list = append(list, sinkOf(&s))
		t.Add(s.Name, routeText(s.Create[0]), s.Bulk, strings.Join(lookupNames(&s), ", "), s.Doc)
	}
	a.summary = map[string]any{"sinks": list}
	if a.flags.json {
		return nil
	}
	return t.Write(a.out, a.style(a.out))
}

func (a *app) showSink(name string) error {
	for _, s := range kustomer.Specs() {
		if s.Name != name {
			continue
		}
		a.summary = sinkOf(&s)
		if a.flags.json {
			return nil
		}
		return writeSink(a.out, a.style(a.out), &s)
	}
	hint := "the sinks are " + strings.Join(sinkNames(), ", ")
	if near, ok := config.Nearest(name, sinkNames()); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no sink %q", name)
}

func lookupNames(s *sinks.Spec) []string {
	var by []string
	for _, l := range s.Lookups {
		by = append(by, l.By)
	}
	return by
}

func routeText(r sinks.Route) string { return r.Method + " " + r.Path }

// writeSink prints everything that is known of a sink.
func writeSink(w io.Writer, s report.Style, spec *sinks.Spec) error {
	lines := []string{s.Bold(spec.Name), spec.Doc, ""}
	for _, r := range spec.Create {
		lines = append(lines, "create    "+routeText(r))
	}
	if spec.Update != nil {
		lines = append(lines, "update    "+routeText(*spec.Update))
	}
	for _, l := range spec.Lookups {
		lines = append(lines, "look-up   GET "+l.Paths[0])
	}
	for _, r := range spec.Roles {
		lines = append(lines, "role      "+r.For+": "+strings.Join(r.AnyOf, " or "))
	}
	for _, n := range spec.Notes {
		lines = append(lines, "note      "+n)
	}
	if err := writeLine(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return err
	}
	t := report.NewTable("field", "type", "limits", "what it is")
	for i := range spec.Fields {
		addField(t, "", &spec.Fields[i])
	}
	return t.Write(w, s)
}

// addField adds a field and, indented, those inside it.
func addField(t *report.Table, indent string, f *sinks.Field) {
	name := indent + f.Name
	if f.Required {
		name += " *"
	}
	t.Add(name, typeText(f), limitText(f), f.Doc)
	inside := f.Fields
	if f.Items != nil {
		inside = f.Items.Fields
	}
	for i := range inside {
		addField(t, indent+"  ", &inside[i])
	}
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
	add(f.MinLen > 0, "at least %d characters", f.MinLen)
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

// sinkJSON is a sink as --json prints it.
type sinkJSON struct {
	Name    string      `json:"name"`
	Doc     string      `json:"doc"`
	Create  []string    `json:"create"`
	Update  string      `json:"update,omitempty"`
	Bulk    string      `json:"bulk,omitempty"`
	Lookups []string    `json:"lookups"`
	Notes   []string    `json:"notes,omitempty"`
	Fields  []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`
	Required bool        `json:"required"`
	Limits   string      `json:"limits,omitempty"`
	Doc      string      `json:"doc,omitempty"`
	Fields   []fieldJSON `json:"fields,omitempty"`
}

func sinkOf(s *sinks.Spec) sinkJSON {
	out := sinkJSON{Name: s.Name, Doc: s.Doc, Bulk: s.Bulk, Lookups: lookupNames(s), Notes: s.Notes, Fields: fieldsOf(s.Fields)}
	for _, r := range s.Create {
		out.Create = append(out.Create, routeText(r))
	}
	if s.Update != nil {
		out.Update = routeText(*s.Update)
	}
	return out
}

func fieldsOf(fields []sinks.Field) []fieldJSON {
	var out []fieldJSON
	for i := range fields {
		f := &fields[i]
		inside := f.Fields
		if f.Items != nil {
			inside = f.Items.Fields
		}
		out = append(out, fieldJSON{
			Name: f.Name, Type: typeText(f), Required: f.Required, Limits: limitText(f), Doc: f.Doc, Fields: fieldsOf(inside),
		})
	}
	return out
}
