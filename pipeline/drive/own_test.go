package drive

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/claims"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// TestRejectionsNameTheOwner: the record that has a row's e-mail address is another row's. The rejection names that row
// while it is under way, and when the ledger has it.
func TestRejectionsNameTheOwner(t *testing.T) {
	for _, c := range []struct {
		name    string
		claimed claims.Key
		entry   bool
		want    string
	}{
		{"nobody's", claims.Key{}, false, `the email belongs to id1, which has another external id`},
		{"a row under way", claims.Key{Step: "person", Key: "1"}, false, `the email belongs to id1, which is that of person "1" and has another external id`},
		{"a row of the ledger", claims.Key{}, true, `the email belongs to id1, which is that of person "1" and has another external id`},
		{"the row itself", claims.Key{Step: "person", Key: "2"}, false, `the email belongs to id1, which has another external id`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := openLedger(t)
			s := newStep(l)
			s.Run.IDs = new(claims.Claims)
			if c.claimed != (claims.Key{}) {
				s.Run.IDs.Take(claims.ID{Object: "person", ID: "id1"}, c.claimed, nil)
			}
			if c.entry {
				if err := l.Settle(ledger.Entry{Step: "person", Key: "1", Object: "person", ExternalID: "1", Outcome: ledger.Created, KustomerID: "id1", Hash: ledger.Hash{1}}); err != nil {
					t.Fatal(err)
				}
			}
			end := s.belongsToAnother(t.Context(), newRow("2", nil), "email", sinks.Found{ID: "id1", ExternalID: "1"})
			if end == nil || !strings.HasPrefix(end.Message, c.want) {
				t.Errorf("the row ends with %+v, want %q", end, c.want)
			}
		})
	}
}
