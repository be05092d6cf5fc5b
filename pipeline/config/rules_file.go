package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// scope is what a rule may look at: the file as structs, the tree for the places of keys.
type scope struct {
	*findings
	file  *File
	root  *node
	specs map[string]*sinks.Spec
}

// key returns the place of a key; of the file when it is not there.
func (s *scope) key(path ...string) Pos {
	parent := s.root.at(path[:len(path)-1]...)
	if e, ok := parent.find(path[len(path)-1]); ok {
		return e.pos
	}
	return Pos{File: s.text.path}
}

// place returns where a value of kustomer: stands, or the file when the environment set it.
func (s *scope) place(v String) Pos {
	if v.Pos.Line == 0 {
		return Pos{File: s.text.path}
	}
	return v.Pos
}

var orgName = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

// target wants one name of where to load, and an org that fits into a host name.
func target(s *scope) {
	k := s.file.Kustomer
	if s.root.at("kustomer", "org") != nil && s.root.at("kustomer", "base_url") != nil {
		s.add(s.key("kustomer", "base_url"), "both org and base_url are set", "remove one of the two")
	}
	if k.Org.Value != "" && !orgName.MatchString(k.Org.Value) {
		s.add(s.place(k.Org), fmt.Sprintf("%q cannot be the name of an organisation", k.Org.Value), "write the acme of https://acme.api.kustomerapp.com, in the file or in KUSTOMER_ORG")
	}
}

// baseURL wants an address that may be given the API key.
func baseURL(s *scope) {
	k := &s.file.Kustomer
	if k.BaseURL.Value == "" {
		return
	}
	message, hint := judgeURL(k.BaseURL.Value, k.AllowHost)
	if message != "" {
		s.add(s.place(k.BaseURL), message, hint)
		return
	}
	k.BaseURL.Value = strings.TrimSuffix(k.BaseURL.Value, "/")
}

// hostName matches a name that no part of the program can read as anything else.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// judgeURL says what is wrong with the address of the API, which is given the key. It never repeats
// the address as a whole, since it may hold a password.
func judgeURL(address string, allowHost bool) (message, hint string) {
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
