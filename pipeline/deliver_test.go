package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

func newWordBench(t *testing.T, rows string) (*bench, *mailbox) {
	b, m := newBench(t, words, map[string]string{"words.csv": rows}), newMailbox()
	b.sink = m
	return b, m
}

func TestDeliver(t *testing.T) {
	b, m := newWordBench(t, wordRows(10))
	sum := b.mustRun()
	want(t, sum, "created 10")
	if s := sum.Steps[0]; !s.Delivers || s.Recipients != 7 {
		t.Errorf("the summary says %+v, want 7 people", s)
	}
	if len(m.drafts) != 0 || len(m.sent) != 10 || len(m.log) != 20 {
		t.Errorf("%d drafts left, %d sent, %d requests", len(m.drafts), len(m.sent), len(m.log))
	}
	for _, o := range m.orders {
		at, err := time.Parse(time.RFC3339, o["at"].(string))
		if err != nil || time.Since(at) > time.Minute || o["go"] != true || o["channel"] != "mail" || len(o) != 3 {
			t.Errorf("sent by %v", o)
		}
	}
	want(t, b.mustRun(), "unchanged 10")
	b.file("words.csv", strings.ReplaceAll(wordRows(10), "hello", "bye"))
	want(t, b.mustRun(), "unchanged 10")
	if !b.settled[0].Changed || len(m.log) != 20 {
		t.Errorf("a message that has left was sent again: %v", m.log[20:])
	}
}

// begun leaves a key as a killed run does. The hash is that of the row as it stands when same is true.
func (b *bench) begunWord(key, id, ref string, hash ledger.Hash) {
	b.t.Helper()
	b.withLedger(func(l *ledger.Ledger) {
		in := ledger.Intent{Step: "word", Key: key, Object: "word", Hash: hash, Attempt: 1, RunID: "killed", At: time.Now()}
		for _, stage := range []struct{ id, ref string }{{"", ""}, {id, ""}, {id, ref}} {
			in.KustomerID, in.Ref = stage.id, stage.ref
			if err := l.Begin(b.t.Context(), in); err != nil {
				b.t.Fatal(err)
			}
			if stage.id == id && stage.ref == ref {
				return
			}
		}
	})
}

// hashOfWord is the hash that the engine gives the payload of row 0.
func hashOfWord(t *testing.T) ledger.Hash {
	t.Helper()
	b, _ := newWordBench(t, wordRows(1))
	b.mustRun()
	var hash ledger.Hash
	b.withLedger(func(l *ledger.Ledger) {
		e, ok, err := l.Get(t.Context(), "word", "0")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		hash = e.Hash
	})
	return hash
}

// TestDeliveryGoesOn has a line for each line of the table in deliver.go.
func TestDeliveryGoesOn(t *testing.T) {
	t.Parallel()
	same := hashOfWord(t)
	draft := map[string]any{"person": "p0", "channel": "mail", "to": "u0@x.example", "text": "hello 0"}
	cannot := &sinks.Error{Class: sinks.Forbidden, Status: 403, Message: "you may not look"}
	for name, c := range map[string]struct {
		id, ref string
		hash    ledger.Hash
		there   []string // drafts like the row's
		blind   error
		want    string
		sent    []string
		left    int // drafts
		says    string
	}{
		"draft in doubt, not there":     {want: "created 1", sent: []string{"0 d1"}, says: ""},
		"draft in doubt, there":         {there: []string{"x"}, want: "created 1", sent: []string{"0 x"}},
		"draft in doubt, there twice":   {there: []string{"x", "y"}, want: "in_doubt 1", left: 2, says: "nothing was delivered"},
		"draft in doubt, not to see":    {there: []string{"x"}, blind: cannot, want: "in_doubt 1", left: 1, says: "you may not look"},
		"draft known":                   {id: "x", hash: same, there: []string{"x"}, want: "created 1", sent: []string{"0 x"}},
		"draft known, gone":             {id: "x", hash: same, want: "in_doubt 1", says: "may have left"},
		"draft known, row changed":      {id: "x", hash: ledger.Hash{1}, there: []string{"x"}, want: "created 1", sent: []string{"0 d1"}, left: 1},
		"send in doubt":                 {id: "x", ref: decide.SendRef, hash: same, there: []string{"x"}, want: "in_doubt 1", left: 1, says: "created:x"},
		"send in doubt, draft gone":     {id: "x", ref: decide.SendRef, hash: same, want: "in_doubt 1", says: "absent"},
		"send in doubt, row changed":    {id: "x", ref: decide.SendRef, hash: ledger.Hash{1}, there: []string{"x"}, want: "in_doubt 1", left: 1, says: "may have left"},
		"draft in doubt, other drafts ": {there: nil, want: "created 1", sent: []string{"0 d1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, m := newWordBench(t, wordRows(1))
				for _, id := range c.there {
					m.drafts[id] = draft
				}
				m.blind = c.blind
				b.begunWord("0", c.id, c.ref, c.hash)
				sum := b.mustRun(func(o *Options) { o.DryRun = true })
				if planned := sum.Of(ledger.Planned); (planned == 1) != (c.ref == "") || len(m.log) > 0 {
					t.Errorf("the dry run plans %d, and asked for %v", planned, m.log)
				}
				want(t, b.mustRun(), c.want)
				m.wantSent(t, c.sent...)
				if len(m.drafts) != c.left {
					t.Errorf("drafts left: %v", m.drafts)
				}
				if c.says != "" {
					b.wantSaid(c.says)
				}
				again := strings.Replace(c.want, "created", "unchanged", 1)
				want(t, b.mustRun(), again)
				m.wantSent(t, c.sent...)
			})
		})
	}
}

