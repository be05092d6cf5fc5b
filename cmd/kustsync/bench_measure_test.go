package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"
)

// figures are what one part of the bench took. CPU and Peak are of the client's process alone.
type figures struct {
	Part    string  `json:"part"`
	Rows    int     `json:"rows"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rows_per_second"`
	CPU     float64 `json:"cpu_ms_per_1000_rows"` // user and system
	Peak    float64 `json:"peak_mib"`             // resident
	Creates int64   `json:"creates"`
	Others  int64   `json:"other_requests"`

	PerRequest float64 `json:"rows_per_request,omitempty"`  // of a load in batches
	Speed      float64 `json:"rate_to_bare_loop,omitempty"` // of loads beside it, in turns: the median of the ratios
	Cost       float64 `json:"cpu_to_bare_loop,omitempty"`
	ToNode     float64 `json:"rate_to_node,omitempty"`
}

// document is what bench.json holds.
type document struct {
	Machine string    `json:"machine"`
	When    time.Time `json:"when"`
	Parts   []figures `json:"parts"`
	Skipped []string  `json:"skipped,omitempty"`
}

// measure runs a command to its end.
func (b *bench) measure(rows int, cmd *exec.Cmd) figures {
	b.t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	creates, others := b.server.creates.Load(), b.server.others.Load()
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, out.String())
	}
	took, used := time.Since(began), cmd.ProcessState
	return figures{
		Rows: rows, Seconds: took.Seconds(), Rate: float64(rows) / took.Seconds(),
		CPU:     (used.UserTime() + used.SystemTime()).Seconds() * 1e6 / float64(rows),
		Peak:    float64(peakOf(used)) / (1 << 20),
		Creates: b.server.creates.Load() - creates, Others: b.server.others.Load() - others,
	}
}

// ratios returns the median of one figure to another, of runs that were made in turns.
func ratios(ours, theirs []figures, of func(figures) float64) float64 {
	all := make([]float64, len(ours))
	for i := range ours {
		all[i] = of(ours[i]) / of(theirs[i])
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func rateOf(f figures) float64 { return f.Rate }
func cpuOf(f figures) float64  { return f.CPU }

// median returns the run in the middle by CPU, which a busy machine disturbs least.
func median(runs []figures) figures {
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(x, y figures) int { return cmp.Compare(x.CPU, y.CPU) })
	return runs[len(runs)/2]
}

// benchClient is the command bench-client: kustsync, which leaves its profiles in the folder that
// KUSTSYNC_PROFILE names.
func benchClient() {
	dir := os.Getenv("KUSTSYNC_PROFILE")
	if dir == "" {
		main()
	}
	name := filepath.Join(dir, time.Now().Format("150405.000"))
	cpu, err := os.Create(name + ".cpu.prof")
	if err == nil {
		err = pprof.StartCPUProfile(cpu)
	}
	if err != nil {
		panic(err)
	}
	code := kustsync()
	pprof.StopCPUProfile()
	if heap, err := os.Create(name + ".heap.prof"); err == nil {
		_ = pprof.Lookup("allocs").WriteTo(heap, 0)
	}
	os.Exit(code)
}
