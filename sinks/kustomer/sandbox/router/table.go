// Package router finds the handler of a request in a table of methods and paths. It has what handlers are given and
// give back: Route, Call, Answer, and the error answers.
package router

import (
	"net/http"
	"net/url"
	"strings"
)

// Table finds routes. Of two that fit, the one that was added first wins, so look-ups come before ids
// (kustomer-api.md 4.2).
type Table map[group][]Route

// group is what all requests for a route have in common with it.
type group struct {
	method string
	parts  int // of the path
}

// Add adds routes to the end of the table.
func (t Table) Add(routes ...Route) {
	for _, r := range routes {
		for p := range strings.SplitSeq(strings.TrimPrefix(r.Path, "/"), "/") {
			fixed, _, open := strings.Cut(p, "{")
			r.parts = append(r.parts, part{fixed, open})
		}
		key := group{r.Method, len(r.parts)}
		t[key] = append(t[key], r)
	}
}

// Match finds the route of a request and the decoded values of its path; nil when there is none. Each part of the
// path is percent-decoded once (kustomer-api.md 17.15).
func (t Table) Match(r *http.Request) (*Route, []string) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, p := range parts {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts[i] = decoded
	}
	routes := t[group{r.Method, len(parts)}]
	for i := range routes {
		if args, ok := routes[i].fit(parts); ok {
			return &routes[i], args
		}
	}
	return nil, nil
}
