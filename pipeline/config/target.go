package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

var orgName = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

// target refuses org beside base_url, and an org that cannot be part of a host name.
func target(l *linter) {
	k := l.file.Kustomer
	if l.root.at("kustomer", "org") != nil && l.root.at("kustomer", "base_url") != nil {
		l.add(l.key("kustomer", "base_url"), "both org and base_url are set", "remove one of the two")
	}
	if k.Org.Value != "" && !orgName.MatchString(k.Org.Value) {
		l.add(l.place(k.Org), fmt.Sprintf("%q cannot be the name of an organisation", k.Org.Value), "write the acme of https://acme.api.kustomerapp.com, in the file or in KUSTOMER_ORG")
	}
}

// baseURL refuses an address that must not get the API key, and takes the slash off the end of one that may.
func baseURL(l *linter) {
	k := &l.file.Kustomer
	if k.BaseURL.Value == "" {
		return
	}
	message, hint := checkURL(k.BaseURL.Value, k.AllowHost)
	if message != "" {
		l.add(l.place(k.BaseURL), message, hint)
		return
	}
	k.BaseURL.Value = strings.TrimSuffix(k.BaseURL.Value, "/")
}

// hostName matches a host that every part of the program reads as the same host.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// checkURL says what is wrong with the address of the API, which gets the API key; "" when nothing is. It never repeats
// the address as a whole, since there may be a password in it.
func checkURL(address string, allowHost bool) (message, hint string) {
	const example = "write an address such as https://acme.api.kustomerapp.com"
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" || u.Host == "" {
		return "base_url is not an address", example
	}
	host := strings.ToLower(u.Hostname())
	ip, ipErr := netip.ParseAddr(host)
	loopback := host == "localhost" || ipErr == nil && ip.IsLoopback()
	switch {
	case u.User != nil:
		return "base_url holds a user name or a password", "remove what stands before the @"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return "base_url holds a query or a fragment", "remove what begins at the ? or #"
	case u.Path != "" && u.Path != "/":
		return fmt.Sprintf("base_url holds the path %q", u.Path), "remove it: the paths of the API are added"
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback):
		return "base_url must begin with https://", "write https://; http is for addresses of this machine alone"
	case ipErr != nil && !hostName.MatchString(host):
		return "base_url holds no proper host", example
	case !loopback && !allowHost && host != "kustomerapp.com" && !strings.HasSuffix(host, ".kustomerapp.com"):
		return fmt.Sprintf("base_url names the host %q, which is not under kustomerapp.com", host),
			"correct the host, or set allow_host: true when it is yours"
	}
	return "", ""
}
