package sinks

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Fit turns a rendered payload into what the service takes: aliases resolved, defaults put in on
// create, create-only fields left out on update, every value converted to its field's type and
// checked. The result holds only string, json.Number, bool, nil, []any and map[string]any, and Later
// where payload has it; fitting it again changes nothing. payload is not changed; a nil in it is an explicit null.
//
// The error is a *FitError with every fault of the row; any other error is a fault of the Spec.
func (s *Spec) Fit(op Op, payload map[string]any) (map[string]any, error) {
	return s.fit(&fitter{spec: s, op: op}, payload)
}

// FitOwn is Fit for a payload that nobody else has, with all in it: it is changed, and returned where it
// fits. That takes half the time.
func (s *Spec) FitOwn(op Op, payload map[string]any) (map[string]any, error) {
	return s.fit(&fitter{spec: s, op: op, own: true}, payload)
}

func (s *Spec) fit(f *fitter, payload map[string]any) (map[string]any, error) {
	sh, err := s.ready()
	if err != nil {
		return nil, err
	}
	f.path = make([]segment, 0, 8)
	out := f.members(sh, payload)
	if f.op == Create && f.first == nil {
		f.route(out)
		f.apart(out)
	}
	if f.first != nil {
		return nil, f.first
	}
	return out, nil
}

// fitter fits one payload and gathers its faults.
type fitter struct {
	spec  *Spec
	op    Op
	own   bool      // the payload may be changed
	path  []segment // of the value at hand
	first *FitError
}

func (f *fitter) enter(name string) { f.path = append(f.path, segment{name: name}) }
func (f *fitter) enterItem(i int)   { f.path = append(f.path, segment{index: i}) }
func (f *fitter) leave()            { f.path = f.path[:len(f.path)-1] }

// fault records that the value at hand breaks a rule.
func (f *fitter) fault(rule string, v any, format string, args ...any) {
	fault := &FitError{Field: place(f.path), Rule: rule, Message: fmt.Sprintf(format, args...), Value: show(v)}
	switch {
	case f.first == nil:
		f.first = fault
	case len(f.first.More) < maxFaults-1:
		f.first.More = append(f.first.More, fault)
	}
}

// members fits the members of an object, or of the payload itself.
func (f *fitter) members(sh *shape, in map[string]any) map[string]any {
	own, given := f.own, len(in) // in may be out, and get defaults
	out, known := f.room(in), 0
	for _, n := range sh.fields {
		f.enter(n.Name)
		var v any
		times := 0
		if known < given {
			v, times = f.given(n, in)
			known += times
		}
		if f.own && times > 0 && len(n.Aliases) > 0 {
			f.dropAliases(n, in)
		}
		if times == 0 {
			v, times = f.absent(n)
			f.own = false // a default is everybody's
		}
		if times > 0 {
			f.member(out, n, v)
		}
		f.own = own
		f.leave()
	}
	if known < given {
		f.unknown(sh, in)
	}
	return out
}

// room returns the object that gets the fitted members of in: in itself where it may be changed.
func (f *fitter) room(in map[string]any) map[string]any {
	if f.own {
		return in
	}
	return make(map[string]any, len(in)+1)
}

// member puts a fitted value into out, unless it is not wanted or does not fit.
func (f *fitter) member(out map[string]any, n *node, v any) {
	if f.wanted(n) {
		if fitted, ok := f.value(n, v); ok {
			if !f.stands(v, fitted) || len(n.Aliases) > 0 {
				out[n.Name] = fitted
			}
			return
		}
	}
	if f.own {
		delete(out, n.Name)
	}
}

// stands reports whether a value that was fitted is a text that stands in the payload as it should. Most do,
// and to write them again costs more than to look.
func (f *fitter) stands(v, fitted any) bool {
	if !f.own {
		return false
	}
	before, isText := v.(string)
	after, still := fitted.(string)
	return isText && still && before == after
}

// dropAliases takes a value away that is known by the field's name from now on.
func (f *fitter) dropAliases(n *node, in map[string]any) {
	for _, alias := range n.Aliases {
		delete(in, alias)
	}
}

// given finds the value of a field under its name and its aliases, and says how many of them it has.
func (f *fitter) given(n *node, in map[string]any) (v any, times int) {
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
		f.fault("alias", nil, "set more than once, as %s; keep one of them",
			strings.Join(append([]string{n.Name}, n.Aliases...), " or "))
	}
	return v, times
}

// absent is what becomes of a field that the mapping does not set: its default, or a fault when it is
// required. An update may leave out whole fields, but not members of an object that it sends.
func (f *fitter) absent(n *node) (v any, times int) {
	whole := len(f.path) == 1
	switch {
	case whole && f.op == Update:
	case n.Default != nil:
		return n.Default, 1
	case n.Required:
		f.fault("required", nil, "missing or empty, and required; map it, or correct the row")
	}
	return nil, 0
}

// wanted reports whether the operation takes the field. A create-only field is left out of an update, and
// a parameter of the sink, which With has put in its place already, out of every payload.
func (f *fitter) wanted(n *node) bool {
	switch {
	case len(f.path) == 1 && slices.Contains(f.spec.Params, n.Name):
		return false
	case n.Use == CreateOnly:
		return f.op == Create
	case n.Use == UpdateOnly && f.op == Create:
		f.fault("use", nil, "only an update takes this field; leave it out of the mapping")
		return false
	}
	return true
}

// unknown records a fault for every member that is no field.
func (f *fitter) unknown(sh *shape, in map[string]any) {
	for _, name := range sortedNames(nil, in) {
		if sh.has(name) {
			continue
		}
		hint := "leave it out; the fields are " + strings.Join(sh.names(), ", ")
		if len(f.path) == 0 {
			hint = f.spec.instead(name)
		}
		f.enter(name)
		f.fault("unknown", in[name], "no such field; %s", hint)
		f.leave()
	}
}

// instead says what to do about a name that is no field of the sink.
func (s *Spec) instead(name string) string {
	for _, not := range s.NotFields {
		if not.Name == name {
			return not.Hint
		}
	}
	return "see `kustsync sinks " + s.Name + "` for those there are"
}

// route records a fault when no create route has all the fields of its path.
func (f *fitter) route(out map[string]any) {
	if len(f.spec.Create) == 0 {
		return
	}
	if r, ok := f.spec.Route(Create, out); ok {
		f.changes(r, out)
		return
	}
	var ways []string
	for _, r := range f.spec.Create {
		ways = append(ways, strings.Join(slices.Collect(r.fields()), " and "))
	}
	f.enter(ways[0])
	f.fault("required", nil, "missing or empty, and needed for the request's path; map %s", strings.Join(ways, " or "))
	f.leave()
}

// apart records a fault for two fields that have one value and cannot.
func (f *fitter) apart(out map[string]any) {
	one, other := f.spec.Apart[0], f.spec.Apart[1]
	if v, ok := out[one]; !ok || one == "" || v != out[other] {
		return
	}
	f.enter(other)
	f.fault("apart", out[other], "the same as %s, and the two must differ; correct the row, or leave it out with when", one)
	f.leave()
}

// changes records a fault for a payload that names an object and nothing that is to change of it.
func (f *fitter) changes(r Route, out map[string]any) {
	inPath := 0
	for name := range r.fields() {
		if _, ok := out[name]; ok {
			inPath++
		}
	}
	if f.spec.Kind == Changes && r.Method != http.MethodDelete && r.Body == "" && len(out) == inPath {
		f.enter("id")
		f.fault("required", nil, "nothing but this is there, so there is nothing to change; map a field that is to change, or correct the row")
		f.leave()
	}
}
