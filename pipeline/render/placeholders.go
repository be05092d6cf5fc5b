package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// Placeholders are ids of the right form for objects that are not loaded yet, with what they are shown as:
// <id of customer "zd-1">. They are those of one row; nil remembers none.
type Placeholders map[string]string

// id makes a placeholder.
func (p Placeholders) id(at Ref) string {
	sum := sha256.Sum256([]byte(at.Step + "\x00" + at.Key))
	id := hex.EncodeToString(sum[:12])
	if p != nil {
		p[id] = fmt.Sprintf("<id of %s %q>", at.Step, at.Key)
	}
	return id
}

// among reports whether one of the texts holds a placeholder.
func (p Placeholders) among(texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return p.ShowText(text) != text })
}

// Show replaces placeholders in a text or, deeply, in a copy of a payload; a sinks.RunTimeValue it shows as its text.
func (p Placeholders) Show(v any) any {
	switch v := v.(type) {
	case string:
		return p.ShowText(v)
	case sinks.RunTimeValue:
		return v.String()
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = p.Show(v[i])
		}
		return shown
	case map[string]any:
		shown := make(map[string]any, len(v))
		for name := range v {
			shown[name] = p.Show(v[name])
		}
		return shown
	}
	return v
}

// ShowText replaces placeholders in a text.
func (p Placeholders) ShowText(text string) string {
	for id, stands := range p {
		text = strings.ReplaceAll(text, id, stands)
	}
	return text
}
