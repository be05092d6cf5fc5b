package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// corpora is F50: files of public collections as sources, with nothing sent.
var corpora = []scenario{
	{id: "F50", fault: "public collections of hostile files, --dry-run", oneReading: true, do: playCorpora, size: size{3, 1, 1}},
}

// corpusTypes are the types of source that a file's extension may stand for.
var corpusTypes = map[string][]string{
	".csv": {"csv"}, ".tsv": {"csv"}, ".txt": {"csv"}, ".xlsx": {"xlsx"}, ".xlsm": {"xlsx"}, ".xls": {""}, ".xlsb": {""}, ".ods": {""},
	".json": {"json", "ndjson"},
}

// corpusFile is one file to be read as one type.
type corpusFile struct{ path, kind string }

// playCorpora reads every file in a process of its own: it must end within 5 seconds and 256 MiB, with
// an exit code of kustsync's, and without a panic.
func playCorpora(tr *trial) string {
	root := os.Getenv("KUSTSYNC_CORPORA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "corpora")
	}
	files := findCorpora(root)
	if len(files) == 0 {
		tr.t.Skipf("needs the collections; %s has none (KUSTSYNC_CORPORA)", root)
	}
	tr.run()
	jobs := make(chan corpusFile)
	var mu sync.Mutex
	exits := map[int]int{}
	var workers sync.WaitGroup
	for i := range 2 {
		workers.Go(func() {
			for f := range jobs {
				exit, problem := tr.readCorpus(f, i)
				mu.Lock()
				exits[exit]++
				tr.expect(problem == "", "%s as %q: %s", f.path, f.kind, problem)
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		jobs <- f
	}
	close(jobs)
	workers.Wait()
	return fmt.Sprintf("%d files: %d read, %d with rejects, %d refused, %d unreadable", len(files), exits[0], exits[1], exits[2], exits[4])
}

// findCorpora lists the files below root, once for each type that their ending stands for.
func findCorpora(root string) (files []corpusFile) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil
	}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a folder that cannot be read is left out
		}
		for _, kind := range corpusTypes[filepath.Ext(path)] {
			files = append(files, corpusFile{path, kind})
		}
		return nil
	})
	return files
}

// readCorpus reads one file in a process. problem says which limit that broke, "" for none.
func (tr *trial) readCorpus(f corpusFile, worker int) (exit int, problem string) {
	pipeline := tr.path(fmt.Sprintf("corpus-%d.yaml", worker))
	kind := ""
	if f.kind != "" {
		kind = ", type: " + f.kind
	}
	text := fmt.Sprintf(`version: 1
sources: { file: { path: %q%s } }
steps:
  customer: { from: file, sink: create_customer, key: "r{{ row_number }}", mapping: { name: "x" } }
`, f.path, kind)
	if err := os.WriteFile(pipeline, []byte(text), 0o600); err != nil {
		return 0, err.Error()
	}
	path, err := productBinary()
	if err != nil {
		return 0, err.Error()
	}
	ctx, cancel := context.WithTimeout(tr.t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "run", "--dry-run", "--json", pipeline)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err.Error()
	}
	done, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watchMemory(cmd.Process.Pid, done) }()
	err = cmd.Wait()
	took := time.Since(began)
	close(done)
	memory := <-peak
	exit, killed := exitOf(cmd, err)
	switch {
	case ctx.Err() != nil || killed:
		return exit, "the run did not end within 20 s"
	case took > 10*time.Second: // twice the limit, for a busy machine
		return exit, fmt.Sprintf("the run took %v, want at most 10s", took)
	case memory > 256<<20:
		return exit, fmt.Sprintf("the run took %d MiB, want at most 256", memory>>20)
	case !slices.Contains([]int{0, 1, 2, 3, 4}, exit) || strings.Contains(out.String(), "goroutine "):
		return exit, fmt.Sprintf("exit %d: %s", exit, tail(out.String()))
	case exit != 0 && out.Len() == 0:
		return exit, "the run failed and printed nothing"
	case strings.HasPrefix(filepath.Base(f.path), "n_") && f.kind == "json" && exit == 0 && !errors.Is(checkEmpty(f.path), errEmpty):
		return exit, "the run accepted a file that is not JSON"
	}
	return exit, ""
}

var errEmpty = errors.New("the file is empty")

// checkEmpty returns errEmpty for a file of nothing but white space: it holds no rows, whatever its type is.
func checkEmpty(path string) error {
	text, err := os.ReadFile(path)
	if err == nil && len(bytes.TrimSpace(text)) == 0 {
		return errEmpty
	}
	return err
}
