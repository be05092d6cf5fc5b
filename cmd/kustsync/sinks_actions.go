package main

import (
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// noEndpoint stands beside an action that nothing outside Kustomer can do.
const noEndpoint = "Kustomer has no public endpoint for this"

// actionJSON is an action as --json prints it.
type actionJSON struct {
	Group     string   `json:"group"`
	Action    string   `json:"action"`
	Sink      string   `json:"sink,omitempty"`
	Find      string   `json:"find,omitempty"`
	Functions []string `json:"functions,omitempty"`
	Possible  bool     `json:"possible"`
	Note      string   `json:"note,omitempty"`
}

// listActions prints every action of Kustomer's workflows, and what does the same.
func (a *app) listActions() error {
	var list []actionJSON
	var rows [][]string
	for _, action := range kustomer.Actions() {
		list = append(list, actionJSON{
			Group: action.Group, Action: action.Name, Sink: action.Sink, Find: action.Find,
			Functions: action.Functions, Possible: action.HasEndpoint(), Note: action.Note,
		})
		rows = append(rows, []string{action.Group, action.Name, doneBy(action)})
	}
	a.summary = map[string]any{"actions": list}
	if a.flags.json {
		return nil
	}
	return actionTable(rows).Write(a.out, a.style(a.out))
}

func actionTable(rows [][]string) *report.Table {
	return pageTable([]string{"group", "action in Kustomer", "sink, find or functions"}, rows)
}

// doneBy says what does the same as an action.
func doneBy(a kustomer.Action) string {
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
