package kustomer

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// purpose is what a request was to do. Its answer is judged by it, and messages name it.
type purpose struct {
	text        string // "create the customer"
	create      bool
	send        bool     // a draft is sent
	hasParent   bool     // the path of a create names the parent
	noDuplicate bool     // it makes no object, so that none can be there already
	pathGiven   bool     // the row gives the whole path
	bulk        bool     // it asks a bulk endpoint
	roles       []string // any of them allows it
}

// makesObject reports whether the sink makes an object, whose id its answer must show.
func makesObject(spec *sinks.Spec) bool { return spec.Kind == sinks.Makes || spec.Delivery != nil }

// purposeOf is the purpose of a request of a sink.
func purposeOf(spec *sinks.Spec, op sinks.Op, route sinks.Route) purpose {
	if !makesObject(spec) {
		return purpose{
			text:        verb(spec, route) + " the " + spec.Object,
			noDuplicate: true,
			pathGiven:   strings.HasPrefix(route.Path, "{+"),
			roles:       rolesFor(spec, verb(spec, route)),
		}
	}
	return purpose{
		text:      op.String() + " the " + spec.Object,
		create:    op == sinks.Create,
		send:      op == sinks.Send,
		hasParent: op == sinks.Create && strings.Contains(route.Path, "{"),
		roles:     rolesFor(spec, op.String()),
	}
}

// verb says what a sink that makes no object does. It is also the Role.For of the roles that allow it.
func verb(spec *sinks.Spec, route sinks.Route) string {
	switch {
	case spec.Kind == sinks.Acts, strings.HasPrefix(route.Path, "{+"):
		return "make"
	case route.Method == http.MethodDelete && route.Body == "":
		return "delete"
	}
	return "update"
}

// lookUpPurpose is the purpose of a look-up.
func lookUpPurpose(spec *sinks.Spec) purpose {
	return purpose{text: "look up the " + spec.Object, roles: rolesFor(spec, "look up")}
}

func rolesFor(spec *sinks.Spec, purpose string) []string {
	for _, role := range spec.Roles {
		if role.For == purpose {
			return role.AnyOf
		}
	}
	return nil
}

// classOf is the class of a request whose answer has a status that is no success (reliability.md 2.4). The body does not
// count: codes are spelled in several ways (kustomer-api.md 3.1).
func classOf(task purpose, status int) sinks.Class {
	switch {
	case status == 401, status == 402, status == 403, status >= 300 && status < 400:
		return sinks.Fatal
	case task.send && (status == 404 || status == 409 || status == 410):
		return sinks.Unknown // the draft is gone: this request or somebody else has sent it, or somebody has deleted it
	case status == 409 && task.noDuplicate:
		return sinks.Refused
	case status == 409, task.create && (status == 400 || status == 422):
		return sinks.Duplicate // Kustomer may refuse a duplicate with any of them (kustomer-api.md 3.3)
	case status == 408, status < 300, status >= 500:
		return sinks.Unknown
	case status == 404 && task.bulk, status == 405:
		return sinks.Unsupported
	case status == 404:
		return sinks.Missing
	case status == 410:
		return sinks.Deleted
	case status == 413:
		return sinks.TooLarge
	}
	return sinks.Refused
}

// refusal is the error of an answer that is no success. After a Fatal one nothing more is sent.
func (c *Client) refusal(task purpose, a response) *sinks.Error {
	said := readErrorBody([]byte(c.redact(string(a.body))))
	e := &sinks.Error{
		Class: classOf(task, a.status), Status: a.status, Attempts: a.attempts,
		Code: c.redact(said.code), Field: c.redact(said.field),
		Message: fmt.Sprintf("Kustomer did not %s (%d): %s", task.text, a.status, c.redact(said.message)),
	}
	if e.Class == sinks.Unknown {
		e.Message = fmt.Sprintf("Kustomer answered %d when asked to %s: %s", a.status, task.text, c.redact(said.message))
	}
	c.explain(e, task, a, said)
	if e.Class == sinks.Fatal {
		c.gate.Stop(e)
	}
	return e
}

