package config

import (
	"fmt"
	"slices"
	"strings"
)

// constantKey warns of a key without a template.
func constantKey(l *linter) {
	for _, step := range l.file.Steps {
		if key := step.Key; key.Value != "" && !strings.Contains(key.Value, "{{") {
			l.warn(key.Pos, "key is the same for every row, so that all rows are one object", `write a template, such as "{{ .id }}"`)
		}
	}
}

// stepsOf lists the steps with that sink, except those that deliver. It is empty for a sink that is not known.
func (l *linter) stepsOf(sink string) (steps []Step) {
	for _, step := range l.file.Steps {
		if step.Sink.Value == sink && l.specs[sink] != nil && !step.Deliver {
			steps = append(steps, step)
		}
	}
	return steps
}

// field returns the place of a field in the mapping of a step, under its name or an alias.
func (l *linter) field(step Step, name string) (Pos, bool) {
	names := []string{name}
	if f, ok := l.specs[step.Sink.Value].Field(name); ok {
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
func (l *linter) maps(step Step, name string) bool {
	_, ok := l.field(step, name)
	return ok
}

// messageNeedsConversation warns of messages of which each opens a conversation.
func messageNeedsConversation(l *linter) {
	for _, step := range l.stepsOf("send_message") {
		if pos, ok := l.field(step, "customer"); ok && !l.maps(step, "conversation") {
			l.warn(pos, "a message that names only a customer opens a new conversation for each", "map conversation")
		}
	}
}

// messageOrder warns of messages that have neither a time nor lanes to keep them in order.
func messageOrder(l *linter) {
	for _, step := range l.stepsOf("send_message") {
		if step.OrderingKey == nil && !l.maps(step, "sentAt") {
			l.warn(step.Pos, "without sentAt and ordering_key the messages of a conversation can change places",
				`map sentAt, or give an ordering_key such as "{{ .conversation_id }}"`)
		}
	}
}

// orderingKeyUnneeded warns of lanes where sentAt keeps the messages in order.
func orderingKeyUnneeded(l *linter) {
	for _, step := range l.stepsOf("send_message") {
		if step.OrderingKey != nil && l.maps(step, "sentAt") {
			l.warn(l.key("steps", step.Name, "ordering_key"), "ordering_key is not needed: Kustomer's timeline goes by sentAt, which is mapped",
				"remove it to load faster")
		}
	}
}

// historyDates warns of conversations that are all dated today.
func historyDates(l *linter) {
	for _, step := range l.stepsOf("create_conversation") {
		if !l.maps(step, "createdAt") && !l.maps(step, "importedAt") {
			l.warn(step.Pos, "without createdAt and importedAt every conversation is dated today", `map createdAt, and importedAt: "{{ now }}" for history`)
		}
	}
}

// messageDates warns of messages that are all dated today. Those without an ordering key are left to messageOrder.
func messageDates(l *linter) {
	for _, step := range l.stepsOf("send_message") {
		if step.OrderingKey != nil && !step.Deliver && !l.maps(step, "sentAt") && !l.maps(step, "importedAt") {
			l.warn(step.Pos, "without sentAt and importedAt every message is dated today, and taken for a new one",
				`map sentAt, and importedAt: "{{ now }}" for history`)
		}
	}
}

// adminFields warns of fields that Kustomer ignores unless the API key has the role org.admin.
func adminFields(l *linter) {
	for _, sink := range []string{"send_message", "update_message", "create_note", "update_note"} {
		for _, step := range l.stepsOf(sink) {
			l.warnOfAdminFields(step)
		}
	}
}

func (l *linter) warnOfAdminFields(step Step) {
	for _, name := range []string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"} {
		if pos, ok := l.field(step, name); ok {
			l.warn(pos, fmt.Sprintf("%s of a %s counts only when the API key has the role org.admin", name, l.specs[step.Sink.Value].Object),
				"use such a key, or remove the field")
		}
	}
}
