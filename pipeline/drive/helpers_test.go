package drive

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// personSpec is a sink that creates and updates people.
func personSpec() *sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	specs := sinks.Prepare(sinks.Spec{
		Name: "make_person", Object: "person", ExternalID: "externalId", Unique: true,
		Create:  []sinks.Route{{Method: "POST", Path: "/people"}},
		Update:  &sinks.Route{Method: "PATCH", Path: "/people/{id}"},
		Fields:  []sinks.Field{text("externalId"), text("name"), text("email"), {Name: "custom", Type: sinks.Custom}},
		Lookups: []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/people/externalId={value}"}}},
	})
	return &specs[0]
}

// openLedger opens an empty ledger in a folder of the test.
func openLedger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Binding{Pipeline: "p", Target: "test", OrgID: "org"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// newStep returns the step "person", which updates the objects that it finds. l may be nil: a dry run.
func newStep(l *ledger.Ledger) *Step {
	s := NewStep(&program.Step{
		Config: &config.Step{Name: "person", IfExists: config.Update, MaxDeliveries: 2}, Spec: personSpec(), ByExternalID: true,
	})
	s.Run, s.Index = &Run{ID: "run-1", Late: NewLateChanges(), Places: make(Places, 4)}, index.New()
	if l != nil {
		s.Run.Ledger, s.Run.Reader = l, l.Reader
	}
	s.Grow, s.Halt, s.Info, s.Wake = func() {}, func(error) {}, func(string) {}, func(*Row) {}
	return s
}

// newRow returns a rendered row whose external id is its key.
func newRow(key string, payload map[string]any) *Row {
	r := &Row{Row: render.Row{Key: key, ExternalID: key}}
	r.SetPayload(payload, ledger.Hash{1})
	return r
}
