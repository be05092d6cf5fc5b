package config

import (
	"strings"
	"testing"
)

// TestDeliveringMapping: the channel decides which fields a step that delivers has.
func TestDeliveringMapping(t *testing.T) {
	step := func(lines string) string {
		return "version: 1\nsteps:\n  m:\n    from: m.csv\n    sink: send_message\n    key: \"{{ .id }}\"\n" + lines
	}
	const on = "    deliver: true\n    max_deliveries: 5\n"
	for name, c := range map[string]struct{ text, want string }{
		"email":            {step(on + `    mapping: { customer: "{{ .c }}", channel: email, to: [{ email: "{{ .e }}" }], body: x }`), ""},
		"alias":            {step(on + `    mapping: { customer_id: "{{ .c }}", channel: email, to: [{ email: "{{ .e }}" }], preview: x }`), ""},
		"chat":             {step(on + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), ""},
		"off":              {step(`    mapping: { conversation: "{{ .c }}", channel: email, direction: in, sentAt: "{{ .at }}" }`), ""},
		"off, with to":     {step(`    mapping: { conversation: "{{ .c }}", channel: email, direction: in, to: x, sentAt: "{{ .at }}" }`), `has no field "to"`},
		"no recipient":     {step(on + `    mapping: { customer: "{{ .c }}", channel: email, body: x }`), `"to"`},
		"no customer":      {step(on + `    mapping: { channel: chat, body: x }`), `"customer"`},
		"to for chat":      {step(on + `    mapping: { customer: "{{ .c }}", channel: chat, body: x, to: y }`), `has no field "to"`},
		"not a field":      {step(on + `    mapping: { customer: "{{ .c }}", channel: email, to: [{ email: "{{ .e }}" }], body: x, direction: out }`), "what is delivered goes out"},
		"unknown channel":  {step(on + `    mapping: { customer: "{{ .c }}", channel: fax, body: x }`), `send_message cannot deliver through "fax"`},
		"a slip":           {step(on + `    mapping: { customer: "{{ .c }}", channel: emial, to: [{ email: "{{ .e }}" }], body: x }`), `did you mean "email"?`},
		"templated":        {step(on + `    mapping: { customer: "{{ .c }}", channel: "{{ .k }}", body: x }`), "written out"},
		"none at most":     {step("    deliver: true\n    max_deliveries: 0\n" + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), "must be a whole number from 1"},
		"no channel":       {step(on + `    mapping: { customer: "{{ .c }}", body: x }`), "written out"},
		"another sink":     {strings.Replace(smallest, "    mapping", on+"    mapping", 1), "deliver: true is not for create_customer"},
		"nobody allowed":   {step(on + "    recipient_allow: []\n" + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), "recipient_allow"},
		"empty pattern":    {step(on + "    recipient_allow: [\"\"]\n" + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), "recipient_allow"},
		"null":             {step(on + "    recipient_allow:\n" + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), "recipient_allow"},
		"null in the list": {step(on + "    recipient_allow: [~]\n" + `    mapping: { customer: "{{ .c }}", channel: chat, body: x }`), "recipient_allow"},
		"not a bool":       {step("    deliver: \"true\"\n    max_deliveries: 5\n" + `    mapping: { conversation: "{{ .c }}", channel: email, direction: in, sentAt: "{{ .at }}" }`), "true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			file, got := read(t, c.text, Options{})
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == "" && file.Steps[0].Deliver != (name != "off") {
				t.Errorf("deliver is %v", file.Steps[0].Deliver)
			}
		})
	}
}

// TestDeliverFromVariable: the rules of delivery hold also when a variable turns delivery on.
func TestDeliverFromVariable(t *testing.T) {
	text := "version: 1\nsteps:\n  m:\n    from: m.csv\n    sink: send_message\n    key: \"{{ .id }}\"\n    deliver: ${ON}\n    max_deliveries: ${MOST}\n" +
		"    recipient_allow: [\"${WHO}\"]\n    mapping: { customer: \"{{ .c }}\", channel: \"${CHANNEL}\", to: [{ email: \"{{ .e }}\" }], body: x }\n"
	vars := map[string]string{"ON": "true", "MOST": "7", "CHANNEL": "email", "WHO": "*@test.example"}
	file, got := read(t, text, Options{Vars: vars})
	if got != "" {
		t.Fatal(got)
	}
	if !file.Steps[0].Deliver || file.Steps[0].MaxDeliveries != 7 || file.Steps[0].RecipientAllow[0].Value != "*@test.example" {
		t.Errorf("%+v", file.Steps[0])
	}
	vars["WHO"] = ""
	if _, got := read(t, text, Options{Vars: vars}); !strings.Contains(got, "recipient_allow") {
		t.Errorf("an empty pattern passes: %q", got)
	}
}
