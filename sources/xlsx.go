package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sources/workbook"
)

// ErrDamaged marks, for errors.Is, what is wrong with the content of a workbook rather than with the path or the
// options that name it.
var ErrDamaged = errors.New("damaged workbook")

// damage is the cause of an Error about a damaged workbook.
type damage struct{ error }

func (d damage) Is(target error) bool { return target == ErrDamaged }
func (d damage) Unwrap() error        { return d.error }

// workbookError turns an error of the package workbook, or of this one, into an Error with its place. A fault of the
// disk keeps its own words.
func workbookError(err error, pos Pos) error {
	var (
		known *Error
		fault *workbook.Fault
		path  *fs.PathError
	)
	switch {
	case isContextError(err) || errors.As(err, &known) || errors.As(err, &path):
		return place(err, pos)
	case errors.As(err, &fault):
		return &Error{Pos: pos, Message: fault.Message, Hint: fault.Hint}
	}
	return &Error{Pos: pos, Message: "the workbook is damaged: " + err.Error(), Hint: workbook.HintRepair, Err: damage{err}}
}

// workbookSource reads the rows of one sheet of an .xlsx or .xlsm file. Beside the contract of Source:
//
//   - Cells have the values of workbook.Values, dates are in Options.Location, and line ends inside a text are LF.
//   - A row that is damaged has the values of its sound cells and the text of the others.
type workbookSource struct {
	name    string
	book    *workbook.Book
	sheet   workbook.Sheet
	area    workbook.Area // of the rows below the header
	columns []sheetColumn
	values  *workbook.Values
	nulls   []string // texts that mean null
	count   int      // rows that were counted before the first was given
}

// openXLSX opens the workbook at o.Path and reads its sheet once to the end, before any row is given: a
// workbook that is damaged or cut off is an error here, for which errors.Is reports ErrDamaged.
func openXLSX(ctx context.Context, o Options) (Source, error) {
	s := &workbookSource{name: cmp.Or(o.Name, o.Path), nulls: o.NullValues}
	if err := s.load(ctx, o); err != nil {
		return nil, workbookError(err, s.place(0))
	}
	return s, nil
}

func (s *workbookSource) place(line int) Pos {
	return Pos{File: s.name, Sheet: s.sheet.Name, Line: line}
}

// Columns returns the names in the header, from left to right.
func (s *workbookSource) Columns() []string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.name
	}
	return names
}

// load finds the sheet and reads it to its end, with the header.
func (s *workbookSource) load(ctx context.Context, o Options) error {
	var err error
	if s.book, err = workbook.Open(ctx, o.Path, cmp.Or(o.MaxUnpacked, DefaultMaxUnpacked)); err != nil {
		return err
	}
	if s.sheet, err = pickSheet(s.book.Sheets, o.Sheet); err != nil {
		return err
	}
	s.values = s.book.Values(cmp.Or(o.Location, time.UTC), s.nulls)
	header, err := s.setArea(o)
	if err != nil {
		return err
	}
	area := s.area
	if header > 0 {
		area.FirstRow = header
	}
	rows, err := s.book.Rows(ctx, s.sheet, area)
	if err != nil {
		return err
	}
	return cmp.Or(s.inspect(rows, header, o.Header), rows.Close())
}

// setArea sets the area below the header, and returns the row of the header; 0 when there is none.
func (s *workbookSource) setArea(o Options) (header int, err error) {
	var ok bool
	if s.area, ok = workbook.ParseArea(o.Range); !ok {
		return 0, &Error{
			Message: fmt.Sprintf("%q is no range of a sheet", o.Range),
			Hint:    "write range: as the first and the last cell, such as A3:H900",
		}
	}
	given := o.HeaderRow > 1 // 1 is the default; it stands for the first row of a range
	switch {
	case o.HeaderRow < 0:
		return 0, &Error{Message: "header_row: cannot be negative", Hint: "count rows from 1"}
	case given && len(o.Header) > 0:
		return 0, &Error{Message: "header: and header_row: cannot both be set", Hint: "use range: to begin below the rows before the first"}
	case len(o.Header) > 0:
		return 0, nil
	case given && (o.HeaderRow < s.area.FirstRow || o.HeaderRow > s.area.LastRow):
		return 0, &Error{
			Message: fmt.Sprintf("header_row: %d lies outside of range: %s", o.HeaderRow, o.Range),
			Hint:    "header_row: is the number of a row in the sheet; leave it out when it is the first of the range",
		}
	}
	header = s.area.FirstRow
	if given {
		header = o.HeaderRow
	}
	s.area.FirstRow = header + 1
	return header, nil
}

