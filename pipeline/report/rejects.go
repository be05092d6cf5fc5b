package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sources"
)

// Rejects is an Observer that writes the rows that were rejected in the form of their source, with
// the reason behind, so that they can be corrected and read again (contract.md, section 5). A row
// that several steps rejected is written once, with the first step's reason.
type Rejects struct {
	dir     string
	failed  func(error)
	files   map[*pipeline.Source]*rejectFile
	order   []*rejectFile
	stopped bool
}

// NewRejects writes into dir, which is made at the first reject. failed hears that a file could not
// be written, once: the run should stop, for its rejects would be lost.
func NewRejects(dir string, failed func(error)) *Rejects {
	return &Rejects{dir: dir, failed: failed, files: map[*pipeline.Source]*rejectFile{}}
}

// StepStarted implements pipeline.Observer.
func (r *Rejects) StepStarted(*pipeline.Step) {}

// Waiting implements pipeline.Observer.
func (r *Rejects) Waiting(string, int) {}

// Settled implements pipeline.Observer.
func (r *Rejects) Settled(s pipeline.Settlement) {
	if s.Outcome != ledger.Rejected || r.stopped {
		return
	}
	if err := r.write(s); err != nil {
		r.stopped = true
		r.failed(fmt.Errorf("writing the rejected rows of %q: %w", s.Source.Name, err))
	}
}

func (r *Rejects) write(s pipeline.Settlement) error {
	f, ok := r.files[s.Source]
	if !ok {
		var err error
		if f, err = newRejectFile(r.dir, s.Source); err != nil {
			return err
		}
		r.files[s.Source] = f
		r.order = append(r.order, f)
	}
	if f.seen[s.Number] {
		return nil
	}
	f.seen[s.Number] = true
	return f.add(s)
}

// Files returns the absolute paths of the files, in the order in which they were begun.
func (r *Rejects) Files() []string {
	var paths []string
	for _, f := range r.order {
		paths = append(paths, f.path)
	}
	return paths
}

// Close writes out what is buffered.
func (r *Rejects) Close() error {
	var first error
	for _, f := range r.order {
		if err := f.close(); err != nil && first == nil {
			first = fmt.Errorf("writing the rejected rows of %s: %w", f.path, err)
		}
	}
	return first
}

// rejectFile is the file of one source.
type rejectFile struct {
	path    string
	source  *pipeline.Source
	columns []string // nil for JSON
	file    *os.File
	out     *bufio.Writer
	csv     *csv.Writer
	seen    map[int]bool // numbers of the rows in it
}

func newRejectFile(dir string, src *pipeline.Source) (*rejectFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f := &rejectFile{source: src, columns: src.Columns(), seen: map[int]bool{}}
	extension := ".csv"
	if f.columns == nil {
		extension = ".ndjson"
	}
	path, err := filepath.Abs(filepath.Join(dir, src.Name+extension))
	if err != nil {
		return nil, err
	}
	f.path = path
	// O_EXCL: the folder is new in every run, and a link that somebody left there is not followed.
	if f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	f.out = bufio.NewWriter(f.file)
	if f.columns == nil {
		return f, nil
	}
	f.csv = csv.NewWriter(f.out)
	return f, f.csv.Write(append(append([]string{}, f.columns...), sources.RejectColumns()...))
}

// add writes one row and why it was rejected.
func (f *rejectFile) add(s pipeline.Settlement) error {
	reasons := reasonsOf(s)
	if f.csv == nil {
		return f.addJSON(s.Row.Values, reasons)
	}
	record := make([]string, 0, len(f.columns)+len(reasons))
	for _, c := range f.columns {
		record = append(record, sources.Neutralise(f.cell(s.Row.Values[c], s.Row.Err != nil)))
	}
	for _, reason := range reasons {
		record = append(record, sources.Neutralise(reason))
	}
	if err := f.csv.Write(record); err != nil {
		return err
	}
	return f.csv.Error()
}

// addJSON writes the row's own members and the reasons as one object.
func (f *rejectFile) addJSON(values map[string]any, reasons []string) error {
	object := make(map[string]any, len(values)+len(reasons))
	for name, v := range values {
		object[name] = v
	}
	for i, name := range sources.RejectColumns() {
		object[name] = reasons[i]
	}
	line, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = f.out.Write(append(line, '\n'))
	return err
}

// reasonsOf are the values of sources.RejectColumns.
func reasonsOf(s pipeline.Settlement) []string {
	file := s.Row.Pos.File
	if s.Row.Pos.Sheet != "" {
		file += "!" + s.Row.Pos.Sheet
	}
	status := ""
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	message := s.Message
	if s.Value != "" {
		message += fmt.Sprintf(" (value %q)", s.Value)
	}
	return []string{file, strconv.Itoa(s.Row.Pos.Line), s.Step, s.Key, string(s.Stage), s.Field, status, message, s.Row.Raw}
}

// cell writes a value so that reading it again gives the same.
func (f *rejectFile) cell(v any, damaged bool) string {
	switch v := v.(type) {
	case nil:
		if damaged {
			return ""
		}
		return f.source.Null
	case string:
		return v
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

func (f *rejectFile) close() error {
	if f.csv != nil {
		f.csv.Flush()
		if err := f.csv.Error(); err != nil {
			return err
		}
	}
	if err := f.out.Flush(); err != nil {
		return err
	}
	return f.file.Close()
}
