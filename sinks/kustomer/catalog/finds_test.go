package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

func TestFormsAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range catalog.Forms() {
		name := f.Name()
		if seen[name] || f.Doc == "" || len(f.Paths) == 0 || len(f.Roles) == 0 && f.Kind != "org" {
			t.Errorf("%s is there twice, or not complete", name)
		}
		seen[name] = true
		for _, path := range f.Paths {
			for _, m := range slot.FindAllStringSubmatch(path, -1) {
				if !slices.Contains(f.Args, m[1]) {
					t.Errorf("%s: nothing fills {%s} of %s", name, m[1], path)
				}
			}
			if !strings.HasPrefix(path, "/v1/") || strings.Contains(path, "search") {
				t.Errorf("%s asks %s", name, path)
			}
		}
		if f.Pick == sinks.PickEqual && f.Attr == "" || f.Pick == sinks.PickText && f.Attr == "" {
			t.Errorf("%s does not say which attribute", name)
		}
	}
}
