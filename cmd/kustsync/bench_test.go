package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/kustsync/kustsync/pipeline/report"
)

// benchWorkers is how many requests kustsync and the bare loop have under way at once.
const benchWorkers = 32

// benchScale is how large the bench is: KUSTSYNC_BENCH=quick is for a look.
type benchScale struct{ load, large, book, repeats int }

func benchScales() benchScale {
	if os.Getenv("KUSTSYNC_BENCH") == "quick" {
		return benchScale{load: 20_000, large: 100_000, book: 20_000, repeats: 1}
	}
	return benchScale{load: 100_000, large: 1_000_000, book: 200_000, repeats: 3}
}

// TestBench measures kustsync beside a bare net/http loop that sends the same bodies to the same
// server in the same run: only the ratios mean something (performance.md). It is no test of speed: it
// fails when rows are lost or a finished run sends one again, never when the machine is slow.
func TestBench(t *testing.T) {
	if os.Getenv("KUSTSYNC_BENCH") == "" {
		t.Skip("make bench runs it")
	}
	if raceDetector() {
		t.Skip("figures under the race detector mean nothing")
	}
	b := &bench{server: newBenchServer(t), dir: t.TempDir(), scale: benchScales()}
	for _, part := range []struct {
		name string
		run  func()
	}{{"load", b.load}, {"dry-run", b.dryRun}, {"large", b.large}, {"book", b.book}} {
		t.Run(part.name, func(t *testing.T) {
			b.t = t
			part.run()
		})
	}
	b.t = t
	b.publish()
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// bench is one run of all parts.
type bench struct {
	t      *testing.T
	server *benchServer
	dir    string
	scale  benchScale
	parts  []figures
}

// load is the load of a CSV file beside the bare loop, in turns.
func (b *bench) load() {
	csv, bodies := b.csv(b.scale.load), b.path("bodies.ndjson")
	b.record(csv, bodies)
	var ours, bare []figures
	for range b.scale.repeats {
		bare = append(bare, b.measure(b.scale.load, exec.Command("bare-loop", b.server.URL+"/v1/customers", bodies)))
		ours = append(ours, b.run(csv, b.scale.load, b.state()))
	}
	b.add("bare loop", median(bare))
	b.add("load CSV", median(ours))
}

// record makes one load that warms up what is measured, and keeps the bodies that it sends.
func (b *bench) record(csv, bodies string) {
	file, err := os.Create(bodies)
	b.check(err)
	b.server.capture(file)
	b.run(csv, b.scale.load, b.state())
	b.server.capture(nil)
	b.check(file.Close())
}

func (b *bench) dryRun() {
	csv := b.csv(b.scale.load)
	b.add("dry run", b.measure(b.scale.load, b.command(csv, b.state(), "--dry-run")))
}

// large is a load of many rows and, once it is finished, the same again.
func (b *bench) large() {
	csv, state := b.csv(b.scale.large), b.state()
	b.add("load large CSV", b.run(csv, b.scale.large, state))
	again := b.measure(b.scale.large, b.command(csv, state))
	if again.Creates != 0 || again.Others != 1 {
		b.t.Errorf("the repeat of a finished run sent %d creates and %d other requests, want the pre-flight alone", again.Creates, again.Others)
	}
	b.add("repeat it", again)
}

func (b *bench) book() {
	path := b.path("customers.xlsx")
	if out, err := exec.Command("bench-book", path, strconv.Itoa(b.scale.book)).CombinedOutput(); err != nil {
		b.t.Fatalf("writing a workbook: %v\n%s", err, out)
	}
	b.add("load XLSX", b.run(path, b.scale.book, b.state()))
}

// run is a load that must create every row.
func (b *bench) run(source string, rows int, state string) figures {
	f := b.measure(rows, b.command(source, state))
	if f.Creates != int64(rows) {
		b.t.Fatalf("%s: %d creates for %d rows", filepath.Base(source), f.Creates, rows)
	}
	return f
}

func (b *bench) command(source, state string, flags ...string) *exec.Cmd {
	args := []string{"run", "--quiet", "--state-dir", state, "--var", "URL=" + b.server.URL, "--var", "FILE=" + source}
	cmd := exec.Command("bench-client", append(append(args, flags...), b.pipeline())...)
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=bench-key")
	return cmd
}

// add keeps the figures of a part, and their ratios to those of the first, the bare loop.
func (b *bench) add(name string, f figures) {
	f.Part = name
	if len(b.parts) > 0 {
		f.Speed, f.Cost = f.Rate/b.parts[0].Rate, f.CPU/b.parts[0].CPU
	}
	b.t.Logf("%s: %.0f rows/s, %.1f ms CPU per 1,000 rows, %.0f MiB", name, f.Rate, f.CPU, f.Peak)
	b.parts = append(b.parts, f)
}

// publish prints the table, and writes it to bench.json.
func (b *bench) publish() {
	table := report.NewTable("part", ">rows", ">seconds", ">rows/s", ">CPU ms/1,000", ">peak MiB", ">requests", ">rows/s : bare", ">CPU : bare")
	for _, f := range b.parts {
		table.Add(f.Part, report.Count(f.Rows), fmt.Sprintf("%.1f", f.Seconds), report.Count(int(f.Rate)), fmt.Sprintf("%.1f", f.CPU),
			fmt.Sprintf("%.0f", f.Peak), report.Count(int(f.Creates+f.Others)), ratio(f.Speed), ratio(f.Cost))
	}
	b.check(table.Write(b.t.Output(), report.Style{}))
	text, err := json.MarshalIndent(b.parts, "", "  ")
	b.check(err)
	path, err := filepath.Abs(filepath.Join("..", "..", "bench.json"))
	b.check(err)
	b.check(os.WriteFile(path, append(text, '\n'), 0o600))
	b.t.Log("written to " + path)
}

func ratio(r float64) string {
	if r == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", r)
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// csv returns a file of that many rows, which it writes at its first use.
func (b *bench) csv(rows int) string {
	path := b.path(fmt.Sprintf("customers-%d.csv", rows))
	if !exists(path) {
		b.check(writeBenchCSV(path, rows))
	}
	return path
}

func (b *bench) pipeline() string {
	path := b.path("pipeline.yaml")
	b.check(os.WriteFile(path, []byte(benchPipeline), 0o600))
	return path
}

// state returns a new state folder, so that a run knows of none before it.
func (b *bench) state() string {
	dir, err := os.MkdirTemp(b.dir, "state")
	b.check(err)
	return dir
}

func (b *bench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
