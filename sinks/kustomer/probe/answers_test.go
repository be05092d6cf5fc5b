package probe

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// catalogued returns the sink of the catalog with that name.
func catalogued(t testing.TB, name string) sinks.Spec {
	t.Helper()
	s, ok := catalog.Spec(name)
	if !ok {
		t.Fatalf("no sink %s", name)
	}
	return *s
}

func TestAnswersTeach(t *testing.T) {
	yes, no, unknown := Answer{Is: Yes}, Answer{Is: No}, Answer{Is: Unknown}
	conversation, customer := catalogued(t, "create_conversation"), catalogued(t, "create_customer")
	kobject := catalogued(t, "create_kobject")
	order, err := kobject.With(map[string]string{"klass": "order"})
	if err != nil || order.Object != kinds("order")[3].name {
		t.Fatalf("the kind of an order is %q: %v", order.Object, err)
	}
	for _, tc := range []struct {
		name   string
		spec   sinks.Spec
		kind   KindAnswers
		stale  bool
		unique bool
		want   sinks.Learned
	}{
		{name: "nothing is known", spec: conversation, kind: KindAnswers{Unique: unknown, ClientRef: unknown}},
		{name: "unique", spec: conversation, kind: KindAnswers{Unique: yes, DuplicateStatus: 409, UniqueInBulk: no}, unique: true, want: sinks.Learned{Unique: true}},
		{name: "unique in bulk", spec: conversation, kind: KindAnswers{Unique: yes, DuplicateStatus: 422, UniqueInBulk: yes}, unique: true, want: sinks.Learned{Unique: true, UniqueInBulk: true}},
		{name: "unique, and no refusal was seen", spec: conversation, kind: KindAnswers{Unique: yes}},
		{name: "unique, long ago", spec: conversation, kind: KindAnswers{Unique: yes, DuplicateStatus: 409, ClientRef: yes}, stale: true},
		{name: "customers are so by documents", spec: customer, kind: KindAnswers{Unique: yes, DuplicateStatus: 409}, unique: true},
		{name: "customers of which nothing is known", spec: customer, kind: KindAnswers{Unique: unknown}, unique: true},
		{name: "customers that are not", spec: customer, kind: KindAnswers{Unique: no}},
		{name: "customers that were not, long ago", spec: customer, kind: KindAnswers{Unique: no}, stale: true},
		{name: "KObjects of the klass", spec: *order, kind: KindAnswers{Unique: yes, DuplicateStatus: 409}, unique: true, want: sinks.Learned{Unique: true}},
		{name: "references", spec: conversation, kind: KindAnswers{ClientRef: yes}, want: sinks.Learned{Refs: sinks.RefsKnown}},
		{name: "no references", spec: conversation, kind: KindAnswers{ClientRef: no}, want: sinks.Learned{Refs: sinks.RefsRefused}},
		{name: "references ignored", spec: conversation, kind: KindAnswers{ClientRef: Answer{Is: Ignored}}, want: sinks.Learned{Refs: sinks.RefsIgnored}},
		{name: "a lag, long ago", spec: conversation, kind: KindAnswers{LookupLagMS: 1500, ClientRef: no}, stale: true, want: sinks.Learned{LookupLag: 3 * time.Second}},
		{name: "an update is none of it", spec: sinks.Spec{Object: "conversation", Kind: sinks.Changes, Fields: conversation.Fields}, kind: KindAnswers{Unique: yes, DuplicateStatus: 409}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := Answers{Kinds: map[string]KindAnswers{tc.spec.Object: tc.kind}}
			got := a.Apply(sinks.Prepare(tc.spec)[0], !tc.stale)
			if diff := cmp.Diff(tc.want, got.Learned); diff != "" || got.Unique != tc.unique {
				t.Errorf("unique %t, want %t\n%s", got.Unique, tc.unique, diff)
			}
		})
	}
}

func TestAnswersHoldForTheirOrgAndTime(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for age, want := range map[time.Duration]bool{0: true, 89 * day: true, 91 * day: false, -2 * time.Hour: true, -2 * day: false} {
		if got := (Answers{ProbedAt: now.Add(-age)}).Fresh(now); got != want {
			t.Errorf("at an age of %s fresh is %t", age, got)
		}
	}
	a := Answers{Version: 1, OrgID: "o1"}
	if !a.Holds("o1") || a.Holds("o2") || a.Holds("") || (Answers{Version: 1}).Holds("") {
		t.Error("answers hold for another org, or not for theirs")
	}
}

// Whatever a file holds, what is read of it keeps within bounds, and reads the same again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"org_id":"o","probed_at":"2026-01-02T03:04:05Z","kinds":{"customer":{"unique":{"is":"yes"},"duplicate_status":409,"lookup_lag_ms":12}}}`))
	f.Add([]byte(`{"version":1,"probed_at":"2026-01-02T03:04:05Z","kinds":{"message":{"unique":{"is":"perhaps"},"duplicate_status":500,"lookup_lag_ms":-1}},"limits":{"per_minute":-4}}`))
	f.Add([]byte(`{"version":1,"probed_at":"2026-01-02T03:04:05Z","kinds":{"x":{"lookup_lag_ms":9223372036854775807}}}`))
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := Read(text)
		if err != nil {
			return
		}
		for name, k := range a.Kinds {
			if lag := k.Lag(); lag < 0 || lag > mostLag {
				t.Errorf("the lag of a %s is %s", name, lag)
			}
			if k.DuplicateStatus != 0 && !isDuplicateStatus(k.DuplicateStatus) {
				t.Errorf("the status is %d", k.DuplicateStatus)
			}
		}
		again, err := json.Marshal(a)
		if err != nil {
			return // a year that JSON does not write
		}
		b, err := Read(again)
		if err != nil || len(b.Kinds) != len(a.Kinds) {
			t.Errorf("%s does not read again: %v", again, err)
		}
	})
}
