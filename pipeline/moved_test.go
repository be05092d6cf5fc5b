package pipeline

import (
	"fmt"
	"testing"
)

// TestARowMovesItsObject: a row that names another parent, which this run or an earlier one made after the row's own object,
// moves it there. Nobody else made the parent once more, and an update is sent.
func TestARowMovesItsObject(t *testing.T) {
	for _, later := range []bool{false, true} {
		t.Run(fmt.Sprintf("the parent is of an earlier run: %t", later), func(t *testing.T) {
			b := newBench(t, fmt.Sprintf(chain, "if_exists: skip", "if_exists: update"), map[string]string{
				"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person,ext\n1,a,1,\n",
			})
			want(t, b.mustRun(), "created 2")
			b.file("people.csv", "id,name,email\n1,Ann,\n2,Bob,\n")
			if later {
				want(t, b.mustRun(), "created 1, unchanged 2")
			}
			b.file("tickets.csv", "id,subject,person,ext\n1,a,2,\n")
			want(t, b.mustRun(), map[bool]string{true: "updated 1, unchanged 2", false: "created 1, updated 1, unchanged 1"}[later])
			if got, wanted := b.ticketPerson(), b.idOf("name", "Bob"); got != wanted {
				t.Errorf("the ticket is %q's, want %q", got, wanted)
			}
			want(t, b.mustRun(), "unchanged 3")
		})
	}
}

// ticketPerson is the person of the only ticket.
func (b *bench) ticketPerson() string {
	for _, o := range b.service.objects {
		if o.kind == "ticket" {
			id, _ := o.payload["person"].(string)
			return id
		}
	}
	return ""
}
