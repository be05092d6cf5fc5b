package faults

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// truths are T01, T02 and T08 to T10: Kustomer is not as the ledger says; T03 to T07 are in changed_test.go. Each is played
// singly and in bulk, where external ids are unique and where they are not.
var truths = eachWay(
	scenario{id: "T01", fault: "the ledger is lost after a load", short: true, do: lostLedger},
	scenario{id: "T01", fault: "a first load is killed early, and its ledger is lost", do: lostEarly},
	scenario{id: "T02", fault: "two rows have the e-mail of one contact", short: true, do: sharedContact},
	scenario{id: "T02", fault: "a person makes the contact between two runs, kills", do: contactBetweenRuns},
	scenario{id: "T02", fault: "a row has the e-mail of another row's customer", do: emailOfAnotherRow},
	scenario{id: "T08", fault: "two rows have one phone number, a third that of a contact", short: true, do: sharedPhones},
	scenario{id: "T09", fault: "an old ledger is put back", short: true, do: oldLedger},
	scenario{id: "T10", fault: "run --limit 10 elsewhere, then the rest here", short: true, do: loadedElsewhere},
)

// eachWay makes two scenarios of each: one with single requests, one with batches.
func eachWay(list ...scenario) []scenario {
	var all []scenario
	for _, s := range list {
		if s.size == (size{}) {
			s.size = size{24, 30, 30}
		}
		config := map[string]string{"in_doubt_wait": "300ms", "bulk_in_doubt_wait": "1s"}
		maps.Copy(config, s.config)
		s.config = config
		bulk := s
		bulk.short = false
		bulk.fault += ", in bulk"
		bulk.size.messages = 0 // a step with batches takes two seconds, which is the wait for the first results
		for _, s := range append([]scenario{s}, inBatches(bulk)...) {
			s.bothModes = true
			all = append(all, s)
		}
	}
	return all
}

// inBulk reports whether a scenario sends batches.
func (tr *trial) inBulk() bool { return slices.Contains(tr.s.flags, "always") }

// loseLedger deletes the state folder once look-ups show all that was written: what they do not show yet, no client can
// know.
func (tr *trial) loseLedger() {
	tr.shown()
	if err := os.RemoveAll(tr.state()); err != nil {
		tr.t.Fatal(err)
	}
	tr.exports = nil
}

// shown returns once look-ups show all that was written.
func (tr *trial) shown() {
	tr.server.Quiesce()
	time.Sleep(tr.options.Lag)
}

// creates counts the objects that requests made.
func (tr *trial) creates() (n int) {
	for _, c := range tr.server.Commits() {
		if c.Op == "create" && !c.Seeded {
			n++
		}
	}
	return n
}

// adopt runs a load that must stop since Kustomer has objects that the ledger does not know, having sent nothing of the
// step that it names, and then adopts them.
func (tr *trial) adopt() result {
	tr.t.Helper()
	res := tr.run()
	tr.expect(res.exit == 2 && mentions(res.hint(), "--adopt"), "exit %d, want 2 with the advice to adopt: %s; %s\n%s", res.exit, res.message(), res.hint(), tail(res.err))
	for _, step := range steps {
		if strings.Contains(res.message(), step.name+" ") {
			tr.expect(tr.sent(step.kind, res) == 0, "%d writes of step %s, which stopped", tr.sent(step.kind, res), step.name)
		}
	}
	return tr.run("--adopt")
}

// sent counts the writes of a kind that a run made.
func (tr *trial) sent(kind string, res result) (n int) {
	for _, e := range tr.server.Events() {
		if e.Seq > res.from && e.Seq <= res.to && e.Method != "GET" && e.Kind == kind {
			n++
		}
	}
	return n
}

// lostLedger loads, loses the ledger and loads again.
func lostLedger(tr *trial) string {
	tr.until(tr.patience())
	before := tr.server.Commits()
	tr.loseLedger()
	res := tr.adopt()
	stopped := tr.results[len(tr.results)-2]
	tr.expect(tr.posts(stopped.from, stopped.to) == 0, "%d writes without a ledger", tr.posts(stopped.from, stopped.to))
	sum, all := res.json.Summary, len(before)
	tr.expect(sum.Existed == all && len(tr.server.Commits()) == all, "%d of %d existed, %d writes were applied", sum.Existed, all, len(tr.server.Commits())-all)
	return fmt.Sprintf("exit 2, then %d adopted, 0 writes", sum.Existed)
}

// killedRuns kills runs one after another, each around one of its first writes.
func (tr *trial) killedRuns(n int) {
	tr.t.Helper()
	for i := range n {
		which, later := "method=POST", tr.random.IntN(16)
		if tr.inBulk() {
			which, later = "batch=yes", 0
		}
		how := []string{"kill-after", "kill-before", "kill-told=20ms"}[i%3]
		tr.setRules(fmt.Sprintf("%s %s from=%d", how, which, tr.server.Arrived()+1+later))
		tr.run()
	}
	tr.setRules("")
	tr.server.Quiesce()
}

func (tr *trial) setRules(text string) {
	if err := tr.server.SetRules(text); err != nil {
		tr.t.Fatal(err)
	}
}

// lostEarly kills a first load after one of its first writes, and the machine that runs the next one has no ledger.
func lostEarly(tr *trial) string {
	step := steps[tr.random.IntN(3)]
	if len(tr.rows[step.name]) == 0 {
		step = steps[1]
	}
	rule := "kill-after method=POST object=" + tr.rows[step.name][tr.random.IntN(20)].key
	if tr.inBulk() {
		rule = "kill-told=80ms batch=yes kind=" + step.kind
	}
	tr.setRules(rule)
	tr.run()
	tr.setRules("")
	tr.loseLedger()
	n, below := tr.creates(), 0
	for _, o := range tr.server.Objects() {
		if o.Kind != "customer" { // two customers of one external id are refused, so a load of customers need not stop
			below++
		}
	}
	res := tr.run()
	tr.expect(res.exit == 2 && mentions(res.hint(), "--adopt") || below == 0 && res.exit == 0, "exit %d with %d objects of the first load, %d below customers: %s\n%s", res.exit, n, below, res.message(), tail(res.err))
	if res.exit == 2 {
		tr.run("--adopt")
	}
	return fmt.Sprintf("%d made before the kill, then exit %d", n, res.exit)
}

// sharing gives two rows the address of a contact.
func (tr *trial) sharing(first, second int, address string) {
	for _, i := range []int{first, second} {
		tr.set("customer", i, "email", address)
	}
	tr.rows.write(tr.t, tr.dir)
}

// set changes a cell of a row, and what its object must become.
func (tr *trial) set(step string, i int, column, text string) {
	r := &tr.rows[step][i]
	r.cells, r.payload = maps.Clone(r.cells), maps.Clone(r.payload)
	r.cells[column] = text
	switch column {
	case "email":
		r.payload["emails"] = []any{map[string]any{"type": "work", "email": text}}
	case "body":
		r.payload["preview"] = text
	case "name", "subject":
		r.payload["name"] = text
	}
}

// oneOf expects that one of two rows is loaded, and that the other one is rejected with its children, naming the first.
func (tr *trial) oneOf(first, second, id string) (winner string) {
	tr.t.Helper()
	ledger := tr.exports[len(tr.exports)-1]
	winner, loser := first, second
	if ledger["customer "+second].loaded() {
		winner, loser = second, first
	}
	tr.expect(ledger["customer "+winner].ID == id && !ledger["customer "+loser].loaded(), "one row of %s and %s must be %s: %+v, %+v",
		first, second, id, ledger["customer "+first], ledger["customer "+second])
	tr.want.exits = []int{1}
	tr.expectRejected(loser)
	return winner
}

