package sources_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources/sourcetest"
)

// TestFormats runs the suite for every format, compressed too.
func TestFormats(t *testing.T) {
	sourcetest.Run(t,
		sourcetest.Files{Ext: ".csv", Write: writer(csvText, plainText)},
		sourcetest.Files{Ext: ".csv.gz", Write: writer(csvText, gzipped), Framed: true},
		sourcetest.Files{Ext: ".csv.ZST", Write: writer(csvText, zstandard), Framed: true},
		sourcetest.Files{Ext: ".tsv", Write: writer(tsvText, plainText)},
		sourcetest.Files{Ext: ".xlsx", Write: writeTextSheet, Framed: true},
		sourcetest.Files{Ext: ".xlsm", Write: writeTextSheet, Framed: true},
		sourcetest.Files{Ext: ".json", Write: writer(jsonText, plainText), Framed: true},
		sourcetest.Files{Ext: ".ndjson", Write: writer(ndjsonText, plainText)},
		sourcetest.Files{Ext: ".jsonl.gz", Write: writer(ndjsonText, gzipped), Framed: true},
	)
}

// writer puts a way to write a table and a way to pack it together.
func writer(text func(columns []string, rows [][]string) []byte, pack func([]byte) []byte) func(*testing.T, string, []string, [][]string) {
	return func(t *testing.T, path string, columns []string, rows [][]string) {
		t.Helper()
		if err := os.WriteFile(path, pack(text(columns, rows)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func delimited(delim rune, columns []string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = delim
	_ = w.Write(columns)
	_ = w.WriteAll(rows)
	return b.Bytes()
}

func csvText(columns []string, rows [][]string) []byte { return delimited(',', columns, rows) }
func tsvText(columns []string, rows [][]string) []byte { return delimited('\t', columns, rows) }

func ndjsonText(columns []string, rows [][]string) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		object := map[string]string{}
		for i, name := range columns {
			object[name] = row[i]
		}
		_ = json.NewEncoder(&b).Encode(object)
	}
	return b.Bytes()
}

func jsonText(columns []string, rows [][]string) []byte {
	lines := bytes.TrimSpace(ndjsonText(columns, rows))
	return []byte("[\n" + string(bytes.ReplaceAll(lines, []byte("\n"), []byte(",\n"))) + "\n]")
}

func plainText(text []byte) []byte { return text }

func gzipped(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}

func zstandard(text []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(true))
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(text, nil)
}

// writeTextSheet writes, with excelize, a workbook whose cells are all text.
func writeTextSheet(t *testing.T, path string, columns []string, rows [][]string) {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range append([][]string{columns}, rows...) {
		for j, text := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			must(t, err)
			must(t, f.SetCellStr("Sheet1", name, text))
		}
	}
	must(t, f.SaveAs(path))
	must(t, f.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
