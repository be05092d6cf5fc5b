package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// nodeTools are what the Node part of the bench needs.
var nodeTools = [...]string{"node", "npm"}

// nodeScript installs the hand-tuned Node script with its packages and returns its path. Where that fails it returns
// "", and the bench notes why the part was skipped.
func (b *bench) nodeScript() string {
	for _, tool := range nodeTools {
		if _, err := exec.LookPath(tool); err != nil {
			b.skip("Node script", tool+" is not installed")
			return ""
		}
	}
	dir := filepath.Join("..", "..", "bin", "bench-node") // kept, so that packages are fetched once
	b.check(os.MkdirAll(dir, 0o700))
	for _, name := range []string{"package.json", "load.mjs"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "bench", name))
		b.check(err)
		b.check(os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		b.skip("Node script", fmt.Sprintf("npm cannot install its packages: %v: %s", err, bytes.TrimSpace(out)))
		return ""
	}
	return filepath.Join(dir, "load.mjs")
}

// node loads a CSV file with the Node script, which must create every row.
func (b *bench) node(script, csv string, rows int) figures {
	b.t.Helper()
	cmd := exec.Command("node", script, b.server.URL+"/v1/customers", csv, filepath.Join(b.state(), "log.tsv"))
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=bench-key")
	return b.wantCreates(b.measure(rows, cmd))
}
