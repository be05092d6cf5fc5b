package probe

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// reply is Kustomer's answer to a request of a probe.
type reply struct {
	kustomer.RawAnswer
	at  time.Time // when it came
	err error     // it did not come, or cannot be read
}

// object is one that a probe made.
type object struct {
	id, externalID string
	at             time.Time // when Kustomer said that it is there
}

func (r reply) ok() bool        { return r.err == nil && r.Status/100 == 2 }
func (r reply) refused() bool   { return r.err == nil && isDuplicateStatus(r.Status) }
func (r reply) forbidden() bool { return r.err == nil && r.Status == http.StatusForbidden }

// lost reports whether the request may have had an effect that the answer does not show.
func (r reply) lost() bool { return r.err != nil || r.Failed }

// why says in one line what Kustomer said to a request that was to do purpose, where that answers no question.
func (p *prober) why(purpose string, r reply) string {
	switch {
	case r.err != nil:
		return p.client.OneLine(r.err.Error())
	case r.forbidden():
		return "the API key may not " + purpose + " (403)"
	}
	return fmt.Sprintf("Kustomer answered %d when asked to %s: %s", r.Status, purpose, r.Message)
}

// ask sends one request. What makes asking more of no use ends the probe; a 403 does not.
func (p *prober) ask(ctx context.Context, purpose, method, path string, body any) reply {
	if err := p.failed(); err != nil {
		return reply{err: err}
	}
	return p.call(ctx, purpose, method, path, body)
}

// call is ask also after the probe has ended, for cleaning up.
func (p *prober) call(ctx context.Context, purpose, method, path string, body any) reply {
	a, err := p.client.Raw(ctx, kustomer.RawRequest{Purpose: purpose, Method: method, Path: path, Label: "probe " + method, Body: body})
	if a.Status != 0 {
		p.seen.add(a.Rates)
	}
	p.end(err)
	return reply{RawAnswer: a, at: time.Now(), err: err}
}

// end ends the probe if an error says that nothing more can be sent.
func (p *prober) end(err error) {
	if isFatal(err) {
		p.written.mu.Lock()
		defer p.written.mu.Unlock()
		if p.fatal == nil {
			p.fatal = err
		}
	}
}

// make asks for one object, and notes what came of it before anything else happens.
func (p *prober) make(k kind, externalID string, n int) reply {
	title := fmt.Sprintf("kustsync probe %s (%d)", p.opts.RunID, n)
	r := p.ask(p.sending, makePurpose(k), http.MethodPost, p.fillPath(k.create), k.body(p, externalID, title))
	p.written.note(k, externalID, r)
	return r
}

// seenLimits is what headers said of the rate limit.
type seenLimits struct {
	mu sync.Mutex
	LimitAnswers
}

func (s *seenLimits) add(r pace.Rates) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.PerMinute = max(s.PerMinute, r.Limit)
	s.Remaining = s.Remaining || r.Remaining >= 0
	if r.ResetUnit != "" {
		s.Reset = r.ResetUnit
	}
}

// limits is what the headers of all answers said.
func (p *prober) limits() LimitAnswers {
	said := p.seen.LimitAnswers
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
	const purpose = "read a body of more than 100 kB"
	r := p.ask(p.sending, purpose, http.MethodPost, "/v1/customers", map[string]any{"name": strings.Repeat("x", tooLarge)})
	p.written.note(kinds("")[0], "", r)
	said := BodyAnswer{Refused: Answer{Is: Unknown}, Bytes: tooLarge}
	switch {
	case r.err != nil:
		said.Refused.Why = p.why(purpose, r)
		return said
	case r.Status == http.StatusRequestEntityTooLarge:
		said.Refused.Is = Yes
	case r.ok() || r.refused():
		said.Refused = Answer{Is: No, Why: "it was read, and judged by what it holds"}
	default:
		said.Refused.Why = p.why(purpose, r)
	}
	said.Status = r.Status
	return said
}
