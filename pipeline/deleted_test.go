package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kustsync/kustsync/sinks"
)

// census is a service that templates may ask for the people who are there.
type census struct{ *service }

func (c census) Ask(_ context.Context, q sinks.Question) (sinks.Answer, error) {
	id, _ := strings.CutPrefix(q.Paths[0], "/people/")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.objects {
		if o.id == id {
			return sinks.Answer{Items: []any{map[string]any{"id": id}}, Bytes: 100}, nil
		}
	}
	return sinks.Answer{}, nil
}

const deletePeople = `
version: 1
run: { max_errors: 100%, retries: 0 }
steps:
  gone:
    from: gone.csv
    sink: delete_person
    key: "{{ .id }}"
    mapping: { id: '{{ (find "person" "id" .id).id }}' }
`

// What a run has deleted is not found any more: that is no fault of its row, in the next run nor after a kill.
// A row that no run has carried out names what was never there.
func TestWhatWasDeletedIsNotFound(t *testing.T) {
	for name, f := range map[string]fault{"answered": fine, "lost before": lostBefore, "lost after": lostAfter} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, ids := newChangeBench(t, 2)
				b.yaml, b.sink = deletePeople, census{b.service}
				b.file("gone.csv", "id\n"+ids[0]+"\n0000000000000000000000ff\n")
				b.service.fault = func(string, string, int) fault { return f }
				first := map[fault]string{fine: "updated 1, rejected 1"}[f]
				if first == "" {
					first = "rejected 1, in_doubt 1"
				}
				want(t, b.mustRun(), first)
				b.service.fault = nil
				second := map[fault]string{fine: "unchanged 1, rejected 1", lostBefore: "updated 1, rejected 1", lostAfter: "existed 1, rejected 1"}[f]
				want(t, b.mustRun(), second)
				want(t, b.mustRun(), "unchanged 1, rejected 1")
				if held := b.service.held(); len(held) != 1 {
					t.Errorf("there are %v", held)
				}
			})
		})
	}
}

// A delete whose answer is lost is sent again, and finds nothing to delete.
func TestADeleteThatIsSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 1)
		b.yaml, b.sink = strings.Replace(deletePeople, "retries: 0", "retries: 2", 1), census{b.service}
		b.file("gone.csv", "id\n"+ids[0]+"\n")
		b.service.fault = func(_, _ string, try int) fault {
			if try == 1 {
				return lostAfter
			}
			return fine
		}
		want(t, b.mustRun(), "existed 1")
	})
}

// A merge that may have happened stays in doubt although its source is not found; one that happened is unchanged.
func TestWhatWasMergedIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 3)
		b.yaml = strings.Replace(mergePeople, `source: "{{ .from }}"`, `source: '{{ (find "person" "id" .from).id }}'`, 1)
		b.sink = census{b.service}
		b.file("merges.csv", "from,to\n"+ids[0]+","+ids[2]+"\n"+ids[1]+","+ids[2]+"\n")
		b.service.fault = func(_, key string, _ int) fault {
			if key == ids[0] {
				return lostAfter
			}
			return fine
		}
		want(t, b.mustRun(), "created 1, in_doubt 1")
		b.service.objects = b.service.objects[2:]
		want(t, b.mustRun(), "unchanged 1, in_doubt 1")
		b.wantSaid("nothing tells what merge_people has done; look in Kustomer, then use kustsync resolve")
	})
}
