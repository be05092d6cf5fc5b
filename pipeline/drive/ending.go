package drive

import (
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/sinks"
)

// Ending is what became of a row, and in a dry run or a survey what a load would do.
type Ending struct {
	decide.Settlement
	Action  Action             // where the outcome does not say it
	Changes []sinks.Difference // of an update
	Unknown bool               // Kustomer has the object, and the ledger did not know
	Sends   bool               // a load sends a request, though nothing changes by it
	Asks    int                // requests that it takes besides: look-ups, reads, a create that is refused
}
