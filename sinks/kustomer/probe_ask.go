package kustomer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// reply of Kustomer's to a request of a probe.
type told struct {
	answer
	id  string    // of the object that it shows or made
	at  time.Time // when it came
	err error     // there is none, or it cannot be read
}

// object is one that a probe made.
type probed struct {
	id, externalID string
	at             time.Time // when Kustomer said that it is there
}

func (t told) made() bool      { return t.err == nil && t.status/100 == 2 }
func (t told) refused() bool   { return t.err == nil && isDuplicateStatus(t.status) }
func (t told) forbidden() bool { return t.err == nil && t.status == http.StatusForbidden }

// lost reports whether the request may have done something that the answer does not tell.
func (t told) lost() bool { return t.err != nil || failed(t.answer) }

// why says in one line what Kustomer said, for an answer that is not known.
func (p *prober) why(d deed, t told) string {
	switch {
	case t.err != nil:
		return p.clean(oneLine(t.err.Error()))
	case t.forbidden():
		return "the API key may not " + d.text + " (403)"
	}
	said := readComplaint(t.body)
	return fmt.Sprintf("Kustomer answered %d when asked to %s: %s", t.status, d.text, p.clean(said.message))
}

// ask sends one request. What makes asking more of no use ends the probe; a 403 does not.
func (p *prober) ask(ctx context.Context, d deed, method, path string, body any) told {
	if err := p.failed(); err != nil {
		return told{err: err}
	}
	return p.call(ctx, d, method, path, body)
}

func (p *prober) call(ctx context.Context, d deed, method, path string, body any) told {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return told{err: err}
		}
	}
	r, err := p.wire.request(method, path, "probe "+method, text)
	if err != nil {
		return told{err: err}
	}
	a, err := p.send(ctx, r)
	t := told{answer: a, at: time.Now(), err: err}
	if err != nil {
		p.end(err)
		return t
	}
	p.heard.add(a.rates)
	switch {
	case a.status/100 == 2 && method != http.MethodDelete:
		t.id, _, t.err = readMade(a)
	case a.status/100 != 2 && a.status != http.StatusForbidden && classOf(d, a.status) == sinks.Fatal:
		t.err = p.refusal(d, a)
		p.end(t.err)
	}
	return t
}

// end ends the probe if an error says that nothing more can be sent.
func (p *prober) end(err error) {
	if isDead(err) {
		p.written.mu.Lock()
		defer p.written.mu.Unlock()
		if p.fatal == nil {
			p.fatal = err
		}
	}
}

// make asks for one object, and writes down what came of it before anything else happens.
func (p *prober) make(k probedKind, externalID string, n int) told {
	title := fmt.Sprintf("kustsync probe %s (%d)", p.opts.RunID, n)
	t := p.ask(p.sending, probeDeed(k), http.MethodPost, p.fillPath(k.create), k.body(p, externalID, title))
	p.written.note(k, externalID, t)
	return t
}

// heard is what headers said of the rate limit.
type heard struct {
	mu sync.Mutex
	LimitAnswers
}

func (h *heard) add(r pace.Rates) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.PerMinute = max(h.PerMinute, r.Limit)
	h.Remaining = h.Remaining || r.Remaining >= 0
	if r.ResetUnit != "" {
		h.Reset = r.ResetUnit
	}
}

// limits is what the headers of all answers said.
func (p *prober) limits() LimitAnswers {
	said := p.heard.LimitAnswers
	if said.Reset == "" {
		said.Reset = "absent"
	}
	return said
}

// tooLarge is the length of a name that makes a body larger than Kustomer is said to take, and that no
// customer may have: nothing comes of it, whatever is found out (kustomer-api.md 2.4).
const tooLarge = 110_000

// askBody asks whether a body of more than 100 kB is refused for its size.
func (p *prober) askBody() BodyAnswer {
	d := deed{text: "read a body of more than 100 kB", create: true}
	t := p.ask(p.sending, d, http.MethodPost, "/v1/customers", map[string]any{"name": strings.Repeat("x", tooLarge)})
	p.written.note(probedKinds("")[0], "", t)
	said := BodyAnswer{Refused: Answer{Is: Unknown}, Bytes: tooLarge}
	switch {
	case t.err != nil:
		said.Refused.Why = p.why(d, t)
		return said
	case t.status == http.StatusRequestEntityTooLarge:
		said.Refused.Is = Yes
	case t.made() || t.refused():
		said.Refused = Answer{Is: No, Why: "it was read, and judged by what it holds"}
	default:
		said.Refused.Why = p.why(d, t)
	}
	said.Status = t.status
	return said
}
