package sinks

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Fit turns a rendered payload into what the service takes: aliases resolved, defaults put in on
// create, create-only fields left out on update, every value converted to its field's type and
// checked. The result holds only string, json.Number, bool, nil, []any and map[string]any, and RunTimeValue
// where payload has it; fitting it again changes nothing. payload is not changed; a nil in it is an explicit null.
//
// The error is a *FitError with all that does not fit; any other error says that the Spec is wrong.
func (s *Spec) Fit(op Op, payload map[string]any) (map[string]any, error) {
	return s.fit(&fitter{spec: s, op: op}, payload)
}

// FitInPlace is Fit for a payload that the caller needs no more, with all that is in it: it is changed and returned, which
// takes half the time.
func (s *Spec) FitInPlace(op Op, payload map[string]any) (map[string]any, error) {
	return s.fit(&fitter{spec: s, op: op, inPlace: true}, payload)
}

func (s *Spec) fit(f *fitter, payload map[string]any) (map[string]any, error) {
	prep, err := s.prepare()
	if err != nil {
		return nil, err
	}
	f.path = make([]segment, 0, 8)
	out := f.members(prep, payload)
	if f.op == Create && f.first == nil {
		f.checkRoute(out)
		f.checkMustDiffer(out)
	}
	if f.first != nil {
		return nil, f.first
	}
	return out, nil
}

// fitter fits one payload and gathers its FitErrors.
type fitter struct {
	spec    *Spec
	op      Op
	inPlace bool      // the payload may be changed
	path    []segment // of the value that is being fitted
	first   *FitError
}

func (f *fitter) enter(name string) { f.path = append(f.path, segment{name: name}) }
func (f *fitter) enterItem(i int)   { f.path = append(f.path, segment{index: i}) }
func (f *fitter) leave()            { f.path = f.path[:len(f.path)-1] }

// fail records that the value that is being fitted breaks a rule.
func (f *fitter) fail(rule string, v any, format string, args ...any) {
	failed := &FitError{Field: pathText(f.path), Rule: rule, Message: fmt.Sprintf(format, args...), Value: shortValue(v)}
	switch {
	case f.first == nil:
		f.first = failed
	case len(f.first.More) < maxFitErrors-1:
		f.first.More = append(f.first.More, failed)
	}
}

// members fits the members of an object, or of the payload itself.
func (f *fitter) members(prep *preparedFields, in map[string]any) map[string]any {
	inPlace, given := f.inPlace, len(in) // in may be out, and get defaults
	out, known := f.roomFor(in), 0
	for _, n := range prep.fields {
		f.enter(n.Name)
		var v any
		times := 0
		if known < given {
			v, times = f.given(n, in)
			known += times
		}
		if f.inPlace && times > 0 && len(n.Aliases) > 0 {
			f.dropAliases(n, in)
		}
		if times == 0 {
			v, times = f.absent(n)
			f.inPlace = false // all rows share a default
		}
		if times > 0 {
			f.member(out, n, v)
		}
		f.inPlace = inPlace
		f.leave()
	}
	if known < given {
		f.unknown(prep, in)
	}
	return out
}

// roomFor returns the object that gets the fitted members of in: in itself where it may be changed.
func (f *fitter) roomFor(in map[string]any) map[string]any {
	if f.inPlace {
		return in
	}
	return make(map[string]any, len(in)+1)
}

// member fits a value and puts it into out, unless it is not wanted or does not fit.
func (f *fitter) member(out map[string]any, n *preparedField, v any) {
	if f.wanted(n) {
		if fitted, ok := f.value(n, v); ok {
			if !f.isUnchanged(v, fitted) || len(n.Aliases) > 0 {
				out[n.Name] = fitted
			}
			return
		}
	}
	if f.inPlace {
		delete(out, n.Name)
	}
}

// isUnchanged reports whether fitting has left a text of the payload as it was. Most texts are left, and to write them
// into the map again costs more than to compare.
func (f *fitter) isUnchanged(v, fitted any) bool {
	if !f.inPlace {
		return false
	}
	before, isText := v.(string)
	after, still := fitted.(string)
	return isText && still && before == after
}

