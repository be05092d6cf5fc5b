package sourcetest

import (
	"fmt"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

// optionValues set options to values that change what is read from table, or make it fail.
var optionValues = map[string]func(o *sources.Options){
	"delimiter":   func(o *sources.Options) { o.Delimiter = "|" },
	"encoding":    func(o *sources.Options) { o.Encoding = "utf-16le" },
	"comment":     func(o *sources.Options) { o.Comment = "0" },
	"skip_rows":   func(o *sources.Options) { o.SkipRows = 1 },
	"header_row":  func(o *sources.Options) { o.HeaderRow = 2 },
	"header":      func(o *sources.Options) { o.Header = []string{"a", "b", "c", "d"} },
	"null_values": func(o *sources.Options) { o.NullValues = []string{"0012"} },
	"sheet":       func(o *sources.Options) { o.Sheet = "there is no such sheet" },
	"range":       func(o *sources.Options) { o.Range = "B1:C3" },
	"records":     func(o *sources.Options) { o.Records = "there.is.no.such.member" },
}

// options checks that the options which the table of formats lists, and no others, have an effect.
func (s suite) options(t *testing.T) {
	o := s.write(t, "people", 3)
	plain := outcome(t, o)
	for _, name := range sources.FormatOptions() {
		set, ok := optionValues[name]
		if !ok {
			t.Errorf("the option %s has no value in optionValues; add one", name)
			continue
		}
		changed := o
		set(&changed)
		if hasEffect := outcome(t, changed) != plain; hasEffect != s.format.Takes(name) {
			t.Errorf("the option %s has an effect: %v; that the format takes it, by the table in sources/formats.go: %v", name, hasEffect, s.format.Takes(name))
		}
	}
}

// outcome is all that comes of a source, as text.
func outcome(t *testing.T, o sources.Options) string {
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintln(src.Columns())
	for row, err := range src.Rows(t.Context()) {
		if err != nil {
			return text + err.Error()
		}
		text += fmt.Sprintln(row.Pos, row.Err)
		if row.Values != nil {
			text += fmt.Sprintln(row.Values.Object())
		}
	}
	return text
}
