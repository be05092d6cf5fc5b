package drive

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
)

func TestClaimsGiveAnExternalIDToOneRow(t *testing.T) {
	at := func(line int) ledger.Place { return ledger.Place{Source: "people.csv", Line: line} }
	ref := func(step, key string) render.Ref { return render.Ref{Step: step, Key: key} }
	c := NewClaims()
	for _, take := range []struct {
		name     string
		object   string
		id       string
		by       render.Ref
		line     int
		wantLine int
		want     render.Ref // who has it then
	}{
		{"the first row gets the id", "person", "x1", ref("person", "1"), 2, 2, ref("person", "1")},
		{"the same object may claim it again", "person", "x1", ref("person", "1"), 7, 2, ref("person", "1")},
		{"another key may not", "person", "x1", ref("person", "2"), 3, 2, ref("person", "1")},
		{"the same key of another step does not take it away", "person", "x1", ref("vip", "1"), 4, 2, ref("person", "1")},
		{"another kind of object has ids of its own", "ticket", "x1", ref("ticket", "1"), 5, 5, ref("ticket", "1")},
		{"another id is free", "person", "x2", ref("person", "2"), 6, 6, ref("person", "2")},
	} {
		place, holder := c.take(take.object, take.id, take.by, at(take.line))
		if holder != index.Short(claimOf(take.want)) || place.Line != take.wantLine {
			t.Errorf("%s: take gives line %d, want line %d; or another row has it than %v", take.name, place.Line, take.wantLine, take.want)
		}
	}
}
