package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// TestLedgerFails closes the ledger under a run, which then can neither read nor write it.
func TestLedgerFails(t *testing.T) {
	for _, c := range []struct {
		name string
		when func(b *bench, l *ledger.Ledger) // arranges for the failure
	}{
		{"before the first begun", func(b *bench, l *ledger.Ledger) {
			b.service.admit = func(context.Context) error { return l.Close() }
		}},
		{"before the first outcome", func(b *bench, l *ledger.Ledger) {
			b.service.fault = func(string, string, int) fault { l.Close(); return fine }
		}},
		{"before a withdrawal", func(b *bench, l *ledger.Ledger) {
			b.service.fault = func(string, string, int) fault { l.Close(); return unreachable }
		}},
		{"before a parent is read", func(b *bench, l *ledger.Ledger) {
			b.service.fault = func(kind, _ string, _ int) fault {
				if kind == "ticket" {
					l.Close()
				}
				return fine
			}
		}},
		{"before a step begins", func(b *bench, l *ledger.Ledger) {
			b.started = func(s *program.Step) {
				if s.Name() == "ticket" {
					l.Close()
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rows strings.Builder
			for i := range 50 {
				fmt.Fprintf(&rows, "%d,p,%d\n", i, i)
			}
			b := newBench(t, strings.Replace(withTickets, "run: {", "run: { in_doubt_wait: 10ms,", 1), map[string]string{
				"people.csv":  "id,name,email\n" + rows.String(),
				"tickets.csv": "id,subject,person\n" + rows.String(),
			})
			plan := b.mustPlan()
			l := b.openLedger()
			c.when(b, l)
			sum, err := Run(t.Context(), plan, Deps{Ledger: l, Sink: b.service, Observer: b}, Options{RunID: "r"})
			wantStop(t, err, StopLedger)
			l.Close()
			want(t, sum, strings.Join(outcomes(sum), ", ")) // the steps and the run agree
			if n := sum.Of(ledger.Rejected); n != 0 {
				t.Errorf("%d rows are called rejected: %v", n, b.messages())
			}
			if sum.Of(ledger.Created) > len(b.service.objects) {
				t.Errorf("%d created, %d objects", sum.Of(ledger.Created), len(b.service.objects))
			}
			b.service.fault, b.service.admit, b.started = nil, nil, nil
			b.mustRun(func(o *Options) { o.Locked = time.Now().Add(-time.Hour) })
			if n := len(b.service.objects); n != 100 {
				t.Errorf("%d objects, want 100", n)
			}
		})
	}
}

// TestLedgerCannotBeRead: that a parent's id cannot be read is no fault of the row.
func TestLedgerCannotBeRead(t *testing.T) {
	b := newBench(t, withTickets, map[string]string{"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person\n1,a,1\n"})
	want(t, b.mustRun(func(o *Options) { o.Step = "person" }), "created 1")
	reader, err := ledger.OpenReadOnly(b.ledgerPath(), ledger.Binding{Pipeline: "p", Target: "test", OrgID: "org"})
	if err != nil {
		t.Fatal(err)
	}
	b.started = func(s *program.Step) {
		if s.Name() == "ticket" {
			reader.Close()
		}
	}
	sum, err := Run(t.Context(), b.mustPlan(), Deps{Reader: reader, Observer: b}, Options{DryRun: true})
	wantStop(t, err, StopLedger)
	want(t, sum, "unchanged 1, not_attempted 1")
}

// outcomes lists the counters of a summary as want does.
func outcomes(sum Summary) (list []string) {
	for _, o := range ledger.Outcomes {
		if n := sum.Of(o); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", o, n))
		}
	}
	return list
}

func TestSourceThatBreaksOff(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  fault
		want string
	}{
		{"all is well before", fine, "created 300"},
		{"a row is in doubt", lostAfter, "created 300"},
		{"a row is refused", refuse, "created 299, rejected 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				files := ticketRows(300)
				files["tickets.csv"] += "300,\"never closed\n301,x\n"
				b := newBench(t, tickets, files)
				b.service.delay = time.Second
				b.service.fault = func(_, key string, try int) fault {
					if key == "t250" && try == 1 {
						return c.bad
					}
					return fine
				}
				sum, err := b.run()
				stop := wantStop(t, err, StopSource)
				want(t, sum, c.want)
				for _, part := range []string{`"tickets"`, "row 300", "tickets.csv:302", "run the same command again"} {
					if !strings.Contains(stop.Error(), part) {
						t.Errorf("the error does not say %q: %v", part, stop)
					}
				}
			})
		})
	}
}

