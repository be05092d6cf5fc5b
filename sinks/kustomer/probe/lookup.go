package probe

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// externalIDPaths are the spellings of the look-up by externalId that the sink with that name has.
func externalIDPaths(sink string) []string {
	s, ok := catalog.Spec(sink)
	if !ok {
		return nil
	}
	l, _ := s.Lookup(s.ExternalID)
	return l.Paths
}

// askLookup looks for a new object by its externalId, in all spellings, until one of them finds it, and says
// how long that took.
func (p *prober) askLookup(k kind, first object, said *KindAnswers) {
	purpose := "look up " + k.plural
	wait := firstLookAgain
	for round := 0; ; round++ {
		last := reply{}
		for _, path := range k.lookups {
			r := p.lookUp(purpose, path, first.externalID)
			switch {
			case r.ok():
				said.LookupPaths = append(said.LookupPaths, path)
			default:
				last = r
			}
		}
		if len(said.LookupPaths) > 0 {
			said.Lookup = Answer{Is: Yes}
			if round > 0 {
				said.LookupLagMS = time.Since(first.at).Milliseconds()
			}
			return
		}
		late := time.Since(first.at) >= lookupPatience
		if missing := last.err == nil && last.Status == http.StatusNotFound; late && missing {
			said.Lookup = Answer{Is: No, Why: fmt.Sprintf("a new %s was not found within %s", k.name, lookupPatience)}
			return
		} else if !missing && (late || !last.lost()) {
			said.Lookup = Answer{Is: Unknown, Why: p.why(purpose, last)}
			return
		}
		if err := pace.Sleep(p.ctx, wait); err != nil {
			said.Lookup = Answer{Is: Unknown, Why: err.Error()}
			return
		}
		wait = min(2*wait, lastLookAgain)
	}
}

// lookUp asks once by one spelling.
func (p *prober) lookUp(purpose, path, externalID string) reply {
	return p.ask(p.sending, purpose, http.MethodGet, strings.Replace(path, "{value}", externalID, 1), nil)
}
