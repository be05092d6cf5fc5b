package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// targetAt is the target of a pipeline "p" with a base_url, below a state folder.
func targetAt(t *testing.T, state, address string) (target, error) {
	t.Helper()
	f := &config.File{Name: "p"}
	f.Kustomer.BaseURL.Value = address
	f.Kustomer.AllowHost = true
	return (&opener{flags: &globalFlags{stateDir: state}}).target(f, false)
}

// makeLedger makes the ledger that an earlier version made in a folder that it named after a spelling of the host.
func makeLedger(t *testing.T, state, spelling string) {
	t.Helper()
	l, err := ledger.Open(filepath.Join(state, "p", spelling, "ledger.db"), ledger.Binding{Pipeline: "p", Target: spelling})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTwoSpellingsOneLock(t *testing.T) {
	state := t.TempDir()
	for _, old := range []string{"", "127.0.0.1_8911"} {
		if old != "" {
			state = t.TempDir()
			makeLedger(t, state, old)
		}
		first, err := targetAt(t, state, "http://127.0.0.1:8911")
		if err != nil {
			t.Fatal(err)
		}
		second, err := targetAt(t, state, "http://localhost:8911") // looks before the first locks
		if err != nil {
			t.Fatal(err)
		}
		lock, err := first.lock()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := second.lock(); !errors.As(err, new(*ledger.LockedError)) {
			t.Errorf("%q: the second run's lock: %v", old, err)
		}
		if old != "" && (!exists(first.ledgerPath()) || filepath.Base(first.dir) != "localhost_8911") {
			t.Errorf("the ledger is not in %s", first.dir)
		}
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOldFolderOfRunningLoad(t *testing.T) {
	state := t.TempDir()
	makeLedger(t, state, "127.0.0.1_8911")
	lock, err := ledger.Lock(filepath.Join(state, "p", "127.0.0.1_8911"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Unlock() }()
	to, err := targetAt(t, state, "http://localhost:8911")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.lock(); !errors.As(err, new(*ledger.LockedError)) {
		t.Fatal(err)
	}
	if exists(to.home) {
		t.Error("the folder of a running load was renamed")
	}
}

func TestFolderWithoutLedgerIsSetAside(t *testing.T) {
	state := t.TempDir()
	makeLedger(t, state, "ACME.api.kustomerapp.com_443")
	home := filepath.Join(state, "p", "acme.api.kustomerapp.com")
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "probe.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	to, err := targetAt(t, state, "https://acme.api.kustomerapp.com")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := to.lock()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Unlock() }()
	aside, err := filepath.Glob(home + ".*/probe.json")
	if err != nil || len(aside) != 1 || !exists(filepath.Join(home, "ledger.db")) {
		t.Error(aside, err)
	}
}
