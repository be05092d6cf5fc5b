package faults

import (
	"encoding/json"
	"os"
	"sync"
	"time"
)

// Event is one request as the server saw it.
type Event struct {
	Seq        int           `json:"seq"`     // in the order of arrival
	At         time.Time     `json:"at"`      // of arrival
	Took       time.Duration `json:"took_ns"` // until the answer was ready
	Method     string        `json:"method"`
	Path       string        `json:"path"`
	Kind       string        `json:"kind"`            // customer, conversation, message, or "" for what is none
	Object     string        `json:"object"`          // external id that a POST carries, of a batch the first, else the path
	Items      int           `json:"items,omitempty"` // of a batch
	Attempt    int           `json:"attempt"`         // the n-th of this method for this object
	Authorized bool          `json:"authorized"`
	Fault      string        `json:"fault,omitempty"` // the rule that applied
	Status     int           `json:"status"`          // 0: no answer was given
}

// Commit is one write that was applied.
type Commit struct {
	Seq        int       `json:"commit"`
	At         time.Time `json:"at"`
	Op         string    `json:"op"` // create, update or delete
	Kind       string    `json:"kind"`
	ExternalID string    `json:"external_id"`
	ID         string    `json:"id"`
	Was        string    `json:"was,omitempty"`    // of an update: the external id before it, when there was one
	Seeded     bool      `json:"seeded,omitempty"` // by the test, not by a request
}

// journal records requests and writes, in memory and in a file.
type journal struct {
	mu      sync.Mutex
	file    *os.File
	arrived int
	events  []Event
	commits []Commit
}

// arrive numbers a request.
func (j *journal) arrive() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.arrived++
	return j.arrived
}

func (j *journal) add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
	j.write(e)
}

// commit records a write, before its answer leaves.
func (j *journal) commit(c Commit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Seq = len(j.commits) + 1
	j.commits = append(j.commits, c)
	j.write(c)
}

// write adds a line to the file. The caller holds the lock.
func (j *journal) write(v any) {
	if j.file == nil {
		return
	}
	if text, err := json.Marshal(v); err == nil {
		_, _ = j.file.Write(append(text, '\n')) // the file is for people; tests read what is in memory
	}
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	file := j.file
	j.file = nil
	return file.Close()
}
