package sandbox

import (
	"net/http"
	"strings"
)

// opened is the time that the sandbox shows for what was there from the start.
const opened = "2026-01-01T00:00:00.000Z"

// currentToken describes the key of the request (kustomer-api.md 1.2).
func (s *Server) currentToken(c *call) answer {
	token := tokenOf(c.r)
	last := ""
	if n := len(token); n >= 16 {
		last = token[n-4:]
	}
	id := s.org[:len(s.org)-2] + "02"
	return s.single(document{
		"type": "token", "id": id, "links": document{"self": "/v1/auth/tokens/current"},
		"attributes": document{
			"name": "sandbox key", "lastTokenChars": last, "roles": c.roles, "ipAddress": c.r.RemoteAddr,
			"userAgent": c.r.UserAgent(), "lastAccessedAt": now(), "createdAt": opened, "updatedAt": opened,
		},
		"relationships": document{"org": orgLink(s.org), "user": userLink(s.userID())},
	})
}

func (s *Server) currentUser(c *call) answer { return s.single(s.user(c)) }

// listUsers knows one user, the machine user of the keys (kustomer-api.md 13).
func (s *Server) listUsers(c *call) answer {
	user := s.user(c)
	items := []any{}
	attributes, _ := user["attributes"].(document)
	if email := c.query.Get("email"); email == "" || strings.EqualFold(email, textOf(attributes, "email")) {
		items = append(items, user)
	}
	return s.listed(c, items, 1, maxPage, false)
}

func (s *Server) user(c *call) document {
	return document{
		"type": "user", "id": s.userID(), "links": document{"self": "/v1/users/" + s.userID()},
		"attributes": document{
			"name": "Sandbox Key", "displayName": "Sandbox Key", "email": "key@sandbox.invalid",
			"userType": "machine", "roles": c.roles, "createdAt": opened, "updatedAt": opened,
		},
		"relationships": document{"org": orgLink(s.org)},
	}
}

func (s *Server) listTeams(c *call) answer { return s.listed(c, []any{}, 1, maxPage, false) }

func (s *Server) currentOrg(*call) answer {
	return s.single(document{
		"type": "org", "id": s.org, "links": document{"self": "/v1/orgs/" + s.org},
		"attributes": document{"name": "sandbox"},
	})
}

// metadata says that no custom attribute is declared for a resource (kustomer-api.md 5.4).
func (s *Server) metadata(c *call) answer {
	if _, ok := kindNamed(c.args[0]); !ok {
		return s.notFound("resource")
	}
	return s.single(document{
		"type": "metadata", "id": c.args[0], "links": document{"self": "/v1/metadata/" + c.args[0]},
		"attributes": document{"properties": document{}, "standardProperties": document{}},
	})
}

func (s *Server) single(data document) answer {
	return answer{status: http.StatusOK, body: appendJSON(nil, document{"data": data})}
}
