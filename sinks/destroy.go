package sinks

import (
	"net/http"
	"net/url"
	pathpkg "path"
	"slices"
	"strings"
)

// Destroy is a kind of request whose effect cannot be undone. All that is not "" must be so of the request.
type Destroy struct {
	Method string // "": any that writes
	Part   string // a segment of the path
	Except string // paths that end like this are left out; * is any segment: "/conversations/*/tags"
	Member string // of the body, at any depth, whatever its value but false and null
	Does   string // what it does: "deletes"
}

// Destroying returns the first entry of a table that a request with this body matches. path is percent-encoded. A body that
// was decoded from JSON consists of map[string]any and []any.
func Destroying(table []Destroy, method, path string, body any) (Destroy, bool) {
	i := slices.IndexFunc(table, func(d Destroy) bool {
		return d.Matches(method, path) && (d.Member == "" || hasMember(body, d.Member))
	})
	if i < 0 {
		return Destroy{}, false
	}
	return table[i], true
}

// Matches reports whether method and path are those of the entry.
func (d Destroy) Matches(method, path string) bool {
	switch {
	case method == http.MethodGet, method == http.MethodHead:
		return false
	case d.Method != "" && d.Method != method:
		return false
	case d.Except != "" && endsLike(path, d.Except):
		return false
	}
	return d.Part == "" || HasSegment(path, d.Part)
}

// endsLike reports whether the last segments of a path are those of a pattern, in which * is any segment.
func endsLike(path, pattern string) bool {
	for n := strings.Count(path, "/") - strings.Count(pattern, "/"); n > 0; n-- {
		_, path, _ = strings.Cut(path[1:], "/")
		path = "/" + path
	}
	ok, err := pathpkg.Match(pattern, path)
	return ok && err == nil
}

// HasSegment reports whether a percent-encoded path has a segment of that name, as a lenient server reads it: in any case,
// with spaces around it or a parameter behind it.
func HasSegment(path, segment string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		for inner := range strings.SplitSeq(part, "/") { // of a slash that was encoded
			name, _, _ := strings.Cut(inner, ";")
			if strings.EqualFold(strings.TrimSpace(name), segment) {
				return true
			}
		}
	}
	return false
}

// hasMember reports whether a value holds a member of that name, at any depth, that is neither false nor null.
func hasMember(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		if got, ok := v[name]; ok && got != nil && got != false {
			return true
		}
		for _, inner := range v {
			if hasMember(inner, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return hasMember(inner, name) })
	}
	return false
}

// Destroying returns what of Destroys a request with this payload would do. The payload need not be complete: what it
// lacks is not judged.
func (s *Spec) Destroying(op Op, payload map[string]any) (Destroy, bool) {
	routes := s.Create
	if op == Update && s.Update != nil {
		routes = []Route{*s.Update}
	}
	for _, r := range routes {
		path := r.Path
		if name, ok := r.wholePathField(); ok {
			path, _ = payload[name].(string)
		}
		var body any = payload
		if r.Body != "" {
			body = payload[r.Body]
		}
		if d, ok := Destroying(s.Destroys, r.Method, path, body); ok {
			return d, true
		}
	}
	return Destroy{}, false
}

// MayDestroy reports whether it hangs on the row whether a request of the sink matches one of Destroys.
func (s *Spec) MayDestroy() bool {
	return s.Target != "" && s.isWholePath() || slices.ContainsFunc(s.Destroys, func(d Destroy) bool {
		return d.Member != "" && mayHold(s.Fields, d.Member)
	})
}

func (s *Spec) isWholePath() bool {
	return slices.ContainsFunc(s.Create, func(r Route) bool { _, whole := r.wholePathField(); return whole })
}

// mayHold reports whether a value of one of the fields can hold a member of that name.
func mayHold(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool {
		return f.Name == name || f.Type == Free || mayHold(f.Fields, name) || f.Items != nil && mayHold([]Field{*f.Items}, name)
	})
}
