package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestOneRowIsSentAgainFirst: the only batch of a step, or each of its requests, is lost, and no object is known by
// which to tell whether look-ups find anything. Sixty rows must not be made twice then.
func TestOneRowIsSentAgainFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		made  bool // what was lost
		setup func(*service)
		want  string
		held  int
		again string // once everything works
	}{
		{"look-ups find nothing", true, func(s *service) { s.blind = true }, "created 1, in_doubt 59", 61, "created 59, unchanged 1"},
		{"look-ups lag behind", true, func(s *service) { s.lag = 40 * time.Second }, "created 60", 60, "unchanged 60"},
		{"look-ups tell", false, func(*service) {}, "created 60", 60, "unchanged 60"},
		{"look-ups find the canary late", false, func(s *service) { s.lag, s.delay = 59*time.Second, 5*time.Second }, "created 60", 60, "unchanged 60"},
		{"the canary is refused", false, refuseTheFirst, "created 59, rejected 1", 59, "created 1, unchanged 59"},
		{"the canary is lost for good", false, func(s *service) { s.fault = always(lostBefore) }, "in_doubt 60", 0, "created 60"},
	} {
		for _, batch := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", batch"}[batch], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, tickets, ticketRows(60))
					c.setup(b.service)
					if batch {
						loseBatch(b, c.made)
					} else {
						loseFirst(b.service, c.made)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute) // of virtual time: rows that wait for ever end too
					defer cancel()
					sum, err := b.runContext(ctx)
					if want(t, sum, c.want); err != nil {
						t.Fatalf("the run ended with %v", err)
					}
					if n := len(b.service.objects); n != c.held {
						t.Errorf("%d objects, want %d", n, c.held)
					}
					b.service.fault, b.service.blind = nil, false
					want(t, b.mustRun(), c.again)
					if n := len(b.service.objects); n != max(c.held, 60) {
						t.Errorf("%d objects in the end, want %d", n, max(c.held, 60))
					}
				})
			})
		}
	}
}

// loseBatch loses the answer to a batch of all rows.
func loseBatch(b *bench, made bool) {
	s := newBulkService(b.service)
	if b.sink, b.opts.Bulk = s, BulkAlways; made {
		s.lose = 1
	} else {
		s.drop = 1
	}
}

// loseFirst loses the first answer to each row; what comes then is left to the fault that is set.
func loseFirst(s *service, made bool) {
	later := s.fault
	s.fault = func(kind, key string, try int) fault {
		switch {
		case try == 1 && made:
			return lostAfter
		case try == 1:
			return lostBefore
		case later != nil:
			return later(kind, key, try-1)
		}
		return fine
	}
}

// refuseTheFirst refuses one row, the first that is sent.
func refuseTheFirst(s *service) {
	var first string
	s.fault = func(_, key string, _ int) fault {
		if first == "" {
			first = key
		}
		return map[bool]fault{true: refuse}[key == first]
	}
}

func always(f fault) func(string, string, int) fault {
	return func(string, string, int) fault { return f }
}
