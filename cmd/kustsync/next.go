package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// nextStep is what to do after a run that came to its end: "" when nothing is left to do.
func (a *app) nextStep(path string, sum pipeline.Summary, f runFlags) string {
	switch {
	case sum.DryRun && sum.Of(ledger.Rejected) > 0:
		return "see each row with: " + a.commandLine("preview", path, append(f.sourceFlags(nil), "--limit", "0"))
	case sum.Of(ledger.Rejected) > 0 && len(sum.RejectedFiles) > 0:
		these := "that file"
		if len(sum.RejectedFiles) > 1 {
			these = "those files"
		}
		return "correct the rows in " + these + ", then: " +
			a.commandLine("run", path, slices.Concat(f.targetFlags(), f.permitFlags(), f.sourceFlags(sum.RejectedFiles)))
	case sum.Of(ledger.InDoubt) > 0:
		list := "what is in doubt: " + a.commandLine("status", path, f.targetFlags())
		if i := slices.IndexFunc(sum.Steps, func(s pipeline.StepSummary) bool { return s.ByHand && s.Of(ledger.InDoubt) > 0 }); i >= 0 {
			return "look in Kustomer, then say what you saw: " + a.resolveLine(path, sum.Steps[i].Name, f.targetFlags()) + "; " + list
		}
		return "run the same command again; " + list
	case sum.Of(ledger.NotAttempted) > 0 && (f.limit > 0 || f.step != ""):
		return "the rest waits for parents that were not read; load all with: " +
			a.commandLine("run", path, slices.Concat(f.targetFlags(), f.permitFlags(), f.sourceFlags(nil)))
	case sum.Of(ledger.NotAttempted) > 0:
		return "run the same command again"
	}
	return ""
}

// resolveLine is the command that settles a row in doubt of a step, with the words to be filled in as they are.
func (a *app) resolveLine(path, step string, target []string) string {
	return a.commandLine("resolve", path, slices.Concat(target, []string{"--step", step, "--key", "KEY", "--as", "absent"})) + " (or created:ID)"
}

// targetFlags are the flags that say where a run loads.
func (f runFlags) targetFlags() []string {
	switch {
	case f.sandbox && f.like != "":
		return []string{"--sandbox", "--like", f.like}
	case f.sandbox:
		return []string{"--sandbox"}
	}
	return nil
}

// scopeFlags are the run's flags that say which rows it reads.
func (f runFlags) scopeFlags() []string {
	var flags []string
	if f.step != "" {
		flags = append(flags, "--step", f.step)
	}
	if f.limit > 0 {
		flags = append(flags, "--limit", strconv.Itoa(f.limit))
	}
	return append(flags, f.sourceFlags(nil)...)
}

// sourceFlags are the run's --source flags, with corrected rejects files in the place of theirs.
func (f runFlags) sourceFlags(rejected []string) (flags []string) {
	corrected := map[string]bool{}
	var last []string
	for _, path := range rejected {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		corrected[name] = true
		last = append(last, "--source", name+"="+shortPath(path))
	}
	for _, source := range f.sources {
		if name, _, _ := strings.Cut(source, "="); !corrected[name] {
			flags = append(flags, "--source", source)
		}
	}
	return append(flags, last...)
}

// shortPath is a path as it is typed from here, if it lies below.
func shortPath(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	below, err := filepath.Rel(here, path)
	if err != nil || !filepath.IsLocal(below) {
		return path
	}
	return below
}

// commandLine is a command with the global flags of this one, as it is typed into a shell.
func (a *app) commandLine(verb, path string, flags []string) string {
	words := []string{"kustsync", verb, path}
	if a.flags.stateDir != "" && verb != "preview" {
		words = append(words, "--state-dir", a.flags.stateDir)
	}
	for _, v := range a.flags.vars {
		words = append(words, "--var", v)
	}
	words = append(words, flags...)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// plainWord is what shells take as it is.
var plainWord = regexp.MustCompile(`^[\w@%+=:,./\\-]+$`)

// shellQuote puts quotes around a word that a shell would take apart.
func shellQuote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
