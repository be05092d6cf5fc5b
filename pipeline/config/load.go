package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Load reads the pipeline file at path. The error is Diagnostics, sorted by place, or says why the file could not be read.
// With Diagnostics the File may be non-nil: it has what could be understood, so that a caller can look for more diagnostics in
// it, and must not be run.
func Load(path string, o Options) (*File, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, o)
}

// readFile reads at most one byte more than a pipeline file may have, so that Parse can refuse a larger file.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the pipeline file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("read the pipeline file: %s is a folder; name the file in it", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the pipeline file: %w", err)
	}
	return text, nil
}

// Parse reads text as the pipeline file at path, which need not exist. Its results are those of Load.
func Parse(path string, text []byte, o Options) (*File, error) {
	return newValidator(o).parse(path, text, o)
}

// parse makes a File of bytes, in stages: YAML, a plain tree within limits, variables, the schema, the structs, and the
// rules that no schema can express. No stage reports a place that an earlier stage has reported.
func (v *validator) parse(path string, data []byte, o Options) (*File, error) {
	source := strings.TrimPrefix(string(data), "\ufeff")
	found := newCollector(newText(path, source))
	root, ok := readTree(source, found)
	if !ok {
		return nil, found.done()
	}
	found.next()
	expand(root, o, found)
	found.next()
	if err := v.validate(root, found); err != nil {
		return nil, err
	}
	found.next()
	file := emptyFile(path, found.text)
	decode(root, file, o, found)
	found.next()
	check(&linter{collector: found, file: file, root: root, specs: v.specs})
	if found.failed() {
		return file, found.done()
	}
	file.warnings = found.done()
	return file, nil
}

// readTree returns the tree of the file; false when the file is too broken for further stages.
func readTree(source string, found *collector) (*node, bool) {
	y, ok := parseYAML(source, found)
	if !ok {
		return nil, false
	}
	root, ok := buildTree(y, found)
	hideSecrets(root, found.text)
	if !ok {
		return nil, false
	}
	if version, ok := newerVersion(root); ok {
		found.diagnostics = nil // what else is wrong by this version may be right by that one
		found.add(version.pos, fmt.Sprintf("this file is of version %s, and this kustsync reads version 1", version.text), "use a newer kustsync, or write the file as version 1")
		return nil, false
	}
	return root, true
}

// newerVersion returns the version when it is above 1.
func newerVersion(root *node) (*node, bool) {
	n := root.at("version")
	if n == nil || n.kind != scalar || !n.plain {
		return nil, false
	}
	var version int
	if _, err := fmt.Sscanf(n.text, "%d", &version); err != nil {
		return nil, false
	}
	return n, version > 1
}

// emptyFile returns a file in which nothing is set.
func emptyFile(path string, t *text) *File {
	dir := filepath.Dir(path)
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return &File{
		Path:     path,
		Dir:      dir,
		Name:     nameOf(path),
		Kustomer: Kustomer{APIKeyEnv: apiKeyEnv, Budget: 0.8},
		Run:      defaultRun(),
		text:     t,
	}
}

// defaultRun returns the defaults of run:. TestDefaults compares them with the schema.
func defaultRun() Run {
	return Run{
		Workers:         16,
		Bulk:            String{Value: "auto"},
		Retries:         5,
		Timeout:         30 * time.Second,
		InDoubtWait:     60 * time.Second,
		BulkInDoubtWait: 15 * time.Minute,
		OutageWait:      10 * time.Minute,
		MaxErrors:       Budget{Percent: 10},
		Timezone:        time.UTC,
	}
}

// nameOf turns the name of a file into the name of a pipeline.
func nameOf(path string) string {
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if name := strings.Trim(strings.ToLower(legalName(base)), "-"); name != "" {
		return name[:min(len(name), 64)]
	}
	return "pipeline"
}

// legalName replaces what a name may not hold by "-".
func legalName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '-'
	}, s)
}
