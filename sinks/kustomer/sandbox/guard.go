package sandbox

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Guard lets only requests through that are meant for the sandbox: their Host must be a loopback name or address, or
// one of hosts, and so must be the Origin that a browser names. Any key is accepted, so a page of another site could
// else read and change what the sandbox holds.
func Guard(h http.Handler, hosts ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch origin := r.Header.Get("Origin"); {
		case !isOurs(r.Host, hosts):
			adminAnswer(w, http.StatusForbidden, wire.Document{"error": "the Host " + r.Host + " is not the sandbox's: start it with --host " + hostName(r.Host)})
		case origin != "" && !isOurs(originHost(origin), hosts):
			adminAnswer(w, http.StatusForbidden, wire.Document{"error": "a page of " + origin + " may not use the sandbox"})
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// isOurs reports whether a host, perhaps with a port, is loopback or one of hosts.
func isOurs(host string, hosts []string) bool {
	name := strings.TrimSuffix(strings.ToLower(hostName(host)), ".")
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() || name == "localhost" {
		return true
	}
	return slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// hostName is a host without its port and without the brackets of an IPv6 address.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// originHost is the host of an Origin; "" for one that cannot be read, such as null.
func originHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Host
}
