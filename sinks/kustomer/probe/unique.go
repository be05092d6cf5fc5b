package probe

import (
	"fmt"
	"sync"

	"github.com/kustsync/kustsync/sinks/kustomer"
)

// askAtOnce sends two objects with one externalId at once: a service that refuses duplicates must not leave a gap
// between looking and writing. It returns the first that was made, and whether the other was refused.
func (p *prober) askAtOnce(k kind) (object, Answer) {
	var pair [2]reply
	for try := range maxAsked {
		externalID := fmt.Sprintf("%s-%s-%s-%d", tag, p.opts.Mark, k.slug, try)
		pair = p.makePair(k, externalID)
		for i, r := range pair {
			if r.ok() {
				return object{id: r.ID, externalID: externalID, at: r.at}, p.judgeSecond(k, r, pair[1-i])
			}
		}
		if !pair[0].lost() && !pair[1].lost() {
			break
		}
	}
	return object{}, Answer{Is: Unknown, Why: p.why(makePurpose(k), pair[0])}
}

// makePair sends two requests at the same time. The client's gate lets them go one right after the other, since the
// burst that it allows is larger than two; it could hold the second back only in an outage.
func (p *prober) makePair(k kind, externalID string) (pair [2]reply) {
	var both sync.WaitGroup
	for i := range pair {
		both.Go(func() { pair[i] = p.make(k, externalID, i+1) })
	}
	both.Wait()
	return pair
}

// judgeSecond says what the answer to the second of two requests means, of which the first made an object.
func (p *prober) judgeSecond(k kind, first, second reply) Answer {
	switch {
	case second.ok() && second.ID == first.ID:
		return Answer{Is: Unknown, Why: "Kustomer answers with the object that is there, and refuses nothing"}
	case second.ok():
		return Answer{Is: No, Why: fmt.Sprintf("two %s with one externalId were both accepted", k.plural)}
	case second.refused():
		return Answer{Is: Yes}
	}
	return Answer{Is: Unknown, Why: p.why(makePurpose(k), second)}
}

// askAgain sends a further object with the externalId of one that is there, and answers whether externalIds are
// unique: only when a duplicate was refused both at once and one after the other. A refusal of one of two requests at
// once alone could have been about something else that they share, such as the customer.
func (p *prober) askAgain(k kind, first object, atOnce Answer) (Answer, int) {
	var r reply
	for range maxAsked {
		if r = p.make(k, first.externalID, 3); !r.lost() {
			break
		}
	}
	after := p.judgeSecond(k, reply{RawAnswer: kustomer.RawAnswer{ID: first.id}}, r)
	switch {
	case after.Is == Yes && atOnce.Is == No:
		return Answer{Is: No, Why: atOnce.Why + " when they came at once"}, r.Status
	case after.Is == Yes:
		return atOnce, r.Status
	case after.Is == Unknown && atOnce.Is == No:
		return atOnce, 0
	}
	return after, 0
}
