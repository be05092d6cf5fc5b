package pipeline

import (
	"errors"

	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/sinks"
)

// Verdict is what a survey found out about a row.
type Verdict struct {
	Action drive.Action
	// Unknown: Kustomer has the object, and the ledger did not know.
	Unknown bool
	Changes []sinks.Difference // of an update; ids that are not known yet stand as <id of customer "zd-1">
	// The request, of a create or a send.
	Method, Path string
	Body         any            // nil for nothing
	Payload      map[string]any // as fitted; nil when the row did not come so far. Not to be changed.
}

// verdict is the verdict on a row in a survey; nil in any other run.
func (s *runningStep) verdict(r *row, end *drive.Ending) *Verdict {
	if !s.mode.survey {
		return nil
	}
	v := &Verdict{Action: drive.ActionOf(end), Unknown: end.Unknown, Payload: r.Payload()}
	for _, c := range end.Changes {
		v.Changes = append(v.Changes, sinks.Difference{Field: c.Field, Old: c.Old, New: r.Placeholders.Show(c.New)})
	}
	if v.Action == drive.ActCreate || v.Action == drive.ActSend {
		shown, _ := s.request(r) // Fit has checked that there is a route
		v.Method, v.Path, v.Body = shown.method, shown.path, shown.body
	}
	return v
}

// shownRequest is a request as it is shown, with placeholders as what they stand for.
type shownRequest struct {
	method, path string
	body         any // nil for nothing
}

// request is the request that creates a row's object.
func (s *runningStep) request(r *row) (shown shownRequest, err error) {
	route, ok := s.step.Spec.Route(sinks.Create, r.Payload())
	if !ok {
		return shown, errors.New("no route of the sink takes this payload")
	}
	path, body, err := route.Fill(r.Payload(), "")
	if err != nil {
		return shown, err
	}
	shown.method, shown.path = route.Method, r.Placeholders.ShowText(path)
	if given, ok := route.Content(body); ok {
		shown.body = r.Placeholders.Show(given)
	}
	return shown, nil
}
