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

func (s *Server) currentOrg(*call) answer {
	return s.single(document{
		"type": "org", "id": s.org, "links": document{"self": "/v1/orgs/" + s.org},
		"attributes": document{"name": "sandbox"},
	})
}

// metadata shows which custom attributes are declared for a resource (kustomer-api.md 5.4): none,
// unless the options say so.
func (s *Server) metadata(c *call) answer {
	resource := c.args[0]
	name, isKlass := strings.CutPrefix(resource, "kobject.")
	k, ok := kindNamed(resource)
	if isKlass && s.klassNamed(name) == nil || !isKlass && (!ok || k > company) {
		return s.notFound("resource")
	}
	attributes := any(document{"properties": document{}, "standardProperties": document{}})
	if text, declared := s.opts.Metadata[resource]; declared {
		attributes = raw(text)
	}
	return s.single(document{
		"type": "metadata", "id": resource, "links": document{"self": "/v1/metadata/" + resource}, "attributes": attributes,
	})
}

func (s *Server) single(data document) answer {
	return answer{status: http.StatusOK, body: appendJSON(nil, document{"data": data})}
}
