package program

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sources"
)

// loadTables reads the lookup tables that come from files.
func (b *binder) loadTables(ctx context.Context) error {
	b.tables, b.program.tables = map[string]mappings.Table{}, map[string]sources.Options{}
	for _, t := range b.file.Tables {
		if t.Source == nil {
			b.tables[t.Name] = t.Values
			continue
		}
		values, err := b.readTable(ctx, t)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.reportSource(t.Source.Path.Pos, err)
			values = mappings.Table{}
		}
		b.tables[t.Name] = values
		b.program.tables[t.Name] = b.sourceOptions(*t.Source, t.Source.Path.Value)
	}
	return nil
}

// maxTable bounds a lookup table, in rows: it is held in memory.
const maxTable = 1_000_000

func (b *binder) readTable(ctx context.Context, t config.Table) (mappings.Table, error) {
	src, err := sources.Open(ctx, b.sourceOptions(*t.Source, t.Source.Path.Value))
	if err != nil {
		return nil, err
	}
	columns := src.Columns()
	for _, column := range []config.String{t.Key, t.Value} {
		if columns != nil && !slices.Contains(columns, column.Value) {
			b.unknownColumn(column, columns)
			return mappings.Table{}, nil
		}
	}
	values, rows := mappings.Table{}, 0
	for row, err := range src.Rows(ctx) {
		if err == nil {
			err = addToTable(values, row, t)
		}
		if err != nil {
			return nil, err
		}
		rows++
	}
	if rows > 0 && len(values) == 0 {
		return nil, fmt.Errorf("table %q: no row of the file has a %q; name the column that holds the keys", t.Name, t.Key.Value)
	}
	return values, nil
}

// addToTable adds one row of a lookup table. A row whose key is empty is left out.
func addToTable(values mappings.Table, row sources.Row, t config.Table) error {
	if row.Err != nil {
		return rowError(row)
	}
	key, value := "", row.Values.Get(t.Value.Value)
	if k := row.Values.Get(t.Key.Value); k != nil {
		key = fmt.Sprint(k)
	}
	old, twice := values[key]
	switch {
	case key == "":
		return nil
	case twice && !reflect.DeepEqual(old, value):
		return fmt.Errorf("%v: table %q has key %q twice, with two values; remove one of the two", row.Pos, t.Name, key)
	case !twice && len(values) == maxTable:
		return fmt.Errorf("table %q has more than %d rows; a table is held in memory: load fewer", t.Name, maxTable)
	}
	values[key] = value
	return nil
}

// rowError returns the error of a damaged row with the place of the row.
func rowError(row sources.Row) error {
	var damage *sources.Error
	if !errors.As(row.Err, &damage) {
		return fmt.Errorf("%v: %w", row.Pos, row.Err)
	}
	placed := *damage
	placed.Pos = row.Pos
	return &placed
}

func (b *binder) unknownColumn(column config.String, columns []string) {
	hint := fmt.Sprintf("the file has the columns %q", columns)
	if near, ok := config.Nearest(column.Value, columns); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	b.report(column.Pos, fmt.Sprintf("the file has no column %q", column.Value), hint)
}
