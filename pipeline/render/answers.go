package render

import "github.com/kustsync/kustsync/sinks"

// What a cache of answers holds at most, twice. Bytes are those of the JSON; in memory it is a few times as much.
const (
	maxAnswers     = 4096
	maxAnswerBytes = 2 << 20
	longAnswer     = maxAnswerBytes / 4 // bytes of one that would push out too many others
	answerCost     = 256                // bytes of one that shows nothing
)

// answerCache keeps the answers that were used last. When it is full, those that were not used since it was
// full the last time are forgotten.
type answerCache struct {
	young, old map[string]sinks.Answer
	bytes      int // of young
}

func newAnswerCache() *answerCache { return &answerCache{young: map[string]sinks.Answer{}} }

func (c *answerCache) get(key string) (sinks.Answer, bool) {
	if a, ok := c.young[key]; ok {
		return a, true
	}
	a, ok := c.old[key]
	if ok {
		c.put(key, a)
	}
	return a, ok
}

func (c *answerCache) put(key string, a sinks.Answer) {
	if len(c.young) >= maxAnswers || c.bytes > maxAnswerBytes {
		c.old, c.young, c.bytes = c.young, map[string]sinks.Answer{}, 0
	}
	c.young[key] = a
	c.bytes += a.Bytes + answerCost
}