func TestSourceThatBreaksOffKeepsLaterStepsBack(t *testing.T) {
	b := newBench(t, withTickets, map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,\"open\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n",
	})
	sum, err := b.run()
	wantStop(t, err, StopSource)
	want(t, sum, "created 1")
	if len(sum.Steps) != 2 || sum.Steps[1].Rows() != 0 {
		t.Errorf("the summary shows %+v, not both steps", sum.Steps)
	}
}

func TestInterruptions(t *testing.T) {
	for _, c := range []struct {
		name  string
		yaml  string
		after time.Duration
		fault fault
		want  string
	}{
		{"in the quiet time at the end", tickets, 10 * time.Second, lostAfter, "in_doubt 4"},
		{"between two attempts at an update", strings.Replace(tickets, "sink:", "if_exists: update\n    sink:", 1), 100 * time.Millisecond, lostBefore, "in_doubt 4"},
		{"while requests are under way", tickets, 500 * time.Millisecond, fine, "created 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.yaml, ticketRows(4))
				if c.fault == lostBefore { // the rows are loaded, and change
					want(t, b.mustRun(), "created 4")
					b.file("tickets.csv", "id,subject\n0,new\n1,new\n2,new\n3,new\n")
				}
				b.service.delay = time.Second
				b.service.fault = func(string, string, int) fault { return c.fault }
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(c.after, func() { cancel(errors.New("received interrupt")) })
				start := time.Now()
				sum, err := b.runContext(ctx)
				stop := wantStop(t, err, StopInterrupted)
				if !strings.Contains(stop.Error(), "received interrupt") {
					t.Errorf("the error does not say why: %v", stop)
				}
				want(t, sum, c.want)
				if took := time.Since(start); took > c.after+2*time.Second {
					t.Errorf("the run ended %v after it was told to", took-c.after)
				}
				b.service.fault, b.service.delay = nil, 0
				b.mustRun()
				want(t, b.mustRun(), "unchanged 4")
			})
		})
	}
}

// TestGraceEnds: requests in flight are not waited for without end.
func TestGraceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(2))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		plan, l := b.mustPlan(), b.openLedger()
		start := time.Now()
		sum, err := Run(ctx, plan, Deps{Ledger: l, Sink: hanging{b.service}, Observer: b}, Options{Grace: 5 * time.Second})
		wantStop(t, err, StopInterrupted)
		want(t, sum, "in_doubt 2")
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("the run took %v", took)
		}
		l.Close()
		want(t, b.mustRun(), "created 2")
	})
}

// hanging is a service that takes requests and answers only when it is left.
type hanging struct{ *service }

func (h hanging) Do(ctx context.Context, _ sinks.Request) (sinks.Result, error) {
	<-ctx.Done()
	return sinks.Result{}, &sinks.Error{Class: sinks.Unknown, Message: "no answer came"}
}

// TestInterruptedCheck: a signal during the look for a lost ledger is no failure of Kustomer.
func TestInterruptedCheck(t *testing.T) {
	b := newBench(t, tickets, ticketRows(4))
	ctx, cancel := context.WithCancelCause(t.Context())
	b.service.seek = func(sinks.Query) error {
		cancel(errors.New("received interrupt"))
		return &sinks.Error{Class: sinks.Unreached, Message: "stopped before the request was sent", Err: context.Cause(ctx)}
	}
	_, err := b.runContext(ctx)
	wantStop(t, err, StopInterrupted)
}

// TestCauseOfAStop: whoever cancels the context with a *StopError says what the run ends with.
func TestCauseOfAStop(t *testing.T) {
	b := newBench(t, tickets, ticketRows(400))
	ctx, cancel := context.WithCancelCause(t.Context())
	b.service.fault = func(string, string, int) fault {
		cancel(&StopError{Reason: StopLedger, Err: errors.New("the rejects file could not be written")})
		return fine
	}
	_, err := b.runContext(ctx)
	if stop := wantStop(t, err, StopLedger); !strings.Contains(stop.Error(), "rejects file") {
		t.Error(stop)
	}
}

func TestFatalAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []fault // of the first row's attempts
		want   string
	}{
		{"at once", []fault{key401}, "not_attempted 1"},
		{"after a doubt", []fault{lostAfter, key401}, "in_doubt 1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			yaml, files := people("if_exists: update", "1,Ann,")
			b := newBench(t, yaml, files)
			b.service.blind = true
			b.service.fault = func(_, _ string, try int) fault { return c.faults[try-1] }
			sum, err := b.run()
			wantStop(t, err, StopSink)
			want(t, sum, c.want)
			if doubt := len(b.doubts()) > 0; doubt != (sum.Of(ledger.InDoubt) > 0) {
				t.Errorf("%s: the ledger has a doubt: %v", c.name, doubt)
			}
		})
	}
}

// TestNothingLeavesAfterAFatalAnswer: not even the request that waits for the place of the one that failed.
func TestNothingLeavesAfterAFatalAnswer(t *testing.T) {
	b := newBench(t, strings.Replace(tickets, "workers: 4", "workers: 1", 1), ticketRows(200))
	b.service.fault = func(string, string, int) fault { return key401 }
	l := b.openLedger()
	defer l.Close()
	sum, err := Run(t.Context(), b.mustPlan(), Deps{Ledger: l, Sink: b.service, Observer: slow{b}}, Options{})
	wantStop(t, err, StopSink)
	want(t, sum, fmt.Sprintf("not_attempted %d", sum.Rows()))
	if n := len(b.service.requests("create")); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

// slow lets everybody else go on before it takes in how a row ended.
type slow struct{ *bench }

func (s slow) Settled(row Settlement) {
	for range 1000 {
		runtime.Gosched()
	}
	s.bench.Settled(row)
}

func TestBudget(t *testing.T) {
	percent := func(p float64) config.Budget { return config.Budget{Percent: p} }
	rows := func(n int) config.Budget { return config.Budget{Rows: n} }
	for _, c := range []struct {
		limit     config.Budget
		good, bad int
		over      bool
	}{
		{rows(0), 10, 0, false},
		{rows(0), 10, 1, true},
		{rows(5), 0, 5, false},
		{rows(5), 0, 6, true},
		{percent(10), 0, 199, false}, // a share says nothing yet
		{percent(10), 0, 200, true},
		{percent(10), 180, 20, false},
		{percent(10), 179, 21, true},
		{percent(10), 1799, 200, true},
		{percent(0.5), 199, 1, false},
		{percent(0.5), 198, 2, true},
		{percent(100), 0, 5000, false},
		{percent(0), 199, 1, true}, // 0% is 0 rows
	} {
		for _, dry := range []bool{false, true} {
			e := newRun(&program.Program{File: &config.File{}}, Deps{Observer: Observers{}}, Options{MaxErrors: &c.limit, Workers: 1, DryRun: dry})
			for range c.good {
				e.summary.Add(ledger.Created)
			}
			for range c.bad {
				e.summary.Add(ledger.Rejected)
			}
			err := e.overBudget()
			if over := err != nil; over != (c.over && !dry) {
				t.Errorf("%+v, %d good, %d bad, dry %v: %v", c.limit, c.good, c.bad, dry, err)
			}
			if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%d of %d rows", c.bad, c.good+c.bad)) {
				t.Errorf("the error does not say how many: %v", err)
			}
		}
	}
}

// TestBudgetIsOfAllSteps: rejects of the first step count in the second.
func TestBudgetIsOfAllSteps(t *testing.T) {
	yaml := strings.Replace(withTickets, "workers: 4", "workers: 4, max_errors: 3", 1)
	b := newBench(t, yaml, map[string]string{
		"people.csv":  "id,name,email\n1," + tooLong + ",\n2," + tooLong + ",\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n",
	})
	sum, err := b.run()
	wantStop(t, err, StopErrors)
	want(t, sum, "rejected 4")
}

func TestDefaultsOfOptions(t *testing.T) {
	e := newRun(&program.Program{File: &config.File{Run: config.Run{Workers: 3, Timeout: time.Second}}}, Deps{}, Options{})
	e.deps.Log.Info("nobody hears it")
	if e.opts.Locked.IsZero() || e.opts.Start.IsZero() || cap(e.shared.Places) != 3 || e.opts.Grace != time.Second {
		t.Errorf("the options are %+v", e.opts)
	}
}
