package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// session is a target that a run may load into: locked, asked who we are, its ledger open.
type session struct {
	target
	locked time.Time
	client *kustomer.Client
	who    kustomer.Identity
	ledger *ledger.Ledger
	close  []func() error
}

// sessionOptions is what a run wants of its client.
type sessionOptions struct {
	sandbox bool
	seed    string // a file of objects for the sandbox; "" is that of the pipeline file
	budget  float64
	notify  func(pace.Event)
	deliver bool           // messages may leave for customers
	like    *probe.Answers // how the sandbox behaves; nil: strict
	doing   string         // what is done to the target; "" is loading into it
	reading bool           // the client sends GETs alone, and nothing is locked
}

// open locks the target of a plan, finds out who the key is, takes up what a probe found out about the org, and
// opens the ledger.
func (a *app) open(ctx context.Context, plan *program.Program, o sessionOptions) (*session, error) {
	s, err := a.connect(ctx, plan, o)
	if err != nil {
		return s, err
	}
	a.learn(plan, s)
	s.ledger, err = ledger.Open(s.ledgerPath(), ledger.Binding{Pipeline: plan.File.Name, Target: s.name, OrgID: s.who.OrgID})
	if err != nil {
		return s, errors.Join(err, s.Close())
	}
	s.close = append(s.close, s.ledger.Close)
	return s, nil
}

// connect locks the target of a plan and finds out who the key is.
func (a *app) connect(ctx context.Context, plan *program.Program, o sessionOptions) (s *session, err error) {
	s = &session{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.target, err = a.targetOf(plan.File, o.sandbox); err != nil {
		return s, err
	}
	key := "" // of the sandbox, once it runs
	if !o.sandbox {
		if key, err = apiKey(plan.File.Kustomer); err != nil {
			return s, err
		}
	}
	if !o.reading {
		if err = s.lock(); err != nil {
			return s, err
		}
	}
	if o.sandbox {
		if key, err = s.startSandbox(o.like, seedOf(plan.File, o.seed)); err != nil {
			return s, err
		}
	}
	if s.client, err = newClient(plan, s.target, o, key, a.logger(key)); err != nil {
		return s, err
	}
	return s, a.introduce(ctx, plan, s, cmp.Or(o.doing, "loading into"))
}

// lock makes sure that no other run loads into the target.
func (s *session) lock() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return environment("check that the folder can be written, or choose another with --state-dir", "making the state folder: %v", err)
	}
	lock, err := ledger.Lock(s.dir)
	if err != nil {
		return err
	}
	s.locked = time.Now()
	s.close = append(s.close, lock.Unlock)
	return nil
}

// Close ends the session, last thing first.
func (s *session) Close() error {
	var errs []error
	for len(s.close) > 0 {
		last := len(s.close) - 1
		errs = append(errs, s.close[last]())
		s.close = s.close[:last]
	}
	return errors.Join(errs...)
}

func newClient(plan *program.Program, t target, o sessionOptions, key string, log *slog.Logger) (*kustomer.Client, error) {
	run := plan.File.Run
	budget := o.budget
	if budget == 0 {
		budget = plan.File.Kustomer.Budget
	}
	client, err := kustomer.New(kustomer.Options{
		BaseURL: t.baseURL, AllowHost: plan.File.Kustomer.AllowHost || o.sandbox,
		Workers: run.Workers, Budget: budget, Timeout: run.Timeout, OutageWait: run.OutageWait, Retries: run.Retries,
		UserAgent: kustomer.UserAgent(version()), Logger: log, Notify: o.notify, AllowDelivery: o.deliver, ReadOnly: o.reading,
	}, key)
	if err != nil {
		return nil, environment("", "%v", err)
	}
	return client, nil
}

// introduce asks Kustomer who the key is, and says so.
func (a *app) introduce(ctx context.Context, plan *program.Program, s *session, doing string) error {
	who, err := s.client.WhoAmI(ctx)
	if err != nil {
		return err
	}
	s.who = who
	if s.name != sandboxTarget {
		a.chat(fmt.Sprintf("%s %s as %q (org %s)", doing, s.baseURL, who.Name, who.OrgID))
	}
	if missing := kustomer.MissingRoles(needed(plan), who.Roles); len(missing) > 0 && len(who.Roles) > 0 {
		a.say(a.style(a.talk).Yellow("warning: ") + "the key seems to lack roles that this pipeline needs:")
		a.say("  " + strings.Join(missing, "\n  "))
	}
	return nil
}
