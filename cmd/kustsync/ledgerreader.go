package main

import (
	"fmt"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// savedLedger is the ledger of a pipeline, opened to be read. It also can be read while a run writes it.
type savedLedger struct {
	file   *config.File
	target target
	*ledger.Reader
}

// ledger opens the ledger of a pipeline to be read. Its Reader is nil when nothing was loaded yet.
func (o *opener) ledger(path string, sandbox bool) (savedLedger, error) {
	file, err := o.file(path)
	if err != nil {
		return savedLedger{}, err
	}
	t, err := o.likelyTarget(file, sandbox)
	if err != nil {
		return savedLedger{}, err
	}
	reader, err := openReader(t, t.binding(file.Name, ""))
	return savedLedger{file, t, reader}, err
}

// openReader opens the ledger of a target to be read; nil when there is none.
func openReader(t target, b ledger.Binding) (*ledger.Reader, error) {
	reader, err := ledger.OpenReadOnly(t.ledgerPath(), b)
	if isMissing(err) {
		return nil, nil
	}
	return reader, err
}

func placeText(p ledger.Place) string { return fmt.Sprintf("%s:%d", p.Source, p.Line) }

// stepNames are the names of the file's steps, in its order.
func stepNames(file *config.File) (names []string) {
	for _, s := range file.Steps {
		names = append(names, s.Name)
	}
	return names
}