// inspect reads the sheet to its end before any row is given: it takes the names of the columns and counts the rows.
func (s *workbookSource) inspect(rows *workbook.Rows, header int, names []string) error {
	var err error
	if len(names) > 0 {
		s.columns, err = namedColumns(names, s.area.FirstColumn)
	} else {
		s.columns, err = s.readHeader(rows, header)
	}
	if err != nil {
		return err
	}
	unnamed := unnamedColumns{columns: s.columns, seen: map[int]int{}}
	for {
		more, err := rows.Next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if rows.Number > header {
			unnamed.visit(rows)
			s.count++
		}
	}
	return cmp.Or(rows.Drain(), unnamed.err())
}

func (s *workbookSource) readHeader(rows *workbook.Rows, row int) ([]sheetColumn, error) {
	const hint = "set header_row: to the row with the column names"
	found, err := rows.Next()
	switch {
	case err != nil:
		return nil, err
	case !found:
		blank := &Error{Message: fmt.Sprintf("row %d, the header, and all below it are blank", row), Hint: hint}
		return nil, cmp.Or[error](rows.Drain(), blank)
	case rows.Number != row:
		return nil, &Error{Message: fmt.Sprintf("row %d, the header, is blank; the first row with values is %d", row, rows.Number), Hint: hint}
	}
	columns, err := headerColumns(rows, s.values)
	if err != nil {
		return nil, place(err, s.place(row))
	}
	return columns, nil
}

// Rows yields the rows below the header. It opens the file again.
func (s *workbookSource) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		line, err := s.each(ctx, func(row Row) bool { return yield(row, nil) })
		if err != nil {
			yield(Row{}, workbookError(err, s.place(line)))
		}
	}
}

// each calls visit for every row until visit returns false. An error comes with the line of the last row before it.
func (s *workbookSource) each(ctx context.Context, visit func(Row) bool) (line int, err error) {
	rows, err := s.book.Rows(ctx, s.sheet, s.area)
	if err != nil {
		return 0, err
	}
	defer func() { err = cmp.Or(err, rows.Close()) }()
	for given := 0; ; given++ {
		more, err := rows.Next()
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return rows.Number, err
		}
		if !more && given != s.count {
			return rows.Number, &Error{
				Message: fmt.Sprintf("the sheet gave %d rows where %d were counted before", given, s.count),
				Hint:    "leave the file alone while it is read, and run again",
			}
		}
		if !more || !visit(s.row(rows)) {
			return rows.Number, nil
		}
	}
}

// row turns the cells of the row that was read last into values.
func (s *workbookSource) row(rows *workbook.Rows) Row {
	var (
		values = make(Object, len(s.columns))
		row    = Row{Pos: s.place(rows.Number), Values: values}
		faults rowFaults
		cells      = rows.Cells
		blank  any = ""
	)
	if slices.Contains(s.nulls, "") {
		blank = nil
	}
	for _, column := range s.columns {
		for len(cells) > 0 && cells[0].Column < column.number {
			cells = cells[1:] // its column has no name; inspect has seen that it has no values either
		}
		value := blank
		if len(cells) > 0 && cells[0].Column == column.number {
			var fault *workbook.Fault
			if value, fault = s.values.Of(&cells[0]); fault != nil {
				faults.add(workbook.CellName(column.number, rows.Number), fault)
			}
			cells = cells[1:]
		}
		values[column.name] = value
	}
	if len(cells) > 0 {
		faults.add(workbook.CellName(cells[0].Column, rows.Number), noColumn)
		row.Raw = rawRow(rows.Cells)
	}
	row.Err = faults.err()
	return row
}

var noColumn = &workbook.Fault{
	Message: "has a value, but its column has no name in the header",
	Hint:    "name the column or empty the cell; if the names are in another row, set header_row:",
}

// rowFaults collects what is wrong with the cells of one row.
type rowFaults struct {
	first *Error
	more  []string // the other cells
}

func (f *rowFaults) add(cell string, fault *workbook.Fault) {
	if f.first != nil {
		f.more = append(f.more, cell)
		return
	}
	f.first = &Error{Message: "cell " + cell + " " + fault.Message, Hint: fault.Hint}
}

func (f *rowFaults) err() error {
	if f.first == nil {
		return nil
	}
	if len(f.more) > 0 {
		f.first.Message += ", and " + joinFirst(f.more) + " cannot be used either"
	}
	return f.first
}

// rawRow returns the cells of a row as the file has them, with tabs between the columns.
func rawRow(cells []workbook.Cell) string {
	var text strings.Builder
	column := 1
	for _, c := range cells {
		for ; column < c.Column; column++ {
			text.WriteByte('\t')
		}
		if text.Len()+len(c.Text) > MaxRaw {
			break
		}
		text.Write(c.Text)
	}
	return text.String()
}