// sharedContact has two rows with the e-mail address of one contact, which has no external id.
func sharedContact(tr *trial) string {
	policy := []string{"skip", "update"}[tr.random.IntN(2)]
	tr.writePipeline(strings.ReplaceAll(tr.s.pipeline(), "    sink: create_customer", "    if_exists: "+policy+"\n    sink: create_customer"))
	address := "family@" + marker + ".example"
	id := tr.personMakes("customer", map[string]any{"name": "Ann", "emails": []any{map[string]any{"type": "work", "email": address}}})
	if policy == "update" {
		tr.mayChange(id)
	}
	tr.sharing(3, 4, address)
	res := tr.until(tr.patience())
	winner := tr.oneOf("c3", "c4", id)
	tr.expect(tr.rejects(res, winner) >= 1, "the rejected row does not name %s: %s", winner, tail(res.err))
	n := len(tr.server.Commits())
	tr.run()
	tr.expect(len(tr.server.Commits()) == n && tr.oneOf("c3", "c4", id) == winner, "a second run wrote %d times, %s was the one", len(tr.server.Commits())-n, winner)
	return fmt.Sprintf("if_exists: %s: %s is the contact, the other is rejected, %s", policy, winner, tr.figure(res))
}

// contactBetweenRuns loads all rows but two. Then a person makes a contact with the address of both, and runs that
// update it are killed.
func contactBetweenRuns(tr *trial) string {
	tr.writePipeline(strings.ReplaceAll(tr.s.pipeline(), "    sink: create_customer", "    if_exists: update\n    sink: create_customer"))
	address := "family@" + marker + ".example"
	tr.sharing(3, 4, address)
	whole := tr.rows["customer"]
	tr.rows["customer"] = slices.Concat(whole[:3], whole[5:])
	tr.rows.write(tr.t, tr.dir)
	tr.run()
	tr.rows["customer"] = whole
	for i := range 30 {
		tr.rows["customer"] = append(tr.rows["customer"], customerRow(1000+i))
	}
	tr.rows.write(tr.t, tr.dir)
	id := tr.personMakes("customer", map[string]any{"name": "Ann", "emails": []any{map[string]any{"type": "work", "email": address}}})
	tr.mayChange(id)
	tr.killedRuns(4)
	res := tr.until(6)
	winner := tr.oneOf("c3", "c4", id)
	return fmt.Sprintf("%d kills, %s is the contact, %s", tr.totals.kills, winner, tr.figure(res))
}

// emailOfAnotherRow adds a row with the address of a customer that the first run made. Rows may change what exists.
func emailOfAnotherRow(tr *trial) string {
	tr.writePipeline(strings.ReplaceAll(tr.s.pipeline(), "    sink: create_customer", "    if_exists: update\n    sink: create_customer"))
	whole := tr.rows["customer"]
	tr.set("customer", 7, "email", whole[2].cells["email"])
	tr.rows["customer"] = slices.Concat(whole[:7], whole[8:])
	tr.rows.write(tr.t, tr.dir)
	tr.run()
	tr.shown() // else Kustomer refuses the address, and nobody can say whose it is
	tr.rows["customer"] = whole
	tr.rows.write(tr.t, tr.dir)
	tr.want.exits = []int{1}
	tr.expectRejected("c7")
	res := tr.until(tr.patience())
	tr.expect(tr.rejects(res, "email", "c2") == 1, "the row is not rejected naming c2: %s", tail(res.err))
	return tr.figure(res)
}

// writePhones makes the pipeline give each customer a phone number with the number in its column score.
func (tr *trial) writePhones(match string) {
	text := strings.ReplaceAll(tr.s.pipeline(), "      custom: {", "      phones: [{ type: mobile, phone: \"+49301234{{ .score }}\" }]\n      custom: {")
	tr.writePipeline(strings.ReplaceAll(text, "    sink: create_customer", match+"    if_exists: update\n    sink: create_customer"))
}

// setPhone gives a customer a phone number.
func (tr *trial) setPhone(i, number int) {
	tr.set("customer", i, "score", fmt.Sprint(number))
	payload := tr.rows["customer"][i].payload
	payload["custom"] = map[string]any{"scoreNum": float64(number)}
	payload["phones"] = []any{map[string]any{"type": "mobile", "phone": fmt.Sprintf("+49301234%d", number)}}
}

