package router

import (
	"net/http"
	"strings"
)

// Roles gives the roles that the specification lists for an action on a kind of object: the permission set, and the
// legacy roles that still work (kustomer-api.md appendix A). The actions are create, update, read and delete.
func Roles(object, action string) []string {
	legacy := map[string]string{"create": "write", "update": "write", "read": "read", "delete": "delete"}[action]
	return []string{"org.permission." + object + "." + action, "org.user." + object + "." + legacy}
}

// Granted reports whether one of the roles covers the wanted one: a broader role covers its parts
// (kustomer-api.md 1.3).
func Granted(roles []string, wanted string) bool {
	for _, r := range roles {
		if rest, ok := strings.CutPrefix(wanted, r); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// Token is the API key of a request; "" when there is none, or it is not sent as a bearer token.
func Token(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || strings.TrimSpace(token) != token {
		return ""
	}
	return token
}
