package drive

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestDeliveriesStopAtTheirLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeliveries(2)
		a, b, c := &Row{}, &Row{}, &Row{}
		for _, r := range []*Row{a, a, b} { // a goes on with its delivery
			if !d.take(t.Context(), r) {
				t.Fatal("two rows may not be delivered, with a limit of two")
			}
		}
		d.release(b)
		if !d.take(t.Context(), b) {
			t.Error("a delivery that has begun may not go on at the limit")
		}
		d.release(b)
		refused := make(chan bool, 1)
		go func() { refused <- !d.take(t.Context(), c) }()
		synctest.Wait()
		if len(refused) > 0 {
			t.Error("the row above the limit was refused while another delivery was under way, which the end of the run would cut off")
		}
		d.release(a)
		if !<-refused {
			t.Error("a third row may be delivered, with a limit of two")
		}
		d.release(c) // which has nothing under way
		if d.underWay != 0 || d.begun != 2 {
			t.Errorf("%d deliveries are under way and %d have begun, want 0 and 2", d.underWay, d.begun)
		}
	})
}

func TestDeliveriesDoNotWaitAfterAStop(t *testing.T) {
	d := newDeliveries(1)
	if !d.take(t.Context(), &Row{}) {
		t.Fatal("the first row may not be delivered")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if d.take(ctx, &Row{}) {
		t.Error("a second row may be delivered, with a limit of one")
	}
}
