package pipeline

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

const (
	statusOK        = http.StatusOK
	statusForbidden = http.StatusForbidden
)

// deliver lets rows arrive with an error. It returns no row: nothing more is to be done for them.
func deliver(rides []*ride, err error) []*ride {
	for _, w := range rides {
		w.done <- arrival{err: err}
	}
	return nil
}

// alone lets rows go by themselves.
func alone(rides []*ride) {
	for _, w := range rides {
		w.done <- arrival{single: true}
	}
}

// withdraw takes back the begun of rows whose request surely did not happen, and lets them arrive with
// the reason.
func (b *batcher) withdraw(ctx context.Context, rides []*ride, why error) {
	for _, w := range rides {
		w.done <- arrival{err: b.run.withdraw(ctx, w.t, why)}
	}
}

// takeBack takes back the begun of rows that go on another way; false when the ledger could not, and
// the rows have arrived with its error.
func (b *batcher) takeBack(ctx context.Context, rides []*ride) bool {
	for i, w := range rides {
		if err := b.run.withdraw(ctx, w.t, nil); err != nil {
			deliver(rides[i:], err)
			return false
		}
	}
	return true
}

// itemOf reads the number of the item that an answer names, as in "3.name" or "[3].name".
func itemOf(field string, items int) (int, bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(field, "["), ".")
	n, err := strconv.Atoi(strings.TrimSuffix(first, "]"))
	return n, err == nil && n >= 0 && n < items
}

// refusesRefs reports whether a batch was refused for the references in it.
func refusesRefs(failed *sinks.Error) bool {
	return strings.Contains(failed.Field, sinks.RefField) || strings.Contains(failed.Message, sinks.RefField)
}

// noEndpoint reports whether the service has no such endpoint.
func noEndpoint(failed *sinks.Error) bool {
	return failed.Status == http.StatusNotFound || failed.Status == http.StatusMethodNotAllowed
}
