package pipeline

import (
	"bytes"
	"encoding/json"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Counters counts the rows of a step, or of a run, by outcome. Every row that was read for a step
// is in exactly one counter.
type Counters struct {
	byOutcome [len(ledger.Outcomes)]int
}

// Add counts one row.
func (c *Counters) Add(o ledger.Outcome) { c.byOutcome[slot(o)]++ }

// Of returns the number of rows with that outcome.
func (c *Counters) Of(o ledger.Outcome) int { return c.byOutcome[slot(o)] }

// Rows is the number of rows read: the sum of all outcomes.
func (c *Counters) Rows() int {
	sum := 0
	for _, n := range c.byOutcome {
		sum += n
	}
	return sum
}

// MarshalJSON writes rows and then each outcome under its own name.
func (c Counters) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	c.writeMembers(&b)
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (c *Counters) writeMembers(b *bytes.Buffer) {
	writeMember(b, "rows", c.Rows())
	for i, o := range ledger.Outcomes {
		b.WriteByte(',')
		writeMember(b, string(o), c.byOutcome[i])
	}
}

func slot(o ledger.Outcome) int {
	for i, known := range ledger.Outcomes {
		if known == o {
			return i
		}
	}
	panic("unknown outcome " + string(o)) // a fault of this program, never of its input
}

// Summary is the result of a run, as `run --json` prints it (contract.md, section 4).
type Summary struct {
	RunID    string
	Pipeline string
	Target   string
	DryRun   bool
	Counters
	Requests      int64
	HTTP429       int64
	DurationMS    int64
	Steps         []StepSummary // in the order in which they ran
	RejectedFiles []string      // absolute paths
	Guards        []GuardResult // what guards found, also where it was let pass

	// For people; not in the JSON.
	Limit int          // requests a minute that the org has; 0 when not known
	Loads []batch.Load // what a dry run would send
	Finds int          // what the templates of a dry run would ask Kustomer for, each question once
}

// StepSummary is one step's share of a Summary.
type StepSummary struct {
	Name string
	Counters
	// Delivers: its messages reach people, and so many, each counted once, were reached by the rows that
	// were created, or would be by those that are planned.
	Delivers   bool
	Recipients int
	Gone       int  // keys that the ledger has loaded and its source, which holds all rows every time, no longer has
	ByHand     bool // what it leaves in doubt no later run can settle: that is for a person
}

// MarshalJSON writes the counters and, where the step delivers, recipients.
func (s StepSummary) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	s.writeMembers(&b)
	if s.Delivers {
		b.WriteByte(',')
		writeMember(&b, "recipients", s.Recipients)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// step returns the share of the named step, adding it at its first use.
func (s *Summary) step(name string) *StepSummary {
	for i := range s.Steps {
		if s.Steps[i].Name == name {
			return &s.Steps[i]
		}
	}
	s.Steps = append(s.Steps, StepSummary{Name: name})
	return &s.Steps[len(s.Steps)-1]
}

// MarshalJSON writes the members in the order of contract.md, section 4. There are guards only where one found something, and
// gone only where keys are.
func (s Summary) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	writeMember(&b, "run_id", s.RunID)
	b.WriteByte(',')
	writeMember(&b, "pipeline", s.Pipeline)
	b.WriteByte(',')
	writeMember(&b, "target", s.Target)
	b.WriteByte(',')
	writeMember(&b, "dry_run", s.DryRun)
	b.WriteByte(',')
	s.writeMembers(&b)
	for _, m := range []struct {
		name  string
		value any
	}{
		{"requests", s.Requests},
		{"http_429", s.HTTP429},
		{"duration_ms", s.DurationMS},
		{"steps", stepsObject(s.Steps)},
		{"rejected_files", append([]string{}, s.RejectedFiles...)},
	} {
		b.WriteByte(',')
		writeMember(&b, m.name, m.value)
	}
	if len(s.Guards) > 0 {
		b.WriteByte(',')
		writeMember(&b, "guards", s.Guards)
	}
	if gone := s.gone(); len(gone) > 0 {
		b.WriteByte(',')
		writeMember(&b, "gone", gone)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// gone is how many keys are gone, by step, where any are.
func (s Summary) gone() map[string]int {
	gone := map[string]int{}
	for _, step := range s.Steps {
		if step.Gone > 0 {
			gone[step.Name] = step.Gone
		}
	}
	return gone
}

// stepsObject writes steps as one JSON object that keeps their order.
type stepsObject []StepSummary

// MarshalJSON implements json.Marshaler.
func (steps stepsObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, s := range steps {
		if i > 0 {
			b.WriteByte(',')
		}
		writeMember(&b, s.Name, s)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// writeMember writes "name":value. The values are numbers, strings and types of this file, which
// always marshal.
func writeMember(b *bytes.Buffer, name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("null")
	}
	quoted, _ := json.Marshal(name) // a string always marshals
	b.Write(quoted)
	b.WriteByte(':')
	b.Write(text)
}
