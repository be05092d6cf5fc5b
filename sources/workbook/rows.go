package workbook

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
)

// maxBlankRows is how many blank rows one after another end a sheet.
const maxBlankRows = 1_000

// Rows reads those rows of an area that have a value, from top to bottom.
type Rows struct {
	Number int    // of the row that was read last, from 1
	Cells  []Cell // its cells that are not empty, from left to right; valid until the next row is read

	sheet   *sheetReader
	strings *sharedStrings
	area    Area
	part    io.Closer
	file    io.Closer
}

// Rows opens the file again to read an area of a sheet; the caller closes it. Reading stops when ctx is done, with
// its error.
func (b *Book) Rows(ctx context.Context, sheet Sheet, a Area) (_ *Rows, err error) {
	z, err := openZip(b.path, b.maxUnpacked)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = cmp.Or(err, z.Close())
		}
	}()
	shared := &sharedStrings{}
	if b.strings != "" {
		if shared, err = readStringsPart(ctx, z, b.strings); err != nil {
			return nil, fmt.Errorf("its shared texts: %w", err)
		}
	}
	part, err := z.open(ctx, sheet.Part)
	if err != nil {
		return nil, err
	}
	return &Rows{Number: a.FirstRow - 1, sheet: newSheetReader(part), strings: shared, area: a, part: part, file: z}, nil
}

// readStringsPart reads the part with the shared strings.
func readStringsPart(ctx context.Context, z *zipParts, name string) (*sharedStrings, error) {
	part, err := z.open(ctx, name)
	if err != nil {
		return nil, err
	}
	table, err := readSharedStrings(part)
	return table, cmp.Or(err, part.Close())
}

// Close closes the file.
func (r *Rows) Close() error { return cmp.Or(r.part.Close(), r.file.Close()) }

// Next reads the next row that has a value. False: the area has ended, or so many blank rows came one after another
// that the sheet has.
func (r *Rows) Next() (bool, error) {
	for {
		more, err := r.sheet.next()
		if err != nil || !more {
			return false, err
		}
		number := r.sheet.row
		if number < r.area.FirstRow {
			continue
		}
		if number > r.area.LastRow || number > r.Number+maxBlankRows {
			return false, nil
		}
		if err := r.fill(); err != nil {
			return false, err
		}
		if len(r.Cells) > 0 {
			r.Number = number
			return true, nil
		}
	}
}

// Drain reads the sheet to its end, beyond the area, to know that it is whole.
func (r *Rows) Drain() error {
	for {
		if more, err := r.sheet.next(); err != nil || !more {
			return err
		}
	}
}

// fill sets Cells to the cells of the area that are not empty.
func (r *Rows) fill() error {
	r.Cells = r.Cells[:0]
	for _, c := range r.sheet.cells {
		if err := r.resolve(&c); err != nil {
			return fmt.Errorf("cell %s %w", CellName(c.Column, r.sheet.row), err)
		}
		if c.Column < r.area.FirstColumn || c.Column > r.area.LastColumn {
			continue
		}
		if len(c.Text) > 0 || c.pending() {
			r.Cells = append(r.Cells, c)
		}
	}
	return nil
}

// resolve puts a shared string into its cell in place of the index, and trims cells that are no text.
func (r *Rows) resolve(c *Cell) error {
	if c.kind == cellText {
		return nil
	}
	c.Text = trimLeft(trimRight(c.Text))
	if c.kind != cellString || len(c.Text) == 0 {
		return nil
	}
	i, err := strconv.Atoi(string(c.Text))
	if err != nil || i < 0 || i >= r.strings.len() {
		return fmt.Errorf("points to a shared text that is not among the %d there are", r.strings.len())
	}
	c.Text = r.strings.at(i)
	return nil
}
