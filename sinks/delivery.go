package sinks

import (
	"context"
	"slices"
	"strings"
)

// Delivery says how a sink reaches people: Create makes a draft, which reaches nobody, and Send lets it go.
// A sink with a Delivery cannot be looked up or updated, and what may have left is never sent again.
type Delivery struct {
	Send  Route    // lets the draft go that {id} names
	List  string   // GET path of the drafts that have not left, with {field} segments like a Create route's
	Alike []string // fields by which, with all who are reached, a draft in List is known again
	When  string   // field that says when the draft leaves; Create does not carry it
	Flag  string   // bool field that Send sets beside When
	Again []string // fields that Send repeats
	// To is where the payload holds the addresses of those who are reached: "to[].email", "to". Empty: they are
	// known only as Whom.
	To   []string
	Whom string // field that names the person by id
}

// Channel is a way to reach people.
type Channel struct {
	Name string // what the field channel of the mapping says
	Spec Spec   // of the steps that deliver through it
}

// Outbox is a Sink that can show drafts that have not left.
type Outbox interface {
	Sink
	// Unsent returns the ids of the drafts that are like the one that req would make, and have neither left
	// nor been told to. An error, an *Error, means that it cannot be known; it never ends the run.
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

// Draft is what of a payload Create carries: all but the time at which it leaves.
func (d *Delivery) Draft(payload map[string]any) map[string]any {
	draft := make(map[string]any, len(payload))
	for name, value := range payload {
		if name != d.When {
			draft[name] = value
		}
	}
	return draft
}

// Order is what Send carries to let the draft of a payload go at a time, as ISO 8601.
func (d *Delivery) Order(payload map[string]any, at string) map[string]any {
	order := map[string]any{d.When: at, d.Flag: true}
	for _, name := range d.Again {
		if value, ok := payload[name]; ok {
			order[name] = value
		}
	}
	return order
}

// Addresses returns the addresses that a fitted payload writes to, each once, as they are written there.
func (d *Delivery) Addresses(payload map[string]any) []string {
	var all []string
	for _, from := range d.To {
		collect(payload, from, func(text string) {
			if text != "" && !slices.Contains(all, text) {
				all = append(all, text)
			}
		})
	}
	return all
}

// Outside returns the first address of a fitted payload that is not allowed, and the field that has it; false
// when there is none.
func (d *Delivery) Outside(payload map[string]any, allowed func(address string) bool) (field, address string, found bool) {
	for _, from := range d.To {
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
	if id, ok := payload[d.Whom].(string); ok && len(people) == 0 {
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
