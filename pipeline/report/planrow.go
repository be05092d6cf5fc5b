package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/kustsync/kustsync/pipeline/drive"
)

// maxValueWidth bounds a value on the terminal, in columns; the file of the plan has the whole value.
const maxValueWidth = 60

// write prints a row: what a run would do about it, and below that the fields or the request.
func (r PlanRow) write(w io.Writer, s Style) error {
	head := fmt.Sprintf("\n%s %s  %s  ", s.Bold(Clean(r.Step)), Clean(fmt.Sprintf("%q", r.Key)), s.Dim(Clean(r.Place)))
	switch {
	case r.Action.IsProblem():
		head += s.Red(string(r.Action)+": ") + Clean(r.reason())
	case r.Action == drive.ActUpdate:
		head += s.Yellow("update " + Clean(r.ID))
	case r.Action == drive.ActInDoubt:
		head += s.Yellow("in doubt: ") + Clean(r.Message)
	default:
		head += s.Green(strings.TrimSpace(string(r.Action) + "  " + r.Method + " " + Clean(r.Path)))
	}
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	if len(r.Changes) > 0 {
		return r.writeChanges(w)
	}
	if r.Body == nil {
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("  ", "  ")
	if _, err := io.WriteString(w, "  "); err != nil {
		return err
	}
	return enc.Encode(r.Body)
}

// reason is the message behind the name of the field, which is left out where the message begins with it.
func (r PlanRow) reason() string {
	if r.Field == "" || strings.HasPrefix(r.Message, r.Field) {
		return r.Message
	}
	return r.Field + ": " + r.Message
}

// writeChanges prints each field as it is and as it will be.
func (r PlanRow) writeChanges(w io.Writer) error {
	t := NewTable("", "field", "is", "", "will be")
	for _, c := range r.Changes {
		t.Add("", c.Field, valueText(c.Old), "->", valueText(c.New))
	}
	return t.Write(w, Style{})
}

// valueText is a value as JSON, cut to maxValueWidth.
func valueText(v any) string {
	if v == nil {
		return "(none)"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return cut(Clean(strings.TrimSpace(b.String())), maxValueWidth)
}
