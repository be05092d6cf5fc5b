package sinks_test

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// call is a sink whose path comes from the row.
func call() *sinks.Spec {
	return &sinks.Spec{
		Name: "call", Object: "request", Params: []string{"method"},
		Choices: []sinks.Choice{{Value: "POST", Kind: sinks.Acts}, {Value: "DELETE", Kind: sinks.Changes, Destructive: true}},
		Create:  []sinks.Route{{Method: "{method}", Path: "{+path}", Body: "body"}},
		Fields: []sinks.Field{
			{Name: "method", Type: sinks.Text, Required: true},
			{Name: "path", Type: sinks.Path, Required: true, Pattern: `^/v1/.`, Reserved: []sinks.NotField{{Name: "drafts", Hint: "use another sink"}}},
			{Name: "body", Type: sinks.Free},
		},
	}
}

// fitPath fits a payload with that path, and returns the rule that it breaks.
func fitPath(t testing.TB, text string) string {
	t.Helper()
	_, err := call().Fit(sinks.Create, map[string]any{"method": "POST", "path": text})
	var fit *sinks.FitError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &fit):
		t.Fatal(err)
	}
	return fit.Rule
}

func TestFitPath(t *testing.T) {
	for text, want := range map[string]string{
		"/v1/notes":                          "",
		"/v1/customers/email=ann%40acme.com": "",
		"/v1/klasses/a%20b/65a0":             "",
		"":                                   "format",
		"v1/notes":                           "format",
		"https://evil.example/v1/notes":      "format",
		"//evil.example/v1":                  "format",
		"/v1//notes":                         "format",
		"/v1/notes/":                         "format",
		"/v1/../oauth/token":                 "format",
		"/v1/%2e%2e/oauth":                   "format",
		"/v1/.%2E/oauth":                     "format",
		"/v1/a%2F..%2Foauth":                 "format",
		"/v1/a%5C..%5Coauth":                 "format",
		"/v1/%252e%252e/oauth":               "format",
		"/v1/notes?replace=true":             "format",
		"/v1/notes%3":                        "format",
		"/v1/notes#top":                      "format",
		"/v1/notes\nX: y":                    "format",
		"/v1/notes%0d%0aX":                   "format",
		"/v1/nötes":                          "format",
		"/v1/notes;a=b":                      "format",
		"/v1/%ff":                            "format",
		"/v2/notes":                          "pattern",
		"/v1":                                "pattern",
		"/v1/drafts/65a0":                    "reserved",
		"/v1/customers/65a0/drafts":          "reserved",
		"/v1/customers/65a0/%44rafts":        "reserved",
		"/v1/customers/65a0/DRAFTS":          "reserved",
		"/v1/customers/65a0/drafts%20":       "reserved",
		"/v1/overdrafts":                     "",
	} {
		if got := fitPath(t, text); got != want {
			t.Errorf("%q: rule %q, want %q", text, got, want)
		}
	}
}

// FuzzFitPath: a path that fits is sent as it is, stays below /v1/ however it is decoded and cleaned on
// its way, and leads to nothing that is reserved.
func FuzzFitPath(f *testing.F) {
	for _, seed := range []string{"/v1/notes", "/v1/../x", "/v1/%2e%2e/x", "/v1/a%2fb", "/v1/%64rafts/1", "/v1/a?b", "/v1/%2564rafts", "/v1/\u017f", "//v1/a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if fitPath(t, text) != "" {
			return
		}
		sent, body, err := sinks.Route{Path: "{+path}"}.Fill(map[string]any{"path": text}, "")
		if err != nil || sent != text || len(body) != 0 {
			t.Fatalf("%q is sent as %q, %v", text, sent, err)
		}
		u, err := url.Parse("https://host" + text)
		if err != nil || u.Host != "host" || u.RawQuery != "" || u.Fragment != "" || u.EscapedPath() != text {
			t.Fatalf("%q is read as %#v, %v", text, u, err)
		}
		for plain, last := text, ""; plain != last; {
			last = plain
			if clean := path.Clean(plain); clean != plain || !strings.HasPrefix(clean, "/v1/") {
				t.Fatalf("%q becomes %q", text, clean)
			}
			if strings.Contains(strings.ToLower(plain)+"/", "/drafts/") {
				t.Fatalf("%q leads to drafts", text)
			}
			if next, err := url.PathUnescape(plain); err == nil {
				plain = next
			}
		}
	})
}

func TestFillRefusesAWholePath(t *testing.T) {
	for _, value := range []any{nil, 7, "", "v1", "/v1/../x", "/v1/a?b"} {
		if got, _, err := (sinks.Route{Path: "{+path}"}).Fill(map[string]any{"path": value}, ""); err == nil {
			t.Errorf("%v made the path %s", value, got)
		}
	}
}

func TestChoices(t *testing.T) {
	for method, want := range map[string]sinks.Choice{
		"POST":   {Kind: sinks.Acts},
		"DELETE": {Kind: sinks.Changes, Destructive: true},
	} {
		got, err := call().With(map[string]string{"method": method})
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != want.Kind || got.Destructive != want.Destructive || got.Create[0].Method != method {
			t.Errorf("%s: %+v", method, got)
		}
	}
	for _, method := range []string{"", "GET", "post"} {
		if _, err := call().With(map[string]string{"method": method}); err == nil || !strings.Contains(err.Error(), "POST, DELETE") {
			t.Errorf("%q: %v", method, err)
		}
	}
}

// TestFitChanges: a payload that only names the object changes nothing, and is refused.
func TestFitChanges(t *testing.T) {
	id := sinks.Field{Name: "id", Type: sinks.ID, Required: true}
	name := sinks.Field{Name: "name", Type: sinks.Text, Nullable: true}
	spec := func(r sinks.Route) *sinks.Spec {
		return &sinks.Spec{Name: "x", Kind: sinks.Changes, Target: "id", Create: []sinks.Route{r}, Fields: []sinks.Field{id, name}}
	}
	const object = "65a0c0ffee0000000000abcd"
	tests := []struct {
		name    string
		route   sinks.Route
		payload map[string]any
		refused bool
	}{
		{"nothing", sinks.Route{Method: "PUT", Path: "/v1/x/{id}"}, map[string]any{"id": object}, true},
		{"something", sinks.Route{Method: "PUT", Path: "/v1/x/{id}"}, map[string]any{"id": object, "name": "a"}, false},
		{"null", sinks.Route{Method: "PATCH", Path: "/v1/x/{id}"}, map[string]any{"id": object, "name": nil}, false},
		{"delete", sinks.Route{Method: "DELETE", Path: "/v1/x/{id}"}, map[string]any{"id": object}, false},
		{"no id", sinks.Route{Method: "DELETE", Path: "/v1/x/{id}"}, map[string]any{"name": "a"}, true},
	}
	for _, tt := range tests {
		if _, err := spec(tt.route).Fit(sinks.Create, tt.payload); (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
