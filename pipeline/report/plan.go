package report

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// maxExamples is how many rows of a step with the same action are shown in full.
const maxExamples = 3

// Plan is an Observer of a survey. It counts rows by what a run would do about them, shows the first rows of each
// action in full, and writes to a file every row that a run would send or cannot load, or that has a message.
type Plan struct {
	steps    []*PlanStep
	examples map[string][]PlanRow // by exampleGroup
	details  *json.Encoder
	written  int   // rows in the file
	err      error // of the first write that failed
}

// PlanStep counts the rows of one step.
type PlanStep struct {
	Name    string
	counts  map[drive.Action]int
	Unknown int // rows whose object Kustomer has and the ledger does not know
}

// Of returns how many rows have that action.
func (s *PlanStep) Of(a drive.Action) int { return s.counts[a] }

// PlanRow is one row of a plan, as its file holds it.
type PlanRow struct {
	Step    string             `json:"step"`
	Key     string             `json:"key"`
	Place   string             `json:"place"`
	Action  drive.Action       `json:"action"`
	ID      string             `json:"id,omitempty"`
	Changes []sinks.Difference `json:"changes,omitempty"`
	Method  string             `json:"method,omitempty"`
	Path    string             `json:"path,omitempty"`
	Body    any                `json:"body,omitempty"`
	Stage   decide.Stage       `json:"stage,omitempty"`
	Field   string             `json:"field,omitempty"`
	Message string             `json:"message,omitempty"`

	number int // of the row in its source
}

// NewPlan returns a Plan that writes rows to details, one JSON object a line.
func NewPlan(details io.Writer) *Plan {
	enc := json.NewEncoder(details)
	enc.SetEscapeHTML(false)
	return &Plan{details: enc, examples: map[string][]PlanRow{}}
}

// StepStarted implements pipeline.Observer.
func (p *Plan) StepStarted(step *program.Step) {
	p.steps = append(p.steps, &PlanStep{Name: step.Name(), counts: map[drive.Action]int{}})
}

// Settled implements pipeline.Observer.
func (p *Plan) Settled(s pipeline.Settlement) {
	if s.Verdict == nil {
		return
	}
	step := p.steps[len(p.steps)-1] // steps run one after the other
	step.counts[s.Verdict.Action]++
	if s.Verdict.Unknown {
		step.Unknown++
	}
	row := planRow(s)
	if row.Action == drive.ActSkip || row.Action == drive.ActUnchanged && row.Message == "" {
		return
	}
	p.written++
	if err := p.details.Encode(row); err != nil && p.err == nil {
		p.err = err
	}
	if row.Action.IsChange() || row.Action.IsProblem() {
		p.addExample(row)
	}
}

// addExample adds a row to the examples of its step and action, which are those with the lowest row numbers: rows
// settle in any order.
func (p *Plan) addExample(row PlanRow) {
	group := exampleGroup(row.Step, row.Action)
	rows := append(slices.Clip(p.examples[group]), row)
	slices.SortStableFunc(rows, func(a, b PlanRow) int { return a.number - b.number })
	p.examples[group] = rows[:min(len(rows), maxExamples)]
}

// exampleGroup is the key of Plan.examples for the rows of a step with that action.
func exampleGroup(step string, a drive.Action) string { return step + " " + string(a) }

// Note implements pipeline.Observer.
func (p *Plan) Note(string, string) {}

// Waiting implements pipeline.Observer.
func (p *Plan) Waiting(string, int) {}

// planRow is a settled row as the file of the plan holds it.
func planRow(s pipeline.Settlement) PlanRow {
	v := s.Verdict
	row := PlanRow{
		Step: s.Step, Key: s.Key, Place: s.Row.Pos.String(), Action: v.Action, ID: s.ID,
		Changes: v.Changes, Method: v.Method, Path: v.Path, Body: v.Body,
		Stage: s.Stage, Field: s.Field, Message: s.Message, number: s.Number,
	}
	if members, ok := row.Body.(map[string]any); ok && len(members) == 0 {
		row.Body = nil
	}
	if s.Changed {
		row.Message = "the row differs from what was loaded, and is left as it is (if_exists)"
	}
	return row
}

// Steps lists the steps in the order in which they run.
func (p *Plan) Steps() []*PlanStep { return p.steps }

// Of returns how many rows of all steps have that action.
func (p *Plan) Of(a drive.Action) int {
	n := 0
	for _, s := range p.steps {
		n += s.counts[a]
	}
	return n
}

// Sum returns how many rows have an action that counted returns true for, such as drive.Action.IsChange.
func (p *Plan) Sum(counted func(drive.Action) bool) int {
	n := 0
	for _, a := range drive.Actions {
		if counted(a) {
			n += p.Of(a)
		}
	}
	return n
}

// More returns how many rows of the file Write does not print.
func (p *Plan) More() int {
	n := p.written
	for _, rows := range p.examples {
		n -= len(rows)
	}
	return n
}

// Err returns the error of the first row that could not be written to the file, nil when all were.
func (p *Plan) Err() error { return p.err }

// Counts returns the rows of each step by action, zeros left out, as JSON shows them.
func (p *Plan) Counts() map[string]map[drive.Action]int {
	all := map[string]map[drive.Action]int{}
	for _, s := range p.steps {
		all[s.Name] = s.counts
	}
	return all
}

// Write prints the counts as a table, and the first rows of each action in full.
func (p *Plan) Write(w io.Writer, s Style) error {
	if err := p.table().Write(w, s); err != nil {
		return err
	}
	for _, step := range p.steps {
		for _, a := range drive.Actions {
			for _, row := range p.examples[exampleGroup(step.Name, a)] {
				if err := row.write(w, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// table counts the rows by step and action, without the actions that no row has.
func (p *Plan) table() *Table {
	header := []string{"step"}
	var shown []drive.Action
	for _, a := range drive.Actions {
		if p.Of(a) > 0 {
			shown = append(shown, a)
			header = append(header, ">"+strings.ReplaceAll(string(a), "_", " "))
		}
	}
	t := NewTable(header...)
	line := func(name string, of func(drive.Action) int) {
		cells := []string{name}
		for _, a := range shown {
			cells = append(cells, Count(of(a)))
		}
		t.Add(cells...)
	}
	for _, s := range p.steps {
		line(s.Name, s.Of)
	}
	if len(p.steps) > 1 {
		line("total", p.Of)
	}
	return t
}
