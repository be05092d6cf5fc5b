// Package planfile keeps a plan in a file for a run that is to load just that.
package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/program"
)

// Version is the version of the format. It changes when older programs could not keep to a plan of the new one.
const Version = 1

// Plan is what plan --out keeps: what the plan was made of, and its result in numbers. It holds no value of a row.
type Plan struct {
	Version  int       `json:"kustsync_plan"`
	ID       string    `json:"id"`
	MadeAt   time.Time `json:"made_at"`
	MadeBy   string    `json:"made_by"` // version of kustsync
	Pipeline string    `json:"pipeline"`
	Target   string    `json:"target"`
	OrgID    string    `json:"org_id"`

	Step    string   `json:"step"`    // --step
	Limit   int      `json:"limit"`   // --limit
	Sources []string `json:"sources"` // --source

	Ledger      string                          `json:"ledger"` // see LedgerState
	Fingerprint program.Fingerprint             `json:"fingerprint"`
	Steps       map[string]map[drive.Action]int `json:"steps"`
}

// Save writes the plan into a file that only its owner can read, and returns the file's absolute path.
func (p Plan) Save(path string) (string, error) {
	p.Version = Version
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", err
	}
	return path, maybe.WriteFile(path, append(text, '\n'), 0o600)
}

// maxBytes is far above the size of any plan.
const maxBytes = 4 << 20

// FormatError says that a file is no plan that this program understands.
type FormatError struct{ err error }

// Error says what is wrong with the file; its path stands before it.
func (e *FormatError) Error() string { return e.err.Error() }

// Unwrap returns what the JSON decoder says, if it was that.
func (e *FormatError) Unwrap() error { return e.err }

// Read reads a plan that Save has written. The error is a *FormatError, or that of the system.
func Read(path string) (*Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	p, err := parse(text)
	if err != nil {
		return nil, &FormatError{err}
	}
	return p, nil
}

var (
	planID = regexp.MustCompile(`^[0-9A-Za-z-]+$`)
	digest = regexp.MustCompile(`^[0-9a-f]+$`)
)

// Lengths of a plan's id, at most, and of a digest.
const (
	maxIDLength  = 64
	digestLength = 64
)

// parse reads and checks a plan. The error is written to stand behind the file's path.
func parse(text []byte) (*Plan, error) {
	if len(text) > maxBytes {
		return nil, errors.New("is too large for a plan")
	}
	var v struct {
		Version *int `json:"kustsync_plan"`
	}
	if err := json.Unmarshal(text, &v); err != nil || v.Version == nil {
		return nil, errors.New("is no plan of kustsync")
	}
	if *v.Version != Version {
		return nil, fmt.Errorf("is a plan of version %d, and this kustsync knows version %d", *v.Version, Version)
	}
	var p Plan
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("cannot be understood: %w", err)
	}
	for _, d := range []string{p.Ledger, p.Fingerprint.File, p.Fingerprint.Mapping} {
		if len(d) != digestLength || !digest.MatchString(d) {
			return nil, errors.New("is damaged: a digest is missing")
		}
	}
	if len(p.ID) > maxIDLength || !planID.MatchString(p.ID) || p.Pipeline == "" || p.Target == "" || p.Limit < 0 {
		return nil, errors.New("is damaged: what it is for is missing")
	}
	return &p, nil
}
