package sinks

import (
	"context"
	"slices"
	"strings"
)

// Delivery says how a sink reaches people: Create makes a draft, which reaches nobody, and Send sends it. A sink with a
// Delivery cannot be looked up or updated, and a message that may have left is never sent again.
type Delivery struct {
	Send           Route    // sends the draft that {id} names
	DraftsPath     string   // GET path of the drafts that are not sent, with {field} segments like a Create route's
	SameFields     []string // fields by which, with the people reached, a draft at DraftsPath is recognized
	TimeField      string   // field that says when the draft leaves; Create does not carry it
	FlagField      string   // bool field that Send sets besides TimeField
	RepeatedFields []string // fields that Send repeats
	// AddressPaths are where the payload holds the addresses of the people reached: "to[].email", "to". Empty: people are
	// known only by PersonField.
	AddressPaths []string
	PersonField  string // field that names the person by id
}

// Channel is a way to reach people.
type Channel struct {
	Name string // what the field channel of the mapping says
	Spec Spec   // of the steps that deliver through it
}

// Outbox is a Sink that can list drafts that are not sent.
type Outbox interface {
	Sink
	// Unsent returns the ids of the drafts that are like the one that req would make, and are neither sent nor
	// scheduled. An *Error means that this cannot be known; it never ends the run.
	Unsent(ctx context.Context, req Request) ([]string, error)
}

// Delivering returns the sink as a step uses it that delivers through a channel; false when it cannot.
func (s *Spec) Delivering(channel string) (*Spec, bool) {
	i := slices.IndexFunc(s.Channels, func(c Channel) bool { return c.Name == channel })
	if i < 0 {
		return nil, false
	}
	return &s.Channels[i].Spec, true
}

// Draft returns the part of a payload that Create sends: all but the time at which the message leaves.
func (d *Delivery) Draft(payload map[string]any) map[string]any {
	draft := make(map[string]any, len(payload))
	for name, value := range payload {
		if name != d.TimeField {
			draft[name] = value
		}
	}
	return draft
}

// SendPayload returns what Send sends to let the draft of a payload leave at a time, as ISO 8601.
func (d *Delivery) SendPayload(payload map[string]any, at string) map[string]any {
	send := map[string]any{d.TimeField: at, d.FlagField: true}
	for _, name := range d.RepeatedFields {
		if value, ok := payload[name]; ok {
			send[name] = value
		}
	}
	return send
}

// Addresses returns the addresses of the people whom a fitted payload reaches, each once, as they are written there.
func (d *Delivery) Addresses(payload map[string]any) []string {
	var all []string
	for _, from := range d.AddressPaths {
		collect(payload, from, func(text string) {
			if text != "" && !slices.Contains(all, text) {
				all = append(all, text)
			}
		})
	}
	return all
}

// NotAllowed returns the first address of a fitted payload that is not allowed, and the field that has it; false
// when there is none.
func (d *Delivery) NotAllowed(payload map[string]any, allowed func(address string) bool) (field, address string, found bool) {
	for _, from := range d.AddressPaths {
		collect(payload, from, func(text string) {
			if text != "" && !found && !allowed(text) {
				field, _, _ = strings.Cut(from, "[]")
				address, found = text, true
			}
		})
	}
	return field, address, found
}

// People names everybody whom a fitted payload reaches: by address, in lower case, or by id.
func (d *Delivery) People(payload map[string]any) []string {
	people := d.Addresses(payload)
	for i, address := range people {
		people[i] = lowerASCII(address)
	}
	if id, ok := payload[d.PersonField].(string); ok && len(people) == 0 {
		people = append(people, id)
	}
	return people
}

// MatchAddress reports whether an address is the pattern, where * stands for any text, without regard to
// the case of ASCII letters.
func MatchAddress(pattern, address string) bool {
	parts := strings.Split(lowerASCII(pattern), "*")
	rest, ok := strings.CutPrefix(lowerASCII(address), parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, text)
}
