package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// Options is what a pipeline file is read against.
type Options struct {
	// Specs are the sinks that a step may name.
	Specs []sinks.Spec
	// Vars holds the values of --var; they win over Env.
	Vars map[string]string
	// Env looks up an environment variable; os.LookupEnv in a program, nil for an empty environment.
	// It is never asked for the API key.
	Env func(name string) (string, bool)
}

func (o Options) env(name string) (string, bool) {
	if o.Env == nil {
		return "", false
	}
	return o.Env(name)
}

// Load reads the pipeline file at path. The error is Faults, sorted by place, or says why the
// file could not be read. With Faults the File may be non-nil: it holds what could be
// understood, so that a caller can look for more faults in it, and is not to be run.
func Load(path string, o Options) (*File, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, o)
}

// readFile reads a byte more than a pipeline file may have, so that Parse notices a larger one.
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
	v, err := newValidator(o)
	if err != nil {
		return nil, err
	}
	return v.parse(path, text, o)
}

// parse goes from bytes to a File: YAML, a plain tree within limits, variables, the schema, the
// structs, and the rules that no schema can express. Each stage speaks only of what the earlier
// ones have not faulted.
func (v *validator) parse(path string, data []byte, o Options) (*File, error) {
	source := strings.TrimPrefix(string(data), "\ufeff")
	fs := newFindings(newText(path, source))
	root, ok := readTree(source, fs)
	if !ok {
		return nil, fs.done()
	}
	fs.next()
	expand(root, o, fs)
	fs.next()
	v.validate(root, fs)
	fs.next()
	file := emptyFile(path, fs.text)
	decode(root, file, o, fs)
	fs.next()
	check(&scope{findings: fs, file: file, root: root, specs: v.specs})
	if fs.failed() {
		return file, fs.done()
	}
	file.warnings = fs.done()
	return file, nil
}

// readTree returns the tree of the file; false when its faults leave nothing to look at.
func readTree(source string, fs *findings) (*node, bool) {
	y, ok := parseYAML(source, fs)
	if !ok {
		return nil, false
	}
	root, ok := buildTree(y, fs)
	hideSecrets(root, fs.text)
	if !ok {
		return nil, false
	}
	if version, ok := newerVersion(root); ok {
		fs.faults = nil // whatever else it holds cannot be judged
		fs.add(version.pos, fmt.Sprintf("this file is of version %s, and this kustsync reads version 1", version.text), "use a newer kustsync, or write the file as version 1")
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
