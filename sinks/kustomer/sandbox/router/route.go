package router

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
)

// Route is one endpoint: data, save for what it does.
type Route struct {
	Method string
	Path   string       // {id} is one part of the path, name={v} a look-up
	Roles  []string     // any of them suffices; none: any valid key. A star stands for the name of a klass in the path
	Body   *schema.Rule // nil: the body is not looked at
	ByIDs  *schema.Rule // of the body when the query names ids; nil: Body
	Bulk   bool         // the body is a list of items, for a job
	Handle func(*Call) Answer

	Total   bool   // of a list: its meta says how many objects there are
	PageMax int    // of a list: the largest page; 0 is 100
	parts   []part // of Path
}

// part is one step of a route's path: fixed text, and after it perhaps a value.
type part struct {
	fixed string
	open  bool
}

// Schema is the rule for the body of a request with this query; nil when the body is not looked at.
func (r *Route) Schema(query url.Values) *schema.Rule {
	if r.ByIDs != nil && query.Has("ids") {
		return r.ByIDs
	}
	return r.Body
}

// Allows reports whether one of the roles opens the route. A star in a role of the route stands for any of args,
// which are the values in the path.
func (r *Route) Allows(roles, args []string) bool {
	for _, wanted := range r.Roles {
		before, after, starred := strings.Cut(wanted, "*")
		if !starred && Granted(roles, wanted) {
			return true
		}
		if starred && slices.ContainsFunc(args, func(name string) bool { return Granted(roles, before+name+after) }) {
			return true
		}
	}
	return len(r.Roles) == 0
}

// fit compares a path with the route, part by part, and gives the values in it.
func (r *Route) fit(path []string) (args []string, ok bool) {
	for i, want := range r.parts {
		value, found := strings.CutPrefix(path[i], want.fixed)
		if !found || want.open == (value == "") {
			return nil, false
		}
		if want.open {
			args = append(args, value)
		}
	}
	return args, true
}
