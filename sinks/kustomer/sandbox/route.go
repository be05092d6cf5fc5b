package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one endpoint: data, save for what it does.
type route struct {
	method string
	path   string   // {id} is one part of the path, name={v} a look-up
	roles  []string // any of them suffices; none: any valid key
	body   *rule    // nil: the body is not looked at
	byIDs  *rule    // of the body when the query names ids; nil: body
	bulk   bool     // the body is a list of items, for a job
	handle func(*Server, *call) answer

	pageMax int    // of a list: the largest page; 0 is 100
	parts   []part // of path
}

// part is one step of a route's path: fixed text, and after it perhaps a value.
type part struct {
	fixed string
	open  bool
}

// shape is what a request must have in common with a route at least.
type shape struct {
	method string
	parts  int
}

// routeTable finds routes. Of two that fit, the first in the table wins, so look-ups stand
// before ids (kustomer-api.md 4.2).
type routeTable map[shape][]route

func (t routeTable) add(routes ...route) {
	for _, r := range routes {
		for p := range strings.SplitSeq(strings.TrimPrefix(r.path, "/"), "/") {
			fixed, _, open := strings.Cut(p, "{")
			r.parts = append(r.parts, part{fixed, open})
		}
		key := shape{r.method, len(r.parts)}
		t[key] = append(t[key], r)
	}
}

// schema is the rule for the body of a request with this query.
func (r *route) schema(query url.Values) *rule {
	if r.byIDs != nil && query.Has("ids") {
		return r.byIDs
	}
	return r.body
}

// allows says whether one of the roles opens the route. A star in a role stands for the name of a
// klass in the path, whose parts are args.
func (r *route) allows(roles, args []string) bool {
	for _, wanted := range r.roles {
		before, after, starred := strings.Cut(wanted, "*")
		if !starred && granted(roles, wanted) {
			return true
		}
		if starred && slices.ContainsFunc(args, func(name string) bool { return granted(roles, before+name+after) }) {
			return true
		}
	}
	return len(r.roles) == 0
}

// match finds the route of a request and the decoded values of its path. Each part of the path
// is percent-decoded once (kustomer-api.md 17.15).
func (t routeTable) match(r *http.Request) (*route, []string) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, p := range parts {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts[i] = decoded
	}
	routes := t[shape{r.Method, len(parts)}]
	for i := range routes {
		if args, ok := routes[i].fit(parts); ok {
			return &routes[i], args
		}
	}
	return nil, nil
}

// fit compares a path with the route, part by part.
func (r *route) fit(parts []string) (args []string, ok bool) {
	for i, want := range r.parts {
		value, found := strings.CutPrefix(parts[i], want.fixed)
		if !found || want.open == (value == "") {
			return nil, false
		}
		if want.open {
			args = append(args, value)
		}
	}
	return args, true
}
