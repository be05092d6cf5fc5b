package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// surveyed is a row with the verdict of a survey.
func surveyed(step, key string, number int, v pipeline.Verdict) pipeline.Settlement {
	return pipeline.Settlement{Step: step, Key: key, Number: number, Verdict: &v,
		Row: sources.Row{Pos: sources.Pos{File: "p.csv", Line: number + 1}}}
}

func TestPlan(t *testing.T) {
	var file, out bytes.Buffer
	p := NewPlan(&file)
	p.StepStarted(&program.Step{Config: &config.Step{Name: "customer"}})
	for _, number := range []int{5, 4, 3, 2, 1} {
		p.Settled(surveyed("customer", string(rune('a'+number)), number, pipeline.Verdict{
			Action: drive.ActCreate, Method: "POST", Path: "/v1/customers", Body: map[string]any{"name": "<b>"}}))
	}
	p.Settled(surveyed("customer", "u", 6, pipeline.Verdict{Action: drive.ActUpdate, Unknown: true, Changes: []sinks.Difference{
		{Field: "name", Old: nil, New: "Ann\x1b[31m"}, {Field: "tags", Old: strings.Repeat("x", 100), New: []any{"a"}}}}))
	p.Settled(surveyed("customer", "s", 7, pipeline.Verdict{Action: drive.ActSkip}))
	p.Settled(surveyed("customer", "n", 8, pipeline.Verdict{Action: drive.ActUnchanged}))
	differs := surveyed("customer", "k", 9, pipeline.Verdict{Action: drive.ActUnchanged})
	differs.Changed = true
	p.Settled(differs)
	p.StepStarted(&program.Step{Config: &config.Step{Name: "talk"}})
	blocked := surveyed("talk", "x", 1, pipeline.Verdict{Action: drive.ActBlocked})
	blocked.Field, blocked.Message = "customer", `customer "z" was never loaded`
	p.Settled(blocked)
	doubt := surveyed("talk", "d", 2, pipeline.Verdict{Action: drive.ActInDoubt})
	doubt.Message = "begun"
	p.Settled(doubt)
	p.Settled(pipeline.Settlement{Step: "talk"}) // has no verdict: it is not of a survey
	if err := p.Write(&out, Style{}); err != nil {
		t.Fatal(err)
	}
	want := `step      create  update  in doubt  unchanged  skipped  blocked
customer       5       1         0          2        1        0
talk           0       0         1          0        0        1
total          5       1         1          2        1        1

customer "b"  p.csv:2  create  POST /v1/customers
  {
    "name": "<b>"
  }

customer "c"  p.csv:3  create  POST /v1/customers
  {
    "name": "<b>"
  }

customer "d"  p.csv:4  create  POST /v1/customers
  {
    "name": "<b>"
  }

customer "u"  p.csv:7  update 
  field  is                                                                will be
  name   (none)                                                        ->  "Ann\u001b[31m"
  tags   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  ->  ["a"]

talk "d"  p.csv:3  in doubt: begun

talk "x"  p.csv:2  blocked: customer "z" was never loaded
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
	if lines := strings.Count(file.String(), "\n"); lines != 9 || p.More() != 3 || !strings.Contains(file.String(), `"name":"<b>"`) {
		t.Errorf("the file has %d lines, want 9, and %d rows are not shown, want 3:\n%s", lines, p.More(), file.String())
	}
	if !strings.Contains(file.String(), `"key":"k","place":"p.csv:10","action":"unchanged","message":"the row differs`) {
		t.Errorf("the file lacks row k, which differs from what was loaded and is not updated:\n%s", file.String())
	}
	if p.Sum(drive.Action.IsChange) != 7 || p.Sum(drive.Action.IsProblem) != 1 || p.Steps()[0].Unknown != 1 || p.Err() != nil {
		t.Errorf("%d changes, %d problems, %d unknown rows of customer, error %v; want 7, 1, 1 and none",
			p.Sum(drive.Action.IsChange), p.Sum(drive.Action.IsProblem), p.Steps()[0].Unknown, p.Err())
	}
}

// TestPlanOnAFullDisk checks that Err tells of a row that could not be written.
func TestPlanOnAFullDisk(t *testing.T) {
	p := NewPlan(fullDisk{})
	p.StepStarted(&program.Step{Config: &config.Step{Name: "customer"}})
	p.Settled(surveyed("customer", "a", 1, pipeline.Verdict{Action: drive.ActCreate}))
	if p.Err() == nil {
		t.Error("Err returns nil, want the error of the write")
	}
}

// fullDisk is a file that cannot be written.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }
