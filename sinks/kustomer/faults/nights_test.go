package faults

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The nights are asked for by the environment:
//
//	NIGHTS       full plays seven nights from each of five seeds, which follow FAULTS_SEED
//	NIGHTS_SEED  plays seven nights from that seed alone
var (
	allNights = os.Getenv("NIGHTS") == "full"
	oneSeed   = os.Getenv("NIGHTS_SEED")
)

// TestNights loads an org night after night. Between the nights rows, ledgers and the org change at random; every run
// may be killed. After each night all rules of nightRules hold.
func TestNights(t *testing.T) {
	var seeds []uint64
	switch {
	case oneSeed != "":
		seed, err := strconv.ParseUint(oneSeed, 10, 64)
		if err != nil {
			t.Fatalf("NIGHTS_SEED: %v", err)
		}
		seeds = []uint64{seed}
	case allNights:
		for n := range uint64(5) {
			seeds = append(seeds, suiteSeed()+n)
		}
	default:
		t.Skip("make nights plays them")
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playNights(t, seed, 7, size{60, 120, 200}) })
	}
}

// TestOneNight is the short form of TestNights.
func TestOneNight(t *testing.T) { playNights(t, 2, 1, size{12, 20, 20}) }

// playNights loads a new org, and then changes and loads it again, so often.
func playNights(t *testing.T, seed uint64, nights int, z size) {
	random := rand.New(rand.NewPCG(seed, 2))
	w := &world{seed: seed, random: random, policies: drawPolicies(random), noted: map[string]string{}}
	s := &scenario{id: "nights", seed: seed + 1, size: z, flags: []string{"--bulk", w.policies.bulk},
		config: map[string]string{"in_doubt_wait": "300ms", "retries": "3"},
		tune: func(o *Options) {
			org := w.policies.org
			org.Seed, org.Rules, org.Token, org.Kill = o.Seed, o.Rules, o.Token, o.Kill
			org.Jobs = Jobs{Takes: 10 * time.Millisecond, Part: 20}
			*o = org
		}}
	w.trial = newTrial(t, s, reading{name: "nights", set: func(*Options) {}})
	w.rows, w.next = w.trial.rows, z
	w.writePipeline(strings.ReplaceAll(s.pipeline(), "    key: ", w.policies.members()+"    key: "))
	t.Logf("NIGHTS_SEED=%d: %v", seed, w.policies)
	for n := range nights + 1 {
		if n > 0 {
			w.changeRows()
			w.agentsAct()
			w.moveLedger(n)
		}
		began := time.Now()
		after := w.spend(n)
		t.Logf("night %d: %s; %d runs, %d kills, %.1f s", n, strings.Join(w.told, ", "), w.runs, w.totals.kills, time.Since(began).Seconds())
		w.told = nil
		broken := after.breaks()
		for _, what := range broken[:min(len(broken), 15)] {
			t.Error(what)
		}
		if t.Failed() {
			t.Fatalf("after night %d %d things are not as the rules say; NIGHTS_SEED=%d plays it again; the last run said:\n%s", n, len(broken), seed, tail(w.last().err))
		}
		w.noted = after.note()
		w.keepLedger(fmt.Sprint("night", n))
	}
	w.checkSecrets()
}

// members are the policies as members of a step.
func (p policies) members() string {
	return fmt.Sprintf("    if_exists: %s\n    if_merged: %s\n    if_deleted: %s\n", p.exists, p.merged, p.deleted)
}

// world is an org, the sources and the ledgers over several nights.
type world struct {
	*trial
	seed     uint64
	random   *rand.Rand // of what happens in the org
	chance   *rand.Rand // of the kills of a night: how many runs there are is another matter each time
	policies policies
	next     size                         // numbers of the next new rows
	noted    map[string]string            // by the ledger in use
	kept     map[string]map[string]string // what the ledgers noted that are kept in folders
	told     []string                     // what happened tonight
	runs     int
}

