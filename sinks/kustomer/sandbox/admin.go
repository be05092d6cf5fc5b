package sandbox

import (
	"fmt"
	"io"
	"net/http"
)

// serveAdmin answers what is not Kustomer's: counts, contents and faults of the sandbox itself.
// It needs no key, costs no budget and meets no fault.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sandbox/stats":
		a := answer{status: http.StatusOK, body: appendJSON(nil, s.statistics())}
		writeHead(w, a)
		writeAll(w, a.body)
	case "GET /_sandbox/objects":
		s.serveObjects(w, r)
	case "POST /_sandbox/faults":
		s.serveFaults(w, r)
	default:
		adminError(w, http.StatusNotFound, "use GET /_sandbox/stats, GET /_sandbox/objects?type=customer or POST /_sandbox/faults")
	}
}

func adminError(w http.ResponseWriter, status int, message string) {
	a := answer{status: status, body: appendJSON(nil, document{"error": message})}
	writeHead(w, a)
	writeAll(w, a.body)
}

// statistics adds the contents of the store to the counts of this process: live objects, and
// how many externalIds are held by more than one of them.
func (s *Server) statistics() document {
	d := s.stats.document()
	s.mu.RLock()
	defer s.mu.RUnlock()
	d["org"] = s.org
	d["objects"] = perKind(func(k kind) int {
		n := 0
		for _, r := range s.store.all[k] {
			if !r.deleted {
				n++
			}
		}
		return n
	})
	d["external_ids_held_twice"] = perKind(func(k kind) int {
		n := 0
		for i := range s.store.others {
			if i.space == externalIDSpace(k) {
				n++
			}
		}
		return n
	})
	return d
}

// externalIDSpace is where the externalIds of a kind are.
func externalIDSpace(k kind) space {
	return [kinds]space{customerExternalID, conversationExternalID, messageExternalID}[k]
}

// objectsAtOnce bounds how long the listing of objects holds up other requests.
const objectsAtOnce = 512

// serveObjects streams every object of a type, or of all, as lines of JSON in order of creation:
// what was set, without defaults. Deleted objects are left out.
func (s *Server) serveObjects(w http.ResponseWriter, r *http.Request) {
	wanted := []kind{customer, conversation, message}
	if name := r.URL.Query().Get("type"); name != "" {
		k, ok := kindNamed(name)
		if !ok {
			adminError(w, http.StatusBadRequest, fmt.Sprintf("type %q is not known: use customer, conversation or message", name))
			return
		}
		wanted = []kind{k}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, k := range wanted {
		for from := 0; ; from += objectsAtOnce {
			lines, more := s.objectLines(k, from)
			if _, err := w.Write(lines); err != nil || !more {
				break
			}
		}
	}
}

func (s *Server) objectLines(k kind, from int) (lines []byte, more bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := s.store.all[k]
	for _, r := range all[min(from, len(all)):min(from+objectsAtOnce, len(all))] {
		if !r.deleted {
			lines = append(appendJSON(lines, r.line()), '\n')
		}
	}
	return lines, from+objectsAtOnce < len(all)
}

// line is one object in the listing.
func (r *record) line() document {
	d := document{
		"type": r.kind.String(), "id": r.id.String(), "rev": r.rev, "attributes": rawBytes(r.doc),
	}
	if f, err := factsOf(r.doc); err == nil && f.ExternalID != "" {
		d["externalId"] = f.ExternalID
	}
	for p := r.parent; p != nil; p = p.parent {
		d[p.kind.String()] = p.id.String()
	}
	return d
}

// serveFaults replaces the faults by those of the body, which is a list as for ParseFaults.
func (s *Server) serveFaults(w http.ResponseWriter, r *http.Request) {
	spec, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		adminError(w, http.StatusBadRequest, err.Error())
		return
	}
	faults, err := ParseFaults(string(spec))
	if err != nil {
		adminError(w, http.StatusBadRequest, err.Error())
		return
	}
	s.faults.set(faults, s.opts.Seed)
	a := answer{status: http.StatusOK, body: appendJSON(nil, document{"faults": len(faults)})}
	writeHead(w, a)
	writeAll(w, a.body)
}
