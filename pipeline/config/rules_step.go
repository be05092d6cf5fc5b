package config

import (
	"fmt"
	"slices"
	"strings"
)

// constantKey warns of a key without a template.
func constantKey(s *scope) {
	for _, step := range s.file.Steps {
		if key := step.Key; key.Value != "" && !strings.Contains(key.Value, "{{") {
			s.warn(key.Pos, "key is the same for every row, so that all rows are one object", `write a template, such as "{{ .id }}"`)
		}
	}
}

// stepsOf lists the steps of a sink that has a mapping, save those that deliver.
func (s *scope) stepsOf(sink string) (steps []Step) {
	for _, step := range s.file.Steps {
		if step.Sink.Value == sink && s.specs[sink] != nil && !step.Deliver {
			steps = append(steps, step)
		}
	}
	return steps
}

// field returns the place of a field in the mapping of a step, under its name or an alias.
func (s *scope) field(step Step, name string) (Pos, bool) {
	names := []string{name}
	if f, ok := s.specs[step.Sink.Value].Field(name); ok {
		names = append(names, f.Aliases...)
	}
	for _, f := range step.Mapping.Fields {
		if slices.Contains(names, f.Name) {
			return f.Pos, true
		}
	}
	return Pos{}, false
}

// maps reports whether the mapping of a step sets a field.
func (s *scope) maps(step Step, name string) bool {
	_, ok := s.field(step, name)
	return ok
}

// messageNeedsConversation warns of messages that each open a conversation.
func messageNeedsConversation(s *scope) {
	for _, step := range s.stepsOf("send_message") {
		if pos, ok := s.field(step, "customer"); ok && !s.maps(step, "conversation") {
			s.warn(pos, "a message that names only a customer opens a new conversation for each", "map conversation")
		}
	}
}

// messageOrder warns of messages whose order is left to chance.
func messageOrder(s *scope) {
	for _, step := range s.stepsOf("send_message") {
		if step.OrderingKey == nil && !s.maps(step, "sentAt") {
			s.warn(step.Pos, "without sentAt and ordering_key the messages of a conversation can change places",
				`map sentAt, or give an ordering_key such as "{{ .conversation_id }}"`)
		}
	}
}

// orderingKeyUnneeded warns of lanes that sentAt makes needless.
func orderingKeyUnneeded(s *scope) {
	for _, step := range s.stepsOf("send_message") {
		if step.OrderingKey != nil && s.maps(step, "sentAt") {
			s.warn(s.key("steps", step.Name, "ordering_key"), "ordering_key is not needed: Kustomer's timeline goes by sentAt, which is mapped",
				"remove it to load faster")
		}
	}
}

// historyDates warns of conversations that are all dated today.
func historyDates(s *scope) {
	for _, step := range s.stepsOf("create_conversation") {
		if !s.maps(step, "createdAt") && !s.maps(step, "importedAt") {
			s.warn(step.Pos, "without createdAt and importedAt every conversation is dated today", `map createdAt, and importedAt: "{{ now }}" for history`)
		}
	}
}

// messageDates warns of messages that are all dated today. Where nothing orders them either, messageOrder
// says so.
func messageDates(s *scope) {
	for _, step := range s.stepsOf("send_message") {
		if step.OrderingKey != nil && !step.Deliver && !s.maps(step, "sentAt") && !s.maps(step, "importedAt") {
			s.warn(step.Pos, "without sentAt and importedAt every message is dated today, and taken for a new one",
				`map sentAt, and importedAt: "{{ now }}" for history`)
		}
	}
}

// adminFields warns of fields that Kustomer leaves aside for most keys.
func adminFields(s *scope) {
	for _, sink := range []string{"send_message", "update_message", "create_note", "update_note"} {
		for _, step := range s.stepsOf(sink) {
			s.warnOfAdminFields(step)
		}
	}
}

func (s *scope) warnOfAdminFields(step Step) {
	for _, name := range []string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"} {
		if pos, ok := s.field(step, name); ok {
			s.warn(pos, fmt.Sprintf("%s of a %s counts only when the API key has the role org.admin", name, s.specs[step.Sink.Value].Object),
				"use such a key, or remove the field")
		}
	}
}