// dropAliases deletes a value under the aliases of its field; it is put in under the field's name.
func (f *fitter) dropAliases(n *preparedField, in map[string]any) {
	for _, alias := range n.Aliases {
		delete(in, alias)
	}
}

// given finds the value of a field under its name and its aliases. times is how many of these are set.
func (f *fitter) given(n *preparedField, in map[string]any) (v any, times int) {
	v, ok := in[n.Name]
	if ok {
		times = 1
	}
	for _, alias := range n.Aliases {
		if other, ok := in[alias]; ok {
			v = other
			times++
		}
	}
	if times > 1 {
		f.fail("alias", nil, "set more than once, as %s; keep one of them",
			strings.Join(append([]string{n.Name}, n.Aliases...), " or "))
	}
	return v, times
}

// absent is the value of a field that the mapping does not set: its default. It is an error when the field is
// required. An update may leave out whole fields, but not members of an object that it sends.
func (f *fitter) absent(n *preparedField) (v any, times int) {
	whole := len(f.path) == 1
	switch {
	case whole && f.op == Update:
	case n.Default != nil:
		return n.Default, 1
	case n.Required:
		f.fail("required", nil, "missing or empty, and required; map it, or correct the row")
	}
	return nil, 0
}

// wanted reports whether the operation takes the field. A create-only field is left out of an update, and
// a parameter of the sink, which With has put in its place already, out of every payload.
func (f *fitter) wanted(n *preparedField) bool {
	switch {
	case len(f.path) == 1 && slices.Contains(f.spec.Params, n.Name):
		return false
	case n.Use == CreateOnly:
		return f.op == Create
	case n.Use == UpdateOnly && f.op == Create:
		f.fail("use", nil, "only an update takes this field; leave it out of the mapping")
		return false
	}
	return true
}

// unknown records an error for every member that is no field.
func (f *fitter) unknown(prep *preparedFields, in map[string]any) {
	for _, name := range sortedNames(nil, in) {
		if prep.has(name) {
			continue
		}
		hint := "leave it out; the fields are " + strings.Join(prep.names(), ", ")
		if len(f.path) == 0 {
			hint = f.spec.adviceFor(name)
		}
		f.enter(name)
		f.fail("unknown", in[name], "no such field; %s", hint)
		f.leave()
	}
}

// adviceFor says what to do about a name that is no field of the sink.
func (s *Spec) adviceFor(name string) string {
	for _, not := range s.NotFields {
		if not.Name == name {
			return not.Hint
		}
	}
	return "see `kustsync sinks " + s.Name + "` for those there are"
}

// checkRoute records an error when no create route has all the fields of its path.
func (f *fitter) checkRoute(out map[string]any) {
	if len(f.spec.Create) == 0 {
		return
	}
	if r, ok := f.spec.Route(Create, out); ok {
		f.checkChanges(r, out)
		return
	}
	var ways []string
	for _, r := range f.spec.Create {
		ways = append(ways, strings.Join(slices.Collect(r.fields()), " and "))
	}
	f.enter(ways[0])
	f.fail("required", nil, "missing or empty, and needed for the request's path; map %s", strings.Join(ways, " or "))
	f.leave()
}

// checkMustDiffer records an error when two fields that must differ have one value.
func (f *fitter) checkMustDiffer(out map[string]any) {
	one, other := f.spec.MustDiffer[0], f.spec.MustDiffer[1]
	if v, ok := out[one]; !ok || one == "" || v != out[other] {
		return
	}
	f.enter(other)
	f.fail("apart", out[other], "the same as %s, and the two must differ; correct the row, or leave it out with when", one)
	f.leave()
}

// checkChanges records an error when a payload names an object and nothing that is to change of it.
func (f *fitter) checkChanges(r Route, out map[string]any) {
	inPath := 0
	for name := range r.fields() {
		if _, ok := out[name]; ok {
			inPath++
		}
	}
	if f.spec.Kind == Changes && r.Method != http.MethodDelete && r.Body == "" && len(out) == inPath {
		f.enter(f.spec.Target)
		f.fail("required", nil, "nothing but this is there, so there is nothing to change; map a field that is to change, or correct the row")
		f.leave()
	}
}
