package kustomer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestReadErrorBody(t *testing.T) {
	for _, tc := range []struct{ name, body, code, field, message string }{
		{"shape A", `{"errors":[{"status":400,"source":{"parameter":"notAnActualAttribute"},"code":"badparam","title":"Additional properties not allowed","detail":"/properties/custom/additionalProperties"}]}`,
			"badparam", "notAnActualAttribute", "notAnActualAttribute: Additional properties not allowed"},
		{"shape B", `{"errors":[{"code":"bad_request","message":"email is taken","meta":{}}]}`, "bad_request", "", "email is taken"},
		{"status as text, pointer", `{"errors":[{"status":"400","title":"Bad","detail":"too long","source":{"pointer":"/data/attributes/emails/0/email"}}]}`,
			"", "emails.0.email", "emails.0.email: Bad (too long)"},
		{"parameters", `{"errors":[{"title":"Bad","source":{"parameters":["name","x"]}}]}`, "", "name", "name: Bad"},
		{"several", `{"errors":[{"title":"one"},{"code":"c","title":"two","source":{"parameter":"f"}},{"title":"one"}]}`, "c", "f", "one; f: two"},
		{"many", `{"errors":[{"title":"1"},{"title":"2"},{"title":"3"},{"title":"4"},{"title":"5"},{"title":"6"},{"title":"7"}]}`, "", "", "1; 2; 3; 4; 5; and 2 more"},
		{"one error, no list", `{"errors":{"title":"one"}}`, "", "", "one"},
		{"bare texts", `{"errors":["one","two"]}`, "", "", "one; two"},
		{"error", `{"error":"duplicate detected"}`, "", "", "duplicate detected"},
		{"message", `{"message":"no","code":401}`, "401", "", "no"},
		{"only a code", `{"errors":[{"code":"notfound"}]}`, "notfound", "", "notfound"},
		{"strange types", `{"errors":[{"code":{},"title":[],"source":7,"detail":{"x":1}},null,[]]}`, "", "7", "it gave no reason"},
		{"errors is a number", `{"errors":7,"message":"no"}`, "", "", "no"},
		{"empty object", `{}`, "", "", "it gave no reason"},
		{"null", `null`, "", "", "it gave no reason"},
		{"nothing", " ", "", "", "the answer has no body"},
		{"HTML", "<html><title>502\n Bad \x1b[31mGateway</title>", "", "", `the answer is a web page with the title "502 Bad [31mGateway", not JSON`},
		{"text", "no", "", "", "the answer is not JSON (2 bytes)"},
		{"control characters", `{"message":"a\u001b[2Jb\r\nc\u202ed"}`, "", "", "a[2Jb cd"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := readErrorBody([]byte(tc.body))
			if want := (errorBody{tc.code, tc.field, tc.message}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(`{"errors":[{"status":404,"source":{"parameter":"externalId"},"code":"notfound","title":"Not Found"}]}`))
	f.Add([]byte(`{"errors":[{"code":"bad_request","message":"m","meta":{}}]}`))
	f.Add([]byte(`{"data":{"id":"5f00aa","attributes":{"externalId":"a","externalIds":[{"externalId":"b"}]},"relationships":{"org":{"data":{"id":"o"}}}}}`))
	f.Add([]byte(`{"data":[{"id":"aa"},{"id":"bb"}],"meta":{}}`))
	f.Add([]byte("<html><title>x</title>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := readErrorBody(body)
		if c.message == "" || len(c.message) > maxMessage+100 || len(c.code) > maxMessage || len(c.field) > maxMessage {
			t.Errorf("complaint %+v is empty or too long", c)
		}
		for _, text := range []string{c.message, c.code, c.field} {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q is not fit to print", text)
			}
		}
		if o, err := readObject(response{body: body}); err == nil && (o.ID == "" || strings.ContainsAny(o.ID, "/.%?# ")) {
			t.Errorf("took %q for an id", o.ID)
		}
		l, err := readObjects(response{body: body})
		for _, o := range l.objects {
			if err == nil && checkID(o.ID) != nil {
				t.Errorf("took %q for an id", o.ID)
			}
			_, _ = o.carries("a"), o.related("org")
		}
	})
}

func TestOneLineCutsAtARune(t *testing.T) {
	got := oneLine(strings.Repeat("ä", maxMessage))
	if len(got) > maxMessage || !utf8.ValidString(got) || !strings.HasSuffix(got, "ä...") {
		t.Errorf("got %d bytes: %q", len(got), got)
	}
}
