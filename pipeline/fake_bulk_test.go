package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// bulkService is a service that also takes batches.
type bulkService struct {
	*service
	jobs    map[string]map[string]sinks.ItemResult
	submits [][]string // keys of each batch that was taken, in the order of arrival
	refused int        // batches
	collect int        // calls of Collect

	inBatches, mostInBatches, mostRoutines int // rows in jobs that were not asked for yet, and what it took

	delay  time.Duration // of a job
	forget bool          // results do not name the items
	lose   int           // the answer to so many submissions is lost, after they were taken
	drop   int           // so many submissions are lost before they were taken
	bad    []string      // external ids for which a whole batch is refused
	named  bool          // the refusal names the items
	limit  int           // bytes of a batch; 0 is none
	most   int           // bytes of the largest batch
	gone   int           // so many jobs are not known afterwards
	hidden string        // an external id of which results say nothing
	wrong  string        // an external id that a job calls failed, though it was written
	failed string        // an external id, or all, that a job calls failed, without writing it
	noRefs bool          // references are refused
	denied bool          // results may not be read
}

func newBulkService(s *service) *bulkService {
	return &bulkService{service: s, jobs: map[string]map[string]sinks.ItemResult{}, delay: 2 * time.Second}
}

func (s *bulkService) Submit(_ context.Context, batch sinks.Batch) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, refused := s.check(batch)
	s.log = append(s.log, fmt.Sprintf("batch %s %d", batch.Spec.Object, len(keys)))
	if refused != nil {
		s.refused++
		return "", refused
	}
	if s.noRefs && !batch.WithoutRefs {
		s.refused++
		return "", &sinks.Error{Class: sinks.Duplicate, Status: 400, RefsRefused: true, Message: "Additional properties not allowed"}
	}
	if s.drop > 0 {
		s.drop--
		return "", &sinks.Error{Class: sinks.Unknown, Message: "the answer was lost"}
	}
	s.submits = append(s.submits, keys)
	s.inBatches += len(keys)
	s.mostInBatches = max(s.mostInBatches, s.inBatches)
	job := fmt.Sprintf("job%d", len(s.submits))
	results := map[string]sinks.ItemResult{}
	for i, item := range batch.Items {
		if s.failed != "" && (keys[i] == s.failed || s.failed == "all") {
			results[item.Ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Duplicate, Message: "Internal error"}}
			continue
		}
		res, err := s.write(sinks.Request{Spec: batch.Spec, Op: batch.Op, ID: item.ID, Payload: item.Values()})
		if s.hidden != "" && keys[i] == s.hidden {
			continue
		}
		if err != nil || s.wrong != "" && keys[i] == s.wrong {
			results[item.Ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Duplicate, Message: "duplicate detected"}}
			continue
		}
		results[item.Ref] = sinks.ItemResult{ID: res.ID, Status: 200}
	}
	if s.gone > 0 {
		s.gone--
	} else if !batch.WithoutRefs {
		s.jobs[job] = results
	} else {
		s.jobs[job] = map[string]sinks.ItemResult{}
	}
	if s.lose > 0 {
		s.lose--
		return "", &sinks.Error{Class: sinks.Unknown, Message: "the answer was lost"}
	}
	return job, nil
}

// check looks at a batch before it is taken.
func (s *bulkService) check(batch sinks.Batch) (keys []string, refused *sinks.Error) {
	bytes := 0
	for i, item := range batch.Items {
		ext, named := item.Values()["externalId"].(string)
		for _, o := range s.objects {
			if !named && o.id == item.ID {
				ext, _ = o.payload["externalId"].(string)
			}
		}
		keys = append(keys, ext)
		if body, err := sinks.Canonical(item.Values()); err == nil {
			bytes += len(body)
		}
		if slices.Contains(s.bad, ext) {
			refused = cmp.Or(refused, &sinks.Error{Class: sinks.Duplicate, Status: 400, Message: "not like this"})
			if s.named {
				refused.Fields = append(refused.Fields, fmt.Sprintf("%d.name", i))
				refused.Field = refused.Fields[0]
			}
		}
	}
	s.most = max(s.most, bytes)
	if s.limit > 0 && bytes > s.limit {
		refused = &sinks.Error{Class: sinks.TooLarge, Status: 413, Message: "too large"}
	}
	return keys, refused
}

func (s *bulkService) Collect(ctx context.Context, _ sinks.Batch, job string) (map[string]sinks.ItemResult, error) {
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return nil, &sinks.Error{Class: sinks.Unreached, Err: ctx.Err(), Message: "stopped"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect++
	s.inBatches -= len(s.jobs[job])
	s.mostRoutines = max(s.mostRoutines, runtime.NumGoroutine())
	s.log = append(s.log, "collect "+job)
	switch {
	case s.denied:
		return nil, &sinks.Error{Class: sinks.Forbidden, Status: 403, Message: "not allowed"}
	case s.forget:
		return map[string]sinks.ItemResult{}, nil
	case s.jobs[job] == nil:
		return nil, &sinks.Error{Class: sinks.Unknown, Status: 404, Message: "no such job"}
	}
	return maps.Clone(s.jobs[job]), nil
}
