package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/report"
)

// benchWorkers is how many requests kustsync and the bare loop have under way at once.
const benchWorkers = 32

// benchScale is how large the bench is: KUSTSYNC_BENCH=quick is small, KUSTSYNC_BENCH=huge loads 10
// million rows besides.
type benchScale struct{ load, large, huge, book, bulk, repeats int }

func benchScales() benchScale {
	s := benchScale{load: 100_000, large: 1_000_000, book: 200_000, bulk: 100_000, repeats: 5}
	switch os.Getenv("KUSTSYNC_BENCH") {
	case "quick":
		s = benchScale{load: 20_000, large: 100_000, book: 20_000, bulk: 5_000, repeats: 3}
	case "huge":
		s.huge = 10_000_000
	}
	return s
}

// TestBench measures kustsync beside a bare net/http loop that sends the same bodies to the same
// server in the same run, and beside a script for Node: only the ratios mean something (performance.md).
// It is no test of speed: it fails when rows are lost or a finished run sends one again, never when the
// machine is slow.
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
	}{{"load", b.load}, {"large", b.large}, {"huge", b.huge}, {"book", b.book}, {"bulk", b.bulk}} {
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
	t       *testing.T
	server  *benchServer
	dir     string
	scale   benchScale
	parts   []figures
	skipped []string
}

// load measures the load of a CSV file, in turns with the bare loop and the Node script.
func (b *bench) load() {
	rows := b.scale.load
	csv, bodies, script := b.csv(rows), b.path("bodies.ndjson"), b.nodeScript()
	b.record(csv, bodies)
	var ours, bare, node []figures
	for range b.scale.repeats {
		bare = append(bare, b.wantCreates(b.measure(rows, exec.Command("bare-loop", b.server.URL+"/v1/customers", bodies))))
		if script != "" {
			node = append(node, b.node(script, csv, rows))
		}
		ours = append(ours, b.run(csv, rows, b.state()))
	}
	b.add("bare net/http loop", median(bare))
	f := median(ours)
	f.Speed, f.Cost = ratios(ours, bare, rateOf), ratios(ours, bare, cpuOf)
	if script != "" {
		n := median(node)
		n.Speed, n.Cost = ratios(node, bare, rateOf), ratios(node, bare, cpuOf)
		b.add("Node script", n)
		f.ToNode = ratios(ours, node, rateOf)
	}
	b.add("load CSV", f)
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

// large measures a dry run of many rows, a load of them, and a repeat of that load.
func (b *bench) large() {
	rows, state := b.scale.large, b.state()
	csv := b.csv(rows)
	b.add("dry run of many rows", b.measure(rows, b.loads(csv, b.state(), "--dry-run")))
	b.add("load of many rows", b.run(csv, rows, state))
	again := b.measure(rows, b.loads(csv, state))
	if again.Creates != 0 || again.Others != 1 {
		b.t.Errorf("the repeat of a finished run sent %d creates and %d other requests, want the pre-flight alone", again.Creates, again.Others)
	}
	b.add("repeat of that load", again)
}

// huge measures a load of ten million rows: time and memory for each should be those of a small load.
func (b *bench) huge() {
	if b.scale.huge == 0 {
		b.skip("10 million rows", "KUSTSYNC_BENCH=huge loads them")
		return
	}
	b.add("load of 10 million rows", b.run(b.csv(b.scale.huge), b.scale.huge, b.state()))
}

// book measures a workbook: its dry run, which reads all rows, and its load.
func (b *bench) book() {
	path, rows := b.path("customers.xlsx"), b.scale.book
	if out, err := exec.Command("bench-book", path, strconv.Itoa(rows)).CombinedOutput(); err != nil {
		b.t.Fatalf("writing a workbook: %v\n%s", err, out)
	}
	b.add("dry run of XLSX", b.measure(rows, b.loads(path, b.state(), "--dry-run")))
	b.add("load XLSX", b.run(path, rows, b.state()))
}

// run is a load that must create every row.
func (b *bench) run(source string, rows int, state string) figures {
	b.t.Helper()
	return b.wantCreates(b.measure(rows, b.loads(source, state)))
}

func (b *bench) wantCreates(f figures) figures {
	b.t.Helper()
	if f.Creates != int64(f.Rows) {
		b.t.Fatalf("the server received %d creates for %d rows, want one each", f.Creates, f.Rows)
	}
	return f
}

// loads returns the command that loads customers one by one.
func (b *bench) loads(source, state string, flags ...string) *exec.Cmd {
	return b.command(b.server.URL, source, state, benchPipeline, flags...)
}

// command returns a run of a pipeline whose text, source and state are given.
func (b *bench) command(url, source, state, pipeline string, flags ...string) *exec.Cmd {
	file := filepath.Join(state, "pipeline.yaml")
	b.check(os.WriteFile(file, []byte(pipeline), 0o600))
	args := []string{"run", "--quiet", "--state-dir", state, "--var", "URL=" + url, "--var", "FILE=" + source}
	cmd := exec.Command("bench-client", append(append(args, flags...), file)...)
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=bench-key")
	return cmd
}

// skip notes that a part was not measured, and why.
func (b *bench) skip(part, why string) {
	line := part + " skipped: " + why
	b.t.Log(line)
	b.skipped = append(b.skipped, line)
}

// add logs the figures of a part and adds them to the table.
func (b *bench) add(name string, f figures) {
	f.Part = name
	b.t.Logf("%s: %.0f rows/s, %.1f ms CPU per 1,000 rows, %.0f MiB", name, f.Rate, f.CPU, f.Peak)
	b.parts = append(b.parts, f)
}

// publish prints the table, and writes it to bench.json.
func (b *bench) publish() {
	table := report.NewTable("part", ">rows", ">seconds", ">rows/s", ">CPU ms/1,000", ">peak MiB", ">requests",
		">rows/request", ">rows/s : bare", ">CPU : bare", ">rows/s : Node")
	for _, f := range b.parts {
		table.Add(f.Part, report.Count(f.Rows), fmt.Sprintf("%.1f", f.Seconds), report.Count(int(f.Rate)), fmt.Sprintf("%.1f", f.CPU),
			fmt.Sprintf("%.0f", f.Peak), report.Count(int(f.Creates+f.Others)), ratio(f.PerRequest), ratio(f.Speed), ratio(f.Cost), ratio(f.ToNode))
	}
	b.check(table.Write(b.t.Output(), report.Style{}))
	for _, line := range b.skipped {
		fmt.Fprintln(b.t.Output(), line)
	}
	machine := fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Fprintln(b.t.Output(), machine)
	text, err := json.MarshalIndent(document{Machine: machine, When: time.Now().UTC(), Parts: b.parts, Skipped: b.skipped}, "", "  ")
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

// state returns a new state folder, so that a run starts without a ledger.
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