// TestDeliveryFaults loses, delays and refuses each of the two requests, with drafts that can be listed and
// that cannot: in any number of runs no key is sent twice, and what was not sent is never called created.
func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	for _, op := range []sinks.Op{sinks.Create, sinks.Send} {
		for f, first := range map[fault]string{
			lostBefore: "lost before", lostAfter: "lost after", late: "late", refuse: "refused", unreachable: "unreachable", key401: "key refused",
		} {
			for _, blind := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v %s blind %v", op, first, blind), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { deliveryFault(t, op, f, blind) })
				})
			}
		}
	}
}

func deliveryFault(t *testing.T, op sinks.Op, f fault, blind bool) {
	b, m := newWordBench(t, wordRows(12))
	if blind {
		m.blind = &sinks.Error{Class: sinks.Refused, Message: "you may not look"}
	}
	m.fault = func(o sinks.Op, key string, try int) fault {
		if o == op && try == 1 && len(key) == 1 && key < "6" {
			return f
		}
		return fine
	}
	for range 8 {
		if sum, err := b.run(); err != nil && f != key401 {
			t.Fatalf("%v after %v", err, sum)
		}
		time.Sleep(time.Minute) // what is late arrives
	}
	sent, created, doubts := 0, 0, b.doubts()
	m.mu.Lock() // what is late writes by itself
	defer m.mu.Unlock()
	for key, ids := range m.sent {
		if sent++; len(ids) != 1 {
			t.Errorf("%s was sent %d times", key, len(ids))
		}
	}
	for _, e := range b.entries() {
		words := strings.Fields(e)
		if words[2] != "created" {
			continue
		}
		if created++; len(m.sent[words[1]]) != 1 {
			t.Errorf("%s is called created, and was not sent", words[1])
		}
	}
	wantDoubts := 0
	if lost := f == lostBefore || f == lostAfter || f == late; lost && (op == sinks.Send || blind) {
		wantDoubts = 6
	}
	if len(doubts) != wantDoubts || created != 12-wantDoubts {
		t.Errorf("%d created, %d in doubt, want %d in doubt", created, len(doubts), wantDoubts)
	}
}

func TestMaxDeliveries(t *testing.T) {
	b, m := newWordBench(t, wordRows(10))
	b.yaml = strings.Replace(words, "max_deliveries: 100", "max_deliveries: 4", 1)
	for run := 1; run <= 2; run++ {
		sum, err := b.run()
		stop := wantStop(t, err, StopDeliveries)
		if !strings.Contains(stop.Error(), "max_deliveries of 4") {
			t.Errorf("it says %v", stop)
		}
		if sum.Of(ledger.Created) != 4 || len(m.sent) != 4*run || len(m.drafts) != 0 || sum.Of(ledger.InDoubt) != 0 {
			t.Errorf("run %d: created %d, %d sent, %d drafts left", run, sum.Of(ledger.Created), len(m.sent), len(m.drafts))
		}
	}
	want(t, b.mustRun(), "created 2, unchanged 8")
	if len(m.sent) != 10 {
		t.Errorf("%d sent", len(m.sent))
	}
}

func TestRecipientAllow(t *testing.T) {
	rows := "id,to,text\n1,ann@test.example,x\n2,ANN@TEST.EXAMPLE,x\n3,eve@test.example.evil,x\n4,,x\n5,+15550100,x\n6,+44555,x\n"
	b, m := newWordBench(t, rows)
	b.yaml = strings.Replace(words, "    mapping", "    recipient_allow: [\"*@test.example\", \"+1555*\"]\n    mapping", 1)
	want(t, b.mustRun(func(o *Options) { o.DryRun = true }), "rejected 3, planned 3")
	sum := b.mustRun()
	want(t, sum, "created 3, rejected 3")
	m.wantSent(t, "1 d"+id(m, "1"), "2 d"+id(m, "2"), "5 d"+id(m, "5"))
	if sum.Steps[0].Recipients != 2 || len(m.log) != 6 {
		t.Errorf("%d people, requests %v", sum.Steps[0].Recipients, m.log)
	}
	for _, s := range b.settled {
		if s.Outcome == ledger.Rejected && (s.Stage != decide.StageMap || strings.Contains(s.Message, "evil")) {
			t.Errorf("%+v", s)
		}
	}
	b.yaml = strings.Replace(b.yaml, "channel: mail", "channel: shout", 1) // config refuses that for Kustomer's
	if _, err := b.plan(); err == nil {
		t.Error("recipients of a channel without addresses cannot be checked")
	}
}