// explain puts into the error what is known about the status, and what to do.
func (c *Client) explain(e *sinks.Error, task purpose, a response, said errorBody) {
	host := c.wire.base.Host
	if !c.accepted.Load() && a.status >= 400 && a.status < 500 && wrongRegion(said.message) {
		e.Class = sinks.Fatal
		e.Message = fmt.Sprintf("the API key belongs to another region of Kustomer than %s: %s", host, c.redact(said.message))
		e.Hint = "set org, or base_url: https://ORG.api.kustomerapp.com, which is right in every region"
		return
	}
	switch {
	case a.foreign && a.status == http.StatusForbidden:
		e.Class = sinks.Refused
		e.Message = fmt.Sprintf("a firewall or a proxy before Kustomer refused to %s (403): %s", task.text, c.wire.describeBody(a.body))
		e.Hint = "ask who runs it to let the request pass; what it looks at is mostly the text of a row, such as <script>"
	case a.status >= 300 && a.status < 400:
		e.Message = fmt.Sprintf("%s answered with a redirect to %s (%d), which is not followed", host, c.redact(redirectHost(a.location, host)), a.status)
		e.Hint = "set org or base_url to the address of the API itself"
	case a.status == http.StatusUnauthorized:
		e.Message = fmt.Sprintf("Kustomer refused the API key (401): %s", c.redact(said.message))
		e.Hint = "check that the key is whole, not expired and of this org, then run the same command again"
	case a.status == http.StatusPaymentRequired:
		e.Hint = "check the org's plan with Kustomer, then run the same command again"
	case a.status == http.StatusForbidden:
		e.Message = fmt.Sprintf("the API key may not %s (403): %s", task.text, c.redact(said.message))
		e.Hint = roleHint(task.roles)
	case a.status == http.StatusRequestEntityTooLarge:
		e.Hint = "Kustomer takes about 100 kB in a request: shorten the longest fields of the row"
	case a.status == http.StatusNotFound && task.hasParent:
		e.Hint = "the object that it belongs to is no longer in Kustomer"
	case a.status == http.StatusNotFound && task.pathGiven:
		e.Hint = "check the path of the row: Kustomer knows no such address, or nothing is there any more"
	case a.status == http.StatusNotFound && task.create:
		e.Hint = "check org or base_url: Kustomer knows no such address"
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		e.Hint = "it was deleted or merged there, and is not made again by itself"
	case e.Class.IsRefusal(), a.status == 400, a.status == 422:
		e.Hint = "correct the row or the mapping and run again"
	}
}

// roleHint says how to get the right to do something. A key's roles cannot be changed
// (kustomer-api.md 1.2).
func roleHint(roles []string) string {
	if len(roles) == 0 {
		return "make a new API key with the roles that `kustsync sinks` lists, then run the same command again"
	}
	return "make a new API key with the role " + strings.Join(roles, " or ") + ", then run the same command again"
}

// wrongRegion reports whether a message says that the key belongs to another pod (kustomer-api.md 1.1).
// It counts only before the first success, so that no text of a row, which Kustomer may repeat, can stop a run.
func wrongRegion(message string) bool {
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool { return r < 'a' || r > 'z' })
	token, pod := false, false
	for _, w := range words {
		token = token || w == "token"
		pod = pod || w == "pod"
	}
	return token && pod
}

// redirectHost names the host of a redirect, and nothing else of its address.
func redirectHost(location, own string) string {
	u, err := url.Parse(location)
	switch {
	case err != nil || location == "":
		return "an unnamed place"
	case u.Host == "":
		return own
	}
	return oneLine(u.Host)
}

// unreadableError is the error of a success whose body does not say what was made.
func unreadableError(task purpose, a response, why string) *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Status: a.status, Attempts: a.attempts,
		Message: fmt.Sprintf("Kustomer answered %d when asked to %s, but %s", a.status, task.text, why)}
}
