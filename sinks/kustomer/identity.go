package kustomer

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

const tokenPath = "/v1/auth/tokens/current" // needs no role (kustomer-api.md 1.2)

// Identity is who a key is.
type Identity struct {
	Name   string   // of the key
	OrgID  string   // "" when Kustomer does not say
	UserID string   // the machine user behind the key; "" when Kustomer does not say
	Roles  []string // as Kustomer lists them; nil when it does not
}

// WhoAmI asks Kustomer who the key is. When the answer about the key is not there or names no org, the
// one about its user fills the gaps.
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) {
	task := purpose{text: "say whose the API key is"}
	token, ok, err := c.identify(ctx, task, tokenPath)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Name: text(token.Attributes.Name), OrgID: token.related("org"),
		UserID: token.related("user"), Roles: texts(token.Attributes.Roles)}
	if ok && id.OrgID != "" {
		return id, nil
	}
	user, found, err := c.identify(ctx, task, catalog.CurrentUserPath)
	switch {
	case err != nil:
		return Identity{}, err
	case !found && !ok:
		err := &sinks.Error{Class: sinks.Fatal, Status: http.StatusNotFound,
			Message: fmt.Sprintf("%s does not answer as Kustomer does: it knows neither %s nor %s", c.wire.base.Host, tokenPath, catalog.CurrentUserPath),
			Hint:    "check org or base_url"}
		c.gate.Stop(err)
		return Identity{}, err
	case found:
		id.fill(Identity{Name: text(user.Attributes.Name), OrgID: user.related("org"),
			UserID: user.ID, Roles: texts(user.Attributes.Roles)})
	}
	return id, nil
}

// fill sets the fields that id lacks to those of other.
func (id *Identity) fill(other Identity) {
	if id.Name == "" {
		id.Name = other.Name
	}
	if id.OrgID == "" {
		id.OrgID = other.OrgID
	}
	if id.UserID == "" {
		id.UserID = other.UserID
	}
	if id.Roles == nil {
		id.Roles = other.Roles
	}
}

// identify reads one object; false when there is none at that path.
func (c *Client) identify(ctx context.Context, task purpose, at string) (object, bool, error) {
	r, err := c.wire.request(http.MethodGet, at, at, nil)
	if err != nil {
		return object{}, false, err
	}
	a, err := c.send(ctx, r)
	switch {
	case err != nil:
		return object{}, false, err
	case a.status == http.StatusNotFound && !wrongRegion(readErrorBody(a.body).message):
		return object{}, false, nil
	case a.status/100 != 2:
		return object{}, false, c.refusal(task, a)
	}
	var doc struct {
		Data object `json:"data"`
	}
	if err := decode(a, &doc); err != nil {
		return object{}, false, unreadableError(task, a, err.Error())
	}
	return doc.Data, true, nil
}

// text is a JSON string, else "".
func text(v any) string {
	s, _ := v.(string)
	return oneLine(s)
}

// texts is the strings of a JSON list, nil when it is none.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s := text(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// MissingRoles says, in one line each, which roles the sinks need that roles do not grant. A shorter role grants
// all roles that begin with it: org.permission.customer grants org.permission.customer.create
// (kustomer-api.md 1.3). It is advice: Kustomer's 403 decides.
func MissingRoles(needed []sinks.Spec, roles []string) []string {
	var missing []string
	for _, spec := range needed {
		for _, role := range spec.Roles {
			granted := slices.ContainsFunc(role.AnyOf, func(name string) bool { return grants(roles, name) })
			if !granted && len(role.AnyOf) > 0 {
				missing = append(missing, fmt.Sprintf("%s: to %s, the key needs the role %s", spec.Name, role.For, strings.Join(role.AnyOf, " or ")))
			}
		}
	}
	return missing
}

// grants reports whether one of roles is name, or a prefix of it in whole words. A * in name stands for
// any text, as in org.permission.kobject.kobject_*.create.
func grants(roles []string, name string) bool {
	return slices.ContainsFunc(roles, func(role string) bool {
		match, err := path.Match(name, role)
		return role != "" && (match && err == nil || name == role || strings.HasPrefix(name, role+"."))
	})
}