// id is the number of the draft that was sent for a key.
func id(m *mailbox, key string) string {
	if len(m.sent[key]) == 0 {
		return "none"
	}
	return strings.TrimPrefix(m.sent[key][0], "d")
}

func TestTimeToLeave(t *testing.T) {
	now := time.Now()
	past, future := now.Add(-time.Hour).UTC().Format(time.RFC3339), now.Add(time.Hour).UTC().Format(time.RFC3339)
	b, m := newWordBench(t, "id,to,text,at\n1,a@x,x,"+past+"\n2,a@x,x,"+future+"\n3,a@x,x,\n")
	b.yaml = strings.Replace(words, "text: ", `at: "{{ .at }}", text: `, 1)
	want(t, b.mustRun(), "created 2, rejected 1")
	b.wantSaid("has passed")
	if !slices.ContainsFunc(m.orders, func(o map[string]any) bool { return strings.HasPrefix(o["at"].(string), future[:19]) }) {
		t.Errorf("orders %v", m.orders)
	}
	b.yaml = strings.Replace(words, "text: ", `at: "{{ now }}", text: `, 1)
	b.file("words.csv", "id,to,text\n9,a@x,x\n")
	want(t, b.mustRun(), "created 1")
}

// TestStopBetweenDraftAndSend: who stops a run wants no more to be written to; the next run goes on.
func TestStopBetweenDraftAndSend(t *testing.T) {
	b, m := newWordBench(t, wordRows(1))
	ctx, cancel := context.WithCancel(t.Context())
	m.ask = cancel
	sum, err := b.runContext(ctx)
	wantStop(t, err, StopInterrupted)
	if sum.Of(ledger.InDoubt) != 1 || len(m.sent) != 0 || len(m.drafts) != 1 {
		t.Fatalf("%d in doubt, sent %v, drafts %v", sum.Of(ledger.InDoubt), m.sent, m.drafts)
	}
	b.wantSaid("has not left")
	m.ask = nil
	want(t, b.mustRun(), "created 1")
	m.wantSent(t, "0 d1")
	if len(m.drafts) != 0 {
		t.Errorf("drafts left: %v", m.drafts)
	}
}

func TestResolveDelivery(t *testing.T) {
	b, m := newWordBench(t, wordRows(2))
	m.fault = func(op sinks.Op, _ string, try int) fault {
		if op == sinks.Send && try == 1 {
			return lostBefore
		}
		return fine
	}
	want(t, b.mustRun(), "in_doubt 2")
	b.withLedger(func(l *ledger.Ledger) {
		if err := errors.Join(b.resolve(l, "word", "0", "65a0c0ffee0000000000abcd"), b.resolve(l, "word", "1", "")); err != nil {
			t.Fatal(err)
		}
	})
	want(t, b.mustRun(), "created 1, unchanged 1")
	if len(m.sent["0"]) != 0 || len(m.sent["1"]) != 1 {
		t.Errorf("sent %v", m.sent)
	}
}

// TestAdoptDeliversNothing: after a lost ledger nobody knows what was sent.
func TestAdoptDeliversNothing(t *testing.T) {
	b, m := newWordBench(t, wordRows(3))
	want(t, b.mustRun(func(o *Options) { o.Adopt = true }), "not_attempted 3")
	if len(m.log) > 0 {
		t.Errorf("asked for %v", m.log)
	}
}

// TestDraftOfAnotherRow: what the ledger knows as another row's is not taken, however alike it is.
func TestDraftOfAnotherRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, m := newWordBench(t, "id,to,text\n0,a@x,same\n1,a@x,same\n")
		b.yaml = strings.Replace(words, `person: "p{{ .id }}"`, "person: p", 1)
		m.drafts["x"] = map[string]any{"person": "p", "channel": "mail", "to": "a@x", "text": "same"}
		b.begunWord("1", "x", decide.SendRef, ledger.Hash{1})
		b.begunWord("0", "", "", ledger.Hash{1})
		want(t, b.mustRun(), "created 1, in_doubt 1")
		m.wantSent(t, "0 d1")
	})
}

func TestPreviewOfDelivery(t *testing.T) {
	b, _ := newWordBench(t, wordRows(2))
	plan := b.mustPlan()
	defer plan.Close()
	for r, err := range Preview(t.Context(), plan, PreviewOptions{Limit: 1, Start: time.Now()}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Then == nil {
			t.Fatalf("%+v sends nothing", r)
		}
		order, _ := r.Then.Body.(map[string]any)
		if r.Method != "POST" || r.Path != "/people/p0/drafts" || r.Then.Path != "/drafts/<id of the draft>" || order["go"] != true {
			t.Errorf("%+v then %+v", r, r.Then)
		}
		if diff := cmp.Diff([]string{"u0@x.example"}, r.People); diff != "" {
			t.Error(diff)
		}
	}
}
