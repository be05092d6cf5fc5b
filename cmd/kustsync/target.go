package main

import (
	"path/filepath"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// sandboxTarget is the name of the built-in Kustomer, where the host of a real one would stand.
const sandboxTarget = "sandbox"

// target is where a pipeline loads: an org or the sandbox. Each target of a pipeline has a folder of its own.
type target struct {
	name    string // its one name, however the file spells the host; or "sandbox"
	baseURL string // "" for the sandbox until it is started
	dir     string // with its ledger, its probe.json and the reports of its runs; home, unless an earlier version named it
	home    string // the folder that dir is, or becomes when the target is locked
}

// ledgerPath is where the ledger of the target is.
func (t target) ledgerPath() string { return filepath.Join(t.dir, "ledger.db") }

// probePath is where the answers of a probe of the target are kept.
func (t target) probePath() string { return filepath.Join(t.dir, "probe.json") }

// target finds out where a pipeline loads. A pipeline file that names no org is refused.
func (o *opener) target(f *config.File, sandbox bool) (target, error) {
	t := target{name: sandboxTarget}
	if !sandbox {
		base := baseURL(f.Kustomer)
		if base == "" {
			return t, usage("set kustomer: { org: NAME } or KUSTOMER_ORG, or try the pipeline with --sandbox",
				"%s names no Kustomer org", f.Path)
		}
		if err := kustomer.CheckBaseURL(base, f.Kustomer.AllowHost); err != nil {
			return t, usage("", "%v", err)
		}
		t.name, t.baseURL = folderName(base), base
	}
	t.home = filepath.Join(o.stateDir(f), f.Name, t.name)
	t.dir = t.home
	return t, t.useOldFolder(f.Name)
}

// likelyTarget is the target of verbs that only read the ledger: the org if the file names one, else the sandbox.
func (o *opener) likelyTarget(f *config.File, sandbox bool) (target, error) {
	return o.target(f, sandbox || baseURL(f.Kustomer) == "")
}

func baseURL(k config.Kustomer) string {
	if k.BaseURL.Value != "" {
		return k.BaseURL.Value
	}
	if k.Org.Value != "" {
		return kustomer.BaseURL(k.Org.Value)
	}
	return ""
}

// stateDir is the folder of all targets.
func (o *opener) stateDir(f *config.File) string {
	if o.flags.stateDir != "" {
		return o.flags.stateDir
	}
	return filepath.Join(f.Dir, ".kustsync")
}
