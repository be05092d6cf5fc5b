package program

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/sinks"
)

// A step with finalize: true has a finalizer: a step of kind Changes that runs after all others and writes again
// what they may have undone, the status of conversations that inbound messages reopen (kustomer-api.md 6.5).
// Its rows are entries of the ledger. What it has written stays settled, so that the next run writes it no more,
// unless a row that may undo it is sent: then its entry is made stale before that row's request is begun.

// FinalizerName is the name of the finalizer of the step with that name. No step of a file can have it.
func FinalizerName(step string) string { return step + " (finalize)" }

// IsFinalizerName reports whether a step of the ledger is the finalizer of some step.
func IsFinalizerName(name string) bool { return strings.HasSuffix(name, FinalizerName("")) }

// The columns of a finalizer's source.
const (
	FinalizerKey = "key" // of the object's row, in the step that made it
	FinalizerID  = "id"  // Kustomer's id of the object
)

// finalizerTarget is the field of a finalizer's sink that names the object. It fills {id} in the path of the update.
const finalizerTarget = "id"

// finalizer returns the finalizer of a step. A run makes a copy of it and gives the copy a source.
func (b *binder) finalizer(of *Step) *Step {
	name, final := FinalizerName(of.Name()), of.Spec.Final
	status, _ := of.Spec.Field(final.Field)
	field := *status
	field.Required = true
	var batch *sinks.Batches
	if of.Spec.Batch != nil {
		batch = new(*of.Spec.Batch)
		batch.Needs = nil // fields that only a create needs
	}
	spec := sinks.Prepare(sinks.Spec{
		Name: of.Spec.Name, Object: of.Spec.Object, Kind: sinks.Changes, Target: finalizerTarget,
		Create: []sinks.Route{*of.Spec.Update}, Batch: batch,
		Fields: []sinks.Field{{Name: finalizerTarget, Type: sinks.ID, Required: true}, field},
		Roles:  of.Spec.Roles, Learned: of.Spec.Learned,
	})[0]
	o := mappings.Options{Functions: functions.Table(), Step: name, Columns: []string{FinalizerKey, FinalizerID}, Location: b.file.Run.Timezone}
	text := func(value string) mappings.Node {
		return mappings.Node{Kind: mappings.Scalar, Text: mappings.Text{Value: value}}
	}
	mapping, diagnostics := mappings.Compile(mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{
		{Name: finalizerTarget, Value: text("{{ ." + FinalizerID + " }}")},
		{Name: field.Name, Value: text(final.Value)},
	}}, o)
	b.reportTemplate(diagnostics)
	o.KeyText = true
	s := &Step{
		Config: &config.Step{Name: name, Pos: of.Config.Pos, Sink: of.Config.Sink, OnDuplicate: config.First, PreserveCompany: true},
		Spec:   &spec, Mapping: mapping,
		Key: b.text(&mappings.Text{Value: "{{ ." + FinalizerKey + " }}"}, o),
	}
	s.nameObjects()
	return s
}

// bindFinalizer sets the finalizer of a step that has finalize: true.
func (b *binder) bindFinalizer(s *Step) {
	if !s.Config.Finalize {
		return
	}
	pos, _ := s.Config.Given("finalize")
	if s.Spec.Final == nil || s.Spec.Update == nil {
		b.report(pos, "later steps undo nothing of what "+s.Spec.Name+" makes", "leave finalize out")
		return
	}
	if _, mapped := fieldOf(&s.Config.Mapping, s.Spec, s.Spec.Final.Field); !mapped {
		b.report(pos, fmt.Sprintf("finalize is for what is loaded with %s: %s, and the step does not map it", s.Spec.Final.Field, s.Spec.Final.Value),
			"map "+s.Spec.Final.Field+", or leave finalize out")
		return
	}
	mark, err := fields.Mark(s.Spec.Final.Field, s.Spec.Final.Value)
	if err != nil {
		b.report(pos, err.Error(), "leave finalize out")
		return
	}
	s.Finalizer, s.FinalMark = b.finalizer(s), mark
}
