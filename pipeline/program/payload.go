package program

import (
	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// Fit makes the payload of a row with that key, from the values of its mapping in the order of their slots, and
// validates it as a create. The error is that of Spec.FitInPlace.
func (s *Step) Fit(rendered []any, key string) (map[string]any, error) {
	values := toSinkValues(s.Mapping.Payload(rendered)).(map[string]any)
	name := s.Spec.ExternalID
	if _, set := values[name]; !set && name != "" {
		values[name] = key
	}
	return s.Spec.FitInPlace(sinks.Create, values)
}

// toSinkValues replaces mappings.Null by nil, and mappings.RunTimeValue by sinks.RunTimeValue, deeply and in place.
func toSinkValues(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if _, text := member.(string); !text { // most members are text, and writing one back costs more than this check
				v[name] = toSinkValues(member)
			}
		}
	case []any:
		for i, member := range v {
			v[i] = toSinkValues(member)
		}
	case nil:
		return nil
	case mappings.RunTimeValue:
		return sinks.RunTimeValue{Question: v.Question}
	default:
		if v == any(mappings.Null) {
			return nil
		}
	}
	return v
}