// sharedPhones has two rows with one phone number, and one with that of a contact. Kustomer gives a number to one
// customer alone: who comes second is rejected, and nobody becomes another person, unless the step says that a number
// tells who is meant.
func sharedPhones(tr *trial) string {
	tr.writePhones("")
	for i := range tr.rows["customer"] {
		tr.setPhone(i, 100+i)
	}
	tr.setPhone(6, 105)
	tr.rows.write(tr.t, tr.dir)
	contact := tr.personMakes("customer", map[string]any{"name": "Ann", "phones": []any{map[string]any{"type": "mobile", "phone": "+49301234109"}}})
	res := tr.until(tr.patience())
	tr.expect(res.exit == 1 && tr.rejects(res, "phone") == 2, "exit %d, %d rows are rejected naming the phone, want 2: %s", res.exit, tr.rejects(res, "phone"), tail(res.err))
	ledger := tr.exports[len(tr.exports)-1]
	winner, loser := "c5", "c6"
	if ledger["customer c6"].loaded() {
		winner, loser = loser, winner
	}
	tr.expect(ledger["customer "+winner].loaded() && !ledger["customer "+loser].loaded() && !ledger["customer c9"].loaded(), "one of c5 and c6 must be loaded, c9 must not")
	tr.want.exits = []int{1}
	tr.expectRejected(loser)
	tr.expectRejected("c9")
	tr.checkState()
	tr.want.rejected = nil
	tr.expectRejected(loser)
	tr.mayChange(contact)
	tr.writePhones("    match: [externalId, email, phone]\n")
	again := tr.until(tr.patience())
	e := tr.exports[len(tr.exports)-1]["customer c9"]
	tr.expect(again.exit == 1 && e.ID == contact, "with match: phone c9 is %+v, want %s; exit %d: %s", e, contact, again.exit, tail(again.err))
	return loser + " and c9 are rejected; with match: phone c9 is the contact"
}

// oldLedger loads some rows, keeps a copy of the ledger, loads the rest, and puts the copy back.
func oldLedger(tr *trial) string {
	whole := maps.Clone(tr.rows)
	n := 6 + tr.random.IntN(12)
	for _, step := range steps { // the n-th row of a step is below the n-th of another one
		tr.rows[step.name] = whole[step.name][:min(n, len(whole[step.name]))]
	}
	tr.rows.write(tr.t, tr.dir)
	tr.until(tr.patience())
	backup, err := os.ReadFile(tr.ledgerPath())
	if err != nil {
		tr.t.Fatal(err)
	}
	first := tr.creates()
	tr.rows = whole
	tr.rows.write(tr.t, tr.dir)
	tr.until(tr.patience())
	all := len(tr.server.Commits())
	tr.putLedger(tr.ledgerPath(), backup)
	tr.exports = nil
	time.Sleep(tr.options.Lag)
	existed := tr.adopt().json.Summary.Existed + tr.results[len(tr.results)-2].json.Summary.Existed
	tr.expect(len(tr.server.Commits()) == all && existed == all-first, "%d existed, want %d; %d writes were applied", existed, all-first, len(tr.server.Commits())-all)
	return fmt.Sprintf("%d of %d in the backup, exit 2, then %d existed", first, all, existed)
}

// loadedElsewhere loads ten rows of each source with another state folder.
func loadedElsewhere(tr *trial) string {
	tr.run("--limit", "10", "--state-dir", tr.path(".kustsync-elsewhere"))
	n := tr.creates()
	tr.expect(n == 10+10+min(10, len(tr.rows["message"])), "%d objects are made of 10 rows of each source", n)
	time.Sleep(tr.options.Lag)
	res := tr.adopt()
	tr.expect(res.json.Summary.Existed == n, "%d of %d existed", res.json.Summary.Existed, n)
	return fmt.Sprintf("exit 2, then %d adopted, %s", res.json.Summary.Existed, tr.figure(res))
}
