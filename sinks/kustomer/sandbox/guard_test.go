package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, one := range []struct {
		host, origin string
		hosts        []string
		status       int
	}{
		{"127.0.0.1:8911", "", nil, 200}, {"localhost", "", nil, 200}, {"LOCALHOST.:80", "", nil, 200}, {"[::1]:8911", "", nil, 200}, {"127.9.9.9", "http://localhost:3000", nil, 200},
		{"evil.example:8911", "", nil, 403}, {"127.0.0.1.evil.example", "", nil, 403}, {"", "", nil, 403}, {"10.0.0.1", "", nil, 403},
		{"localhost", "https://evil.example", nil, 403}, {"localhost", "null", nil, 403}, {"localhost", "http://[", nil, 403}, {"localhost", "http://localhost.evil.example", nil, 403},
		{"box.lan:8911", "", []string{"box.lan"}, 200}, {"BOX.lan", "http://box.lan", []string{"box.lan"}, 200}, {"other.lan", "", []string{"box.lan"}, 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/customers", http.NoBody)
		r.Host = one.host
		r.Header.Set("Origin", one.origin)
		w := httptest.NewRecorder()
		if Guard(ok, one.hosts...).ServeHTTP(w, r); w.Code != one.status {
			t.Errorf("Host %q, Origin %q, hosts %q: %d, want %d", one.host, one.origin, one.hosts, w.Code, one.status)
		}
	}
}

// TestSwitches sets each switch to each of its values; every one but the default changes the options.
func TestSwitches(t *testing.T) {
	for _, c := range choices {
		if !strings.Contains(SwitchHelp(), c.name) {
			t.Errorf("the help does not name %s", c.name)
		}
		plain := newServer(t, Options{}).opts
		for i, v := range strings.Split(c.values, "|") {
			var o Options
			if err := o.Switch(c.name + "=" + v); err != nil {
				t.Fatal(err)
			}
			set := newServer(t, o).opts
			same := set.Deleted == plain.Deleted && set.Merged == plain.Merged && set.rules().MergesGone == plain.MergesGone && set.Below == plain.Below &&
				set.Identifiers == plain.Identifiers && set.Restore == plain.Restore && set.ListDeleted == plain.ListDeleted &&
				set.AsKustomer == plain.AsKustomer && set.CommaLists == plain.CommaLists && set.KeepCompany == plain.KeepCompany && set.NoAudit == plain.NoAudit && set.RateMode == plain.RateMode
			if same != (i == 0) {
				t.Errorf("%s=%s: the options are those of the default: %v", c.name, v, same)
			}
		}
	}
	for _, text := range []string{"", "nosuch=1", "restore", "restore=yes", "merged-reads=survive"} {
		if err := new(Options).Switch(text); err == nil {
			t.Errorf("%q is taken for a switch", text)
		}
	}
}
