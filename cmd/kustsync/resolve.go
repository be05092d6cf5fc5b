package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// resolveCommand is `kustsync resolve`.
type resolveCommand struct {
	*app
	step, key, as string
	sandbox       bool
}

func newResolveCommand(a *app) *cobra.Command {
	c := &resolveCommand{app: a}
	cmd := &cobra.Command{
		Use:   "resolve FILE --step STEP --key KEY --as created:ID|absent|forget",
		Short: "Settle a key by what you saw in Kustomer",
		Long: `resolve settles a key: one in doubt, of which kustsync cannot know whether Kustomer has it, or any
other whose object is not what the ledger says. Look in Kustomer, then say what you saw:

  created:ID  Kustomer has it, as the object with this id. The object is read first (the API key is
              needed): it must be of the step's kind, and no other key may have it.
  absent      Kustomer does not have it: the next run makes it. Of an object whose update is in doubt
              this says that the update did not happen: the next run sends it again.
  forget      you do not know: the ledger forgets the key, and the next run looks it up first.

absent and forget ask nobody over the network.`,
		Example: `  kustsync resolve pipeline.yaml --step message --key zd-c-17 --as created:65a0c0ffee0000000000abcd
  kustsync resolve pipeline.yaml --step customer --key zd-1 --as absent`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.step, "step", "", "the key's `step`")
	fl.StringVar(&c.key, "key", "", "the row's `key`")
	fl.StringVar(&c.as, "as", "", "created:ID, absent or forget")
	fl.BoolVar(&c.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

// objectID is what Kustomer's ids look like (kustomer-api.md 1.5).
var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// goneMarks are the values of --as for what is not there.
var goneMarks = map[string]ledger.KeyMark{"absent": ledger.Absent, "forget": ledger.Forgotten}

func (c *resolveCommand) run(ctx context.Context, path string) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	id, err := c.objectID()
	if err != nil {
		return err
	}
	l, err := c.open.editLedger(path, c.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := c.checkStep(ctx, l); err != nil {
		return err
	}
	resolve := c.gone
	if id != "" {
		resolve = c.created
	}
	r, err := resolve(ctx, l, id)
	if err != nil {
		return err
	}
	c.result.summary = map[string]any{"step": c.step, "key": c.key, "as": c.as, "known": r.Known}
	if !r.Known {
		c.term.info(fmt.Sprintf("the ledger did not know %s %q", c.step, c.key))
	}
	c.term.info(fmt.Sprintf("%s %q is settled as %s%s", c.step, c.key, c.as, c.consequence(r)))
	return nil
}

// objectID is the id in --as created:ID; "" for the other values.
func (c *resolveCommand) objectID() (string, error) {
	id, created := strings.CutPrefix(c.as, "created:")
	_, gone := goneMarks[c.as]
	switch {
	case c.step == "" || c.key == "" || c.as == "":
		return "", usage("write resolve FILE --step STEP --key KEY --as created:ID|absent|forget", "--step, --key and --as are all needed")
	case created && !objectID.MatchString(id):
		return "", usage("Kustomer's ids are 24 hex digits, as in the address of the object in the app", "--as: %q is no Kustomer id", id)
	case !created && !gone:
		return "", usage("write created:ID, absent or forget", "--as: unknown value %q", c.as)
	case gone:
		return "", nil
	}
	return id, nil
}

// checkStep refuses a step that the pipeline file does not have, unless the ledger knows the key in it, which then can only go.
func (c *resolveCommand) checkStep(ctx context.Context, l *ledgerEditor) error {
	unknown := knownStep(l.file, c.step)
	if unknown == nil {
		return nil
	}
	known, err := l.knows(ctx, c.step, c.key)
	switch _, gone := goneMarks[c.as]; {
	case err != nil:
		return err
	case !known:
		return unknown
	case gone:
		return nil
	}
	return usage("if it has another name now: "+c.global.commandLine("ledger mv", l.path, append(l.targetFlags(), "--step", c.step, "NEW")),
		"the ledger has a step %q that is not in %s, so that nobody knows of which kind its objects are", c.step, l.path)
}

func (c *resolveCommand) gone(ctx context.Context, l *ledgerEditor, _ string) (pipeline.Resolved, error) {
	if err := l.begin(ctx); err != nil {
		return pipeline.Resolved{}, err
	}
	return pipeline.ResolveGone(ctx, l.Ledger, c.step, c.key, goneMarks[c.as])
}

// created reads the object that a person saw, and settles the key with it.
func (c *resolveCommand) created(ctx context.Context, l *ledgerEditor, id string) (pipeline.Resolved, error) {
	step, _, err := program.Unbound(l.file, c.step, catalog.Specs())
	if err != nil {
		return pipeline.Resolved{}, c.open.keepDiagnostics(err)
	}
	shown, err := c.read(ctx, l, step, id)
	if err != nil {
		return pipeline.Resolved{}, err
	}
	if err := l.begin(ctx); err != nil {
		return pipeline.Resolved{}, err
	}
	r, err := pipeline.ResolveCreated(ctx, l.Ledger, pipeline.Seen{Step: step, Key: c.key, ID: id, ExternalID: shown})
	if err != nil {
		return r, c.refusal(l, err)
	}
	if after := r.After.ExternalID; shown != "" && after != "" && shown != after {
		c.term.warn(fmt.Sprintf("in Kustomer the %s has the externalId %q, and the ledger knows the row's as %q", step.Spec.Object, shown, after))
	}
	return r, nil
}

// read reads the object that is to be the key's, and returns its external id.
func (c *resolveCommand) read(ctx context.Context, l *ledgerEditor, step *program.Step, id string) (externalID string, err error) {
	s, err := c.open.connection(ctx, &program.Program{File: l.file}, sessionOptions{sandbox: l.isSandbox(), doing: "reading", readOnly: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := l.Bind(ctx, s.who.OrgID); err != nil {
		return "", err
	}
	object := step.Spec.Object
	shown, err := s.client.Read(ctx, step.Spec, id)
	if failed, ok := errors.AsType[*sinks.Error](err); ok {
		const look = "nothing was settled; take the id from the address of the object in the app"
		switch {
		case failed.Class == sinks.Missing:
			return "", usage(look, "Kustomer has no %s with the id %s", object, id)
		case failed.Class == sinks.Deleted:
			return "", usage("nothing was settled; to have it made again: "+c.line(l, c.step, c.key, "absent"), "the %s %s has been deleted in Kustomer", object, id)
		case failed.Class == sinks.Refused && failed.Status == 0: // no path of one object
			c.term.info(fmt.Sprintf("Kustomer has no way to read a %s: the id is taken as you say it", object))
			return "", nil
		}
	}
	if err != nil {
		return "", err
	}
	externalID, _ = shown[step.Spec.ExternalID].(string)
	return externalID, nil
}

// line is a resolve command, as it is typed into a shell.
func (c *resolveCommand) line(l *ledgerEditor, step, key, as string) string {
	return c.global.commandLine("resolve", l.path, append(l.targetFlags(), "--step", step, "--key", key, "--as", as))
}

// refusal says what leads out when the object belongs to another key.
func (c *resolveCommand) refusal(l *ledgerEditor, err error) error {
	const hint = "look in Kustomer whose it is; to take it from the other key: "
	owned, isOwned := errors.AsType[*ledger.OwnedError](err)
	claimed, isClaimed := errors.AsType[*ledger.ClaimedError](err)
	switch {
	case isOwned:
		return usage(hint+c.line(l, owned.Step, owned.Key, "forget"), "nothing was settled: the %s %s belongs to key %q of step %q", owned.Object, owned.KustomerID, owned.Key, owned.Step)
	case isClaimed:
		return usage(hint+c.line(l, claimed.Step, claimed.Key, "forget"), "nothing was settled: its external id %q belongs to key %q of step %q", claimed.ExternalID, claimed.Key, claimed.Step)
	}
	return err
}

// consequence says what the next run makes of it.
func (c *resolveCommand) consequence(r pipeline.Resolved) string {
	switch {
	case c.as == "absent" && r.After.Loaded():
		return fmt.Sprintf(": its update did not happen, and the next run sends it again; if the object %s is gone too, say so with the same command", r.After.KustomerID)
	case c.as == "absent":
		return ": the next run makes it"
	case c.as == "forget":
		return ": the next run looks it up before it is sent"
	case r.After.HashUnknown():
		return "; with which content is not known, so that a step with if_exists: update sends it once more"
	}
	return ""
}
