package render

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
)

// LaneKind says what the rows of a lane have in common.
type LaneKind uint64

// The kinds of lanes.
const (
	ByKey        LaneKind = iota // they are one object
	ByExternalID                 // only the first of them can have it
	ByOrder                      // they have one ordering key
	ByTarget                     // they change one object, which takes one change at a time (kustomer-api.md 2.3)
)

// LaneName names a lane: rows of one LaneName are sent one after another, in the order of their source.
type LaneName struct {
	Kind LaneKind
	Name string
}

// Lanes appends the names of the lanes of a row that has its key. The error is an *UnreadError, or a *FieldError for
// the ordering key.
func (r *Renderer) Lanes(ctx context.Context, row *Row, to []LaneName) ([]LaneName, error) {
	to = append(to, LaneName{ByKey, row.Key})
	if r.step.ExternalID != nil {
		if id, ok := r.EarlyExternalID(row); ok {
			to = append(to, LaneName{ByExternalID, id})
		}
	}
	if r.step.TargetPart != nil {
		if id, ok := r.earlyTarget(ctx, row); ok {
			to = append(to, LaneName{ByTarget, id})
		}
	}
	if r.step.Lane == nil {
		return to, nil
	}
	in := r.input(row, row.Key)
	defer release(in)
	in.Ref = r.refOf(ctx, row)
	name, err := r.step.Lane.Text(in)
	var unread *UnreadError
	if errors.As(err, &unread) {
		return to, unread
	}
	if err != nil {
		return to, &FieldError{"ordering_key", err}
	}
	if name != "" {
		to = append(to, LaneName{ByOrder, name})
	}
	return to, nil
}

// earlyTarget renders what names the object that a row changes. An object that is found is named by the
// question, so that nobody is asked here. False: it has none; the row will say why.
func (r *Renderer) earlyTarget(ctx context.Context, row *Row) (string, bool) {
	in := r.input(row, row.Key)
	defer release(in)
	in.Ref, in.Find = r.refOf(ctx, row), byQuestion
	payload, err := r.step.TargetPart.Apply(in)
	if err != nil {
		return "", false
	}
	for _, value := range payload { // the one field, under its name or an alias
		switch v := value.(type) {
		case string:
			return strings.ToLower(v), true
		case mappings.RunTimeValue:
			return v.Question, true
		}
	}
	return "", false
}

// byQuestion stands for find where only sameness counts.
func byQuestion(kind, by string, args []string) (any, bool, error) {
	return mappings.RunTimeValue{Question: strings.Join(append([]string{kind, by}, args...), "\x00")}, true, nil
}

// EarlyExternalID renders the external id of a row that has its key, before the objects are there that the other
// fields refer to. False: it has none that can be known now.
func (r *Renderer) EarlyExternalID(row *Row) (string, bool) {
	only := r.step.ExternalID
	if only == nil {
		return row.Key, true
	}
	if len(only.Refs())+len(only.Finds()) > 0 {
		return "", false
	}
	in := r.input(row, row.Key)
	defer release(in)
	payload, err := only.Apply(in)
	if err != nil {
		return "", false
	}
	value, set := payload[r.step.Spec.ExternalID]
	if !set {
		return row.Key, true
	}
	id := fmt.Sprint(value)
	return id, id != ""
}
