package drive

import (
	"context"
	"fmt"
	"slices"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/sinks"
)

// ReadBack compares an object that a bulk job says to have made for an item with the row: its external id, and what it
// belongs to. An error says in what it differs. Where the object cannot be read, or shows neither, the user is told, and the
// job is believed (decisions.md 3.3).
func (j Journal) ReadBack(ctx context.Context, item *batch.Item, id string) error {
	return j.compare(ctx, rowOf(item), id)
}

// ReadBackLater is ReadBack for a row that an earlier run has sent. An update makes no object.
func (j Journal) ReadBackLater(ctx context.Context, r *Row, id string) error {
	if in := r.Facts.Begun; in == nil || in.KustomerID != "" {
		return nil
	}
	return j.compare(ctx, r, id)
}

func (j Journal) compare(ctx context.Context, r *Row, id string) error {
	reader, ok := j.Run.Sink.(sinks.BackReader)
	if !ok {
		return nil
	}
	if !j.Run.Places.Acquire(ctx) {
		return nil // the run ends: what the job says is settled or not, and the next run goes on
	}
	have, err := reader.ReadBack(ctx, j.Spec, id)
	j.Run.Places.Release()
	switch {
	case isGone(err):
		return fmt.Errorf("%s, which it names, is not there", id)
	case err != nil:
		j.tellUnread(err.Error())
		return nil
	}
	content := identityOf(j.Step, r.Payload())
	for name := range content {
		if have[name] == nil {
			delete(content, name)
		}
	}
	switch {
	case len(content) == 0:
		j.tellUnread("it shows neither an external id nor what it belongs to")
	case !holds(j.Spec, content, have):
		return fmt.Errorf("%s has another external id, or belongs to another object, than the row that it is named for", id)
	}
	return nil
}

// tellUnread says that an object could not be compared.
func (j Journal) tellUnread(why string) {
	j.Info("what bulk jobs say is believed without a look at an object that they made: " + why)
}

// identityOf is what of a payload tells an object from others of its kind: its external id, and what it belongs to for good.
// What else it refers to, such as a team, rules of the org may change at once.
func identityOf(s *Step, payload map[string]any) map[string]any {
	content := map[string]any{}
	for name, value := range payload {
		field, ok := s.Spec.Field(name)
		isParent := ok && field.Type == sinks.ID && (field.Use == sinks.CreateOnly || slices.Contains(s.Spec.Batch.Needs, name))
		if ok && value != nil && (name == s.Spec.ExternalID || isParent) {
			content[name] = value
		}
	}
	return content
}
