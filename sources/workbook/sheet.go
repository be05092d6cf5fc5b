package workbook

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits of a sheet, which are Excel's own.
const (
	maxRows    = 1 << 20
	maxColumns = 1 << 14
)

// maxRowBytes is how many bytes the text of one row of a sheet may have.
const maxRowBytes = 64 << 20

// cellType is what the file says a cell holds (its attribute t).
type cellType byte

const (
	cellNumber cellType = iota // a number, or a date by its style
	cellString                 // an index into the shared strings
	cellText                   // the text itself: inline, or a formula's
	cellBool
	cellError // "#N/A" and its like
	cellDate  // ISO 8601
)

// Cell is one cell as the file has it.
type Cell struct {
	Column int    // 2 is B
	Text   []byte // as in the file, with a shared string in place of its index; valid until the next row is read

	style   int // index of its format
	kind    cellType
	formula bool
	cached  bool // it has a value, even an empty one
	inline  bool // its text is in it as <is>
}

// pending reports whether a cell is a formula that was never computed. Some programs leave its value out, others write
// an empty number.
func (c *Cell) pending() bool {
	return c.formula && (!c.cached || c.kind == cellNumber && len(c.Text) == 0)
}

// sheetReader reads the rows of a worksheet part in their order. It accepts only rows and cells whose numbers
// ascend and are within a sheet's size: otherwise values would get into wrong columns.
type sheetReader struct {
	row   int // number of the row that was read last, from 1
	cells []Cell

	xml    *xmlScanner
	inData bool // the start of the list of rows was read
	inRow  bool
	done   bool
	arena  []byte // the text of the row
	spans  []int  // where each cell's text ends in arena
}

func newSheetReader(r io.Reader) *sheetReader { return &sheetReader{xml: newXMLScanner(r)} }

// next reads the next row, which may have no cells. It returns false after the last row, when the part
// was read to its end and is whole.
func (r *sheetReader) next() (bool, error) {
	if r.done {
		return false, nil
	}
	more, err := r.advance()
	r.done = !more
	switch {
	case err != nil && r.inRow:
		return false, fmt.Errorf("in row %d: %w", r.row, err)
	case err != nil:
		return false, fmt.Errorf("after row %d: %w", r.row, err)
	}
	return more, nil
}

// advance is next without the place in its error.
func (r *sheetReader) advance() (bool, error) {
	if !r.inData {
		if found, err := r.findData(); !found || err != nil {
			return false, err
		}
	}
	for {
		tok, err := r.xml.next()
		switch {
		case err != nil:
			return false, err
		case tok == xmlEnd:
			return false, r.finish()
		case tok == xmlStart && r.xml.is("row"):
			return true, r.readRow()
		case tok == xmlStart:
			if err := r.xml.skip(); err != nil {
				return false, err
			}
		}
	}
}

// findData reads up to the list of rows. False: the sheet has none.
func (r *sheetReader) findData() (bool, error) {
	if err := expectRoot(r.xml, "worksheet"); err != nil {
		return false, err
	}
	for {
		tok, err := r.xml.next()
		if err != nil || tok == xmlEOF {
			return false, err
		}
		if tok != xmlStart {
			continue
		}
		if r.xml.is("sheetData") {
			r.inData = true
			return true, nil
		}
		if err := r.xml.skip(); err != nil {
			return false, err
		}
	}
}

// finish reads what comes after the rows, to know that the part is whole.
func (r *sheetReader) finish() error {
	for {
		tok, err := r.xml.next()
		if err != nil || tok == xmlEOF {
			return err
		}
		if tok == xmlStart && r.xml.is("sheetData") {
			return errors.New("a second list of rows")
		}
	}
}

// readRow reads the rest of a <row> element.
func (r *sheetReader) readRow() error {
	number := r.row + 1
	if v, ok := r.xml.attr("r"); ok {
		n, err := strconv.Atoi(string(v))
		if err != nil {
			return fmt.Errorf("%q is no row number", brief(v))
		}
		if n <= r.row {
			return fmt.Errorf("row %d comes after row %d", n, r.row)
		}
		number = n
	}
	if number > maxRows {
		return fmt.Errorf("row number %d is above %d", number, maxRows)
	}
	r.row, r.inRow = number, true
	r.cells, r.arena, r.spans = r.cells[:0], r.arena[:0], r.spans[:0]
	for {
		tok, err := r.xml.next()
		switch {
		case err != nil:
			return err
		case tok == xmlEnd:
			r.cutTexts()
			r.inRow = false
			return nil
		case tok == xmlStart && r.xml.is("c"):
			if err := r.readCell(); err != nil {
				return err
			}
		case tok == xmlStart:
			if err := r.xml.skip(); err != nil {
				return err
			}
		}
	}
}

