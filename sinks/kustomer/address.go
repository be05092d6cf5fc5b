package kustomer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

const domain = "kustomerapp.com"

// BaseURL is the address of an org's API, in whatever region it is (kustomer-api.md 1.1).
func BaseURL(org string) string { return "https://" + org + ".api." + domain }

// UserAgent is what the client calls itself: "kustsync/1.2.0 (+https://github.com/kustsync/kustsync)".
func UserAgent(version string) string {
	name := "kustsync"
	if version != "" {
		name += "/" + version
	}
	return name + " (+https://github.com/kustsync/kustsync)"
}

// CheckBaseURL says what is wrong with an address: it must be https, or http on loopback, and its host
// must be under kustomerapp.com unless allowHost or loopback.
func CheckBaseURL(raw string, allowHost bool) error {
	_, err := parseBaseURL(raw, allowHost)
	return err
}

func parseBaseURL(raw string, allowHost bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("base_url is not an address; write https://ORG.api.kustomerapp.com")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	local := isLoopback(host)
	switch {
	case u.User != nil:
		return nil, errors.New("base_url holds a user name or password; take it out: the key is read from the environment or api_key_file")
	case host == "" || u.Opaque != "":
		return nil, errors.New("base_url names no host; write https://ORG.api.kustomerapp.com")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("base_url has a query or fragment; take off what follows the host and path")
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return nil, fmt.Errorf("base_url begins with %q, which would send the key in the clear; write https:// (http:// is for loopback alone)", u.Scheme+"://")
	case !local && !allowHost && host != domain && !strings.HasSuffix(host, "."+domain):
		return nil, fmt.Errorf("base_url's host %q is not under %s; correct it, or set allow_host: true if the key may go there", host, domain)
	}
	return u, nil
}

// isLoopback reports whether a host is this machine, by its name alone.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
