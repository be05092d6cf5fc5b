package faults

import (
	"fmt"
	"strings"
)

// T03 to T07: what people did in Kustomer, or users to the pipeline file, between two runs.
var changedBetween = eachWay(
	scenario{id: "T03", fault: "a customer is merged into another, kills", short: true, do: mergedBetween},
	scenario{id: "T04", fault: "the ledger is lost, and rows differ from what is there", short: true, do: adoptedWithChanges},
	scenario{id: "T05", fault: "a customer is deleted, kills", short: true, do: deletedBetween},
	scenario{id: "T06", fault: "the key's template is changed, a step renamed", short: true, do: otherKeys},
	scenario{id: "T07", fault: "on_duplicate: last, kills", short: true, do: lastCounts},
)

// policies gives the step of customers keys of its own.
func (tr *trial) policies(keys ...string) {
	text := tr.s.pipeline()
	for _, key := range keys {
		text = strings.ReplaceAll(text, "    sink: create_customer", "    "+key+"\n    sink: create_customer")
	}
	tr.writePipeline(text)
}

// idOf is the id that the ledger has of a customer.
func (tr *trial) idOf(key string) string { return tr.exports[len(tr.exports)-1]["customer "+key].ID }

// grow adds rows, so that runs have something to be killed in.
func (tr *trial) grow(n int) {
	for i := range n {
		tr.rows["customer"] = append(tr.rows["customer"], customerRow(1000+i))
	}
}

// mergedBetween merges customer 1 into 2, then changes both rows: the first is rejected and names the second, whose object gets
// its own new content and no other; with if_merged: use the row points to the survivor.
func mergedBetween(tr *trial) string {
	tr.policies("if_exists: update")
	tr.until(tr.patience())
	source, target := tr.idOf("c1"), tr.idOf("c2")
	tr.shown()
	tr.act(func() error { return tr.server.Merge(source, target) })
	tr.hold(target)
	tr.set("customer", 1, "name", "Other 1 "+marker)
	tr.grow(30)
	tr.rows.write(tr.t, tr.dir)
	tr.killedRuns(3)
	tr.want.exits = []int{1}
	tr.want.rejected = map[string]string{"c1": ""}
	tr.want.merged = map[string]string{"c1": target}
	res := tr.until(6)
	e := tr.exports[len(tr.exports)-1]["customer c1"]
	tr.expect(res.exit == 1 && e.Outcome == "rejected" && tr.rejects(res, target) == 1, "exit %d, %d rejected rows name the survivor %s; c1 is %+v", res.exit, tr.rejects(res, target), target, e)
	tr.checkHeld()
	tr.policies("if_exists: update", "if_merged: use")
	tr.want.exits, tr.want.rejected = nil, nil
	tr.exports = nil // the row has another object now
	last := tr.until(3)
	tr.expect(last.exit == 0 && tr.idOf("c1") == target, "with if_merged: use c1 is %s, want %s; exit %d", tr.idOf("c1"), target, last.exit)
	return fmt.Sprintf("%d kills, c1 is rejected and names c2's object, then points to it", tr.totals.kills)
}

// adoptedWithChanges loads, loses the ledger, changes some rows and adopts: what differs is sent once, all else is left alone.
func adoptedWithChanges(tr *trial) string {
	tr.policies("if_exists: update")
	tr.until(tr.patience())
	all := len(tr.server.Commits())
	tr.loseLedger()
	for _, i := range []int{2, 9, 14} {
		tr.set("customer", i, "name", fmt.Sprintf("Other %d %s", i, marker))
	}
	tr.rows.write(tr.t, tr.dir)
	res := tr.run("--adopt")
	if res.json.Summary.InDoubt > 0 {
		res = tr.until(2)
	}
	writes := len(tr.server.Commits()) - all
	tr.expect(writes == 3, "%d writes were applied, want 3: what differs is sent once", writes)
	return fmt.Sprintf("3 of %d rows are sent, the others existed", res.json.Summary.Rows)
}

