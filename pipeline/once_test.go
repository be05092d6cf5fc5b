package pipeline

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

const remarks = `
version: 1
run: { workers: 4 }
steps:
  remark:
    from: remarks.csv
    sink: make_remark
    key: "{{ .key }}"
    mapping: { ticket: "0000000000000000000000aa", text: "{{ .text }}" }
`

// TestAtMostOnce: what cannot be looked up is left to a person when its answer is lost.
func TestAtMostOnce(t *testing.T) {
	for _, bulk := range []Bulk{BulkNever, BulkAuto} {
		b := newBench(t, remarks, map[string]string{"remarks.csv": "key,text\na,one\nb,two\nc,three\n"})
		b.sink = newBulkService(b.service)
		b.opts.Bulk, b.opts.Rate = bulk, 0.01
		b.service.fault = func(_, key string, _ int) fault {
			switch key {
			case "a":
				return lostAfter
			case "b":
				return lostBefore
			}
			return fine
		}
		want(t, b.mustRun(), "created 1, in_doubt 2")
		b.service.fault = nil
		want(t, b.mustRun(), "unchanged 1, in_doubt 2")
		want(t, b.mustRun(func(o *Options) { o.DryRun = true }), "unchanged 1, in_doubt 2")
		b.wantSaid("nothing tells what make_remark has done; look in Kustomer, then use kustsync resolve")
		b.withLedger(func(l *ledger.Ledger) {
			for key, id := range map[string]string{"a": b.idOf("text", "one"), "b": ""} {
				if err := b.resolve(l, "remark", key, id); err != nil {
					t.Fatal(err)
				}
			}
		})
		want(t, b.mustRun(), "created 1, unchanged 2")
		if got := b.service.requests("create"); len(got) != 4 || len(b.service.objects) != 3 {
			t.Errorf("%v made %v", got, b.service.held())
		}
		if got := b.service.requests("find", "batch"); len(got) > 0 {
			t.Errorf("sent %v", got)
		}
	}
}

func TestAdoptWhatCannotBeLookedUp(t *testing.T) {
	b := newBench(t, remarks, map[string]string{"remarks.csv": "key,text\na,one\n"})
	want(t, b.mustRun(func(o *Options) { o.Adopt = true }), "not_attempted 1")
	b.wantSaid("run without --adopt once you are sure")
	want(t, b.mustRun(), "created 1")
	want(t, b.mustRun(func(o *Options) { o.Adopt = true }), "unchanged 1")
}

const mergePeople = `
version: 1
steps:
  merge:
    from: merges.csv
    sink: merge_people
    key: "{{ .from }}"
    mapping: { source: "{{ .from }}", target: "{{ .to }}" }
`

func TestActs(t *testing.T) {
	b := newBench(t, mergePeople, map[string]string{"merges.csv": "from,to\n0000000000000000000000aa,0000000000000000000000bb\n"})
	b.service.fault = func(string, string, int) fault { return lostAfter }
	want(t, b.mustRun(), "in_doubt 1")
	b.service.fault = nil
	sum := b.mustRun()
	want(t, sum, "in_doubt 1")
	if !sum.Steps[0].ByHand {
		t.Error("nobody hears that it is for a person to settle")
	}
	b.withLedger(func(l *ledger.Ledger) {
		if err := b.resolve(l, "merge", "0000000000000000000000aa", ""); err != nil {
			t.Fatal(err)
		}
	})
	want(t, b.mustRun(), "created 1")
	b.file("merges.csv", "from,to\n0000000000000000000000aa,0000000000000000000000cc\n")
	want(t, b.mustRun(), "unchanged 1")
	if !b.settled[0].Changed {
		t.Error("nobody hears that the row has changed since")
	}
}

// Nobody is merged with himself: what Kustomer would make of it cannot be undone.
func TestAMergeWithItself(t *testing.T) {
	b := newBench(t, mergePeople, map[string]string{"merges.csv": "from,to\n0000000000000000000000aa,0000000000000000000000aa\n"})
	want(t, b.mustRun(), "rejected 1")
	b.wantSaid("target: the same as source, and the two must differ")
	if sent := b.service.requests("create"); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}
