package kustomer

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestGlance(t *testing.T) {
	cases := []struct {
		name, body, id, externalID string
		ok                         bool
	}{
		{"as Kustomer writes it", `{"data":{"type":"customer","id":"65a0","attributes":{"name":"Ana","externalId":"crm-1","rev":1},"links":{}}}`, "65a0", "crm-1", true},
		{"spaces and other members", " {\n\t\"meta\" : [ 1 , {} ] , \"data\" : { \"id\" : \"65a0\" } } \r\n", "65a0", "", true},
		{"an external id of null", `{"data":{"id":"65a0","attributes":{"externalId":null}}}`, "65a0", "", true},
		{"an external id that is no text", `{"data":{"id":"65a0","attributes":{"externalId":{"externalId":"x"}}}}`, "65a0", "", true},
		{"an id further inside is another's", `{"data":{"relationships":{"org":{"data":{"id":"1"}}}},"id":"2"}`, "", "", true},
		{"the last of two counts", `{"data":{"id":"1","attributes":{"externalId":"a"}},"data":{"id":"2"}}`, "2", "", true},
		{"characters beyond ASCII", `{"data":{"id":"65a0","attributes":{"externalId":"käthe-1"}}}`, "65a0", "käthe-1", true},
		{"escapes elsewhere", `{"data":{"id":"65a0","attributes":{"name":"\"\\\/\b\f\n\r\t\u00e4"}}}`, "65a0", "", true},
		{"numbers", `{"data":{"id":"65a0","n":[0,-0,1,-12.50,1e9,1E-9,0.5e+3]}}`, "65a0", "", true},

		{"an escape in the external id", `{"data":{"id":"65a0","attributes":{"externalId":"a\u002f"}}}`, "", "", false},
		{"an escape in a name", `{"data":{"\u0069d":"65a0"}}`, "", "", false},
		{"an id that is a number", `{"data":{"id":65}}`, "", "", false},
		{"no object", `{"data":null}`, "", "", false},
		{"a list", `[{"data":{"id":"65a0"}}]`, "", "", false},
		{"nothing", ``, "", "", false},
		{"a text behind it", `{"data":{"id":"65a0"}}}`, "", "", false},
		{"nested too deep", `{"data":{"id":"65a0"},"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, "", "", false},
		{"bytes that are no text", "{\"data\":{\"id\":\"65a0\",\"attributes\":{\"externalId\":\"\xff\"}}}", "", "", false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			id, externalID, ok := glance([]byte(tc.body))
			if ok != tc.ok || ok && (id != tc.id || externalID != tc.externalID) {
				t.Errorf("got %q, %q, %v", id, externalID, ok)
			}
		})
	}
}

// An answer that was cut is never ok, wherever it was cut.
func TestGlanceCut(t *testing.T) {
	body := `{"data":{"id":"65a0","attributes":{"externalId":"a","n":[-1.5e3,true,false,null,"\u00e4"]},"links":{"self":"/v1"}}}`
	for n := range len(body) {
		if _, _, ok := glance([]byte(body[:n])); ok {
			t.Errorf("the first %d bytes are ok", n)
		}
	}
}

// Every byte, alone and next to itself, at every distance from the beginning of a text and from its end.
func TestGlanceBytes(t *testing.T) {
	for c := range 256 {
		for before := range 10 {
			for after := range 10 {
				text := strings.Repeat("!", before) + strings.Repeat(string([]byte{byte(c)}), 1+after%3) + strings.Repeat("\x80", after)
				body := []byte(`{"data":{"id":"65a0"},"x":"` + text + `"}`)
				if id, _, ok := glance(body); ok != json.Valid(body) || ok && id != "65a0" {
					t.Fatalf("%q: got %q, %v", text, id, ok)
				}
			}
		}
	}
}

// What glance says is what encoding/json says, by exact names.
func FuzzGlance(f *testing.F) {
	for _, body := range []string{
		`{"data":{"type":"customer","id":"65a0","attributes":{"externalId":"crm-1","n":[1,-2.5e3,0,true,null]}}}`,
		`{"data":{"id":"a"},"data":{"attributes":{"externalId":"b"},"attributes":{}}}`,
		"{\"a\":\"\\u00e4\\n\",\"data\":{\"id\":\"\xff\"}}", `{"data":{"id":"1"},"x":01}`, `{"data":{"id":"1"},}`, `{"data":{"id":"1"} "x":1}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id, externalID, ok := glance(body)
		if !ok {
			return
		}
		var doc map[string]any
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("ok, and json says: %v", err)
		}
		data, _ := doc["data"].(map[string]any)
		attributes, _ := data["attributes"].(map[string]any)
		wantID, _ := data["id"].(string)
		wantExternal, _ := attributes["externalId"].(string)
		if id != wantID || externalID != wantExternal {
			t.Errorf("got %q and %q, want %q and %q", id, externalID, wantID, wantExternal)
		}
	})
}

// customerAnswer is the answer to a create, 1.6 kB as Kustomer writes it (kustomer-api.md 5.3).
func customerAnswer(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../../testdata/answers/customer.json")
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func BenchmarkGlance(b *testing.B) {
	body := []byte(customerAnswer(b))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.Run("glance", func(b *testing.B) {
		for b.Loop() {
			if _, _, ok := glance(body); !ok {
				b.Fatal("not ok")
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			if _, err := readObject(answer{body: body}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
