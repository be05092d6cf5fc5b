package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// sandboxFlags are the flags of `kustsync sandbox`.
type sandboxFlags struct {
	addr      string
	rateLimit string
	unique    string
	latency   time.Duration
	faults    string
	dir       string
	seed      string
	bulkDelay time.Duration
	bulkBatch int
	clientRef string
	like      string
	given     func(flag string) bool // reports whether the command line has the flag
}

func (a *app) sandboxCommand() *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the built-in Kustomer, to try pipelines and to test against",
		Long: `sandbox serves a strict imitation of Kustomer's API on loopback until it is interrupted. Any
API key is accepted. Point a pipeline at it with base_url, and look at what it holds with
GET /_sandbox/stats, /_sandbox/objects and /_sandbox/delivered (drafts that left for customers).
--seed and POST /_sandbox/seed take further objects, such as users, as lines of JSON with type and
attributes, and with an id where other objects name it.

--faults makes it fail on purpose.
` + sandbox.FaultHelp(),
		Example: `  kustsync sandbox
  kustsync sandbox --rate-limit off --unique customers --faults 500-after:5%,reset-after:2%
  KUSTOMER_API_KEY=any KUSTOMER_BASE_URL=http://127.0.0.1:8911 kustsync run pipeline.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.given = cmd.Flags().Changed
			return a.sandbox(cmd.Context(), f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:8911", "address to listen on")
	fl.StringVar(&f.rateLimit, "rate-limit", "1000", "requests a minute, or off")
	fl.StringVar(&f.unique, "unique", "all", "objects whose externalId is kept unique: customers or all")
	fl.DurationVar(&f.latency, "latency", 0, "how much longer every answer takes")
	fl.StringVar(&f.faults, "faults", "", "what goes wrong, see above")
	fl.DurationVar(&f.bulkDelay, "bulk-delay", time.Second, "how long a bulk job takes, give or take half")
	fl.IntVar(&f.bulkBatch, "bulk-batch", 100, "items of one batch of a bulk job")
	fl.StringVar(&f.clientRef, "client-ref", "on", "what becomes of _clientRef in bulk requests: on, off (refused) or ignored")
	fl.StringVar(&f.like, "like", "", "behave as the org did whose probe.json is at `PATH`; other flags outweigh it")
	fl.StringVar(&f.seed, "seed", "", "a `FILE` of objects that are there from the start, lines of JSON with type and attributes")
	fl.StringVar(&f.dir, "dir", "", "keep the data in this folder (default: in memory)")
	return cmd
}

// sandbox is `kustsync sandbox`.
func (a *app) sandbox(parent context.Context, f sandboxFlags) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	if opts.Objects, err = readSeed(f.seed); err != nil {
		return err
	}
	box, err := sandbox.New(opts)
	if badSeed := new(sandbox.SeedError); errors.As(err, &badSeed) {
		return wrongSeed(f.seed, badSeed)
	}
	if err != nil {
		return usage("", "%v", err)
	}
	ctx, stop := interruptible(parent)
	defer stop()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.addr)
	if err != nil {
		return environment("choose another address with --addr", "starting the sandbox: %v", err)
	}
	a.say(fmt.Sprintf("sandbox at http://%s (Ctrl-C ends it)", listener.Addr()))
	end := serve(box, listener)
	<-ctx.Done()
	if err := errors.Join(box.Close(), end()); err != nil { // in this order: Close lets go of held requests
		return environment("", "ending the sandbox: %v", err)
	}
	return nil
}

func (f sandboxFlags) options() (sandbox.Options, error) {
	opts := sandbox.Options{
		Dir: f.dir, Latency: f.latency, Unique: sandbox.Unique(f.unique),
		BulkDelay: f.bulkDelay, BulkBatch: f.bulkBatch, ClientRef: sandbox.ClientRef(f.clientRef),
	}
	if !strings.EqualFold(f.rateLimit, "off") {
		n, err := strconv.Atoi(f.rateLimit)
		if err != nil || n < 1 {
			return opts, usage("write a number of requests a minute, or off", "--rate-limit %q is neither", f.rateLimit)
		}
		opts.RateLimit = n
	}
	host, _, err := net.SplitHostPort(f.addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return opts, usage("use an address such as 127.0.0.1:8911", "--addr %q: the sandbox serves on loopback only", f.addr)
	}
	if opts.Faults, err = sandbox.ParseFaults(f.faults); err != nil {
		return opts, usage("kustsync sandbox --help lists the faults", "--faults: %v", err)
	}
	return opts, f.imitate(&opts)
}

// imitate puts what a probe found out in the place of what no flag says.
func (f sandboxFlags) imitate(opts *sandbox.Options) error {
	like, err := likeAnswers(f.like, true)
	if err != nil || like == nil {
		return err
	}
	said := *opts
	likeOrg(opts, like)
	if f.given("unique") {
		opts.Unique = said.Unique
	}
	if f.given("client-ref") {
		opts.ClientRef = said.ClientRef
	}
	if !f.given("rate-limit") && like.Limits.PerMinute > 0 {
		opts.RateLimit = like.Limits.PerMinute
	}
	return nil
}
