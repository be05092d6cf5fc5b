package report

import (
	"fmt"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
)

// Rejects is an Observer that writes rejected rows to one file for each source, in the source's format with the
// reason in further columns, so that they can be corrected and loaded (contract.md, section 5). A row that several
// steps rejected is written once, with the first step's reason. Each row is in the file when Settled returns; Close
// sorts the rows in the order of the source.
type Rejects struct {
	dir     string
	failed  func(error)
	files   map[*program.Source]*rejectFile
	order   []*rejectFile // in the order in which they were created
	stopped bool          // a file could not be written
}

// NewRejects writes into dir, which is created at the first rejected row. failed is called once, when a file cannot
// be written: the run should stop, since later rejected rows are not written any more.
func NewRejects(dir string, failed func(error)) *Rejects {
	return &Rejects{dir: dir, failed: failed, files: map[*program.Source]*rejectFile{}}
}

// StepStarted implements pipeline.Observer.
func (r *Rejects) StepStarted(*program.Step) {}

// Note implements pipeline.Observer.
func (r *Rejects) Note(string, string) {}

// Waiting implements pipeline.Observer.
func (r *Rejects) Waiting(string, int) {}

// Settled implements pipeline.Observer.
func (r *Rejects) Settled(s pipeline.Settlement) {
	if s.Outcome != ledger.Rejected || r.stopped {
		return
	}
	if err := r.write(s); err != nil {
		r.stopped = true
		r.failed(fmt.Errorf("writing the rejected rows of %q: %w", s.Source.Name, err))
	}
}

func (r *Rejects) write(s pipeline.Settlement) error {
	f, ok := r.files[s.Source]
	if !ok {
		var err error
		if f, err = newRejectFile(r.dir, s.Source); err != nil {
			return err
		}
		r.files[s.Source] = f
		r.order = append(r.order, f)
	}
	return f.add(s)
}

// Files returns the absolute paths of the files, in the order in which they were created.
func (r *Rejects) Files() []string {
	var paths []string
	for _, f := range r.order {
		paths = append(paths, f.path)
	}
	return paths
}

// Close sorts the rows of each file in the order of their source and closes the files.
func (r *Rejects) Close() error {
	var first error
	for _, f := range r.order {
		if err := f.close(); err != nil && first == nil {
			first = fmt.Errorf("writing the rejected rows of %s: %w", f.path, err)
		}
	}
	return first
}
