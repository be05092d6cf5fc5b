package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// chain is two steps, the second refers to the first; %s are lines of each step.
const chain = `
version: 1
run: { workers: 4, retries: 3, in_doubt_wait: 60s, max_errors: 100%% }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    %s
    mapping: { name: "{{ .name }}", note: '{{ if eq .name "fail" }}{{ required "no note" "" }}{{ end }}' }
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    %s
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" .person }}', externalId: "{{ .ext }}" }
`

// drawStep draws the policies of a step.
func drawStep(t *rapid.T, name string) string {
	lines := []string{
		"if_exists: " + rapid.SampledFrom([]string{"skip", "update", "fail"}).Draw(t, name+" if_exists"),
		"on_duplicate: " + rapid.SampledFrom([]string{"reject", "first", "last"}).Draw(t, name+" on_duplicate"),
	}
	if rapid.Bool().Draw(t, name+" when") {
		lines = append(lines, `when: '{{ ne .id "3" }}'`)
	}
	return strings.Join(lines, "\n    ")
}

func drawPeople(t *rapid.T) string {
	return "id,name,email\n" + strings.Join(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"Ann", "Ann", "Bob", tooLong, "fail", "cut\""}).Draw(t, "name")
		return fmt.Sprintf("%d,%s,", rapid.IntRange(0, 4).Draw(t, "id"), name)
	}), 0, 12).Draw(t, "people"), "\n") + "\n"
}

// drawTickets draws tickets; those of some ids share an external id, and keep it over the runs: which of
// two rows gets an id that a third gives up in the same run is for the service's pace to say.
func drawTickets(t *rapid.T, ext []int) string {
	return "id,subject,person,ext\n" + strings.Join(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		id, external := rapid.IntRange(0, len(ext)-1).Draw(t, "id"), ""
		if ext[id] > 0 {
			external = fmt.Sprintf("x%d", ext[id])
		}
		return fmt.Sprintf("%d,%s,%d,%s", id, rapid.SampledFrom([]string{"a", "b", tooLong}).Draw(t, "subject"),
			rapid.IntRange(0, 5).Draw(t, "person"), external)
	}), 0, 12).Draw(t, "tickets"), "\n") + "\n"
}

// TestDryRunTellsTheRun: over random rows, policies and what was loaded before, a dry run prints the
// counters of the run, with planned in the place of created and updated, and the same rejections.
func TestDryRunTellsTheRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, fmt.Sprintf(chain, drawStep(rt, "person"), drawStep(rt, "ticket")), nil)
		ext := rapid.SliceOfN(rapid.IntRange(0, 2), 6, 6).Draw(rt, "external ids")
		runs := rapid.IntRange(1, 3).Draw(rt, "runs")
		for range runs {
			b.file("people.csv", drawPeople(rt))
			b.file("tickets.csv", drawTickets(rt, ext))
			limit := rapid.SampledFrom([]int{0, 0, 0, 3}).Draw(rt, "limit")
			step := rapid.SampledFrom([]string{"", "", "", "person", "ticket"}).Draw(rt, "step")
			opts := func(o *Options) { o.Limit, o.Step = limit, step }
			requests := len(b.service.log)
			dry := b.mustRun(opts, func(o *Options) { o.DryRun = true })
			if len(b.service.log) != requests {
				rt.Fatalf("the dry run asked Kustomer: %v", b.service.log[requests:])
			}
			said := b.told()
			run := b.mustRun(opts)
			if diff := cmp.Diff(tallyOf(run), tallyOf(dry)); diff != "" {
				rt.Fatalf("the dry run differs: %s", diff)
			}
			if diff := cmp.Diff(b.told(), said); diff != "" {
				rt.Fatalf("the dry run tells other rows: %s", diff)
			}
		}
	})
}

// tallyOf counts by step; what is sent is one.
func tallyOf(sum Summary) map[string]int {
	counts := map[string]int{}
	for _, s := range sum.Steps {
		counts[s.Name+" sent"] = s.Of(ledger.Created) + s.Of(ledger.Updated) + s.Of(ledger.Planned)
		for _, o := range ledger.Outcomes {
			if o != ledger.Created && o != ledger.Updated && o != ledger.Planned {
				counts[s.Name+" "+string(o)] = s.Of(o)
			}
		}
	}
	return counts
}

// told lists what became of each row, and at which stage.
func (b *bench) told() map[string]string {
	rows := map[string]string{}
	for _, s := range b.settled {
		outcome := s.Outcome
		if outcome == ledger.Created || outcome == ledger.Updated {
			outcome = ledger.Planned
		}
		rows[fmt.Sprintf("%s %v", s.Step, s.Row.Pos)] = fmt.Sprintf("%s %s %s", outcome, s.Stage, s.Field)
	}
	return rows
}
