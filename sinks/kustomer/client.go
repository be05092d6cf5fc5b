// Package kustomer is the sink that loads objects into Kustomer through its REST API.
package kustomer

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// Options say where to send, how fast and how patiently. The zero value of a field takes its default.
type Options struct {
	BaseURL    string        // "https://acme.api.kustomerapp.com"; see CheckBaseURL
	AllowHost  bool          // BaseURL may name a host that is not under kustomerapp.com
	Workers    int           // HTTP requests at once; default 16
	Budget     float64       // share of the org's requests per minute that may be spent, 0 < Budget <= 1; default 0.8
	Timeout    time.Duration // of one attempt, body included; default 30s
	OutageWait time.Duration // how long an unreachable Kustomer is waited for; default 10m
	Retries    int           // of a look-up that Kustomer answers with a 5xx or not at all; default 5, below 0 none
	UserAgent  string        // default UserAgent("")
	Logger     *slog.Logger  // hears every attempt at debug level; default none
	Notify     func(Notice)  // hears what a person should know while it waits; called from any goroutine; may be nil
	Transport  http.RoundTripper
}

// Client talks to one Kustomer org with one key. It is safe for use by many goroutines.
type Client struct{}

var _ sinks.Sink = (*Client)(nil)

// New returns a client that sends with key. The key lives in closures only: no field holds it.
func New(o Options, key string) (*Client, error) { return nil, errors.New("not built") }

// Admit waits until Kustomer may be asked once more.
func (c *Client) Admit(ctx context.Context) error { return nil }

// Find looks for one object by one of its look-ups.
func (c *Client) Find(ctx context.Context, q sinks.Query) (sinks.Found, bool, error) {
	return sinks.Found{}, false, nil
}

// Do creates or updates one object.
func (c *Client) Do(ctx context.Context, req sinks.Request) (sinks.Result, error) {
	return sinks.Result{}, nil
}

// Identity is who a key is.
type Identity struct {
	Name   string   // of the key
	OrgID  string   // "" when Kustomer does not say
	UserID string   // the machine user behind the key; "" when Kustomer does not say
	Roles  []string // as Kustomer lists them
}

// WhoAmI asks Kustomer who the key is. It needs no role (kustomer-api.md 1.2).
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) { return Identity{}, nil }

// Stats counts what a client has done so far.
type Stats struct {
	Requests int64 // attempts that left for Kustomer, look-ups and retries included
	HTTP429  int64 // answers with status 429
	Limit    int   // requests a minute that the org has, as its headers say; 0 when none has said so
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats { return Stats{} }

// MissingRoles says, in one line each, what the sinks need and roles do not grant. A shorter role grants
// all that begin with it: org.permission.customer grants org.permission.customer.create (kustomer-api.md 1.3).
func MissingRoles(needed []sinks.Spec, roles []string) []string { return nil }

// BaseURL is the address of an org's API, in whatever region it is (kustomer-api.md 1.1).
func BaseURL(org string) string { return "https://" + org + ".api.kustomerapp.com" }

// CheckBaseURL says what is wrong with an address: it must be https, or http on loopback, and its host
// must be under kustomerapp.com unless allowHost or loopback.
func CheckBaseURL(raw string, allowHost bool) error { return nil }

// UserAgent is what the client calls itself: "kustsync/1.2.0 (+https://github.com/kustsync/kustsync)".
func UserAgent(version string) string { return version }

// Redact wraps a handler so that no record carries one of the secrets.
func Redact(h slog.Handler, secrets ...string) slog.Handler { return h }

