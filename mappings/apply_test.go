package mappings_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/mappings"
)

// TestPayloadBounds: lists and objects that templates give have limits, as text has.
func TestPayloadBounds(t *testing.T) {
	for template, want := range map[string]string{
		`{{ $l := list 1 }}{{ range slice .l 0 40 }}{{ $l = list $l $l }}{{ end }}{{ $l }}`: "1 MiB",
		`{{ .deep }}`:              "nested more than 100",
		`{{ .wide }}`:              "more than 100,000 values",
		`{{ repeat 1048577 "a" }}`: "1 MiB",
	} {
		deep := any("x")
		for range 200 {
			deep = map[string]any{"d": deep}
		}
		wide := any("x")
		for range 20 {
			wide = []any{wide, wide}
		}
		m := mustCompile(t, object("a", tmpl(template)), mappings.Options{})
		_, err := m.Apply(&mappings.Input{Row: mapRow{"l": make([]any, 100), "deep": deep, "wide": wide}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", template, err, want)
		}
	}
}

// TestConcurrentApply shares one mapping among goroutines; it is for the race detector.
func TestConcurrentApply(t *testing.T) {
	m := tenFields(t)
	want, err := m.Apply(tenFieldRow())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 {
				in := tenFieldRow()
				if i%5 == 0 {
					in.Row.Object()["created"] = "never"
					if _, err := m.Apply(in); err == nil {
						t.Error("a wrong date gives no error")
					}
					continue
				}
				got, err := m.Apply(in)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%v %s", err, diff)
				}
			}
		})
	}
	group.Wait()
}

func tenFields(t testing.TB) *mappings.Mapping {
	return mustCompile(t, object(
		"externalId", tmpl("zd-{{ .id }}"), "name", tmpl(`{{ .first }} {{ .last }}`), "company", tmpl("{{ .company }}"),
		"emails", items(object("type", tmpl("work"), "email", tmpl("{{ .email | lower | trim }}"))),
		"locale", tmpl("{{ .locale | default `en` }}"), "tags", tmpl(`{{ .labels | split "|" }}`), "createdAt", tmpl(`{{ .created | date }}`),
		"custom", object("tierStr", tmpl("{{ .plan | upper }}"), "mrrNum", tmpl("{{ .mrr }}"), "vipBool", tmpl(`{{ if eq .plan "gold" }}true{{ else }}false{{ end }}`)),
	), mappings.Options{})
}

func tenFieldRow() *mappings.Input {
	return &mappings.Input{Row: mapRow{
		"id": "1001", "first": "Jo", "last": "Lee", "company": "Acme", "email": " Jo@Example.com", "locale": "",
		"labels": "vip|new", "created": "2024-07-01T10:20:30Z", "plan": "gold", "mrr": "12.5",
	}}
}

func BenchmarkApplyTenFields(b *testing.B) {
	m, in := tenFields(b), tenFieldRow()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Apply(in); err != nil {
			b.Fatal(err)
		}
	}
}
