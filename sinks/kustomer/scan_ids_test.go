package kustomer

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestScanIDs(t *testing.T) {
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
			id, externalID, ok := scanIDs([]byte(tc.body))
			if ok != tc.ok || ok && (id != tc.id || externalID != tc.externalID) {
				t.Errorf("got %q, %q, %v", id, externalID, ok)
			}
		})
	}
}

// An answer that was cut is never ok, wherever it was cut.
func TestScanIDsOfACutAnswer(t *testing.T) {
	body := `{"data":{"id":"65a0","attributes":{"externalId":"a","n":[-1.5e3,true,false,null,"\u00e4"]},"links":{"self":"/v1"}}}`
	for n := range len(body) {
		if _, _, ok := scanIDs([]byte(body[:n])); ok {
			t.Errorf("the first %d bytes are ok", n)
		}
	}
}

// TestScanIDsOfEveryByte puts every byte, once to three times, at every distance from the beginning of a text and from its
// end.
func TestScanIDsOfEveryByte(t *testing.T) {
	for c := range 256 {
		for before := range 10 {
			for after := range 10 {
				text := strings.Repeat("!", before) + strings.Repeat(string([]byte{byte(c)}), 1+after%3) + strings.Repeat("\x80", after)
				body := []byte(`{"data":{"id":"65a0"},"x":"` + text + `"}`)
				if id, _, ok := scanIDs(body); ok != json.Valid(body) || ok && id != "65a0" {
					t.Fatalf("%q: got %q, %v", text, id, ok)
				}
			}
		}
	}
}

// What scanIDs says is what encoding/json says, by exact names.
func FuzzScanIDs(f *testing.F) {
	for _, body := range []string{
		`{"data":{"type":"customer","id":"65a0","attributes":{"externalId":"crm-1","n":[1,-2.5e3,0,true,null]}}}`,
		`{"data":{"id":"a"},"data":{"attributes":{"externalId":"b"},"attributes":{}}}`,
		"{\"a\":\"\\u00e4\\n\",\"data\":{\"id\":\"\xff\"}}", `{"data":{"id":"1"},"x":01}`, `{"data":{"id":"1"},}`, `{"data":{"id":"1"} "x":1}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { compareScan(t, body) })
}

// fataler is what tests of testing and of rapid have in common.
type fataler interface {
	Fatalf(format string, args ...any)
}

// compareScan compares scanIDs with encoding/json, which decides by exact names. It reports whether scanIDs read body.
func compareScan(t fataler, body []byte) bool {
	id, externalID, ok := scanIDs(body)
	if !ok {
		return false
	}
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("scanIDs reads %s, and encoding/json says: %v", body, err)
	}
	data, _ := doc["data"].(map[string]any)
	attributes, _ := data["attributes"].(map[string]any)
	wantID, _ := data["id"].(string)
	wantExternal, _ := attributes["externalId"].(string)
	if id != wantID || externalID != wantExternal {
		t.Fatalf("scanIDs reads %q and %q, encoding/json %q and %q: %s", id, externalID, wantID, wantExternal, body)
	}
	return true
}

// TestScanIDsIsEncodingJSON compares the two over random answers in Kustomer's form, with spaces, escapes, further members
// and faults at random places. All that have no fault and no escape in an id must be read.
func TestScanIDsIsEncodingJSON(t *testing.T) {
	read := 0
	plain, escaped := rapid.StringOf(rapid.SampledFrom([]rune("aZ09-_ äß/"))), rapid.StringOf(rapid.SampledFrom([]rune("a\u2028\\\"\n\t")))
	rapid.Check(t, func(t *rapid.T) {
		quoted := func(label string) string {
			text := plain
			if rapid.IntRange(0, 9).Draw(t, "escapes in "+label) == 0 {
				text = escaped
			}
			b, _ := json.Marshal(text.Draw(t, label))
			return string(b)
		}
		value := func(label string) string {
			if rapid.IntRange(0, 9).Draw(t, "fault in "+label) == 0 {
				return rapid.SampledFrom([]string{"01", "1.", "-", "nul", "{", "[1,]", `"\x"`, ""}).Draw(t, label)
			}
			return rapid.SampledFrom([]string{"0", "-1.5e3", "true", "null", "[]", "[1,{}]", `{"id":"x"}`, quoted(label)}).Draw(t, label)
		}
		space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t"}).Draw(t, "space")
		members := []string{`"id"` + space + ":" + quoted("id")}
		for i := range rapid.IntRange(0, 3).Draw(t, "members") {
			members = append(members, quoted(fmt.Sprint("name ", i))+":"+value(fmt.Sprint("value ", i)))
		}
		members = append(members, `"attributes":{`+space+`"externalId":`+rapid.SampledFrom([]string{quoted("external id"), "null", "7"}).Draw(t, "external")+`,"x":`+value("attribute")+"}")
		body := space + `{"data":{` + strings.Join(rapid.Permutation(members).Draw(t, "order"), ","+space) + "}}" + space
		if rapid.IntRange(0, 9).Draw(t, "cut") == 0 {
			body = body[:rapid.IntRange(0, len(body)).Draw(t, "length")]
		}
		if compareScan(t, []byte(body)) {
			read++
		} else if json.Valid([]byte(body)) && !strings.Contains(body, `\`) {
			t.Fatalf("scanIDs leaves an ordinary answer to encoding/json: %s", body)
		}
	})
	if read < 20 {
		t.Errorf("scanIDs has read %d answers", read)
	}
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

func BenchmarkScanIDs(b *testing.B) {
	body := []byte(customerAnswer(b))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			if _, _, ok := scanIDs(body); !ok {
				b.Fatal("not ok")
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			if _, err := readObject(response{body: body}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
