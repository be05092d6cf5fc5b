package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// maxAnswers is far above the length of any probe.json, in bytes.
const maxAnswers = 1 << 20

// answersPath is where the answers of a probe are kept, beside the ledger.
func (t target) answersPath() string { return filepath.Join(t.dir, "probe.json") }

// readAnswers reads the answers of a probe; an error that isMissing says that there was none.
func readAnswers(path string) (a probe.Answers, err error) {
	f, err := os.Open(path)
	if err != nil {
		return a, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxAnswers))
	if err = firstOf(err, f.Close()); err != nil {
		return a, err
	}
	return probe.Read(text)
}

// firstOf is the first error that there is.
func firstOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// keepAnswers writes them in one piece: no reader ever sees half of them.
func (t target) keepAnswers(a probe.Answers) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return maybe.WriteFile(t.answersPath(), append(text, '\n'), 0o600)
}

// answersOf reads the answers of a target. Those that cannot be read are as none: they are told, and the safe
// assumptions stay.
func (a *app) answersOf(t target) (probe.Answers, bool) {
	answers, err := readAnswers(t.answersPath())
	if err == nil {
		return answers, true
	}
	if !isMissing(err) {
		a.say(a.style(a.talk).Yellow("warning: ") + fmt.Sprintf("the answers of the last probe are not used: reading %s: %v; probe again", shortPath(t.answersPath()), err))
	}
	return probe.Answers{}, false
}

// learn makes a session use what a probe of its org found out; Answers.Teach says how.
func (a *app) learn(plan *program.Program, s *session) {
	answers, ok := a.answersOf(s.target)
	if !ok {
		return
	}
	if !answers.Holds(s.who.OrgID) {
		a.say(a.style(a.talk).Yellow("warning: ") + "the answers of the last probe are about another org than the key's, and are not used; probe again")
		return
	}
	fresh := answers.Fresh(time.Now())
	for _, step := range plan.Steps {
		spec := answers.Teach(*step.Spec, fresh)
		step.Spec = &spec
	}
	s.client.Prefer(answers.LookupPaths())
	if !fresh {
		a.chat("the org was probed on " + answers.ProbedAt.Format(time.DateOnly) + ": too long ago to rely on; kustsync probe asks again")
	}
}
