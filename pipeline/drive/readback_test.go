package drive

import (
	"context"
	"testing"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/sinks"
)

// shownSink shows one object.
type shownSink struct {
	sinks.Sink
	have map[string]any
	err  error
}

func (s shownSink) ReadBack(context.Context, *sinks.Spec, string) (map[string]any, error) {
	return s.have, s.err
}

// TestReadBack: an object is another one where its external id or its parent differs, or where it is not there; what cannot be told is
// told to the user, and believed.
func TestReadBack(t *testing.T) {
	const parent, other = "65a0c0ffee0000000000abcd", "65a0c0ffee0000000000abce"
	for _, c := range []struct {
		name    string
		have    map[string]any
		err     error
		refused bool
		said    int
	}{
		{"the same", map[string]any{"externalId": "1", "person": parent, "team": other}, nil, false, 0},
		{"another team", map[string]any{"externalId": "1", "person": parent, "team": parent}, nil, false, 0},
		{"another external id", map[string]any{"externalId": "2", "person": parent}, nil, true, 0},
		{"another parent", map[string]any{"externalId": "1", "person": other}, nil, true, 0},
		{"no external id is shown", map[string]any{"person": other}, nil, true, 0},
		{"nothing is shown", map[string]any{"name": "x"}, nil, false, 1},
		{"it is not there", nil, &sinks.Error{Class: sinks.Missing, Message: "there is none"}, true, 0},
		{"the key may not read", nil, &sinks.Error{Class: sinks.Forbidden, Message: "no"}, false, 1},
		{"no answer", nil, &sinks.Error{Class: sinks.Unknown, Message: "no"}, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStep(nil)
			specs := sinks.Prepare(sinks.Spec{
				Name: "make_ticket", Object: "ticket", ExternalID: "externalId", Create: []sinks.Route{{Method: "POST", Path: "/tickets"}},
				Fields: []sinks.Field{
					{Name: "externalId", Type: sinks.Text}, {Name: "team", Type: sinks.ID},
					{Name: "person", Type: sinks.ID, Use: sinks.CreateOnly},
				},
				Batch: &sinks.Batches{},
			})
			s.Spec, s.Run.Sink = &specs[0], shownSink{have: c.have, err: c.err}
			said := 0
			s.Info = func(string) { said++ }
			r := newRow("1", map[string]any{"externalId": "1", "person": parent, "team": other})
			err := Journal{s}.ReadBack(t.Context(), &batch.Item{Owner: r}, "id1")
			if (err != nil) != c.refused || said != c.said {
				t.Errorf("%v, said %d times", err, said)
			}
		})
	}
}
