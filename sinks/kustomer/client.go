// Package kustomer is the sink that loads objects into Kustomer through its REST API.
package kustomer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// Options say where to send, how fast and how patiently. The zero value of a field takes its default.
type Options struct {
	BaseURL    string        // "https://acme.api.kustomerapp.com"; see CheckBaseURL
	AllowHost  bool          // BaseURL may name a host that is not under kustomerapp.com
	Workers    int           // HTTP requests at once; default 16
	Budget     float64       // share of the org's requests per minute that may be spent, 0 < Budget <= 1; default 0.8
	Timeout    time.Duration // of one attempt, body included; default 30s
	OutageWait time.Duration // how long an unreachable Kustomer is waited for; default 10m
	Retries    int           // of a GET that Kustomer answers with a 5xx or not at all; 0 is none
	ReadOnly   bool          // whatever is no GET is refused before it is sent
	// AllowDelivery lets requests through that can make a message leave for a customer. Without it they are
	// refused before they are sent, whatever sink they come from.
	AllowDelivery bool
	// AllowDestructive lets requests through that delete, merge or redact. Without it they are refused before they are sent.
	AllowDestructive bool
	UserAgent        string            // default UserAgent("")
	Logger           *slog.Logger      // hears every attempt at debug level, without headers, bodies and values; default none
	Notify           func(pace.Event)  // hears of long waits and outages; called from any goroutine
	Transport        http.RoundTripper // the lowest layer, for tests; default a pool of HTTP/1.1 connections
}

// Client talks to one Kustomer org with one key. It is safe for use by many goroutines.
type Client struct {
	caller
	redact       func(string) string // takes the key out of a text
	release      func()              // of the gate
	workingPaths sync.Map            // paths of look-ups, with {value}, by which something was found
	// preferred are paths of look-ups that a probe of the org found something by; see Prefer.
	preferred sync.Map
	jobs      jobTimes
	tags      tagList
}

var _ sinks.Sink = (*Client)(nil)

// New returns a client that sends with key. It asks nothing yet. The key lives in closures only: no
// field holds it, so that no printing of a value shows it.
func New(o Options, key string) (*Client, error) {
	key = strings.TrimSpace(key)
	if err := checkKey(key); err != nil {
		return nil, err
	}
	base, err := parseBaseURL(o.BaseURL, o.AllowHost)
	if err != nil {
		return nil, err
	}
	if o.Budget < 0 || o.Budget > 1 {
		return nil, fmt.Errorf("budget is %g; give a share of the limit above 0%% and up to 100%%", o.Budget)
	}
	workers := cmp.Or(max(o.Workers, 0), 16)
	logger, notify, transport := o.Logger, o.Notify, o.Transport
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	if notify == nil {
		notify = func(pace.Event) {}
	}
	if transport == nil {
		transport = newTransport(workers, nil)
	}
	if o.ReadOnly {
		transport = onlyGets(transport)
	}
	agent, clean := cmp.Or(o.UserAgent, UserAgent("")), Redactor(key)
	gate := pace.New(pace.Options{Share: cmp.Or(o.Budget, 0.8), Patience: cmp.Or(max(o.OutageWait, 0), 10*time.Minute), Notify: notify})
	return &Client{
		redact:  clean,
		release: gate.Release,
		caller: caller{
			retries: max(o.Retries, 0), readOnly: o.ReadOnly, allowDelivery: o.AllowDelivery, allowDestructive: o.AllowDestructive,
			gate: gate, foreign: newForeign(),
			wire: &wire{
				base:     base,
				prefix:   strings.TrimSuffix(base.EscapedPath(), "/"),
				next:     withAuth(transport, key, agent),
				timeouts: newTimeouts(cmp.Or(max(o.Timeout, 0), 30*time.Second)),
				workers:  make(pace.Places, workers),
				log:      logger,
				redact:   clean,
			},
		},
	}, nil
}

// checkKey refuses a key that could not be sent, without showing it.
func checkKey(key string) error {
	if key == "" {
		return errors.New("the API key is empty; set $KUSTOMER_API_KEY or api_key_file")
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return errors.New("the API key holds a space or a character that no key has; copy it again")
		}
	}
	return nil
}

// Admit waits until Kustomer may be asked once more, and reserves the place for that. It fails when ctx ends or when
// nothing more can be sent in this run.
func (c *Client) Admit(ctx context.Context) (release func(), err error) {
	return c.release, c.gate.Reserve(ctx)
}

// Stats counts what a client has done so far.
type Stats struct {
	Requests int64 // attempts that left for Kustomer, look-ups and retries included
	HTTP429  int64 // answers with status 429
	Limit    int   // requests a minute that the org has, as its headers say; 0 when none has said so
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	return Stats{Requests: c.wire.requests.Load(), HTTP429: c.wire.http429s.Load(), Limit: c.gate.State().Limit}
}
