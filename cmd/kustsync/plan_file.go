package main

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

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
)

// planVersion changes when older programs could not keep to a saved plan.
const planVersion = 1

// savedPlan is what plan --out keeps: what the plan was made of, and what came out in numbers. It holds no
// value of a row.
type savedPlan struct {
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

	Ledger      string                             `json:"ledger"` // see ledgerState
	Fingerprint program.Fingerprint                `json:"fingerprint"`
	Steps       map[string]map[pipeline.Action]int `json:"steps"`
}

// save writes the plan for run --plan and returns its absolute path.
func (v *survey) save(path string) (string, error) {
	fail := func(err error) (string, error) {
		return "", environment("choose another path for --out", "keeping the plan: %v", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fail(err)
	}
	text, err := json.MarshalIndent(savedPlan{
		Version: planVersion, ID: v.opts.RunID, MadeAt: v.opts.Start.UTC(), MadeBy: version(),
		Pipeline: v.plan.File.Name, Target: v.name, OrgID: v.who.OrgID,
		Step: v.opts.Step, Limit: v.opts.Limit, Sources: append([]string{}, absoluteSources(v.flags.sources)...),
		Ledger: v.state, Fingerprint: v.print, Steps: v.rows.Counts(),
	}, "", "  ")
	if err != nil {
		return fail(err)
	}
	if err := maybe.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return fail(err)
	}
	return path, nil
}

// maxPlanFile is far above the size of any plan, in bytes.
const maxPlanFile = 4 << 20

// readPlan reads a plan that plan --out has kept.
func readPlan(path string) (*savedPlan, error) {
	const hint = "make a new one with kustsync plan FILE --out PATH"
	file, err := os.Open(path)
	if err != nil {
		return nil, usage("check the path, or "+hint, "--plan: %v", err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(file, maxPlanFile+1))
	if err != nil {
		return nil, usage("check the path, or "+hint, "--plan: reading %s: %v", path, err)
	}
	p, err := parsePlan(text)
	if err != nil {
		return nil, usage(hint, "--plan: %s %v", path, err)
	}
	return p, nil
}

// What the parts of a plan look like.
var (
	planID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// parsePlan reads and checks a plan. The error goes on from the plan's path.
func parsePlan(text []byte) (*savedPlan, error) {
	if len(text) > maxPlanFile {
		return nil, errors.New("is too large for a plan")
	}
	var v struct {
		Version *int `json:"kustsync_plan"`
	}
	if err := json.Unmarshal(text, &v); err != nil || v.Version == nil {
		return nil, errors.New("is no plan of kustsync")
	}
	if *v.Version != planVersion {
		return nil, fmt.Errorf("is a plan of version %d, and this kustsync knows version %d", *v.Version, planVersion)
	}
	var p savedPlan
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("cannot be understood: %w", err)
	}
	for _, d := range []string{p.Ledger, p.Fingerprint.File, p.Fingerprint.Mapping} {
		if !digest.MatchString(d) {
			return nil, errors.New("is damaged: a digest is missing")
		}
	}
	if !planID.MatchString(p.ID) || p.Pipeline == "" || p.Target == "" || p.Limit < 0 {
		return nil, errors.New("is damaged: what it is for is missing")
	}
	return &p, nil
}
