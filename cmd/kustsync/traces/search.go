package traces

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sources"
)

// searchCSV finds a row in a rejects file of a source with columns.
func searchCSV(src io.Reader, row Row) (f found, err error) {
	in := csv.NewReader(src)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return f, nil
	}
	if err != nil {
		return f, unreadable(err)
	}
	step, key := lastIndex(header, "_step"), lastIndex(header, "_key")
	if step < 0 || key < 0 {
		return f, errors.New("it has no columns _step and _key; look through it yourself")
	}
	for {
		from := in.InputOffset()
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return f, nil
		case err != nil:
			return f, unreadable(err)
		case max(step, key) < len(record) && isCell(record[step], row.Step) && isCell(record[key], row.Key):
			f.cuts = append(f.cuts, span{from, in.InputOffset()})
		default:
			f.left++
		}
	}
}

func unreadable(err error) error {
	return fmt.Errorf("it cannot be read (%w); look through it yourself", err)
}

// lastIndex is where the last column of a name is: those of kustsync stand behind the source's own. -1: there is none.
func lastIndex(columns []string, name string) int {
	slices.Reverse(columns)
	defer slices.Reverse(columns)
	if i := slices.Index(columns, name); i >= 0 {
		return len(columns) - 1 - i
	}
	return -1
}

// isCell reports whether a cell of a rejects file holds a text. CSV readers shorten line ends.
func isCell(cell, text string) bool {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return cell == text || sources.Restore(cell) == text
}

// searchJSON finds a row among objects that stand on a line each. step and key are the members that name it.
func searchJSON(src io.Reader, row Row, step, key string) (f found, err error) {
	in := bufio.NewReaderSize(src, 64<<10)
	var at int64
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return f, err
		}
		last := err != nil
		from := at
		at += int64(len(line))
		if len(bytes.TrimSpace(line)) > 0 {
			var object map[string]json.RawMessage
			if err := json.Unmarshal(line, &object); err != nil {
				return f, unreadable(fmt.Errorf("line %d is no JSON", number))
			}
			if isMember(object[step], row.Step) && isMember(object[key], row.Key) {
				f.cuts = append(f.cuts, span{from, at})
			} else {
				f.left++
			}
		}
		if last {
			return f, nil
		}
	}
}

// isMember reports whether a member of an object is a text.
func isMember(member json.RawMessage, text string) bool {
	var value string
	return json.Unmarshal(member, &value) == nil && member != nil && value == text
}
