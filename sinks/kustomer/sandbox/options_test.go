package sandbox

import "testing"

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{RateLimit: -1}, {Unique: "none"}, {ErrorShape: "C"}, {DuplicateStatus: 418}, {ResetHeader: "x"}, {Reopen: "x"}, {Deleted: Gone{Reads: "x"}}, {Deleted: Gone{LookUps: MergedSurvivor}}, {Merged: Gone{Updates: "x"}}, {Below: "x"}, {Identifiers: "x"},
		{Lookups: "x"}, {ClientRef: "x"}, {NameItems: "x"}, {BulkDelay: -1}, {BulkBatch: -1}, {Latency: -1}, {BodyLimit: -1}, {Faults: []Fault{{Kind: "x", Share: 1}}}, {Faults: []Fault{{Kind: "500-after"}}},
	} {
		if s, err := New(o); err == nil {
			t.Errorf("these options were accepted: %+v", o)
			ignore(s.Close())
		}
	}
}

func TestSeedChoosesTheOrg(t *testing.T) {
	org := func(seed uint64) string { return newServer(t, Options{Seed: seed}).OrgID() }
	first, second := org(0), org(0)
	one, again := org(1), org(1)
	if one != again || one == org(2) || first == second {
		t.Error("the org id must follow the seed, and be random without one")
	}
}
