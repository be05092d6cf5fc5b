package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// probeCommand is `kustsync probe`.
type probeCommand struct {
	*app
	yes, sandbox bool
	klass, like  string
}

func newProbeCommand(a *app) *cobra.Command {
	c := &probeCommand{app: a}
	cmd := &cobra.Command{
		Use:   "probe FILE",
		Short: "Find out by trying what Kustomer's documents leave open for your org",
		Long: `probe writes a few marked objects to the org of a pipeline, sees how Kustomer takes them, and
deletes them again: is an externalId unique for customers, conversations, messages and KObjects,
also when two come at once and in bulk; what status a duplicate gets; is _clientRef known; which
spelling of a look-up works, and how long look-ups lag behind; which headers tell the rate limit;
is a body over 100 kB refused. Without --yes it says what it would do, and does nothing.

The answers are kept in probe.json beside the ledger, hold for this org, and are shown by status.
Runs use them instead of guesses: a row in doubt of a kind that is proven unique is settled without
the quiet time, and no batch is tried where references are known to be refused. After 90 days
uniqueness and references are guessed again; what makes a run more careful is used at any age.

Workflows of the org can react to the objects, which are a conversation that is done, messages that
go out and are imported, and a customer without e-mail or phone. Kustomer has no way to delete
messages and bulk jobs: they are listed with their ids. Ctrl-C cleans up, too.`,
		Example: `  kustsync probe pipeline.yaml
  kustsync probe pipeline.yaml --yes
  kustsync probe pipeline.yaml --yes --klass order
  kustsync probe pipeline.yaml --yes --sandbox`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&c.yes, "yes", false, "write to the org; without it probe only says what it would do")
	fl.BoolVar(&c.sandbox, "sandbox", false, "probe the built-in Kustomer")
	fl.StringVar(&c.klass, "klass", "", "also try KObjects of the klass `NAME` (default the first that the pipeline makes)")
	fl.StringVar(&c.like, "like", "", "with --sandbox: one that behaves as the probe.json at `PATH` says")
	return cmd
}

// probeSummary is what probe prints as JSON.
type probeSummary struct {
	Target   string             `json:"target"`
	Plan     probe.Plan         `json:"plan"`
	Answers  *probe.Answers     `json:"answers"` // null: nothing was asked, or not to the end
	Left     []probe.LeftObject `json:"left"`
	Requests int64              `json:"requests"`
}

func (c *probeCommand) run(ctx context.Context, path string) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	if c.klass != "" && !isKlassName(c.klass) {
		return usage("use the klass's name, such as order", "--klass: %q is no name of a klass", c.klass)
	}
	like, err := likeAnswers(c.like, c.sandbox)
	if err != nil {
		return err
	}
	file, err := c.open.file(path)
	if err != nil {
		return err
	}
	t, err := c.open.target(file, c.sandbox)
	if err != nil {
		return err
	}
	if c.klass == "" {
		c.klass = firstKlass(file)
	}
	sum := &probeSummary{Target: t.name, Plan: probe.NewPlan(c.klass), Left: []probe.LeftObject{}}
	c.result.summary = sum
	if !c.yes {
		return c.printPlan(path, sum)
	}
	file.Run.Workers = max(file.Run.Workers, 2) // the probe sends two requests at once
	s, err := c.open.connection(ctx, &program.Program{File: file}, sessionOptions{
		sandbox: c.sandbox, like: like, doing: "probing", allowed: permissions{destructive: true}, // it deletes what it has made
		notify: func(n pace.Event) { c.term.info(n.Message) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return c.ask(ctx, s, sum)
}

// klassName and maxKlassName are what Kustomer takes as the name of a klass (kustomer-api.md 9.3).
var klassName = regexp.MustCompile(`^[0-9a-zA-Z_-]+$`)

const maxKlassName = 255 // characters

func isKlassName(name string) bool { return len(name) <= maxKlassName && klassName.MatchString(name) }

// firstKlass is the klass of the first step of the pipeline that makes KObjects; "" when none does.
func firstKlass(f *config.File) string {
	for _, step := range f.Steps {
		if step.Sink.Value != "create_kobject" {
			continue
		}
		for _, field := range step.Mapping.Fields {
			if name := field.Value.Text.Value; field.Name == "klass" && isKlassName(name) {
				return name
			}
		}
	}
	return ""
}

// printPlan says what a probe writes and deletes, and which command does that.
func (c *probeCommand) printPlan(path string, sum *probeSummary) error {
	flags := []string{"--yes"}
	if c.sandbox {
		flags = append(flags, "--sandbox")
	}
	if c.klass != "" {
		flags = append(flags, "--klass", c.klass)
	}
	if c.like != "" {
		flags = append(flags, "--like", c.like)
	}
	if !c.global.json {
		if err := c.term.print(probePlanText(sum.Target, sum.Plan)); err != nil {
			return environment("", "printing the plan: %v", err)
		}
	}
	return usage("to do that: "+c.global.commandLine("probe", path, flags), "nothing was written; probe writes to the org only with --yes")
}

// ask probes the org, keeps the answers in a file, and prints them.
func (c *probeCommand) ask(ctx context.Context, s *session, sum *probeSummary) error {
	now := time.Now()
	answers, err := probe.Run(ctx, s.client, probe.Options{
		RunID: newRunID(now), Mark: strings.ToLower(rand.Text()[:10]), Klass: c.klass,
		Target: s.name, OrgID: s.who.OrgID, Report: c.term.info,
	})
	sum.Left, sum.Requests = append(sum.Left, answers.Left...), s.client.Stats().Requests
	c.printLeft(sum.Left)
	if err != nil {
		return err
	}
	sum.Answers = &answers
	path := s.probePath()
	if err := writeAnswers(path, answers); err != nil {
		return environment("make room on the disk, then probe again", "keeping the answers in %s: %v", path, err)
	}
	if !c.global.json {
		if err := c.term.printAnswers(&answers); err != nil {
			return environment("", "printing the answers: %v", err)
		}
	}
	c.term.info(fmt.Sprintf("%s; the answers are in %s", report.Plural(int(sum.Requests), "request"), shortPath(path)))
	if n := failedToDelete(sum.Left); n > 0 {
		return &objectsLeftError{n}
	}
	return nil
}

// printLeft lists the objects of the probe that are still in the org.
func (c *probeCommand) printLeft(left []probe.LeftObject) {
	if len(left) == 0 {
		return
	}
	c.term.stderr("left in the org:")
	for _, l := range left {
		id := l.ID
		if id == "" {
			id = "with externalId " + l.ExternalID
		}
		c.term.stderr(fmt.Sprintf("  %s %s: %s", l.Kind, id, report.Clean(l.Why)))
	}
}

func failedToDelete(left []probe.LeftObject) (n int) {
	for _, l := range left {
		if l.Failed {
			n++
		}
	}
	return n
}
