package kustomer

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// TargetName is the one name of the host and port of an address, however they are spelled: "ACME.api.kustomerapp.com:443"
// is "acme.api.kustomerapp.com". It is in lower case, without the port 443 and without dots at the end; every address of
// this machine is "localhost" and its port. It is "" for what is no address.
func TargetName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host := strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	if host == "" {
		return ""
	}
	if isLoopback(host) {
		host = "localhost"
	} else if ip, err := netip.ParseAddr(host); err == nil {
		host = ipName(ip)
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); err == nil {
		port = strconv.Itoa(n)
	}
	if port == "" && u.Scheme == "http" {
		port = "80"
	}
	if port == "" || port == "443" {
		return host
	}
	return host + ":" + port
}

// ipName writes an IP address as it stands in a URL.
func ipName(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	name := "[" + ip.WithZone("").String()
	if ip.Zone() != "" {
		name += "%25" + url.PathEscape(ip.Zone())
	}
	return name + "]"
}
