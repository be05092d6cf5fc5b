package reference

import (
	"io"
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// noEndpoint stands beside an action that nothing outside Kustomer can do.
const noEndpoint = "Kustomer has no public endpoint for this"

// Action is an action of Kustomer's workflows as --json prints it.
type Action struct {
	Group     string   `json:"group"`
	Action    string   `json:"action"`
	Sink      string   `json:"sink,omitempty"`
	Find      string   `json:"find,omitempty"`
	Functions []string `json:"functions,omitempty"`
	Possible  bool     `json:"possible"`
	Note      string   `json:"note,omitempty"`
}

// Actions describes actions for --json.
func Actions(actions []catalog.Action) (list []Action) {
	for _, a := range actions {
		list = append(list, Action{
			Group: a.Group, Action: a.Name, Sink: a.Sink, Find: a.Find,
			Functions: a.Functions, Possible: a.HasEndpoint(), Note: a.Note,
		})
	}
	return list
}

// WriteActions prints a table of actions, each with what does the same in a pipeline.
func WriteActions(w io.Writer, s report.Style, actions []catalog.Action) error {
	var rows [][]string
	for _, a := range actions {
		rows = append(rows, []string{a.Group, a.Name, Equivalent(a)})
	}
	return pageTable([]string{"group", "action in Kustomer", "sink, find or functions"}, rows).Write(w, s)
}

// Equivalent is what does the same as an action: a sink, a find, functions, or a sentence that says that
// nothing can.
func Equivalent(a catalog.Action) string {
	switch {
	case a.Sink != "":
		return a.Sink
	case a.Find != "":
		return a.Find
	case len(a.Functions) > 0:
		return strings.Join(a.Functions, ", ")
	}
	return noEndpoint
}
