package ledger

import "fmt"

// RefusedError says that a ledger cannot be used, or not by this run (exit 4).
type RefusedError struct {
	Path   string
	Reason string // "it belongs to org abc, the key to org def"
	Hint   string // the next thing to do
	Err    error  // cause; may be nil
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the ledger %s cannot be used: %s; %s", e.Path, e.Reason, e.Hint)
}

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// BrokenError says that a write to the ledger, or its sync, failed: nothing more may be sent (exit 4).
// What was durable before stays so; the next run looks up what was not.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("writing the ledger %s failed: %v; make room or repair the disk, then run the same command again", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *BrokenError) Unwrap() error { return e.Err }

// ClaimedError says that an external id belongs to another key of the same kind of object.
type ClaimedError struct {
	Object, ExternalID string
	Step, Key          string // that it belongs to
}

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("the external id %q belongs to key %q of step %q; give each %s its own", e.ExternalID, e.Key, e.Step, e.Object)
}

// EntryError says that an outcome contradicts what the ledger knows, and was not recorded.
type EntryError struct {
	Step, Key string
	Reason    string
}

func (e *EntryError) Error() string {
	return fmt.Sprintf("the outcome of key %q of step %q was not recorded: %s", e.Key, e.Step, e.Reason)
}
