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

// sandboxCommand is `kustsync sandbox`.
type sandboxCommand struct {
	*app
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
	switches  []string
	hosts     []string
	given     func(flag string) bool // reports whether the command line has the flag
}

func newSandboxCommand(a *app) *cobra.Command {
	c := &sandboxCommand{app: a}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the built-in Kustomer, to try pipelines and to test against",
		Long: `sandbox serves a strict imitation of Kustomer's API on loopback until it is interrupted. Any
API key is accepted. Point a pipeline at it with base_url, and look at what it holds with
GET /_sandbox/stats, /_sandbox/objects and /_sandbox/delivered (drafts that left for customers).
--seed and POST /_sandbox/seed take further objects, such as users, as lines of JSON with type and
attributes, and with an id where other objects name it.

--faults makes it fail on purpose.
` + sandbox.FaultHelp() + `
--switch chooses among answers that Kustomer may give; what it does is not known (the first is the
default). POST /_sandbox/agent does what a person does in the org, a line of JSON each, such as
{"do":"merge","type":"customer","id":"externalId=1","into":"externalId=2"}; do is make, edit, delete
or merge, and set has the fields.
` + sandbox.SwitchHelp(),
		Example: `  kustsync sandbox
  kustsync sandbox --rate-limit off --unique customers --faults 500-after:5%,reset-after:2%
  KUSTOMER_API_KEY=any KUSTOMER_BASE_URL=http://127.0.0.1:8911 kustsync run pipeline.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	fl := cmd.Flags()
	c.given = fl.Changed
	fl.StringVar(&c.addr, "addr", "127.0.0.1:8911", "address to listen on; one that is not loopback needs --host")
	fl.StringArrayVar(&c.hosts, "host", nil, "the `NAME` by which other machines reach it, beside loopback names; may be repeated")
	fl.StringArrayVar(&c.switches, "switch", nil, "`NAME=VALUE`, see above; may be repeated")
	fl.StringVar(&c.rateLimit, "rate-limit", "1000", "requests a minute, or off")
	fl.StringVar(&c.unique, "unique", "all", "objects whose externalId is kept unique: customers or all")
	fl.DurationVar(&c.latency, "latency", 0, "how much longer every answer takes")
	fl.StringVar(&c.faults, "faults", "", "what goes wrong, see above")
	fl.DurationVar(&c.bulkDelay, "bulk-delay", time.Second, "how long a bulk job takes, give or take half")
	fl.IntVar(&c.bulkBatch, "bulk-batch", 100, "items of one batch of a bulk job")
	fl.StringVar(&c.clientRef, "client-ref", "on", "what becomes of _clientRef in bulk requests: on, off (refused) or ignored")
	fl.StringVar(&c.like, "like", "", "behave as the org did whose probe.json is at `PATH`; other flags outweigh it")
	fl.StringVar(&c.seed, "seed", "", "a `FILE` of objects that are there from the start, lines of JSON with type and attributes")
	fl.StringVar(&c.dir, "dir", "", "keep the data in this folder (default: in memory)")
	return cmd
}

func (c *sandboxCommand) run(parent context.Context) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	if opts.Objects, err = readSeed(c.seed); err != nil {
		return err
	}
	server, err := sandbox.New(opts)
	if badSeed := new(sandbox.SeedError); errors.As(err, &badSeed) {
		return seedError(c.seed, badSeed)
	}
	if err != nil {
		return usage("", "%v", err)
	}
	ctx, stop := interruptible(parent)
	defer stop()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return environment("choose another address with --addr", "starting the sandbox: %v", err)
	}
	c.term.stderr(fmt.Sprintf("sandbox at http://%s (Ctrl-C ends it)", listener.Addr()))
	end := serve(sandbox.Guard(server, c.hosts...), listener)
	<-ctx.Done()
	if err := errors.Join(server.Close(), end()); err != nil { // in this order: Close ends requests that the sandbox holds
		return environment("", "ending the sandbox: %v", err)
	}
	return nil
}

// options are the options of the sandbox that the flags ask for.
func (c *sandboxCommand) options() (sandbox.Options, error) {
	opts := sandbox.Options{
		Dir: c.dir, Latency: c.latency, Unique: sandbox.Unique(c.unique),
		BulkDelay: c.bulkDelay, BulkBatch: c.bulkBatch, ClientRef: sandbox.ClientRef(c.clientRef),
	}
	if !strings.EqualFold(c.rateLimit, "off") {
		n, err := strconv.Atoi(c.rateLimit)
		if err != nil || n < 1 {
			return opts, usage("write a number of requests a minute, or off", "--rate-limit %q is neither", c.rateLimit)
		}
		opts.RateLimit = n
	}
	if err := c.checkAddress(); err != nil {
		return opts, err
	}
	for _, text := range c.switches {
		if err := opts.Switch(text); err != nil {
			return opts, usage("kustsync sandbox --help lists the switches", "--switch: %v", err)
		}
	}
	var err error
	if opts.Faults, err = sandbox.ParseFaults(c.faults); err != nil {
		return opts, usage("kustsync sandbox --help lists the faults", "--faults: %v", err)
	}
	return opts, c.imitate(&opts)
}

// checkAddress refuses an address that other machines reach while no --host says by which name.
func (c *sandboxCommand) checkAddress() error {
	host, _, err := net.SplitHostPort(c.addr)
	if err != nil {
		return usage("use an address such as 127.0.0.1:8911", "--addr %q is no address with a port", c.addr)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() || len(c.hosts) > 0 {
		return nil
	}
	return usage("use 127.0.0.1:8911, or name the machine with --host NAME", "--addr %q: other machines could reach the sandbox, which takes any key; without --host it serves on loopback only", c.addr)
}

// imitate puts what a probe of --like found out in the place of options that no flag sets.
func (c *sandboxCommand) imitate(opts *sandbox.Options) error {
	like, err := likeAnswers(c.like, true)
	if err != nil || like == nil {
		return err
	}
	flags := *opts
	behaveLike(opts, like)
	if c.given("unique") {
		opts.Unique = flags.Unique
	}
	if c.given("client-ref") {
		opts.ClientRef = flags.ClientRef
	}
	if !c.given("rate-limit") && like.Limits.PerMinute > 0 {
		opts.RateLimit = like.Limits.PerMinute
	}
	return nil
}
