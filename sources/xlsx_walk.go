package sources

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
)

// maxBlankRows is the number of blank rows in a row after which a sheet has ended.
const maxBlankRows = 1_000

// sheetWalk goes through the rows of a sheet's area that have a value, with the shared strings put
// into their cells.
type sheetWalk struct {
	row   int         // number of the row read last, 1-based
	cells []sheetCell // its cells that are not empty, in order; valid until the next row

	sheet   *sheetReader
	strings *sharedStrings
	area    area
	part    io.Closer
	file    io.Closer
}

// openWalk opens the workbook at path and stands before the first row of the area.
func openWalk(ctx context.Context, path string, maxUnpacked int64, sheet string, table string, a area) (_ *sheetWalk, err error) {
	z, err := openZip(path, maxUnpacked)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = cmp.Or(err, z.Close())
		}
	}()
	texts := &sharedStrings{}
	if table != "" {
		if texts, err = readStringsPart(ctx, z, table); err != nil {
			return nil, fmt.Errorf("its shared texts: %w", err)
		}
	}
	part, err := z.open(ctx, sheet)
	if err != nil {
		return nil, err
	}
	return &sheetWalk{row: a.firstRow - 1, sheet: newSheetReader(part), strings: texts, area: a, part: part, file: z}, nil
}

func readStringsPart(ctx context.Context, z *zipParts, name string) (*sharedStrings, error) {
	part, err := z.open(ctx, name)
	if err != nil {
		return nil, err
	}
	table, err := readSharedStrings(part)
	return table, cmp.Or(err, part.Close())
}

// Close closes the workbook.
func (w *sheetWalk) Close() error { return cmp.Or(w.part.Close(), w.file.Close()) }

// next reads up to the next row with a value; false when the area has ended.
func (w *sheetWalk) next() (bool, error) {
	for {
		more, err := w.sheet.next()
		if err != nil || !more {
			return false, err
		}
		number := w.sheet.row
		if number < w.area.firstRow {
			continue
		}
		if number > w.area.lastRow || number > w.row+maxBlankRows {
			return false, nil
		}
		if err := w.fill(); err != nil {
			return false, err
		}
		if len(w.cells) > 0 {
			w.row = number
			return true, nil
		}
	}
}

// drain reads the sheet to its end, to know that it is whole.
func (w *sheetWalk) drain() error {
	for {
		if more, err := w.sheet.next(); err != nil || !more {
			return err
		}
	}
}

// fill keeps the cells of the area that are not empty.
func (w *sheetWalk) fill() error {
	w.cells = w.cells[:0]
	for _, c := range w.sheet.cells {
		if err := w.resolve(&c); err != nil {
			return fmt.Errorf("cell %s %w", cellName(c.column, w.sheet.row), err)
		}
		if c.column < w.area.firstColumn || c.column > w.area.lastColumn {
			continue
		}
		if len(c.text) > 0 || c.pending() {
			w.cells = append(w.cells, c)
		}
	}
	return nil
}

// resolve puts the text of a shared string into its cell, and trims what is no text.
func (w *sheetWalk) resolve(c *sheetCell) error {
	if c.kind == cellText {
		return nil
	}
	c.text = trimLeft(trimRight(c.text))
	if c.kind != cellString || len(c.text) == 0 {
		return nil
	}
	i, err := strconv.Atoi(string(c.text))
	if err != nil || i < 0 || i >= w.strings.len() {
		return fmt.Errorf("points to a shared text that is not among the %d there are", w.strings.len())
	}
	c.text = w.strings.at(i)
	return nil
}
