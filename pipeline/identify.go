package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// identify finds a row's key and its lanes. Not nil: the row ends here. An error ends the run.
func (r *stepRun) identify(t *task) (*ending, error) {
	if end := r.nameRow(t); end != nil {
		return end, nil
	}
	return r.findLanes(t)
}

// nameRow finds a row's key, unless the row is damaged or skipped. Not nil: the row ends here.
func (r *stepRun) nameRow(t *task) *ending {
	if t.err != nil {
		return new(rejected(StageSource, "", t.err.Error()))
	}
	in := t.input(r, "")
	if r.step.When != nil {
		wanted, err := r.step.When.Bool(in)
		if err != nil {
			return new(faulty("when", err))
		}
		if !wanted {
			return &ending{outcome: ledger.Skipped}
		}
	}
	key, err := r.step.Key.Text(in)
	if err == nil && key == "" {
		err = errors.New("the key is empty; every row needs one to be found again")
	}
	if err != nil {
		return new(faulty("key", err))
	}
	t.key = key
	return nil
}

// findLanes finds out behind which rows a row has to wait.
func (r *stepRun) findLanes(t *task) (*ending, error) {
	t.lanes = append(t.few[:0], r.lanes.of(byKey, t.key))
	if r.step.ExternalID != nil {
		if id, ok := r.externalIDOf(t); ok {
			t.lanes = append(t.lanes, r.lanes.of(byExternalID, id))
		}
	}
	if r.step.TargetPart != nil {
		if id, ok := r.earlyTarget(t); ok {
			t.lanes = append(t.lanes, r.lanes.of(byTarget, id))
		}
	}
	if r.step.Lane == nil {
		return nil, nil
	}
	in := t.input(r, t.key)
	in.Ref = r.refOf(t)
	name, err := r.step.Lane.Text(in)
	var unread *unreadError
	if errors.As(err, &unread) {
		end, err := r.unread(t, unread.err)
		return &end, err
	}
	if err != nil {
		return new(faulty("ordering_key", err)), nil
	}
	if name != "" {
		t.lanes = append(t.lanes, r.lanes.of(byOrder, name))
	}
	return nil, nil
}

// earlyTarget renders what names the object that a row changes. An object that is found is named by the
// question, so that nobody is asked here. False: it has none; the row will say why.
func (r *stepRun) earlyTarget(t *task) (string, bool) {
	in := t.input(r, t.key)
	in.Ref, in.Find = r.refOf(t), byQuestion
	payload, err := r.step.TargetPart.Apply(in)
	if err != nil {
		return "", false
	}
	for _, value := range payload { // the one field, under its name or an alias
		switch v := value.(type) {
		case string:
			return strings.ToLower(v), true
		case mappings.Later:
			return v.Question, true
		}
	}
	return "", false
}

// byQuestion stands for find where only sameness counts.
func byQuestion(kind, by string, args []string) (any, bool, error) {
	return mappings.Later{Question: strings.Join(append([]string{kind, by}, args...), "\x00")}, true, nil
}

// externalIDOf renders a row's external id before the objects are there that the other fields refer to.
// False: it has none that can be known now.
func (r *stepRun) externalIDOf(t *task) (string, bool) {
	only := r.step.ExternalID
	if only == nil {
		return t.key, true
	}
	if len(only.Refs())+len(only.Finds()) > 0 {
		return "", false
	}
	payload, err := only.Apply(t.input(r, t.key))
	if err != nil {
		return "", false
	}
	value, set := payload[r.step.Spec.ExternalID]
	if !set {
		return t.key, true
	}
	id := fmt.Sprint(value)
	return id, id != ""
}
