package faults

import (
	"encoding/json"
	"net/http"
	"strings"
)

// reply is an answer that has not been sent yet.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func relation(kind, id string) map[string]any {
	return map[string]any{"data": map[string]any{"type": kind, "id": id}, "links": map[string]any{"self": "/v1/" + kind + "s/" + id}}
}

// encode returns the JSON of a value that can always be encoded.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return []byte("{}")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
