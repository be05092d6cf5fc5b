package kustomer_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// notSampled are fields whose value must come from elsewhere, or that would end the object: their samples
// are no use.
var notSampled = []string{"rev", "id", "deleted"}

// TestSandboxTakesEveryField sends each field of each sink, one at a time, to the sandbox, whose schemas
// were written from Kustomer's own: what the catalog offers is taken, in creates and in updates.
func TestSandboxTakesEveryField(t *testing.T) {
	t.Parallel()
	for _, s := range catalog.Specs() {
		tc := sinkCases[s.Name]
		spec, err := s.With(tc.params)
		if err != nil {
			t.Fatal(err)
		}
		if spec.Destructive || spec.Name == "request" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			for _, f := range spec.Fields {
				if slices.Contains(notSampled, f.Name) || slices.Contains(spec.Params, f.Name) {
					continue
				}
				o := newOrg(t)
				if f.Use != sinks.UpdateOnly {
					checkTaken(t, o, spec, sinks.Create, "", with(o.payload(tc.payload), f.Name, o.sample(&f)), f.Name)
				}
				if spec.Update != nil && f.Use != sinks.CreateOnly {
					o = newOrg(t)
					res, err := o.do(spec, tc.payload)
					if err != nil {
						t.Fatal(err)
					}
					checkTaken(t, o, spec, sinks.Update, res.ID, map[string]any{f.Name: o.sample(&f)}, f.Name)
				}
			}
		})
	}
}

// checkTaken sends a payload.
func checkTaken(t *testing.T, o *org, spec *sinks.Spec, op sinks.Op, id string, in map[string]any, field string) {
	t.Helper()
	payload, err := spec.Fit(op, in)
	if err != nil {
		t.Errorf("%s in a %s: the sample does not fit: %v", field, op, err)
		return
	}
	if _, err := o.client.Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = o.client.Do(t.Context(), sinks.Request{Spec: spec, Op: op, ID: id, Payload: payload, Key: "k"})
	var failed *sinks.Error
	if errors.As(err, &failed) {
		t.Errorf("%s in a %s: %v", field, op, failed)
	}
}

func with(payload map[string]any, name string, value any) map[string]any {
	payload = maps.Clone(payload)
	payload[name] = value
	return payload
}

// sample is a value that fits a field.
func (o *org) sample(f *sinks.Field) any {
	switch f.Type {
	case sinks.Integer, sinks.Number:
		return 1
	case sinks.Bool:
		return true
	case sinks.Time:
		return "2026-01-31T09:30:00Z"
	case sinks.ID:
		if id := o.ids[f.Name]; id != "" {
			return id
		}
		return o.ids["user"]
	case sinks.Email:
		return "zoe@acme.example"
	case sinks.Phone:
		return "+15550199"
	case sinks.URL:
		return "https://acme.example/a"
	case sinks.List:
		if f.Name == "attachments" && f.Items.Type == sinks.Free {
			return []any{o.ids["user"]} // the id alone will do
		}
		return []any{o.sample(f.Items)}
	case sinks.Object:
		members := map[string]any{}
		for i := range f.Fields {
			members[f.Fields[i].Name] = o.sample(&f.Fields[i])
		}
		return members
	case sinks.Custom:
		return map[string]any{"tierStr": "gold", "seatsNum": 3, "vipBool": true, "wonAt": "2026-01-31T09:30:00Z", "siteUrl": "https://a.example", "planTxt": "a", "ownerId": o.ids["user"]}
	case sinks.Free:
		return map[string]any{"a": 1}
	}
	return o.sampleText(f)
}

func (o *org) sampleText(f *sinks.Field) string {
	words := slices.Concat(f.Enum, f.EnumUpdate)
	switch {
	case len(words) > 0:
		return words[0]
	case f.Name == "domain":
		return "acme.example"
	case f.MaxLen == 2:
		return "US"
	}
	return strings.Repeat("a", max(f.MinLen, 3))
}
