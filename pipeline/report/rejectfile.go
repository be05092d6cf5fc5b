package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// rejectFile is the file with the rejected rows of one source.
type rejectFile struct {
	path    string
	source  *program.Source
	columns []string // of the source; nil for JSON, whose rows have members
	file    *os.File
	size    int64
	numbers map[int]bool // of the rows in the file
	rows    []rejectRow  // in the order of the file; its header is row 0
}

// rejectRow is where the line of a row is in the file.
type rejectRow struct {
	number int   // of the row in its source, from 1
	offset int64 // of its first byte
	length int   // in bytes
}

// newRejectFile creates the file of a source in dir, with its header.
func newRejectFile(dir string, src *program.Source) (*rejectFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f := &rejectFile{source: src, columns: src.Columns(), numbers: map[int]bool{}}
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
	if f.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	if f.columns == nil {
		return f, nil
	}
	header, err := csvLine(append(slices.Clone(f.columns), sources.RejectColumns()...))
	if err != nil {
		return f, err
	}
	return f, f.write(0, header) // number 0 sorts before every row
}

// add writes one row and why it was rejected, unless the file has the row from an earlier step.
func (f *rejectFile) add(s pipeline.Settlement) error {
	if f.numbers[s.Number] {
		return nil
	}
	f.numbers[s.Number] = true
	format := f.csvRow
	if f.columns == nil {
		format = jsonRow
	}
	line, err := format(s)
	if err != nil {
		return err
	}
	return f.write(s.Number, line)
}

// write appends the line of the row with that number.
func (f *rejectFile) write(number int, line []byte) error {
	if _, err := f.file.Write(line); err != nil {
		return err
	}
	f.rows = append(f.rows, rejectRow{number, f.size, len(line)})
	f.size += int64(len(line))
	return nil
}

// close sorts the rows and closes the file. A file that cannot be sorted stays as it is.
func (f *rejectFile) close() error {
	sorted, err := f.sort()
	if err = errors.Join(err, f.file.Close()); err != nil || sorted == "" {
		return err
	}
	return os.Rename(sorted, f.path)
}

// sort writes the rows in the order of their source into a new file and returns its path, "" when
// they are in order already.
func (f *rejectFile) sort() (path string, err error) {
	byNumber := func(a, b rejectRow) int { return cmp.Compare(a.number, b.number) }
	if slices.IsSortedFunc(f.rows, byNumber) {
		return "", nil
	}
	slices.SortFunc(f.rows, byNumber)
	sorted, err := os.CreateTemp(filepath.Dir(f.path), ".sorted-*") // 0600
	if err != nil {
		return "", err
	}
	if err := errors.Join(f.copyTo(sorted), sorted.Close()); err != nil {
		return "", errors.Join(err, os.Remove(sorted.Name()))
	}
	return sorted.Name(), nil
}

// copyTo writes the lines in the order of f.rows to w.
func (f *rejectFile) copyTo(w *os.File) error {
	var out bytes.Buffer
	for i, r := range f.rows {
		line := make([]byte, r.length)
		if _, err := f.file.ReadAt(line, r.offset); err != nil {
			return err
		}
		out.Write(line)
		if out.Len() < 1<<20 && i < len(f.rows)-1 {
			continue
		}
		if _, err := out.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

// csvRow is the line of a row whose source has columns: its cells and the reasons.
func (f *rejectFile) csvRow(s pipeline.Settlement) ([]byte, error) {
	reasons := reasonsOf(s)
	values := valuesOf(s.Row)
	record := make([]string, 0, len(f.columns)+len(reasons))
	for _, c := range f.columns {
		record = append(record, sources.Neutralise(f.cell(values.Get(c), s.Row.Err != nil)))
	}
	for _, reason := range reasons {
		record = append(record, sources.Neutralise(reason))
	}
	return csvLine(record)
}

// valuesOf returns the values of a row; an empty object where a damaged row has none.
func valuesOf(row sources.Row) sources.Values {
	if row.Values == nil {
		return sources.Object{}
	}
	return row.Values
}

// csvLine is a record as a line of CSV.
func csvLine(record []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write(record)
	w.Flush()
	return b.Bytes(), errors.Join(err, w.Error())
}

// jsonRow is the line of a row whose source is JSON: its members and the reasons as one object.
func jsonRow(s pipeline.Settlement) ([]byte, error) {
	reasons := reasonsOf(s)
	values := valuesOf(s.Row).Object()
	object := make(map[string]any, len(values)+len(reasons))
	maps.Copy(object, values)
	for i, name := range sources.RejectColumns() {
		object[name] = reasons[i]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(object)
	return b.Bytes(), err
}

// reasonsOf returns the values of sources.RejectColumns, in their order.
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

// cell is the text that the source would read as v. A value that a damaged row lacks is "".
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
