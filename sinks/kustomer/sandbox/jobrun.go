package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// keepJob makes a job known and durable. The lock is held.
func (s *Server) keepJob(j *job) error {
	if s.journal != nil {
		saved, err := j.change()
		if err == nil {
			err = s.journal.append([]change{saved})
		}
		if err != nil {
			return err
		}
	}
	s.jobs[j.id] = j
	return nil
}

// schedule runs the batches of a job that are left, each when it is due. After a restart those
// whose time has passed run at once.
func (s *Server) schedule(j *job) {
	if fateOf(j.fate).before {
		return
	}
	for _, b := range j.batches {
		if !b.complete() {
			time.AfterFunc(time.Until(b.Due), func() { s.runBatch(j, b) })
		}
	}
}

// runBatch carries out the items of one batch, each for itself. Their changes and the results
// become durable together, so that a batch runs once, whatever happens.
func (s *Server) runBatch(j *job, b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.failed != nil {
		return
	}
	s.holding = true
	for i := b.From; i < b.To; i++ {
		s.runItem(j, b, j.items[i])
	}
	s.holding = false
	b.Done = time.Now()
	if j.completed() == len(j.batches) {
		j.items = nil
		s.stats.jobDone()
	}
	s.stats.items(b.Succeeds, b.Fails)
	s.failed = s.release(j)
}

// release writes what was held back while a batch ran. When that fails, memory is ahead of what
// is kept, and the sandbox answers nothing more.
func (s *Server) release(j *job) error {
	held := s.held
	s.held = nil
	if s.journal == nil {
		return nil
	}
	saved, err := j.change()
	if err != nil {
		return err
	}
	return s.journal.append(append(held, saved))
}

// runItem carries out one item as if it were a request, and notes what came of it.
func (s *Server) runItem(j *job, b *batch, it item) {
	c := &call{item: true, method: j.op.method(), args: j.args, roles: j.roles, query: j.query, body: it.body}
	if j.op.byID() {
		c.args = append(c.args[:len(c.args):len(c.args)], it.id)
	}
	fault, faulty := s.itemFault(it)
	if faulty {
		s.stats.fault(fault.Fault)
	}
	var a answer
	if !faulty || !fault.kind.before {
		a = j.op.handle(s, c)
	}
	if faulty && fault.kind.hides {
		return
	}
	if faulty {
		a = answer{problems: []problem{{code: codeInternal, title: "Internal error", detail: "a fault of the sandbox"}}}
	}
	r := result{Ref: it.ref, ID: it.id}
	if a.record != nil {
		r.ID = a.record.id.String()
		b.Succeeds++
	} else {
		r.take(a)
		b.Fails++
	}
	b.Results = append(b.Results, r)
}

// take notes why an item failed.
func (r *result) take(a answer) {
	p := problem{code: codeInternal, title: http.StatusText(a.status)}
	if len(a.problems) > 0 {
		p = a.problems[0]
	}
	r.Error = orDefault(p.inBulk, p.title)
	r.Data = appendJSON(nil, p.shapeA(a.status))
}

// itemFault finds the fault for one item of a job. An item is known by its externalId, else by
// the id of its object, else by its content.
func (s *Server) itemFault(it item) (plannedFault, bool) {
	if !s.faults.wants(onItem, http.MethodPost) {
		return plannedFault{}, false
	}
	name := orDefault(textOf(it.body, "externalId"), it.id)
	if name == "" {
		name = fmt.Sprintf("%x", hashOf(appendJSON(nil, it.body)))
	}
	return s.faults.pick(target{scope: onItem, method: "ITEM", object: name})
}

// resume takes up what an earlier process left behind.
func (s *Server) resume() {
	s.resumeDrafts()
	for _, j := range s.jobs {
		s.schedule(j)
	}
}
