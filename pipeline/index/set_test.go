package index

import "testing"

func TestSet(t *testing.T) {
	type pair struct{ a, b string }
	s := NewSet[pair]()
	s.Add(pair{"a", "bc"})
	s.Add(pair{"a", "bc"})
	for member, want := range map[pair]bool{{"a", "bc"}: true, {"ab", "c"}: false, {}: false} {
		if s.Has(member) != want {
			t.Errorf("Has(%v) is %v", member, !want)
		}
	}
	if s.Len() != 1 {
		t.Errorf("%d members, want 1", s.Len())
	}
	if (Set[pair]{}).Has(pair{}) {
		t.Error("the zero set has a member")
	}
}