// deletedBetween deletes customer 1 with what belongs to it, then changes its row: it is rejected, naming that, and so is nothing else.
// With if_deleted: recreate it and its conversations are made once more.
func deletedBetween(tr *trial) string {
	tr.policies("if_exists: update")
	tr.until(tr.patience())
	id := tr.idOf("c1")
	tr.shown()
	tr.act(func() error { return tr.server.Delete(id) })
	tr.set("customer", 1, "name", "Other 1 "+marker)
	tr.grow(30)
	tr.rows.write(tr.t, tr.dir)
	tr.killedRuns(3)
	tr.want.exits = []int{1}
	tr.want.rejected = map[string]string{"c1": ""}
	tr.want.gone = []string{"c1"}
	for _, step := range steps { // what belonged to it went with it, and nobody has asked
		for _, r := range tr.rows[step.name] {
			if r.parent == "c1" || strings.HasPrefix(r.parent, "t") {
				tr.want.gone, tr.want.kept = append(tr.want.gone, r.key), append(tr.want.kept, r.key)
			}
		}
	}
	res := tr.until(6)
	e := tr.exports[len(tr.exports)-1]["customer c1"]
	tr.expect(res.exit == 1 && e.Outcome == "rejected" && tr.rejects(res, "deleted") == 1, "exit %d, %d rejected rows say that it was deleted; c1 is %+v", res.exit, tr.rejects(res, "deleted"), e)
	return fmt.Sprintf("%d kills, c1 is rejected: it was deleted", tr.totals.kills)
}

// otherKeys makes the keys of conversations in another way, and then gives their step another name: both stop before anything is
// sent.
func otherKeys(tr *trial) string {
	tr.until(tr.patience())
	whole, all := tr.s.pipeline(), len(tr.server.Commits())
	changed := strings.ReplaceAll(whole, `"t{{ .id }}"`, `"other-{{ .id }}"`)
	tr.expect(changed != whole, "the template of the key is not in the pipeline file")
	for what, text := range map[string]string{"key": changed, "name": strings.ReplaceAll(strings.ReplaceAll(whole, "  conversation:\n", "  talk:\n"), `ref "conversation"`, `ref "talk"`)} {
		tr.writePipeline(text)
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.expect(res.exit == 3 && len(tr.server.Commits()) == all, "another %s: exit %d, %d writes: %s", what, res.exit, len(tr.server.Commits())-all, res.message())
	}
	tr.writePipeline(whole)
	res := tr.run()
	tr.expect(res.exit == 0 && len(tr.server.Commits()) == all, "as it was: exit %d, %d writes", res.exit, len(tr.server.Commits())-all)
	return "exit 3 twice, 0 writes"
}

// lastCounts has two rows of some keys with other content: the last one is loaded, whatever is killed.
func lastCounts(tr *trial) string {
	tr.policies("on_duplicate: last")
	var file []row
	for i, r := range tr.rows["customer"] {
		if i%3 == 0 {
			old := r
			old.cells = map[string]string{"id": r.cells["id"], "name": "Old " + marker, "email": r.cells["email"], "score": r.cells["score"]}
			file = append(file, old)
		}
	}
	last := tr.rows["customer"]
	tr.rows["customer"] = append(file, last...)
	tr.rows.write(tr.t, tr.dir)
	tr.rows["customer"] = last
	tr.want.partial = true // the file has more rows than keys
	tr.killedRuns(3)
	res := tr.until(6)
	tr.expect(res.exit == 0, "exit %d: %s", res.exit, res.message())
	for _, o := range tr.server.Objects() {
		tr.expect(o.Kind != "customer" || !strings.HasPrefix(fmt.Sprint(o.Attributes["name"]), "Old"), "%s has the content of the first row", o.ExternalID)
	}
	return fmt.Sprintf("%d kills, %s", tr.totals.kills, tr.figure(res))
}
