package sandbox

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// admit runs the checks that come before the schema, in Kustomer's order: key, route, role, budget, size, JSON
// (kustomer-api.md 2.2, 17.2). A refusal ends the request.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*router.Call, *router.Answer) {
	c := &router.Call{Request: r, Method: r.Method, Query: r.URL.Query()}
	var ok bool
	if c.Roles, ok = s.rolesOf(r); !ok {
		s.budget.Show(w.Header())
		return c, new(s.errors.Refuse(http.StatusUnauthorized, router.Problem{
			Code: router.CodeAuth, Title: "Unauthorized", Detail: "missing or invalid token",
		}))
	}
	c.Route, c.Args = s.resources.Routes.Match(r)
	s.countRoute(c.Route)
	if c.Route != nil && !c.Route.Allows(c.Roles, c.Args) {
		s.budget.Show(w.Header())
		return c, new(s.errors.Refuse(http.StatusForbidden, router.Problem{
			Code: router.CodeRole, Title: "Forbidden", Detail: "needs one of the roles " + strings.Join(c.Route.Roles, ", "),
		}))
	}
	if !s.budget.Spend(w.Header()) {
		return c, new(s.errors.TooMany("rate limit of the org exceeded"))
	}
	if c.Route == nil {
		return c, new(s.errors.NotFound(""))
	}
	return c, s.readBody(c)
}

func (s *Server) countRoute(r *router.Route) {
	if r == nil {
		s.stats.Route("unknown")
		return
	}
	s.stats.Route(r.Method + " " + r.Path)
}

// readBody reads and parses what a write brings.
func (s *Server) readBody(c *router.Call) *router.Answer {
	limit := s.bodyLimit(c.Route)
	var err error
	c.Text, err = io.ReadAll(io.LimitReader(c.Request.Body, int64(limit)+1))
	if err != nil {
		return new(s.errors.BadParam("", "The request body could not be read", err.Error()))
	}
	if len(c.Text) > limit {
		return new(s.errors.Refuse(http.StatusRequestEntityTooLarge, router.Problem{Code: router.CodeTooLarge, Title: "Request Entity Too Large"}))
	}
	if c.Route.Schema(c.Query) == nil {
		return nil
	}
	if !isJSON(c.Request) {
		return new(s.errors.BadParam("", "Content-Type must be application/json", ""))
	}
	if c.Body, err = wire.Decode(c.Text); err != nil {
		return new(s.errors.BadParam("", "Invalid JSON: "+err.Error(), ""))
	}
	return nil
}

// bodyLimit is how many bytes a body may have. Whether Kustomer gives bulk requests more room than others is not
// known (kustomer-api.md 18).
func (s *Server) bodyLimit(r *router.Route) int {
	if r.Bulk {
		return s.opts.BulkBodyLimit
	}
	return s.opts.BodyLimit
}

// isJSON knows the media type of bodies; PATCH has a second one (kustomer-api.md 1.4).
func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (media == "application/json" || r.Method == http.MethodPatch && media == "application/json-patch+json")
}

// rolesOf knows the key of a request (kustomer-api.md 1.2). ok is false without a valid one.
func (s *Server) rolesOf(r *http.Request) (roles []string, ok bool) {
	token := router.Token(r)
	if token == "" {
		return nil, false
	}
	if len(s.opts.Keys) == 0 {
		return allRoles, true
	}
	roles, ok = s.opts.Keys[token]
	return roles, ok
}

// allRoles is what a key has when any key is accepted: the parents of every role.
var allRoles = []string{"org", "org.admin", "org.permission", "org.user"}