func (w *world) tell(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

// any returns some element of a list.
func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// changeRows changes the sources: some rows are new, some edited, some are no longer there.
func (w *world) changeRows() {
	w.rows = maps.Clone(w.rows)
	edited, removed := 0, 0
	for _, step := range steps {
		list := slices.Clone(w.rows[step.name])
		for i := range list {
			if w.random.IntN(10) == 0 {
				list[i] = editedRow(step.name, list[i], w.random.IntN(1000))
				edited++
			}
		}
		w.rows[step.name] = slices.DeleteFunc(list, func(row) bool {
			gone := w.random.IntN(50) == 0
			if gone {
				removed++
			}
			return gone
		})
	}
	before := w.next
	parents := func(step string) int {
		n, _ := strconv.Atoi(pick(w.random, w.rows[step]).key[1:])
		return n
	}
	for range w.random.IntN(6) {
		w.insert("customer", customerRow(w.next.customers))
		w.next.customers++
	}
	for range w.random.IntN(9) {
		w.insert("conversation", conversationRow(w.next.conversations, parents("customer")))
		w.next.conversations++
	}
	for range w.random.IntN(12) {
		w.insert("message", messageRow(w.next.messages, parents("conversation")))
		w.next.messages++
	}
	w.rows.write(w.t, w.dir)
	w.tell("%d rows new, %d edited, %d removed", w.next.customers-before.customers+w.next.conversations-before.conversations+w.next.messages-before.messages, edited, removed)
}

// insert puts a new row anywhere into a source.
func (w *world) insert(step string, r row) {
	w.rows[step] = slices.Insert(w.rows[step], w.random.IntN(len(w.rows[step])+1), r)
}

// editedRow is a row whose text has another number.
func editedRow(step string, r row, n int) row {
	cell := map[string]string{"customer": "name", "conversation": "subject", "message": "body"}[step]
	member := map[string]string{"customer": "name", "conversation": "name", "message": "preview"}[step]
	r.cells, r.payload = maps.Clone(r.cells), maps.Clone(r.payload)
	r.cells[cell] = fmt.Sprintf("Text %s %d %s", r.key, n, marker)
	r.payload[member] = r.cells[cell]
	return r
}

// agentsAct lets people change the org.
func (w *world) agentsAct() {
	done := map[string]int{}
	for range 6 + w.random.IntN(12) {
		name, err := w.agentActs(pick(w.random, w.live("")))
		if err == nil {
			done[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(done)) {
		w.tell("%d x %s", done[name], name)
	}
}

// agentActs lets a person change, merge or delete an object, or make one.
func (w *world) agentActs(o Object) (name string, err error) {
	n := w.random.IntN(1000)
	switch act := w.random.IntN(14); {
	case o.Kind == "message":
		return "", fmt.Errorf("nobody changes messages")
	case act < 4:
		return "edit", w.server.Edit(o.ID, map[string]any{"name": fmt.Sprint("by hand ", n)})
	case act < 6 && o.Kind == "customer":
		list, _ := o.Attributes["emails"].([]any)
		more := map[string]any{"type": "home", "email": fmt.Sprintf("hand%d@%s.example", n, marker)}
		return "new address", w.server.Edit(o.ID, map[string]any{"emails": append(slices.Clone(list), more)})
	case act < 8: // the person of a row that comes soon
		r := customerRow(w.next.customers - 2 + w.random.IntN(5))
		_, err := w.server.Make("customer", map[string]any{"name": fmt.Sprint("by hand ", n), "emails": r.payload["emails"]})
		return "make customer", err
	case act < 11:
		return "merge " + o.Kind, w.server.Merge(o.ID, pick(w.random, w.live(o.Kind)).ID)
	case act < 12 || o.Kind == "conversation":
		return "delete " + o.Kind, w.server.Delete(o.ID)
	}
	if err := w.server.Delete(o.ID); err != nil {
		return "", err
	}
	if _, err := w.server.Make("customer", map[string]any{"name": fmt.Sprint("again ", n), "emails": o.Attributes["emails"]}); err != nil {
		return "delete customer", nil
	}
	return "delete and make again", nil
}

// live are the objects of a kind that are there; of every kind where it is "".
func (w *world) live(kind string) []Object {
	list := slices.DeleteFunc(w.server.Objects(), func(o Object) bool { return o.Gone || kind != "" && o.Kind != kind })
	slices.SortStableFunc(list, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	return list // in an order that does not hang on which request came first
}

// moveLedger loses the ledger, puts an older one back, or goes on with that of another machine.
func (w *world) moveLedger(n int) {
	switch w.random.IntN(7) {
	case 0:
		w.tell("ledger lost")
		w.useLedger("")
	case 1, 2:
		from := fmt.Sprint("night", w.random.IntN(n))
		w.tell("ledger of %s restored", from)
		w.useLedger(from)
	case 3, 4:
		w.tell("started elsewhere")
		w.keepLedger("here")
		w.useLedger("elsewhere")
		if err := os.RemoveAll(w.path("elsewhere")); err != nil {
			w.t.Fatal(err)
		}
		if err := os.Rename(w.path("here"), w.path("elsewhere")); err != nil {
			w.t.Fatal(err)
		}
		w.kept["elsewhere"] = w.kept["here"]
	}
}

// keepLedger copies the ledger in use to another folder.
func (w *world) keepLedger(name string) {
	w.copyLedger(w.state(), w.path(name))
	if w.kept == nil {
		w.kept = map[string]map[string]string{}
	}
	w.kept[name] = w.noted
}

// useLedger replaces the ledger in use by one that was kept, or by none.
func (w *world) useLedger(name string) {
	w.exports, w.noted = nil, map[string]string{}
	if err := os.RemoveAll(w.state()); err != nil {
		w.t.Fatal(err)
	}
	if _, err := os.Stat(w.path(cmp.Or(name, "none"))); err == nil {
		w.copyLedger(w.path(name), w.state())
		w.noted = w.kept[name]
	}
}

func (w *world) copyLedger(from, to string) {
	if _, err := os.Stat(from); err != nil {
		return
	}
	if err := os.RemoveAll(to); err != nil {
		w.t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		w.t.Fatalf("copying %s: %v: %s", filepath.Base(from), err, out)
	}
}

// objects are those that Kustomer has or had, by id.
func (w *world) objects() map[string]Object {
	list := map[string]Object{}
	for _, o := range w.server.Objects() {
		list[o.ID] = o
	}
	return list
}

// spend runs until a run ends by itself with every row settled, and is told what to do where the ledger is not the one
// that Kustomer was loaded with.
func (w *world) spend(number int) *night {
	n := &night{policies: w.policies, rows: w.rows, noted: w.noted, ledger: map[string]entry{}, old: w.objects()}
	w.want.ours = slices.Collect(maps.Keys(n.old)) // nightRules say what may be written
	if _, err := os.Stat(w.state()); err == nil {
		n.ledger = w.readLedger()
	}
	before := len(w.server.Commits())
	w.chance = rand.New(rand.NewPCG(w.seed, uint64(100+number)))
	kills := w.chance.IntN(5)
	for attempt := 0; n.last.json.Summary.RunID == ""; attempt++ {
		if attempt > kills+6 {
			w.t.Fatalf("night %d does not end: %+v: %s %s\n%s", number, w.last().json.Summary.Steps, w.last().message(), w.last().hint(), tail(w.last().err))
		}
		var more []string
		if n.adopted {
			more = append(more, "--adopt")
		}
		w.runs++
		switch res := w.runOnce(attempt < kills, more...); {
		case res.killed:
		case res.exit == 2 && !n.adopted && mentions(res.hint(), "--adopt"):
			w.tell("adopted")
			n.adopted = true
		case res.exit > 1:
			w.t.Fatalf("night %d: exit %d: %s %s\n%s", number, res.exit, res.message(), res.hint(), tail(res.err))
		case res.json.Summary.InDoubt+res.json.Summary.NotAttempted == 0:
			n.last = res
		}
	}
	w.server.Quiesce()
	n.after, n.now, n.reasons = w.readLedger(), w.objects(), w.readRejects(n.last.json.Summary.RejectedFiles)
	for _, c := range w.server.Commits()[before:] {
		if !c.Seeded {
			n.writes = append(n.writes, c)
		}
	}
	return n
}

// readRejects returns why rows were rejected, by step and key.
func (w *world) readRejects(files []string) map[string]string {
	reasons := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.HasSuffix(path, ".ndjson") {
			for line := range strings.Lines(string(text)) {
				var r map[string]string
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					w.t.Fatal(err)
				}
				reasons[r["_step"]+" "+r["_key"]] = r["_error"]
			}
			continue
		}
		lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			w.t.Fatal(err)
		}
		at := func(line []string, column string) string { return line[slices.Index(lines[0], column)] }
		for _, line := range lines[1:] {
			reasons[at(line, "_step")+" "+at(line, "_key")] = at(line, "_error")
		}
	}
	return reasons
}

// runOnce starts one run, which is killed where kill says so: around a request, or after some time.
func (w *world) runOnce(kill bool, more ...string) result {
	rules, wait := "delay=2ms", time.Hour
	switch at := w.server.Arrived() + 1 + w.chance.IntN(1+w.chance.IntN(150)); {
	case !kill:
	case w.chance.IntN(4) == 0:
		wait = time.Duration(30+w.chance.IntN(400)) * time.Millisecond
	default:
		rules = fmt.Sprintf("%s from=%d until=%d\n%s", pick(w.chance, []string{"kill-before", "kill-after", "kill-told=2ms"}), at, at, rules)
	}
	if err := w.server.SetRules(rules); err != nil {
		w.t.Fatal(err)
	}
	w.exports = nil                       // the id of a key changes where its object is made once more
	timer := time.AfterFunc(wait, w.kill) // nothing, when it has ended
	defer timer.Stop()
	return w.load(command{args: w.args("run", append(more, "--json")...)})
}
