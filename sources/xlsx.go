package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// workbookSource reads the rows of one sheet of an .xlsx or .xlsm file. Beside what the contract says:
//
//   - A number keeps the digits it has in Excel: whole numbers all, others 15. A cell with a date format
//     is a time.Time in Options.Location. A time of day is text ("15:04:05"), an elapsed time ([h]:mm) a
//     number of days.
//   - What null_values lists is null before it is anything else, so that "#N/A" may be listed.
//   - Line ends inside a text are LF; spaces around it count only if the file says to preserve them.
//   - A row that is damaged keeps the values of its sound cells and the text of the others.
type workbookSource struct {
	path        string
	name        string
	maxUnpacked int64
	sheet       bookSheet
	table       string // the part with the shared strings
	values      cellValues
	area        area // of the rows below the header
	columns     []sheetColumn
	count       int // rows that were counted before the first was given
}

// openXLSX opens the workbook at o.Path and reads its sheet once to the end, before any row is given: a
// workbook that is damaged or cut off is an error here, which errors.Is tells as ErrDamaged.
func openXLSX(ctx context.Context, o Options) (Source, error) {
	s := &workbookSource{
		path:        o.Path,
		name:        cmp.Or(o.Name, o.Path),
		maxUnpacked: cmp.Or(o.MaxUnpacked, DefaultMaxUnpacked),
		values:      cellValues{zone: o.Location, nulls: o.NullValues},
	}
	if s.values.zone == nil {
		s.values.zone = time.UTC
	}
	if err := s.load(ctx, o); err != nil {
		return nil, workbookError(err, s.place(0))
	}
	return s, nil
}

func (s *workbookSource) place(line int) Pos {
	return Pos{File: s.name, Sheet: s.sheet.name, Line: line}
}

// Columns returns the names in the header, from left to right.
func (s *workbookSource) Columns() []string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.name
	}
	return names
}

// load finds the sheet, reads the header and then the whole sheet.
func (s *workbookSource) load(ctx context.Context, o Options) error {
	z, err := openZip(s.path, s.maxUnpacked)
	if err != nil {
		return err
	}
	book, err := readWorkbook(ctx, z)
	if err = cmp.Or(err, z.Close()); err != nil {
		return err
	}
	if s.sheet, err = book.pick(o.Sheet); err != nil {
		return err
	}
	s.table, s.values.formats, s.values.date1904 = book.strings, book.formats, book.date1904
	header, err := s.setArea(o)
	if err != nil {
		return err
	}
	w, err := s.walk(ctx, header)
	if err != nil {
		return err
	}
	return cmp.Or(s.inspect(w, header, o.Header), w.Close())
}

// setArea sets the area below the header, and gives the row of the header; 0 when there is none.
func (s *workbookSource) setArea(o Options) (header int, err error) {
	if s.area, err = parseArea(o.Range); err != nil {
		return 0, err
	}
	given := o.HeaderRow > 1 // 1 is the default, and with a range its first row
	switch {
	case o.HeaderRow < 0:
		return 0, &Error{Message: "header_row: cannot be negative", Hint: "count rows from 1"}
	case given && len(o.Header) > 0:
		return 0, &Error{Message: "header: and header_row: cannot both be set", Hint: "use range: to begin below the rows before the first"}
	case len(o.Header) > 0:
		return 0, nil
	case given && (o.HeaderRow < s.area.firstRow || o.HeaderRow > s.area.lastRow):
		return 0, &Error{
			Message: fmt.Sprintf("header_row: %d lies outside of range: %s", o.HeaderRow, o.Range),
			Hint:    "header_row: is the number of a row in the sheet; leave it out when it is the first of the range",
		}
	}
	header = s.area.firstRow
	if given {
		header = o.HeaderRow
	}
	s.area.firstRow = header + 1
	return header, nil
}

// walk opens the workbook and stands before row from of the area, or before its first row.
func (s *workbookSource) walk(ctx context.Context, from int) (*sheetWalk, error) {
	a := s.area
	if from > 0 {
		a.firstRow = from
	}
	return openWalk(ctx, s.path, s.maxUnpacked, s.sheet.part, s.table, a)
}

