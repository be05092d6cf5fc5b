package inject

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// KindNamed is the kind of fault with that very name; the zero Kind, which does nothing, when there is none.
func KindNamed(name string) Kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	return Kind{}
}

var statusInName = regexp.MustCompile(`\b[2-5][0-9][0-9]\b`)

// kindOf finds a kind by the name a user wrote, and the HTTP status in that name.
func kindOf(name string) (*Kind, int, error) {
	if name == "429" {
		name = "429-before"
	}
	status, _ := strconv.Atoi(statusInName.FindString(name))
	generic := statusInName.ReplaceAllString(name, "NNN")
	for i := range kinds {
		if k := &kinds[i]; k.name == generic && k.allows(status) {
			return k, status, nil
		}
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	slices.Sort(names)
	return nil, 0, fmt.Errorf("no such kind: use one of %s (NNN is a status such as 500)", strings.Join(names, ", "))
}
