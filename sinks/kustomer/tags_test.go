package kustomer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTagsByName: ids of tags are replaced by their names where the org's tags can be listed, which is asked once.
func TestTagsByName(t *testing.T) {
	const vip, old, strange = "5f00000000000000000000aa", "5f00000000000000000000bb", "5f00000000000000000000cc"
	for name, c := range map[string]struct {
		tags   []any
		status int
		want   []any
		asks   int // for the list, of two pages
	}{
		"by id":               {[]any{vip, old}, 200, []any{"vip", "old"}, 2},
		"by name":             {[]any{"vip"}, 200, []any{"vip"}, 0},
		"mixed":               {[]any{"vip", old}, 200, []any{"vip", old}, 0},
		"one is not listed":   {[]any{vip, strange}, 200, []any{vip, strange}, 2},
		"no right":            {[]any{vip}, 403, []any{vip}, 1},
		"no list of tags":     {[]any{vip}, 404, []any{vip}, 1},
		"the object has none": {nil, 200, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				switch {
				case !strings.HasPrefix(r.URL.Path, "/v1/tags"):
					attributes := map[string]any{"externalId": "a-1"}
					if c.tags != nil {
						attributes["tags"] = c.tags
					}
					always(200, shown("5f00aa", attributes))(n, w, r)
				case r.URL.Query().Get("page") == "1":
					always(c.status, `{"data":[{"id":"`+vip+`","attributes":{"name":"vip"}}],"links":{"next":"/v1/tags?page=2"}}`)(n, w, r)
				default:
					always(c.status, `{"data":[{"id":"`+old+`","attributes":{"name":"old"}}],"links":{"next":null}}`)(n, w, r)
				}
			})
			client := newTestClient(t, s.URL, nil)
			for range 2 {
				q := byExternalID("a-1")
				q.Contents = true
				found, ok, err := client.Find(t.Context(), q)
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				got, _ := found.Contents["tags"].([]any)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			}
			if asks := len(s.seen()) - 2; asks != c.asks {
				t.Errorf("%d requests for tags, want %d", asks, c.asks)
			}
		})
	}
}