// inspect is the pre-flight: it reads the header, counts the rows, and reads the sheet to its end.
func (s *workbookSource) inspect(w *sheetWalk, header int, names []string) error {
	var err error
	if len(names) > 0 {
		s.columns, err = namedColumns(names, s.area.firstColumn)
	} else {
		s.columns, err = s.readHeader(w, header)
	}
	if err != nil {
		return err
	}
	unnamed := unnamedColumns{columns: s.columns, seen: map[int]int{}}
	for {
		more, err := w.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if w.row > header {
			unnamed.visit(w)
			s.count++
		}
	}
	return cmp.Or(w.drain(), unnamed.err())
}

func (s *workbookSource) readHeader(w *sheetWalk, row int) ([]sheetColumn, error) {
	const hint = "set header_row: to the row with the column names"
	found, err := w.next()
	switch {
	case err != nil:
		return nil, err
	case !found:
		blank := &Error{Message: fmt.Sprintf("row %d, the header, and all below it are blank", row), Hint: hint}
		return nil, cmp.Or[error](w.drain(), blank)
	case w.row != row:
		return nil, &Error{Message: fmt.Sprintf("row %d, the header, is blank; the first row with values is %d", row, w.row), Hint: hint}
	}
	columns, err := headerColumns(w, &s.values)
	if err != nil {
		return nil, place(err, s.place(row))
	}
	return columns, nil
}

// Rows yields the rows below the header. It opens the file anew.
func (s *workbookSource) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		line, err := s.each(ctx, func(row Row) bool { return yield(row, nil) })
		if err != nil {
			yield(Row{}, workbookError(err, s.place(line)))
		}
	}
}

// each calls visit for every row until it gives false; an error comes with the line it came to.
func (s *workbookSource) each(ctx context.Context, visit func(Row) bool) (line int, err error) {
	w, err := s.walk(ctx, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = cmp.Or(err, w.Close()) }()
	for given := 0; ; given++ {
		more, err := w.next()
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return w.row, err
		}
		if !more && given != s.count {
			return w.row, &Error{
				Message: fmt.Sprintf("the sheet gave %d rows where %d were counted before", given, s.count),
				Hint:    "leave the file alone while it is read, and run again",
			}
		}
		if !more || !visit(s.row(w)) {
			return w.row, nil
		}
	}
}

// row turns the cells of the row that w read last into values.
func (s *workbookSource) row(w *sheetWalk) Row {
	var (
		values = make(Object, len(s.columns))
		row    = Row{Pos: s.place(w.row), Values: values}
		faults rowFaults
		cells      = w.cells
		blank  any = ""
	)
	if slices.Contains(s.values.nulls, "") {
		blank = nil
	}
	for _, column := range s.columns {
		for len(cells) > 0 && cells[0].column < column.number {
			cells = cells[1:] // of a column without a name and, as was checked, without values
		}
		value := blank
		if len(cells) > 0 && cells[0].column == column.number {
			var err error
			if value, err = s.values.value(&cells[0]); err != nil {
				faults.add(cellName(column.number, w.row), err)
			}
			cells = cells[1:]
		}
		values[column.name] = value
	}
	if len(cells) > 0 {
		faults.add(cellName(cells[0].column, w.row), noColumn)
		row.Raw = rawRow(w.cells)
	}
	row.Err = faults.err()
	return row
}

var noColumn = &cellFault{
	"has a value, but its column has no name in the header",
	"name the column or empty the cell; if the names are in another row, set header_row:",
}

// rowFaults gathers what is wrong with the cells of one row.
type rowFaults struct {
	first *Error
	more  []string // the other cells
}

func (f *rowFaults) add(cell string, err error) {
	if f.first != nil {
		f.more = append(f.more, cell)
		return
	}
	f.first = &Error{Message: "cell " + cell + " " + err.Error(), Hint: mendHint}
	if fault := (*cellFault)(nil); errors.As(err, &fault) {
		f.first.Hint = fault.hint
	}
}

func (f *rowFaults) err() error {
	if f.first == nil {
		return nil
	}
	if len(f.more) > 0 {
		f.first.Message += ", and " + few(f.more) + " cannot be used either"
	}
	return f.first
}

// rawRow writes the cells of a row as the file has them, with a tab between them.
func rawRow(cells []sheetCell) string {
	var text strings.Builder
	column := 1
	for _, c := range cells {
		for ; column < c.column; column++ {
			text.WriteByte('\t')
		}
		if text.Len()+len(c.text) > MaxRaw {
			break
		}
		text.Write(c.text)
	}
	return text.String()
}
