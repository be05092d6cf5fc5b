package sandbox

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// call is one request on its way, or one item of a bulk job.
type call struct {
	r      *http.Request // nil for an item
	route  *route        // nil for an item
	item   bool
	method string
	args   []string // decoded parts of the path, in the order of the route's braces
	roles  []string
	query  url.Values
	text   []byte // of the body
	body   any    // document or []any; nil without a body
	fate   string // the fault that a bulk job is to meet; usually empty
}

// fields is a body that is an object. The schema has made sure that it is one.
func (c *call) fields() document {
	d, ok := c.body.(document)
	if !ok {
		return document{}
	}
	return d
}

// admit runs the checks that come before the schema, in Kustomer's order: key, route, role,
// budget, size, JSON (kustomer-api.md 2.2, 17.2). A refusal ends the request.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*call, *answer) {
	c := &call{r: r, method: r.Method, query: r.URL.Query()}
	var ok bool
	if c.roles, ok = s.rolesOf(r); !ok {
		s.budget.show(w.Header())
		return c, refusal(s.refuse(http.StatusUnauthorized, problem{code: codeAuth, title: "Unauthorized", detail: "missing or invalid token"}))
	}
	c.route, c.args = s.routes.match(r)
	s.stats.route(c.route)
	if c.route != nil && !c.route.allows(c.roles, c.args) {
		s.budget.show(w.Header())
		return c, refusal(s.refuse(http.StatusForbidden, problem{code: codeRole, title: "Forbidden", detail: "needs one of the roles " + strings.Join(c.route.roles, ", ")}))
	}
	if !s.budget.spend(w.Header()) {
		return c, refusal(s.tooMany("rate limit of the org exceeded"))
	}
	if c.route == nil {
		return c, refusal(s.notFound(""))
	}
	return c, s.readBody(c)
}

func refusal(a answer) *answer { return &a }

func (s *Server) tooMany(detail string) answer {
	return s.refuse(http.StatusTooManyRequests, problem{code: codeTooMany, title: "Too Many Requests", detail: detail})
}

// readBody reads and parses what a write brings.
func (s *Server) readBody(c *call) *answer {
	var err error
	c.text, err = io.ReadAll(io.LimitReader(c.r.Body, int64(s.bodyLimit(c.route))+1))
	if err != nil {
		return refusal(s.badParam("", "The request body could not be read", err.Error()))
	}
	if len(c.text) > s.bodyLimit(c.route) {
		return refusal(s.refuse(http.StatusRequestEntityTooLarge, problem{code: codeTooLarge, title: "Request Entity Too Large"}))
	}
	if c.route.schema(c.query) == nil {
		return nil
	}
	if !acceptsType(c.r) {
		return refusal(s.badParam("", "Content-Type must be application/json", ""))
	}
	if c.body, err = decode(c.text); err != nil {
		return refusal(s.badParam("", "Invalid JSON: "+err.Error(), ""))
	}
	return nil
}

// bodyLimit is how many bytes a body may have. Whether Kustomer gives bulk requests more room
// than others is not known (kustomer-api.md 18).
func (s *Server) bodyLimit(r *route) int {
	if r.bulk {
		return s.opts.BulkBodyLimit
	}
	return s.opts.BodyLimit
}

// acceptsType knows the media type of bodies; PATCH has a second one (kustomer-api.md 1.4).
func acceptsType(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (media == "application/json" || r.Method == http.MethodPatch && media == "application/json-patch+json")
}

// rolesOf knows the key of a request (kustomer-api.md 1.2). ok is false without a valid one.
func (s *Server) rolesOf(r *http.Request) (roles []string, ok bool) {
	token := tokenOf(r)
	if token == "" {
		return nil, false
	}
	if len(s.opts.Keys) == 0 {
		return allRoles, true
	}
	roles, ok = s.opts.Keys[token]
	return roles, ok
}

func tokenOf(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || strings.TrimSpace(token) != token {
		return ""
	}
	return token
}

// granted says whether one of the roles covers the wanted one: a broader role covers its parts
// (kustomer-api.md 1.3).
func granted(roles []string, wanted string) bool {
	for _, r := range roles {
		if rest, ok := strings.CutPrefix(wanted, r); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// admin says whether the key may set authors and times of messages (kustomer-api.md 1.3).
func (c *call) admin() bool { return granted(c.roles, "org.admin") }

// allRoles is what a key has when any key is accepted: the parents of every role.
var allRoles = []string{"org", "org.admin", "org.permission", "org.user"}
