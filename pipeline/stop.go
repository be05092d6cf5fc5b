package pipeline

import "fmt"

// StopReason says why a run ended before every row was settled.
type StopReason int

// The reasons. Exit codes for them are in cmd/kustsync/exit.go.
const (
	// StopInterrupted: the context was cancelled; requests in flight were finished and recorded.
	StopInterrupted StopReason = iota
	// StopErrors: max_errors was passed.
	StopErrors
	// StopSink: Kustomer takes nothing more from this run (key refused, unreachable, redirect).
	StopSink
	// StopLedger: the ledger could not be written.
	StopLedger
	// StopSource: a source cannot be read to its end.
	StopSource
	// StopLostLedger: Kustomer has objects that the ledger does not know.
	StopLostLedger
	// StopGuard: a guard found that rows may be sent that should not; Options.Accept lets it pass.
	StopGuard
	// StopDeliveries: max_deliveries was reached.
	StopDeliveries
)

// StopError ends a run. What was loaded before stays loaded and recorded.
type StopError struct {
	Reason StopReason
	Err    error
	Hint   string // the next thing to do
}

func (e *StopError) Error() string {
	if e.Hint == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v; %s", e.Err, e.Hint)
}

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Err }

// sourceStop ends a run whose source cannot be read to its end; rows is how many rows were read before.
func sourceStop(source string, rows int, err error) *StopError {
	return &StopError{Reason: StopSource, Err: fmt.Errorf("reading source %q ended behind row %d: %w", source, rows, err),
		Hint: "what was loaded is recorded; mend the file and run the same command again"}
}
