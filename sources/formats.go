package sources

import (
	"context"
	"slices"
	"strings"
)

// Format is a kind of file that Open reads.
type Format struct {
	// Words are what Options.Type and, below .gz and .zst, the extension of a file may be; the first is the name
	// of the format.
	Words []string
	// VariantOf names the format that this one differs from in nothing but defaults; "" for most. Documents
	// speak of the two as one.
	VariantOf string
	// Options are the options of a source, as the pipeline file names them, that this format takes. Beside these
	// there are options that every format takes, which are in no list.
	Options []string

	parse parse // reads the file as a stream; nil when open is set
	open  func(ctx context.Context, o Options) (Source, error)
}

// Formats returns every format, in the order in which messages and the schema of pipeline files list them.
func Formats() []Format {
	delimited := []string{"delimiter", "encoding", "comment", "skip_rows", "header_row", "header", "null_values"}
	return []Format{
		{Words: []string{"csv", "txt"}, Options: delimited, parse: parseCSV},
		{Words: []string{"tsv", "tab"}, Options: delimited, VariantOf: "csv", parse: parseTSV},
		{Words: []string{"xlsx", "xlsm"}, Options: []string{"header_row", "header", "null_values", "sheet", "range"}, open: openXLSX},
		{Words: []string{"json"}, Options: []string{"records"}, parse: parseJSON},
		{Words: []string{"ndjson", "jsonl"}, parse: parseNDJSON},
	}
}

// formatOptions are the fields of Options that some formats take and others do not, by their names in pipeline files.
// clear sets a field to its default.
var formatOptions = [...]struct {
	name  string
	clear func(o *Options)
}{
	{"delimiter", func(o *Options) { o.Delimiter = "" }},
	{"encoding", func(o *Options) { o.Encoding = "" }},
	{"comment", func(o *Options) { o.Comment = "" }},
	{"skip_rows", func(o *Options) { o.SkipRows = 0 }},
	{"header_row", func(o *Options) { o.HeaderRow = 0 }},
	{"header", func(o *Options) { o.Header = nil }},
	{"null_values", func(o *Options) { o.NullValues = nil }},
	{"sheet", func(o *Options) { o.Sheet = "" }},
	{"range", func(o *Options) { o.Range = "" }},
	{"records", func(o *Options) { o.Records = "" }},
}

// FormatOptions returns the names of all options that some formats take and others do not.
func FormatOptions() []string {
	names := make([]string, len(formatOptions))
	for i, option := range formatOptions {
		names[i] = option.name
	}
	return names
}

// FormatNamed returns the format that a word is for, in upper or lower case.
func FormatNamed(word string) (Format, bool) {
	word = strings.ToLower(word)
	for _, f := range Formats() {
		if slices.Contains(f.Words, word) {
			return f, true
		}
	}
	return Format{}, false
}

// Types returns every word that Options.Type takes.
func Types() []string {
	var words []string
	for _, f := range Formats() {
		words = append(words, f.Words...)
	}
	return words
}

// NeedsFile reports whether what o describes can only be read from a file, so that standard input
// has to be copied to one first.
func NeedsFile(o Options) bool {
	f, known := FormatNamed(o.Type)
	return known && f.open != nil
}

// Name returns the name of the format, such as csv.
func (f Format) Name() string { return f.Words[0] }

// Takes reports whether the format takes an option of FormatOptions.
func (f Format) Takes(option string) bool { return slices.Contains(f.Options, option) }

// taken returns o without the options that the format does not take.
func (f Format) taken(o Options) Options {
	for _, option := range formatOptions {
		if !f.Takes(option.name) {
			option.clear(&o)
		}
	}
	return o
}
