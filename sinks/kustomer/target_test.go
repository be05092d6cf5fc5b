package kustomer

import "testing"

func TestTargetName(t *testing.T) {
	for address, want := range map[string]string{
		"https://acme.api.kustomerapp.com":      "acme.api.kustomerapp.com",
		"https://ACME.api.KustomerApp.com/":     "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com:443":  "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com:0443": "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com.":     "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com.:443": "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com:":     "acme.api.kustomerapp.com",
		"https://acme.api.kustomerapp.com:8443": "acme.api.kustomerapp.com:8443",
		"http://localhost:8911":                 "localhost:8911",
		"http://LOCALHOST.:8911":                "localhost:8911",
		"http://127.0.0.1:8911":                 "localhost:8911",
		"http://127.9.8.7:8911":                 "localhost:8911",
		"https://[::1]:8911":                    "localhost:8911",
		"http://[0:0:0:0:0:0:0:1]:8911":         "localhost:8911",
		"http://[::ffff:127.0.0.1]:8911":        "localhost:8911",
		"http://localhost":                      "localhost:80",
		"http://localhost:80":                   "localhost:80",
		"https://localhost":                     "localhost",
		"https://[2001:DB8:0::1]:443":           "[2001:db8::1]",
		"https://10.0.0.1:443":                  "10.0.0.1",
		"https://":                              "",
		"://":                                   "",
	} {
		if got := TargetName(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func FuzzTargetName(f *testing.F) {
	for _, seed := range []string{"https://ACME.api.kustomerapp.com:443", "http://127.0.0.1:8911", "https://[fe80::1%25Eth0]:1", "https://a..:0443", "http://[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		name := TargetName(address)
		if name == "" {
			return
		}
		if again := TargetName("https://" + name); again != name {
			t.Errorf("%q is %q, and that is %q", address, name, again)
		}
	})
}
