package faults

import (
	"encoding/csv"
	"os"
	"strings"
)

// rejectsOf reads a file of rejected rows, each by column.
func (tr *trial) rejectsOf(path string) []map[string]string {
	tr.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tr.t.Errorf("reading the rejected rows: %v", err)
		return nil
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(lines) == 0 {
		tr.t.Errorf("the file of rejected rows %s is not CSV: %v", path, err)
		return nil
	}
	var list []map[string]string
	for _, cells := range lines[1:] {
		one := map[string]string{}
		for i, name := range lines[0] {
			one[name] = cells[i]
		}
		list = append(list, one)
	}
	return list
}

// rejects counts the rejected rows of a run, in files of CSV, whose field or message has all the words.
func (tr *trial) rejects(res result, words ...string) int {
	tr.t.Helper()
	n := 0
	for _, path := range res.json.Summary.RejectedFiles {
		if !strings.HasSuffix(path, ".csv") {
			continue
		}
		for _, r := range tr.rejectsOf(path) {
			if mentions(r["_field"]+" "+r["_error"], words...) {
				n++
			}
		}
	}
	return n
}
