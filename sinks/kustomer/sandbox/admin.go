package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// serveAdmin answers what is not Kustomer's: counts, contents and faults of the sandbox itself.
// It needs no key, costs no budget and meets no fault.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sandbox/stats":
		adminAnswer(w, http.StatusOK, s.statistics())
	case "GET /_sandbox/objects":
		s.serveObjects(w, r)
	case "GET /_sandbox/delivered":
		s.serveDelivered(w)
	case "POST /_sandbox/faults":
		s.serveFaults(w, r)
	case "POST /_sandbox/agent":
		s.serveAgent(w, r)
	case "POST /_sandbox/seed":
		s.serveSeed(w, r)
	default:
		adminError(w, http.StatusNotFound, "use GET /_sandbox/stats, /_sandbox/objects?type=customer, /_sandbox/delivered, POST /_sandbox/faults, /_sandbox/agent or /_sandbox/seed")
	}
}

func adminError(w http.ResponseWriter, status int, message string) {
	adminAnswer(w, status, wire.Document{"error": message})
}

func adminAnswer(w http.ResponseWriter, status int, d wire.Document) {
	router.Answer{Status: status, Body: wire.JSON(d)}.Send(w)
}

// statistics adds the contents of the store to the counts of this process: live objects, and how many externalIds
// more than one of them has.
func (s *Server) statistics() wire.Document {
	d := s.stats.Document()
	s.mu.RLock()
	defer s.mu.RUnlock()
	d["org"] = s.OrgID()
	d["created"] = perKind(s.store.Created)
	d["objects"] = perKind(func(k store.Kind) int {
		n := 0
		for _, r := range s.store.All(k) {
			if !r.Deleted && !r.Given {
				n++
			}
		}
		return n
	})
	d["external_ids_held_twice"] = perKind(s.store.SharedExternalIDs)
	return d
}

// perKind counts by kind; of those beyond the three main ones only what there is.
func perKind(count func(store.Kind) int) wire.Document {
	d := wire.Document{}
	for k := range store.Kinds {
		if n := count(k); n > 0 || k <= store.Message {
			d[k.String()] = n
		}
	}
	return d
}

// objectsAtOnce bounds how long the listing of objects holds up other requests.
const objectsAtOnce = 512

// serveObjects streams every object of a type, or of all, as lines of JSON in order of creation:
// what was set, without defaults. Deleted objects are left out, and without a type also those that
// are there from the start, and deliveries.
func (s *Server) serveObjects(w http.ResponseWriter, r *http.Request) {
	wanted, all := []store.Kind{}, true
	for k := range store.Kinds {
		if k != store.Delivery {
			wanted = append(wanted, k)
		}
	}
	if name := r.URL.Query().Get("type"); name != "" {
		k, ok := store.KindNamed(name)
		if !ok {
			adminError(w, http.StatusBadRequest, fmt.Sprintf("type %q is not known: use one of %s", name, strings.Join(store.KindNames(), ", ")))
			return
		}
		wanted, all = []store.Kind{k}, false
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

func (s *Server) objectLines(k store.Kind, from int, own bool) (lines []byte, more bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := s.store.All(k)
	for _, r := range all[min(from, len(all)):min(from+objectsAtOnce, len(all))] {
		if !r.Deleted && !(own && r.Given) {
			lines = append(wire.AppendJSON(lines, objectLine(r)), '\n')
		}
	}
	return lines, from+objectsAtOnce < len(all)
}

// objectLine is one object in the listing.
func objectLine(r *store.Record) wire.Document {
	d := wire.Document{
		"type": r.Kind.String(), "id": r.ID.String(), "rev": r.Rev, "attributes": wire.RawBytes(r.Doc),
	}
	if name := r.ExternalID(); name != "" {
		d["externalId"] = name
	}
	for p := r.Parent; p != nil; p = p.Parent {
		d[p.Kind.String()] = p.ID.String()
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
	s.faults.Set(faults, s.opts.Seed)
	adminAnswer(w, http.StatusOK, wire.Document{"faults": len(faults)})
}

// serveDelivered streams what left for customers, a line of JSON each, in order.
func (s *Server) serveDelivered(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	var lines []byte
	s.mu.RLock()
	for _, r := range s.store.All(store.Delivery) {
		lines = append(append(lines, r.Doc...), '\n')
	}
	s.mu.RUnlock()
	_, _ = w.Write(lines)
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
	n, err := s.seed(text)
	if err != nil {
		adminError(w, http.StatusBadRequest, fmt.Sprintf("%v: %d objects before it were made", err, n))
		return
	}
	adminAnswer(w, http.StatusOK, wire.Document{"objects": n})
}
