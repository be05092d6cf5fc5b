package render

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIDCacheIsBounded(t *testing.T) {
	c := newIDCache()
	for i := range 3 * maxCachedIDs {
		at := Ref{"s", fmt.Sprint(i)}
		c.put(at, at.Key)
		if id, ok := c.get(at); !ok || id != at.Key {
			t.Fatalf("%v gives %q", at, id)
		}
	}
	if len(c.ids) > maxCachedIDs {
		t.Errorf("%d ids are held", len(c.ids))
	}
}

// TestPlaceholders: an id of the right form, shown as what it stands for by the row that asked for it; nil
// remembers nothing, so that a dry run of a million parents holds none of their names.
func TestPlaceholders(t *testing.T) {
	at := Ref{Step: "customer", Key: "zd-1"}
	none, some := Placeholders(nil), Placeholders{}
	id := none.id(at)
	if len(id) != 24 || none.Show(id) != id || some.Show(id) != id {
		t.Errorf("%q is shown as %q", id, none.Show(id))
	}
	body := map[string]any{"path": []any{"/x/" + id + "/y"}}
	if same := some.id(at); same != id {
		t.Errorf("the id is %q, then %q", id, same)
	}
	want := map[string]any{"path": []any{`/x/<id of customer "zd-1">/y`}}
	if diff := cmp.Diff(want, some.Show(body)); diff != "" {
		t.Error(diff)
	}
	if body["path"].([]any)[0] != "/x/"+id+"/y" {
		t.Error("showing a payload changes it")
	}
}
