package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sources"
)

// keyMap is a file with old and new keys.
type keyMap struct {
	changes []ledger.KeyChange
	lines   []int // of the changes
	faults  []keyMapFault
}

// keyMapFault is what is wrong with a line.
type keyMapFault struct {
	line   int
	reason string
}

// readKeyMap reads the file of --map.
func readKeyMap(path string) (*keyMap, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, usage("check the path", "--map: %v", err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	m, err := parseKeyMap(file)
	if err != nil {
		return nil, usage("write a CSV file with the header line old,new and a line for each key", "--map %s: %v", path, err)
	}
	return m, nil
}

// keyMapHeader is the first line of a file of keys.
var keyMapHeader = []string{"old", "new"}

// parseKeyMap reads lines of CSV. Keys may be written as ledger --format csv prints them. The error is that of a file that
// is none of old and new keys.
func parseKeyMap(r io.Reader) (*keyMap, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	m := &keyMap{}
	for first := true; ; first = false {
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF) && first:
			return nil, errors.New("it is empty")
		case errors.Is(err, io.EOF):
			return m, nil
		case err != nil:
			return nil, err
		case first:
			if record[0] = trimMark(record[0]); !slices.Equal(record, keyMapHeader) {
				return nil, fmt.Errorf("its first line is not old,new but %.60q", record)
			}
			continue
		}
		line, _ := in.FieldPos(0)
		if len(record) != len(keyMapHeader) {
			m.faults = append(m.faults, keyMapFault{line, fmt.Sprintf("it has %d columns, not old and new", len(record))})
			continue
		}
		if !utf8.ValidString(record[0]) || !utf8.ValidString(record[1]) {
			m.faults = append(m.faults, keyMapFault{line, "it is not in UTF-8"})
			continue
		}
		m.changes = append(m.changes, ledger.KeyChange{Old: sources.Restore(record[0]), New: sources.Restore(record[1])})
		m.lines = append(m.lines, line)
	}
}

// trimMark takes the mark away with which some programs begin a file in UTF-8.
func trimMark(text string) string {
	const mark = "\ufeff"
	if len(text) >= len(mark) && text[:len(mark)] == mark {
		return text[len(mark):]
	}
	return text
}
