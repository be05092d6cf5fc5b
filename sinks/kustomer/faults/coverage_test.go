package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// provenElsewhere are faults of reliability.md that no scenario plays, or only in part, with the tests that
// cover them. With an empty list the fault does not apply, and why says so.
var provenElsewhere = map[string]struct {
	why   string
	tests []string
}{
	"F12": {"drafts: lost answers, late sends, kills", []string{"TestDeliveryFaults", "TestDeliveryGoesOn", "TestStopBetweenDraftAndSend", "TestSendThatMeetsNoDraft", "TestCrashNeverDeliversTwice"}},
	"F46": {"delivery that is not allowed", []string{"TestDeliveryGuard", "TestMaxDeliveries", "TestRecipientAllow"}},
	"S5":  {"no HTML is made", nil},

	// Scenarios play a part of these.
	"F17": {"locks of the dead, of other users, links", []string{"TestLock", "TestLockRefusesLinks"}},
	"F18": {"a ledger from a day ahead or behind", []string{"TestTheClockJumpsBetweenRuns"}},
	"F21": {"short writes, a broken ledger stays broken", []string{"TestFailedWriteBreaksTheLedger", "TestFullDisk"}},
	"F24": {"the log cut, in process", []string{"TestCutLedgerIsRefused", "TestDamagedLog"}},
	"F25": {"bits flipped in file and log, in process", []string{"TestFlippedBits", "TestDamagedLog", "TestChangedEntryIsFound", "FuzzOpen"}},
	"F31": {"kills of the ledger alone", []string{"TestKilledAtAnyTime", "TestBatchSurvivesTheProcess"}},
	"F33": {"every commit is synced", []string{"TestEveryCommitIsSynced"}},
	"F36": {"every kind of Retry-After, in virtual time", []string{"TestGatePausesOn429", "TestReadRates", "FuzzRates"}},
	"F43": {"names that are gone mid-run", []string{"TestHopelessConnectionsAreWaitedForMidRun"}},
	"F47": {"an outage and its end", []string{"TestOutageEnds", "TestShortOutageCostsLittle", "TestOutageEndsTheRun"}},
	"F50": {"values of the collections compared with oracles", []string{"FuzzCSV", "FuzzJSON", "FuzzSheet"}},
	"S2":  {"the key in memory dumps of errors, 7 forms", []string{"TestTheKeyIsNowhere", "TestTheKeyStaysInside", "TestRedact"}},
	"S8":  {"pipeline files of any bytes", []string{"FuzzParse"}},
	"S6":  {"templates of any bytes", []string{"FuzzTemplate"}},
	"S13": {"paths and look-ups", []string{"TestDoRefusesWhatCannotBeSent", "TestFindEncodesTheValue"}},

	// Rates and crashes that need hours of virtual time, or many rows.
	"rates": {"2 hours, every window, every habit of headers, beside others", []string{"TestPacerUsesWhatIsGranted", "TestPacerElsewhere", "TestGateUsesWhatIsGranted", "TestPacerNoticesACompetitorAtOnce", "TestGateWithMany429s"}},
	"crash": {"100,000 rows and ten kills", []string{"TestCrash"}},
	"bulk":  {"faults, kills and lost answers of batches", []string{"TestBulk"}},

	// The fuzz targets that issue and document ask for.
	"fuzz": {"CSV, JSON, XLSX, pipeline file, template, ledger, answers, rate headers",
		[]string{"FuzzCSV", "FuzzJSON", "FuzzXLSX", "FuzzParse", "FuzzTemplate", "FuzzOpen", "FuzzReadAnswer", "FuzzRates"}},
}

// TestEveryFaultHasAScenario compares the suite with the lists of reliability.md: each of F01 to F50 and S1 to S13 is a
// scenario, or is named above with tests that exist.
func TestEveryFaultHasAScenario(t *testing.T) {
	lines := map[string]bool{}
	for _, s := range scenarios {
		lines[s.id] = true
	}
	var ids []string
	for n := range 50 {
		ids = append(ids, fmt.Sprintf("F%02d", n+1))
	}
	for n := range 13 {
		ids = append(ids, fmt.Sprint("S", n+1))
	}
	for _, id := range ids {
		if other, ok := provenElsewhere[id]; !lines[id] && !ok {
			t.Errorf("no scenario plays %s, and provenElsewhere in coverage_test.go does not name a test for it", id)
		} else if ok && other.why == "" {
			t.Errorf("provenElsewhere in coverage_test.go does not say why %s is there", id)
		}
	}
	for _, n := range []int{0, 1, 7, 8, 9} {
		if id := fmt.Sprintf("T%02d", n+1); !lines[id] {
			t.Errorf("no scenario plays %s: see truth_test.go", id)
		}
	}
	tree := testsOfTree(t)
	for id, other := range provenElsewhere {
		for _, name := range other.tests {
			if !tree[name] {
				t.Errorf("there is no test %s, which provenElsewhere in coverage_test.go names for %s", name, id)
			}
		}
	}
}

// TestEveryFaultOfAnswersMeetsBatches: each fault of answers to single requests is played for batches too, and so are
// kills.
func TestEveryFaultOfAnswersMeetsBatches(t *testing.T) {
	lines := map[string]bool{}
	for _, s := range batches {
		lines[s.id] = true
	}
	for _, s := range lostAnswers {
		if id := "B" + s.id[1:]; !lines[id] {
			t.Errorf("%s has no scenario %s in bulk mode", s.id, id)
		}
	}
	for _, id := range strings.Fields("B29 B30 B31 B36 B48") {
		if !lines[id] {
			t.Errorf("there is no scenario %s", id)
		}
	}
}

// TestTruthsMeetBatches: what a scenario T01 to T10 plays with single requests it plays in bulk too, in both modes of
// uniqueness.
func TestTruthsMeetBatches(t *testing.T) {
	bulk := map[string]bool{}
	for _, s := range truths {
		if strings.HasSuffix(s.fault, ", in bulk") {
			bulk[s.id+" "+strings.TrimSuffix(s.fault, ", in bulk")] = slices.Contains(s.flags, "always")
		}
	}
	for _, s := range truths {
		if name := s.id + " " + strings.TrimSuffix(s.fault, ", in bulk"); !bulk[name] {
			t.Errorf("%s is not played in bulk", name)
		}
		var modes []bool
		for _, r := range readingsFor(&s) {
			var o Options
			r.set(&o)
			modes = append(modes, o.Unique)
		}
		if onlyReading == "" && !slices.Equal(modes, []bool{true, false}) {
			t.Errorf("%s %s is played where external ids are unique: %v, want once so and once not", s.id, s.fault, modes)
		}
	}
}

// TestShortSuite checks that the short suite has the scenarios that CI must play.
func TestShortSuite(t *testing.T) {
	short := map[string]bool{}
	for _, s := range scenarios {
		short[s.id] = short[s.id] || s.short
	}
	for _, id := range strings.Fields("F01 F02 F03 F04 F05 F06 F07 F08 F09 F10 F11 F13 F17 F24 F25 F30 F34 F36 F41 S2 B02 B07 B12 B30 T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 H3 H4 H5") {
		if !short[id] {
			t.Errorf("the scenario %s is not in the short suite: set short in its entry", id)
		}
	}
}

var testInTree = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// testsOfTree are the names of all tests of this repository.
func testsOfTree(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", "..", ".."), func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testInTree.FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
