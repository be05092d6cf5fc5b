package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// targetOf is the name of the target that a folder, a ledger or a plan names, however its host is spelled there.
func targetOf(name string) string {
	return folderName("https://" + strings.ReplaceAll(name, "_", ":"))
}

// folderName is the name of the target of an address, which is also the name of its folder.
func folderName(address string) string {
	return strings.ReplaceAll(kustomer.TargetName(address), ":", "_")
}

// binding is what the ledger of the target belongs to. An org of "" is not known.
func (t target) binding(pipeline, org string) ledger.Binding {
	return ledger.Binding{Pipeline: pipeline, Target: t.name, OrgID: org, Canonical: targetOf}
}

// useOldFolder lets the target use the folder that an earlier version made under another spelling of its host.
// Several folders with a ledger are refused: which of them is right, only a person can tell.
func (t *target) useOldFolder(pipeline string) error {
	parent := filepath.Dir(t.home)
	folders, err := os.ReadDir(parent)
	if err != nil && !isMissing(err) {
		return environment("check that the folder can be read, or choose another with --state-dir", "looking for ledgers: %v", err)
	}
	var with []string
	for _, f := range folders {
		dir := filepath.Join(parent, f.Name())
		if targetOf(f.Name()) == t.name && exists(filepath.Join(dir, "ledger.db")) {
			with = append(with, dir)
		}
	}
	switch len(with) {
	case 0:
		return nil
	case 1:
		t.dir = with[0]
		return nil
	}
	var list strings.Builder
	for _, dir := range with {
		fmt.Fprintf(&list, "\n  %s: %s", dir, t.describe(pipeline, dir))
	}
	return usage("keep the folder whose ledger knows what was loaded, move the others out of "+parent+", and start again",
		"%s has %d ledgers, made under several spellings of one host:%s", t.name, len(with), list.String())
}

// describe says how many rows the ledger in a folder knows, and when its last run began.
func (t target) describe(pipeline, dir string) string {
	ctx := context.Background()
	r, err := ledger.OpenReadOnly(filepath.Join(dir, "ledger.db"), t.binding(pipeline, ""))
	if err != nil {
		return err.Error()
	}
	defer func() { _ = r.Close() }()
	counts, err := r.Counts(ctx)
	if err != nil {
		return err.Error()
	}
	rows := 0
	for _, outcomes := range counts {
		for _, n := range outcomes {
			rows += n
		}
	}
	runs, err := r.Runs(ctx, 1)
	if err != nil {
		return err.Error()
	}
	if len(runs) == 0 {
		return fmt.Sprintf("%d rows, no run", rows)
	}
	return fmt.Sprintf("%d rows, last run %s", rows, runs[0].StartedAt.Format(time.RFC3339))
}

// lock makes sure that no other run loads into the target. It first gives the folder of an earlier version its name of
// today; the lock of the parent folder keeps two runs from doing so at once. *ledger.LockedError when another run holds a lock.
func (t *target) lock() (_ *ledger.DirLock, err error) {
	if t.dir == t.home {
		return ledger.Lock(t.home)
	}
	guard, err := ledger.Lock(filepath.Dir(t.home))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, guard.Unlock()) }()
	if exists(filepath.Join(t.dir, "ledger.db")) { // else another run has just renamed it
		if err := t.rename(); err != nil {
			return nil, err
		}
	}
	t.dir = t.home
	return ledger.Lock(t.home)
}

// rename gives the folder its name of today. A folder of that name that holds no ledger is set aside. Locks are
// released before a rename, since Windows renames no folder with an open file.
func (t *target) rename() error {
	if err := free(t.dir); err != nil {
		return err
	}
	const hint = "close what has files of the folder open, or rename it yourself"
	if exists(t.home) && !sameFile(t.home, t.dir) {
		if err := free(t.home); err != nil {
			return err
		}
		aside := t.home + "." + time.Now().UTC().Format(asideLayout)
		if err := os.Rename(t.home, aside); err != nil {
			return environment(hint, "setting the folder without a ledger aside: %v", err)
		}
	}
	if err := os.Rename(t.dir, t.home); err != nil {
		return environment(hint, "giving the folder of %s its new name: %v", t.name, err)
	}
	return nil
}

// asideLayout is the time in the name of a folder that was set aside.
const asideLayout = "20060102T150405.000000000"

// foldersSetAside are the folder of the target and those that were set aside for it.
func (t target) foldersSetAside() []string {
	all := []string{t.dir}
	beside, _ := os.ReadDir(filepath.Dir(t.home)) // it is there: t.dir is in it
	for _, f := range beside {
		if at, ok := strings.CutPrefix(f.Name(), filepath.Base(t.home)+"."); ok {
			if _, err := time.Parse(asideLayout, at); err == nil {
				all = append(all, filepath.Join(filepath.Dir(t.home), f.Name()))
			}
		}
	}
	return all
}

// free fails with *ledger.LockedError while another run holds the lock of a folder.
func free(dir string) error {
	lock, err := ledger.Lock(dir)
	if err != nil {
		return err
	}
	return lock.Unlock()
}

// sameFile reports whether two paths are one file, as two spellings are where case does not count.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
