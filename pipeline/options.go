package pipeline

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Deps is what a run works with.
type Deps struct {
	Ledger   *ledger.Ledger // nil in a dry run
	Reader   *ledger.Reader // what a dry run reads; nil when there is no ledger yet
	Sink     sinks.Sink
	Observer Observer
	Log      *slog.Logger
	// Gone is told each key that the ledger has loaded and that stands in no row of a source which holds all rows every time. nil:
	// such keys are only counted.
	Gone func(step, key, kustomerID string) error
}

// Options is how a run goes about it. What is zero is taken from the file.
type Options struct {
	RunID  string
	Start  time.Time // what now gives; zero is when Run is called
	Locked time.Time // when the lock was taken, where the quiet time of an earlier run's doubts starts; zero is when Run is called

	DryRun bool
	// Survey: a dry run that reads from the sink what each row would change, by Find and Read alone, and
	// tells the observer its Verdict. The sink must be a sinks.Reader.
	Survey bool
	Adopt  bool   // look every key up first
	Accept Accept // guards that are let pass
	// AllowDestructive: rows may delete, merge or redact. Else such a row is rejected.
	AllowDestructive bool
	Limit            int    // rows per source; 0 is all
	Step             string // only this step; "" is all
	// Command writes a command line that a hint gives to be typed: the verb, the pipeline file, and flags. Nil: without
	// the flags that name the target.
	Command func(verb string, flags ...string) string

	Workers   int            // HTTP requests at once
	Bulk      Bulk           // whether requests share batches; "" is never
	Rate      float64        // requests a second that the run may send; 0 is no limit
	MaxErrors *config.Budget // nil: the file's
	// Grace is how long requests in flight may take once the run is told to stop.
	Grace time.Duration
}

// Accept is guards that this run lets pass, as --accept names them: GUARD, or GUARD:NAME for one step or source.
type Accept []string

// GuardNoLookup stops a step whose objects cannot be looked up and whose parents were found in Kustomer although the
// ledger does not know them.
const GuardNoLookup = "no_lookup"

// GuardNewKeys stops a run whose rows have other keys than those that the ledger has loaded, since the template of a key
// or an externalId was changed, or a step renamed: the run would load everything once more.
const GuardNewKeys = "new_keys"

// The guards of expect: of a source of the pipeline file, by the keys that it has there.
const (
	GuardMinRows   = "min_rows"
	GuardMaxDrop   = "max_drop"
	GuardMaxChange = "max_change"
	GuardMaxAge    = "max_age"
	GuardComplete  = "complete"
)

// SourceGuards lists the guards that are about a source; Accept names it.
func SourceGuards() []string {
	return []string{GuardMinRows, GuardMaxDrop, GuardMaxChange, GuardMaxAge, GuardComplete}
}

// Guards lists the guards that Accept can let pass.
func Guards() []string { return append(SourceGuards(), GuardNewKeys, GuardNoLookup) }

// Has reports whether a guard is let pass for the step or source with that name.
func (a Accept) Has(guard, name string) bool {
	return slices.Contains(a, guard) || slices.Contains(a, guard+":"+name)
}

// Bulk says whether requests share batches.
type Bulk string

// The values of bulk: in a pipeline file.
const (
	BulkAuto   Bulk = "auto" // whatever ends sooner at Options.Rate
	BulkAlways Bulk = "always"
	BulkNever  Bulk = "never"
)

// withDefaults fills in what is zero.
func (o Options) withDefaults(file *config.File) Options {
	now := time.Now()
	if o.Workers == 0 {
		o.Workers = file.Run.Workers
	}
	if o.MaxErrors == nil {
		o.MaxErrors = &file.Run.MaxErrors
	}
	if o.Grace == 0 {
		o.Grace = file.Run.Timeout
	}
	if o.Start.IsZero() {
		o.Start = now
	}
	if o.Locked.IsZero() {
		o.Locked = now
	}
	if o.Command == nil {
		o.Command = func(verb string, flags ...string) string {
			return strings.Join(append([]string{"kustsync", verb, file.Path}, flags...), " ")
		}
	}
	o.DryRun = o.DryRun || o.Survey
	return o
}

// partial reports whether rows of a parent step may be missing because the user asked for fewer.
func (o *Options) partial() bool { return o.Limit > 0 || o.Step != "" }
