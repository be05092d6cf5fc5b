package sources_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

const benchRows = 20_000

func BenchmarkRows(b *testing.B) {
	columns := []string{"id", "name", "email", "phone", "plan", "mrr", "renewal", "labels", "city", "note"}
	rows := make([][]string, benchRows)
	for i := range rows {
		id := fmt.Sprintf("%08d", i)
		rows[i] = []string{id, "Customer " + id, id + "@example.com", "+1555" + id, "gold", "129.50", "2024-05-17", "a|b|c", "Zürich", "called twice about " + id}
	}
	quoted := func(columns []string, rows [][]string) []byte {
		return bytes.ReplaceAll(csvText(columns, rows), []byte(",gold,"), []byte(`,"gold ""plus""",`))
	}
	for _, bench := range []struct {
		file string
		text func([]string, [][]string) []byte
	}{
		{"plain.csv", csvText},
		{"quoted.csv", quoted},
		{"rows.ndjson", ndjsonText},
		{"rows.json", jsonText},
	} {
		b.Run(bench.file, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), bench.file)
			text := bench.text(columns, rows)
			if err := os.WriteFile(path, text, 0o600); err != nil {
				b.Fatal(err)
			}
			src, err := sources.Open(b.Context(), sources.Options{Path: path})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for row, err := range src.Rows(b.Context()) {
					if err != nil || row.Err != nil {
						b.Fatal(err, row.Err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