// cutTexts gives each cell its part of the arena, once the row is complete and the arena stays where it is.
func (r *sheetReader) cutTexts() {
	start := 0
	for i, end := range r.spans {
		r.cells[i].Text = r.arena[start:end:end]
		start = end
	}
}

// readCell reads the rest of a <c> element.
func (r *sheetReader) readCell() error {
	cell, err := r.cellHead()
	if err != nil {
		return err
	}
	for {
		tok, err := r.xml.next()
		switch {
		case err != nil:
			return err
		case tok == xmlEnd:
			r.cells = append(r.cells, cell)
			r.spans = append(r.spans, len(r.arena))
			return nil
		case tok == xmlStart:
			if err := r.cellPart(&cell); err != nil {
				return fmt.Errorf("cell %s: %w", CellName(cell.Column, r.row), err)
			}
		}
	}
}

// cellPart reads one child of a cell. A few programs write a value beside an inline text; the value is then ignored.
func (r *sheetReader) cellPart(cell *Cell) error {
	switch {
	case r.xml.is("f"):
		cell.formula = true
		return r.xml.skip()
	case r.xml.is("is") && !cell.inline:
		r.arena = r.arena[:r.textStart()]
		cell.inline, cell.cached = true, true
		return r.readValue(appendTextItem)
	case r.xml.is("v") && cell.inline:
		return r.xml.skip()
	case r.xml.is("v") && !cell.cached:
		cell.cached = true
		if cell.kind == cellText {
			return r.readValue(appendString)
		}
		return r.readValue(appendContent)
	case r.xml.is("v"), r.xml.is("is"):
		return errors.New("a second value")
	}
	return r.xml.skip()
}

// readValue reads the rest of an element into the arena.
func (r *sheetReader) readValue(read func(dst []byte, xml *xmlScanner) ([]byte, error)) error {
	var err error
	if r.arena, err = read(r.arena, r.xml); err != nil {
		return err
	}
	if len(r.arena) > maxRowBytes {
		return fmt.Errorf("a row of more than %d MiB", maxRowBytes>>20)
	}
	return nil
}

// textStart is where the text of the cell that is being read begins in the arena.
func (r *sheetReader) textStart() int {
	if len(r.spans) == 0 {
		return 0
	}
	return r.spans[len(r.spans)-1]
}

// cellHead reads the attributes of a cell.
func (r *sheetReader) cellHead() (Cell, error) {
	cell := Cell{Column: 1}
	if n := len(r.cells); n > 0 {
		cell.Column = r.cells[n-1].Column + 1
	}
	for _, a := range r.xml.attrs {
		var err error
		switch string(a.name) {
		case "r":
			err = r.placeCell(&cell, a.value)
		case "s":
			err = styleCell(&cell, a.value)
		case "t":
			cell.kind, err = cellTypeOf(a.value)
		}
		if err != nil {
			return cell, err
		}
	}
	if cell.Column > maxColumns {
		return cell, fmt.Errorf("row %d has more than %d cells", r.row, maxColumns)
	}
	return cell, nil
}

// placeCell sets the column of a cell by its name.
func (r *sheetReader) placeCell(cell *Cell, ref []byte) error {
	column, row, ok := parseCellName(ref)
	switch {
	case !ok:
		return fmt.Errorf("%q is no cell", brief(ref))
	case row != r.row:
		return fmt.Errorf("cell %s is in row %d", ref, r.row)
	case column < cell.Column:
		return fmt.Errorf("cell %s is not to the right of %s", ref, CellName(cell.Column-1, r.row))
	}
	cell.Column = column
	return nil
}

// styleCell sets the format of a cell by its index.
func styleCell(cell *Cell, v []byte) error {
	if len(v) == 0 {
		return nil
	}
	style, err := strconv.ParseUint(string(v), 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no cell format", brief(v))
	}
	cell.style = int(style)
	return nil
}

// cellTypeOf returns the type that an attribute t stands for.
func cellTypeOf(v []byte) (cellType, error) {
	switch string(v) {
	case "", "n":
		return cellNumber, nil
	case "s":
		return cellString, nil
	case "str", "inlineStr":
		return cellText, nil
	case "b":
		return cellBool, nil
	case "e":
		return cellError, nil
	case "d":
		return cellDate, nil
	}
	return 0, fmt.Errorf("%q is no type of cell", brief(v))
}
