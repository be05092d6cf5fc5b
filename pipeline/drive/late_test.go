package drive

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/render"
)

func TestLateChangesHoldOtherRowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, other := render.Ref{Step: "note", Key: "1"}, render.Ref{Step: "note", Key: "2"}
		due := time.Now().Add(time.Minute)
		l := NewLateChanges()
		l.Note("id1", own, due)
		for _, c := range []struct {
			what, id string
			by       render.Ref
			want     time.Time
		}{
			{"another row's change of the object waits", "id1", other, due},
			{"the row whose change was lost does not wait for itself", "id1", own, time.Time{}},
			{"another object is not affected", "id2", other, time.Time{}},
		} {
			if got := l.due(c.id, c.by); !got.Equal(c.want) {
				t.Errorf("%s: due is %v, want %v", c.what, got, c.want)
			}
		}
		time.Sleep(time.Minute) // virtual time
		if got := l.due("id1", other); !got.IsZero() || len(l.byID) > 0 {
			t.Errorf("after its time the change is due at %v, and %d changes are remembered; want none", got, len(l.byID))
		}
	})
}
