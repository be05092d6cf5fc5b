package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// maxAnswers is far above the length of any probe.json, in bytes.
const maxAnswers = 1 << 20

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

// writeAnswers writes them into a new file that then takes the place of the old one: no reader ever sees half of them.
func writeAnswers(path string, a probe.Answers) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return maybe.WriteFile(path, append(text, '\n'), 0o600)
}

// answers reads the answers of a probe of the target. When they cannot be read, it warns and returns false: the
// safe assumptions about an org stay.
func (o *opener) answers(t target) (probe.Answers, bool) {
	answers, err := readAnswers(t.probePath())
	if err == nil {
		return answers, true
	}
	if !isMissing(err) {
		o.term.warn(fmt.Sprintf("the answers of the last probe are not used: reading %s: %v; probe again", shortPath(t.probePath()), err))
	}
	return probe.Answers{}, false
}

// useProbe replaces the assumptions of a program about its org by what a probe found out; Answers.Teach says how.
func (o *opener) useProbe(prog *program.Program, s *session) {
	answers, ok := o.answers(s.target)
	if !ok {
		return
	}
	if !answers.Holds(s.who.OrgID) {
		o.term.warn("the answers of the last probe are about another org than the key's, and are not used; probe again")
		return
	}
	fresh := answers.Fresh(time.Now())
	for _, step := range prog.Steps {
		spec := answers.Apply(*step.Spec, fresh)
		step.Spec = &spec
	}
	s.client.Prefer(answers.LookupPaths())
	if !fresh {
		o.term.info("the org was probed on " + answers.ProbedAt.Format(time.DateOnly) + ": too long ago to rely on; kustsync probe asks again")
	}
}
