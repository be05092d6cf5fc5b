package sources_test

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

func TestPacked(t *testing.T) {
	const text = "id\n1\n2\n"
	const rows = "header: id\n2: id=\"1\"\n3: id=\"2\"\n"
	zipped, squeezed := string(gzipped([]byte(text))), string(zstandard([]byte(text)))
	long := strings.Repeat("3\n", 100_000)
	longer := string(gzipped([]byte(text + long)))
	for name, test := range map[string]struct {
		file, text, want string
		bound            int64
	}{
		"gzip":                  {"a.csv.gz", zipped, rows, 0},
		"gzip in two members":   {"a.csv.gz", string(gzipped([]byte("id\n1\n"))) + string(gzipped([]byte("2\n"))), rows, 0},
		"zstd":                  {"a.csv.zst", squeezed, rows, 0},
		"zstd in two frames":    {"a.csv.zst", string(zstandard([]byte("id\n1\n"))) + string(zstandard([]byte("2\n"))), rows, 0},
		"gzip at its bound":     {"a.csv.gz", zipped, rows, int64(len(text))},
		"gzip over its bound":   {"a.csv.gz", zipped, "error: a.csv.gz: the archive unpacks to more than max_unpacked allows; raise max_unpacked", int64(len(text)) - 1},
		"zstd over its bound":   {"a.csv.zst", squeezed, "error: a.csv.zst: the archive unpacks to more than max_unpacked allows; raise max_unpacked", int64(len(text)) - 1},
		"gzip, empty":           {"a.csv.gz", "", "error: a.csv.gz: the .gz archive is cut short; copy or download the file again", 0},
		"zstd, empty":           {"a.jsonl.zst", "", "error: a.jsonl.zst: the .zst archive is cut short; copy or download the file again", 0},
		"gzip, other data":      {"a.csv.gz", text + long, "error: a.csv.gz: the .gz archive is damaged (gzip: invalid header); copy", 0},
		"zstd, other data":      {"a.csv.zst", text + long, "error: a.csv.zst: the .zst archive is damaged (", 0},
		"gzip, wrong sum":       {"a.csv.gz", zipped[:len(zipped)-8] + "12345678", "error: a.csv.gz: the .gz archive is damaged (gzip: invalid checksum)", 0},
		"gzip, more after it":   {"a.csv.gz", zipped + "more and more", "error: a.csv.gz: the .gz archive is damaged (gzip: invalid header)", 0},
		"zstd, too much memory": {"a.csv.zst", "\x28\xB5\x2F\xFD\x00\xA0\x01\x00\x00", "error: a.csv.zst: the .zst archive needs too much memory to unpack; pack it again", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(t, test.file, test.text, sources.Options{MaxUnpacked: test.bound}); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %.300q, want %q…", got, test.want)
			}
		})
	}
	t.Run("gzip of JSON, cut after many rows", func(t *testing.T) {
		text := string(gzipped([]byte("[{\"a\":\"1\"}" + strings.Repeat(",\n{}", 100_000) + "]")))
		got := show(t, "a.json.gz", text[:len(text)-9], sources.Options{})
		if !strings.HasPrefix(got, "1: a=\"1\"\n2:\n") || !strings.HasSuffix(got, ": the .gz archive is cut short; copy or download the file again\n") {
			t.Errorf("got …%.200q", got[max(0, len(got)-200):])
		}
	})
	t.Run("gzip, cut after many rows", func(t *testing.T) {
		got := show(t, "a.csv.gz", longer[:len(longer)-9], sources.Options{})
		if !strings.HasPrefix(got, rows) || !strings.HasSuffix(got, "the .gz archive is cut short; copy or download the file again\n") {
			t.Errorf("got …%.200q", got[max(0, len(got)-200):])
		}
	})
}
