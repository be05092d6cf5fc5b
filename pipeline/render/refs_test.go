package render

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjectCacheIsBounded(t *testing.T) {
	c := newObjectCache()
	for i := range 3 * maxCachedObjects {
		at := Ref{"s", fmt.Sprint(i)}
		c.put(at, Object{ID: at.Key})
		if object, ok := c.get(at); !ok || object.ID != at.Key {
			t.Fatalf("%v gives %q", at, object.ID)
		}
	}
	if len(c.objects) > maxCachedObjects {
		t.Errorf("%d objects are held", len(c.objects))
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
