package kustomer

import (
	"fmt"
	"sync"
)

// askTwins sends two objects with one externalId at once: what keeps them apart must not leave a gap between
// looking and writing. It returns the first that was made, and whether the other was refused.
func (p *prober) askTwins(k probedKind) (probed, Answer) {
	var pair [2]told
	for try := range maxAsked {
		externalID := fmt.Sprintf("%s-%s-%s-%d", probeTag, p.opts.Mark, k.slug, try)
		pair = p.makeTwins(k, externalID)
		for i, t := range pair {
			if t.made() {
				return probed{id: t.id, externalID: externalID, at: t.at}, p.judgeTwins(k, t, pair[1-i])
			}
		}
		if !pair[0].lost() && !pair[1].lost() {
			break
		}
	}
	return probed{}, Answer{Is: Unknown, Why: p.why(probeDeed(k), pair[0])}
}

// makeTwins lets two requests go at the same time. The Gate lets them pass one right after the other, since a
// run's burst is larger than two; it could hold the second back only in an outage.
func (p *prober) makeTwins(k probedKind, externalID string) (pair [2]told) {
	var both sync.WaitGroup
	for i := range pair {
		both.Go(func() { pair[i] = p.make(k, externalID, i+1) })
	}
	both.Wait()
	return pair
}

// judgeTwins says what the answer to the second of two requests means, of which the first made an object.
func (p *prober) judgeTwins(k probedKind, first, second told) Answer {
	switch {
	case second.made() && second.id == first.id:
		return Answer{Is: Unknown, Why: "Kustomer answers with the object that is there, and refuses nothing"}
	case second.made():
		return Answer{Is: No, Why: fmt.Sprintf("two %s with one externalId were both accepted", k.plural)}
	case second.refused():
		return Answer{Is: Yes}
	}
	return Answer{Is: Unknown, Why: p.why(probeDeed(k), second)}
}

// askAgain sends a further object with the externalId of one that is there, and draws the sum: unique is only
// what was refused both at once and one after the other. A clash of two requests alone could have been about
// something else that they share, such as the customer.
func (p *prober) askAgain(k probedKind, first probed, atOnce Answer) (Answer, int) {
	var t told
	for range maxAsked {
		if t = p.make(k, first.externalID, 3); !t.lost() {
			break
		}
	}
	after := p.judgeTwins(k, told{id: first.id}, t)
	switch {
	case after.Is == Yes && atOnce.Is == No:
		return Answer{Is: No, Why: atOnce.Why + " when they came at once"}, t.status
	case after.Is == Yes:
		return atOnce, t.status
	case after.Is == Unknown && atOnce.Is == No:
		return atOnce, 0
	}
	return after, 0
}
