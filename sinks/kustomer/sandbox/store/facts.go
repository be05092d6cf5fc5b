package store

import (
	"encoding/json"
	"fmt"
)

// facts are the members of a document that the store indexes and links it by.
type facts struct {
	ExternalID   string                        `json:"externalId"`
	ExternalIDs  []struct{ ExternalID string } `json:"externalIds"`
	Emails       []struct{ Email string }      `json:"emails"`
	Phones       []struct{ Phone string }      `json:"phones"`
	Whatsapps    []struct{ Phone string }      `json:"whatsapps"`
	Socials      []struct{ Type, Username string }
	Name         string
	Klass        string
	Customer     string
	Conversation string
	MergedTarget string // of a conversation that was merged into another
	Status       string
	Channel      string
	Direction    string
	SentAt       string
	CreatedAt    string
}

// factsOf reads a document. Of objects that are only listed nothing is read.
func factsOf(k Kind, doc []byte) (*facts, error) {
	f := new(facts)
	into := any(f)
	if k.Listed() {
		into = new(map[string]json.RawMessage)
	}
	if err := json.Unmarshal(doc, into); err != nil {
		return nil, fmt.Errorf("reading a stored object: %w", err)
	}
	return f, nil
}
