package catalog

import (
	"slices"

	"github.com/kustsync/kustsync/sinks"
)

// Sinks that change an object which the field id names, made of the sinks that create such objects.

// updateOf is the sink that updates what another creates: by its update route, with the fields that an
// update takes. moved says what to do instead of some fields that only a create takes.
func updateOf(of sinks.Spec, name, doc string, moved map[string]string) sinks.Spec {
	s := sinks.Spec{
		Name: name, Doc: doc, Object: of.Object, Kind: sinks.Changes, Target: targetID,
		Create: []sinks.Route{*of.Update}, Params: of.Params, Preserve: of.Preserve,
		Roles: of.Roles[1:], // all but the right to create
	}
	if of.Batch != nil {
		s.Batch = batches(of.Batch.Path)
	}
	s.Fields = changeFields(of)
	for _, not := range of.NotFields {
		if _, ok := s.Field(not.Name); !ok {
			s.NotFields = append(s.NotFields, not)
		}
	}
	for _, f := range of.Fields {
		if _, kept := s.Field(f.Name); kept {
			continue
		}
		hint, ok := moved[f.Name]
		if !ok {
			hint = "leave it out; it is set when the object is created, and stays"
		}
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			s.NotFields = append(s.NotFields, sinks.NotField{Name: n, Hint: hint})
		}
	}
	return s
}

// changeFields lists the fields of a change: id, the params, and what an update takes, none of it
// required and none with a default.
func changeFields(of sinks.Spec) []sinks.Field {
	fields := []sinks.Field{targetField(of.Object)}
	for _, f := range of.Fields {
		switch {
		case slices.Contains(of.Params, f.Name):
			fields = append(fields, f)
			continue
		case f.Use == sinks.CreateOnly:
			continue
		case f.Name == of.ExternalID:
			f.Doc = "its id in the source system, when that is to change"
		}
		f.Use, f.Required, f.Default = sinks.Both, false, nil
		f.Enum, f.EnumUpdate = slices.Concat(f.Enum, f.EnumUpdate), nil
		fields = append(fields, f)
	}
	return fields
}

// targetField names the object that is changed, in the path.
func targetField(object string) sinks.Field {
	return required(idField(targetID, "Kustomer's id of the "+object))
}

// changeOf is a sink that changes an object by one route of its own.
func changeOf(object string, route sinks.Route, own ...sinks.Field) sinks.Spec {
	return sinks.Spec{
		Object: object, Kind: sinks.Changes, Target: targetID, Create: []sinks.Route{route},
		Fields: append([]sinks.Field{targetField(object)}, own...),
		Roles:  changeRoles(object),
	}
}

// changeRoles are what a change needs that reads nothing.
func changeRoles(object string) []sinks.Role {
	return slices.DeleteFunc(roles(object), func(r sinks.Role) bool { return r.For != "update" })
}
