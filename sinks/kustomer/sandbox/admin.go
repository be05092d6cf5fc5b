package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strings"
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
	case "GET /_sandbox/delivered":
		s.serveDelivered(w)
	case "POST /_sandbox/faults":
		s.serveFaults(w, r)
	case "POST /_sandbox/seed":
		s.serveSeed(w, r)
	default:
		adminError(w, http.StatusNotFound, "use GET /_sandbox/stats, /_sandbox/objects?type=customer, /_sandbox/delivered, POST /_sandbox/faults or /_sandbox/seed")
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
			if !r.deleted && !r.given {
				n++
			}
		}
		return n
	})
	d["external_ids_held_twice"] = perKind(func(k kind) int {
		n := 0
		for i := range s.store.others {
			if in, ok := externalIDSpaces[k]; ok && i.space == in {
				n++
			}
		}
		return n
	})
	return d
}

// objectsAtOnce bounds how long the listing of objects holds up other requests.
const objectsAtOnce = 512

// serveObjects streams every object of a type, or of all, as lines of JSON in order of creation:
// what was set, without defaults. Deleted objects are left out, and without a type also those that
// are there from the start, and deliveries.
func (s *Server) serveObjects(w http.ResponseWriter, r *http.Request) {
	wanted, all := []kind{}, true
	for k := range kinds {
		if k != delivery {
			wanted = append(wanted, k)
		}
	}
	if name := r.URL.Query().Get("type"); name != "" {
		k, ok := kindNamed(name)
		if !ok {
			adminError(w, http.StatusBadRequest, fmt.Sprintf("type %q is not known: use one of %s", name, strings.Join(kindNames(), ", ")))
			return
		}
		wanted, all = []kind{k}, false
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, k := range wanted {
		for from := 0; ; from += objectsAtOnce {
			lines, more := s.objectLines(k, from, all)
			if _, err := w.Write(lines); err != nil || !more {
				break
			}
		}
	}
}

func (s *Server) objectLines(k kind, from int, own bool) (lines []byte, more bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := s.store.all[k]
	for _, r := range all[min(from, len(all)):min(from+objectsAtOnce, len(all))] {
		if !r.deleted && !(own && r.given) {
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
	if f, err := factsOf(r.kind, r.doc); err == nil && f.ExternalID != "" {
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

// serveDelivered streams what left for customers, a line of JSON each, in order.
func (s *Server) serveDelivered(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	var lines []byte
	s.mu.RLock()
	for _, r := range s.store.all[delivery] {
		lines = append(append(lines, r.doc...), '\n')
	}
	s.mu.RUnlock()
	writeAll(w, lines)
}

// maxSeed bounds the body of a seed.
const maxSeed = 256 << 20

// serveSeed makes the objects of the body, see Options.Objects.
func (s *Server) serveSeed(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxSeed))
	if err != nil {
		adminError(w, http.StatusBadRequest, err.Error())
		return
	}
	n, err := s.sow(text)
	if err != nil {
		adminError(w, http.StatusBadRequest, fmt.Sprintf("%v: %d objects before it were made", err, n))
		return
	}
	a := answer{status: http.StatusOK, body: appendJSON(nil, document{"objects": n})}
	writeHead(w, a)
	writeAll(w, a.body)
}
