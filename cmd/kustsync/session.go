package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// session is a target that is ready to be used: locked, with a client that knows whose key it has and, for a run,
// the ledger open.
type session struct {
	target
	lockedAt time.Time
	client   *kustomer.Client
	who      kustomer.Identity
	ledger   *ledger.Ledger // nil unless the session is for a run
	closers  []func() error
}

// sessionOptions is what a verb wants of its session.
type sessionOptions struct {
	sandbox  bool
	seed     string         // a file of objects for the sandbox; "" is that of the pipeline file
	like     *probe.Answers // how the sandbox behaves; nil: strict
	notify   func(pace.Event)
	allowed  permissions
	readOnly bool   // the client sends GETs alone, and nothing is locked
	doing    string // what is done to the target; "" is loading into it
}

// session locks the target of a program, finds out whose the key is, uses what a probe found out about the org, and
// opens the ledger.
func (o *opener) session(ctx context.Context, prog *program.Program, opts sessionOptions) (*session, error) {
	s, err := o.connection(ctx, prog, opts)
	if err != nil {
		return s, err
	}
	o.useProbe(prog, s)
	binding := s.binding(prog.File.Name, s.who.OrgID)
	binding.Unowned = program.Unowned(prog.File, catalog.Specs())
	s.ledger, err = ledger.Open(s.ledgerPath(), binding)
	if err != nil {
		return s, errors.Join(err, s.Close())
	}
	s.closers = append(s.closers, s.ledger.Close)
	if err := o.tellDoubles(ctx, s.ledger); err != nil {
		return s, errors.Join(err, s.Close())
	}
	return s, nil
}

// shownDoubles is how many keys tellDoubles names.
const shownDoubles = 5

// tellDoubles warns of keys that have the object of an older key, which a ledger of an earlier version can hold.
func (o *opener) tellDoubles(ctx context.Context, l *ledger.Ledger) error {
	doubles, err := l.Doubles(ctx)
	switch {
	case ctx.Err() != nil: // told to stop; nothing is wrong with the ledger
		return context.Canceled
	case err != nil:
		return environment("", "%v", err)
	}
	for _, d := range doubles[:min(len(doubles), shownDoubles)] {
		o.term.warn(fmt.Sprintf("two keys have the %s %s: it belongs to %q of step %s, the older one, and %q of step %s is left alone; look in Kustomer which row it is",
			d.Object, d.KustomerID, d.OwnerKey, d.OwnerStep, d.Key, d.Step))
	}
	if more := len(doubles) - shownDoubles; more > 0 {
		o.term.warn(fmt.Sprintf("%d more keys have an object that belongs to an older key", more))
	}
	return nil
}

// connection locks the target of a program and finds out whose the key is; the ledger stays closed.
func (o *opener) connection(ctx context.Context, prog *program.Program, opts sessionOptions) (s *session, err error) {
	s = &session{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.target, err = o.target(prog.File, opts.sandbox); err != nil {
		return s, err
	}
	key := "" // of the sandbox, once it runs
	if !opts.sandbox {
		if key, err = apiKey(prog.File.Kustomer); err != nil {
			return s, err
		}
	}
	if !opts.readOnly {
		if err = s.lock(); err != nil {
			return s, err
		}
	}
	if opts.sandbox {
		if key, err = s.startSandbox(opts.like, cmp.Or(opts.seed, prog.File.Sandbox.Seed.Value)); err != nil {
			return s, err
		}
	}
	if s.client, err = newClient(prog, s.target, opts, key, o.term.logger(key)); err != nil {
		return s, err
	}
	return s, o.identify(ctx, prog, s, cmp.Or(opts.doing, "loading into"))
}

// lock makes sure that no other run loads into the target.
func (s *session) lock() error {
	if err := os.MkdirAll(filepath.Dir(s.home), 0o700); err != nil {
		return environment("check that the folder can be written, or choose another with --state-dir", "making the state folder: %v", err)
	}
	lock, err := s.target.lock()
	if err != nil {
		return err
	}
	s.lockedAt = time.Now()
	s.closers = append(s.closers, lock.Unlock)
	return nil
}

// Close ends the session: what was opened last is closed first.
func (s *session) Close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}

func newClient(prog *program.Program, t target, opts sessionOptions, key string, log *slog.Logger) (*kustomer.Client, error) {
	run := prog.File.Run
	client, err := kustomer.New(kustomer.Options{
		BaseURL: t.baseURL, AllowHost: prog.File.Kustomer.AllowHost || opts.sandbox,
		Workers: run.Workers, Budget: prog.File.Kustomer.Budget, Timeout: run.Timeout, OutageWait: run.OutageWait, Retries: run.Retries,
		UserAgent: kustomer.UserAgent(version()), Logger: log, Notify: opts.notify, AllowDelivery: opts.allowed.delivery,
		AllowDestructive: opts.allowed.destructive, ReadOnly: opts.readOnly,
	}, key)
	if err != nil {
		return nil, environment("", "%v", err)
	}
	return client, nil
}

// identify asks Kustomer whose the key is, prints it, and warns of roles that the key lacks.
func (o *opener) identify(ctx context.Context, prog *program.Program, s *session, doing string) error {
	who, err := s.client.WhoAmI(ctx)
	if err != nil {
		return err
	}
	s.who = who
	if s.name != sandboxTarget {
		o.term.info(fmt.Sprintf("%s %s as %q (org %s)", doing, s.baseURL, who.Name, who.OrgID))
	}
	if missing := kustomer.MissingRoles(neededRoles(prog), who.Roles); len(missing) > 0 && len(who.Roles) > 0 {
		o.term.warn("the key seems to lack roles that this pipeline needs:")
		o.term.stderr("  " + strings.Join(missing, "\n  "))
	}
	return nil
}

// rate is how many requests a second the run may send; 0 when Kustomer names no limit.
func (s *session) rate(prog *program.Program) float64 {
	return float64(s.client.Stats().Limit) * prog.File.Kustomer.Budget / 60
}

// usage is what the session has spent of the rate limit so far.
func (s *session) usage() report.Usage {
	stats := s.client.Stats()
	return report.Usage{Requests: stats.Requests, Limit: stats.Limit}
}
