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

// probeFlags are the flags of `kustsync probe`.
type probeFlags struct {
	yes, sandbox bool
	klass, like  string
}

func (a *app) probeCommand() *cobra.Command {
	var f probeFlags
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
		RunE: func(cmd *cobra.Command, args []string) error { return a.probe(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.yes, "yes", false, "write to the org; without it probe only says what it would do")
	fl.BoolVar(&f.sandbox, "sandbox", false, "probe the built-in Kustomer")
	fl.StringVar(&f.klass, "klass", "", "also try KObjects of the klass `NAME` (default the first that the pipeline makes)")
	fl.StringVar(&f.like, "like", "", "with --sandbox: one that behaves as the probe.json at `PATH` says")
	return cmd
}

// klassName is what Kustomer takes as the name of a klass (kustomer-api.md 9.3).
var klassName = regexp.MustCompile(`^[0-9a-zA-Z_-]{1,255}$`)

// probeSummary is what probe prints as JSON.
type probeSummary struct {
	Target   string             `json:"target"`
	Plan     probe.Plan         `json:"plan"`
	Answers  *probe.Answers     `json:"answers"` // null: nothing was asked, or not to the end
	Left     []probe.LeftObject `json:"left"`
	Requests int64              `json:"requests"`
}

// probe is `kustsync probe`.
func (a *app) probe(ctx context.Context, path string, f probeFlags) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	if f.klass != "" && !klassName.MatchString(f.klass) {
		return usage("use the klass's name, such as order", "--klass: %q is no name of a klass", f.klass)
	}
	like, err := likeAnswers(f.like, f.sandbox)
	if err != nil {
		return err
	}
	file, err := a.load(path)
	if err != nil {
		return err
	}
	t, err := a.targetOf(file, f.sandbox)
	if err != nil {
		return err
	}
	if f.klass == "" {
		f.klass = klassOf(file)
	}
	sum := &probeSummary{Target: t.name, Plan: probe.NewPlan(f.klass), Left: []probe.LeftObject{}}
	a.summary = sum
	if !f.yes {
		return a.wouldProbe(path, f, sum)
	}
	file.Run.Workers = max(file.Run.Workers, 2) // two requests at once are part of it
	s, err := a.connect(ctx, &program.Program{File: file}, sessionOptions{sandbox: f.sandbox, like: like, doing: "probing", notify: func(n pace.Event) {
		a.chat(n.Message)
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return a.ask(ctx, s, f, sum)
}

// klassOf is the klass whose objects the pipeline makes first; "" when it makes none.
func klassOf(f *config.File) string {
	for _, step := range f.Steps {
		if step.Sink.Value != "create_kobject" {
			continue
		}
		for _, field := range step.Mapping.Fields {
			if name := field.Value.Text.Value; field.Name == "klass" && klassName.MatchString(name) {
				return name
			}
		}
	}
	return ""
}

// wouldProbe says what a probe writes and deletes, and how to let it.
func (a *app) wouldProbe(path string, f probeFlags, sum *probeSummary) error {
	flags := []string{"--yes"}
	if f.sandbox {
		flags = append(flags, "--sandbox")
	}
	if f.klass != "" {
		flags = append(flags, "--klass", f.klass)
	}
	if f.like != "" {
		flags = append(flags, "--like", f.like)
	}
	next := a.commandLine("probe", path, flags)
	if !a.flags.json {
		if err := writeLine(a.out, planText(sum)); err != nil {
			return environment("", "printing the plan: %v", err)
		}
	}
	return usage("to do that: "+next, "nothing was written; probe writes to the org only with --yes")
}

// planText is what a probe would do, for a person.
func planText(sum *probeSummary) string {
	var b strings.Builder
	section := func(title string, lines []string) {
		fmt.Fprintf(&b, "%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	section("A probe of "+sum.Target+" would write, each named kustsync probe and marked kustsync-probe:", sum.Plan.Writes)
	section("and then delete:", sum.Plan.Deletes)
	section("What stays:", sum.Plan.Leaves)
	fmt.Fprintf(&b, "About %d requests, a few more where Kustomer lags or refuses. Workflows of the org can react to what is written.", sum.Plan.Requests)
	return b.String()
}

// ask probes, keeps the answers, and tells them.
func (a *app) ask(ctx context.Context, s *session, f probeFlags, sum *probeSummary) error {
	now := time.Now()
	answers, err := probe.Run(ctx, s.client, probe.Options{
		RunID: newRunID(now), Mark: strings.ToLower(rand.Text()[:10]), Klass: f.klass,
		Target: s.name, OrgID: s.who.OrgID, Tell: a.chat,
	})
	sum.Left, sum.Requests = append(sum.Left, answers.Left...), s.client.Stats().Requests
	a.tellLeft(sum.Left)
	if err != nil {
		return err
	}
	sum.Answers = &answers
	if err := s.keepAnswers(answers); err != nil {
		return environment("make room on the disk, then probe again", "keeping the answers in %s: %v", s.answersPath(), err)
	}
	if !a.flags.json {
		if err := a.printAnswers(&answers); err != nil {
			return environment("", "printing the answers: %v", err)
		}
	}
	a.chat(fmt.Sprintf("%s; the answers are in %s", report.Plural(int(sum.Requests), "request"), shortPath(s.answersPath())))
	if n := failedToDelete(sum.Left); n > 0 {
		return &leftError{n}
	}
	return nil
}

// tellLeft lists what a probe could not delete.
func (a *app) tellLeft(left []probe.LeftObject) {
	if len(left) == 0 {
		return
	}
	a.say("left in the org:")
	for _, l := range left {
		id := l.ID
		if id == "" {
			id = "with externalId " + l.ExternalID
		}
		a.say(fmt.Sprintf("  %s %s: %s", l.Kind, id, report.Clean(l.Why)))
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

// leftError says that objects are still there that could have been deleted.
type leftError struct{ n int }

func (e *leftError) Error() string {
	return fmt.Sprintf("%s of the probe could not be deleted", report.Plural(e.n, "object"))
}

// assumedLimitOf is the requests a minute of the org, as a probe saw them, or those that most orgs have. It is
// for estimates alone: a run goes by the headers.
func (a *app) assumedLimitOf(f *config.File) int {
	t, err := a.likelyTarget(f, false)
	if err != nil {
		return assumedLimit
	}
	answers, err := readAnswers(t.answersPath())
	if err != nil || answers.Limits.PerMinute == 0 {
		return assumedLimit
	}
	return answers.Limits.PerMinute
}
