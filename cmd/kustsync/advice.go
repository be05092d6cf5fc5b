package main

import (
	"slices"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// advise says what to do after a run that read all its rows: "" when nothing is left to do. path is that of the
// pipeline file.
func (c *runCommand) advise(path string, sum pipeline.Summary) string {
	switch {
	case sum.DryRun && sum.Of(ledger.Rejected) > 0:
		return "see each row with: " + c.global.commandLine("preview", path, append(c.sourceFlags(nil), "--limit", "0"))
	case sum.Of(ledger.Rejected) > 0 && len(sum.RejectedFiles) > 0:
		these := "that file"
		if len(sum.RejectedFiles) > 1 {
			these = "those files"
		}
		return "correct the rows in " + these + ", then: " +
			c.global.commandLine("run", path, slices.Concat(c.targetFlags(), c.allowed.flags(), c.sourceFlags(sum.RejectedFiles)))
	case sum.Of(ledger.InDoubt) > 0:
		list := "what is in doubt: " + c.global.commandLine("status", path, c.ledgerFlags())
		if i := slices.IndexFunc(sum.Steps, func(s pipeline.StepSummary) bool { return s.ByHand && s.Of(ledger.InDoubt) > 0 }); i >= 0 {
			return "look in Kustomer, then say what you saw: " + c.global.resolveLine(path, sum.Steps[i].Name, c.ledgerFlags()) + "; " + list
		}
		return "run the same command again; " + list
	case sum.Of(ledger.NotAttempted) > 0 && (c.limit > 0 || c.step != ""):
		return "the rest waits for parents that were not read; load all with: " +
			c.global.commandLine("run", path, slices.Concat(c.targetFlags(), c.allowed.flags(), c.sourceFlags(nil)))
	case sum.Of(ledger.NotAttempted) > 0:
		return "run the same command again"
	}
	return ""
}
