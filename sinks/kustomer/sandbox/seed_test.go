package sandbox

import (
	"errors"
	"strings"
	"testing"
)

func TestSeed(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	fillSandbox(t, s)
	copied := doAs(t, s, "", "GET", "/_sandbox/objects", "").text
	other := newServer(t, Options{})
	do(t, other, "POST", "/_sandbox/seed", copied).want(t, 200)
	if again := do(t, other, "GET", "/_sandbox/objects", "").text; strings.Count(again, "\n") != strings.Count(copied, "\n") {
		t.Errorf("copied\n%s\ninto\n%s", copied, again)
	}
	do(t, other, "GET", "/v1/messages/externalId=m-1", "").want(t, 200)
	do(t, s, "POST", "/_sandbox/seed", `{"type":"team","attributes":{"name":"Night"}}`).want(t, 200)
	s = reopen(t, s, o)
	if got := do(t, s, "GET", "/v1/teams", "").listed("name"); len(got) != 3 {
		t.Errorf("the teams after a restart are %v, want three", got)
	}
	const id = `"id":"65a0c0ffee0000000000abcd"`
	for line, want := range map[string]string{
		`{`: "line 1", `{"type":"ghost","attributes":{}}`: "ghost", `{"type":"user"}`: "line 1", `{"type":"user","attributes":[]}`: "line 1",
		`{"type":"customer","attributes":{"externalId":"c-1"}}`: "in use", `{"type":"message","attributes":{}}`: "does not exist",
		`{"type":"conversation","attributes":{"customer":"65a0c0ffee0000000000abcd"}}`: "does not exist", `{"type":"kobject","attributes":{"klass":"none"}}`: "does not exist",
		`{"type":"customer","attributes":{"company":"\""}}`: "must be an id", `{"type":"customer","attributes":{"company":5}}`: "must be an id",
		"{\"type\":\"user\"," + id + ",\"attributes\":{}}\n{\"type\":\"user\"," + id + ",\"attributes\":{}}": "1 objects before it",
	} {
		r := do(t, s, "POST", "/_sandbox/seed", line).want(t, 400)
		if !strings.Contains(r.text, want) {
			t.Errorf("%s: the error must say what is wrong: %s", line, r.text)
		}
	}
	reopen(t, s, o) // what was refused left nothing that cannot be read
	for _, bad := range []string{`{`, `{"type":"ghost","attributes":{}}`} {
		s, err := New(Options{Objects: "\n" + bad})
		if seed := new(SeedError); !errors.As(err, &seed) || seed.Line != 2 {
			t.Errorf("%s: want a SeedError for line 2, got %v", bad, err)
		}
		if err == nil {
			ignore(s.Close())
		}
	}
}
