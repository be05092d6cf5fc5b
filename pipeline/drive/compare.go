package drive

import (
	"maps"
	"reflect"

	"github.com/kustsync/kustsync/sinks"
)

// comparable is what of a content can be compared with what Kustomer shows: without the values that name now or run_id. It
// is the row's payload, or a part of that.
func (r *Row) comparable(content map[string]any) map[string]any {
	if !r.Varies() {
		return content
	}
	return withoutVarying(content, r.Payload(), r.Content())
}

// withoutVarying leaves out of a content what differs between a payload and the same one with now and run_id held constant.
func withoutVarying(content, payload, constant map[string]any) map[string]any {
	left := maps.Clone(content)
	for name, value := range content {
		if reflect.DeepEqual(payload[name], constant[name]) {
			continue
		}
		delete(left, name)
		members, isMap := value.(map[string]any)
		of, _ := payload[name].(map[string]any)
		held, _ := constant[name].(map[string]any)
		if isMap && of != nil && held != nil {
			left[name] = withoutVarying(members, of, held)
		}
	}
	return left
}

// shows reports whether an object shows another value than a content has, in a field that it shows at all.
func shows(spec *sinks.Spec, content, have map[string]any) bool {
	shown := map[string]any{}
	for name, value := range content {
		members, isMap := value.(map[string]any)
		held, _ := have[name].(map[string]any)
		switch {
		case have[name] == nil:
		case isMap && held != nil:
			some := map[string]any{}
			for member, v := range members {
				if held[member] != nil {
					some[member] = v
				}
			}
			shown[name] = some
		default:
			shown[name] = value
		}
	}
	differences, err := spec.Differences(shown, have)
	return err == nil && len(differences) > 0
}

// holds reports whether an object has a content.
func holds(spec *sinks.Spec, content, have map[string]any) bool {
	same, err := spec.Holds(content, have)
	return err == nil && same
}
