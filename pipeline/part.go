//go:build oldengine

package pipeline

import (
	"context"
	"maps"
	"strings"

	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// part is what of a row's content an update is to send.
type part struct {
	payload map[string]any
	news    int  // fields that are sent for their own sake, and not because an update must have them
	cut     bool // something was left out
}

// partOf leaves out of an update what the object has from an earlier run, as far as the ledger knows that, and
// what the step never overwrites. Somebody else may have changed those fields since.
func (r *stepRun) partOf(t *task, payload map[string]any) part {
	p := part{payload: payload}
	known := fields.Set("")
	if t.before != nil && t.open == 0 { // else an update may have happened in between
		known = fields.Set(t.before.fields)
	}
	for name, value := range payload {
		switch {
		case name == r.step.Spec.Target && r.step.Changes():
		case r.step.NeverOverwrite[name]:
			p.drop(name)
		case r.step.GoesAlong(name):
			if !known.Holds(name, t.Content()[name]) {
				p.news++
			}
		default:
			p.take(r.step, known, name, value, t.Content()[name])
		}
	}
	return p
}

// take keeps a field that is news; of a custom object those attributes that are.
func (p *part) take(step *program.Step, known fields.Set, name string, value, hashed any) {
	members, custom := fields.Attributes(step.Spec, name, value)
	if !custom {
		if known.Holds(name, hashed) {
			p.drop(name)
			return
		}
		p.news++
		return
	}
	before, _ := hashed.(map[string]any)
	news := map[string]any{}
	for member, v := range members {
		if path := name + "." + member; !step.NeverOverwrite[path] && !known.Holds(path, before[member]) {
			news[member] = v
		}
	}
	p.news += len(news)
	p.keepOnly(name, news, len(members))
}

// keepOnly leaves a custom object with some of its attributes.
func (p *part) keepOnly(name string, members map[string]any, had int) {
	switch len(members) {
	case had:
	case 0:
		p.drop(name)
	default:
		p.own()
		p.payload[name] = members
	}
}

// own makes the payload the part's own, before it is changed.
func (p *part) own() {
	if !p.cut {
		p.payload, p.cut = maps.Clone(p.payload), true
	}
}

func (p *part) drop(name string) {
	p.own()
	delete(p.payload, name)
}

// leaveFull leaves out those fields of set_if_empty that the object has a value for.
func (p *part) leaveFull(step *program.Step, have map[string]any) {
	for path := range step.SetIfEmpty {
		name, member, inside := strings.Cut(path, ".")
		value, sent := p.payload[name]
		switch {
		case !sent:
		case !inside && !sinks.Blank(have[name]):
			p.drop(name)
			p.news--
		case inside:
			members, _ := value.(map[string]any)
			has, _ := have[name].(map[string]any)
			if _, sent := members[member]; sent && !sinks.Blank(has[member]) {
				left := maps.Clone(members)
				delete(left, member)
				p.keepOnly(name, left, len(members))
				p.news--
			}
		}
	}
}

// looks reports whether it hangs on the object what an update sends.
func (p *part) looks(step *program.Step) bool {
	for path := range step.SetIfEmpty {
		name, member, inside := strings.Cut(path, ".")
		value, sent := p.payload[name]
		if members, _ := value.(map[string]any); sent && inside {
			_, sent = members[member]
		}
		if sent {
			return true
		}
	}
	return false
}

// revise sends that part of a content to an object which is news.
func (r *stepRun) revise(ctx context.Context, t *task, op sinks.Op, id string, payload map[string]any) (ending, error) {
	p := r.partOf(t, payload)
	if p.news == 0 && (p.cut || op == sinks.Update) {
		return r.nothingNew(t, id), nil
	}
	switch {
	case r.opts.Survey:
		return r.surveyPart(ctx, t, id, p)
	case r.opts.DryRun:
		return r.plannedUpdate(ctx, t, p)
	}
	if p.looks(r.step) {
		have, err := r.readObject(ctx, id)
		if err != nil {
			return r.unseen(t, err)
		}
		if p.leaveFull(r.step, have); p.news == 0 {
			return r.nothingNew(t, id), nil
		}
	}
	return r.write(ctx, t, op, id, p.payload)
}

// nothingNew ends a row of whose content nothing is to be sent: its object has it, or the step does not
// overwrite what it has.
func (r *stepRun) nothingNew(t *task, id string) ending {
	end := loaded(t, ledger.Existed, id, 0)
	if t.before != nil {
		end.outcome, end.recordAs = ledger.Unchanged, t.before.outcome
		if t.before.outcome == ledger.Rejected {
			end.recordAs = ledger.Existed
		}
	}
	end.same = true
	return end
}
