package main

import (
	"context"
	"errors"
	"time"

	"github.com/kustsync/kustsync/cmd/kustsync/planfile"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// ledgerEditor is the ledger of a pipeline, opened to be changed by a person. No run can begin meanwhile.
type ledgerEditor struct {
	*ledger.Ledger
	path   string // of the pipeline file, as it was given
	file   *config.File
	target target
	lock   *ledger.DirLock
}

// editLedger locks the target of a pipeline and opens its ledger, which must be there.
func (o *opener) editLedger(path string, sandbox bool) (*ledgerEditor, error) {
	file, err := o.file(path)
	if err != nil {
		return nil, err
	}
	t, err := o.likelyTarget(file, sandbox)
	if err != nil {
		return nil, err
	}
	if !exists(t.ledgerPath()) {
		return nil, usage("run the pipeline first", "there is no ledger of %s for %s", file.Name, t.name)
	}
	e := &ledgerEditor{path: path, file: file}
	if e.lock, err = t.lock(); err != nil {
		return nil, err
	}
	e.target = t
	binding := t.binding(file.Name, "")
	binding.Unowned = program.Unowned(file, catalog.Specs())
	if e.Ledger, err = ledger.Open(t.ledgerPath(), binding); err != nil {
		return nil, errors.Join(err, e.lock.Unlock())
	}
	return e, nil
}

// begin notes that a person changes the ledger: a plan that was kept before no longer holds.
func (e *ledgerEditor) begin(ctx context.Context) error {
	return e.Mark(ctx, planfile.EditMark(newRunID(time.Now())))
}

// knows reports whether the ledger has an entry of a key, or a request for it is in doubt.
func (e *ledgerEditor) knows(ctx context.Context, step, key string) (bool, error) {
	_, found, err := e.Get(ctx, step, key)
	_, begun := e.Begun(step, key)
	return found || begun, err
}

func (e *ledgerEditor) close() error { return errors.Join(e.Ledger.Close(), e.lock.Unlock()) }

// isSandbox reports whether the ledger is that of the built-in Kustomer.
func (e *ledgerEditor) isSandbox() bool { return e.target.name == sandboxTarget }

// inDoubtLine is the command that lists what is in doubt.
func (e *ledgerEditor) inDoubtLine(g *globalFlags) string {
	return g.commandLine("ledger", e.path, append(e.targetFlags(), "--outcome", string(ledger.InDoubt)))
}

// targetFlags are the flags that name the target, to be typed again.
func (e *ledgerEditor) targetFlags() []string {
	return (&loadFlags{sandbox: e.isSandbox()}).ledgerFlags()
}
