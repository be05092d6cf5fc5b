package planfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// RunMark is the ledger's mark of a run of a plan. It is set before the run begins: when the run is killed, at any
// instant, the next run still knows that it was one of the plan.
func RunMark(planID, runID string) string { return "plan:" + planID + ":" + runID }

// editPrefix begins the ledger's mark of each change by a person.
const editPrefix = "edit:"

// EditMark is the ledger's mark of a change that a person made: resolve, ledger mv, rekey and forget. It is set before the
// change.
func EditMark(id string) string { return editPrefix + id }

// LedgerState is a digest of the runs that a ledger has seen, and of the changes that people made. Runs that are marked as runs of the plan planID are
// left out; "" leaves none out. A nil reader is a ledger that is not there yet.
func LedgerState(ctx context.Context, reader *ledger.Reader, planID string) (string, error) {
	var lines []string
	if reader != nil {
		runs, err := reader.Runs(ctx, math.MaxInt32)
		if err != nil {
			return "", err
		}
		for _, run := range runs {
			if planID == "" || !reader.Marked(RunMark(planID, run.ID)) {
				lines = append(lines, fmt.Sprintf("%s %t\n", run.ID, run.EndedAt.IsZero()))
			}
		}
		for _, mark := range ledger.MarksWith(reader, editPrefix) {
			lines = append(lines, mark+"\n")
		}
	}
	slices.Sort(lines) // the clock may have been set back between two runs, so their order by time is not stable
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:]), nil
}
