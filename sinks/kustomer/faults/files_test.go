package faults

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// edits are F13 to F17: sources that change, and two runs at the same time.
var edits = []scenario{
	{id: "F13", fault: "two rows with one key, of the same and of other content", short: true, oneReading: true, do: duplicateRows},
	{id: "F14", fault: "rows inserted on top, the others in reverse order", do: insertedRows, oneReading: true},
	{id: "F15", fault: "rows changed and removed", do: changedRows, oneReading: true},
	{id: "F16", fault: "the source is damaged while it is read", do: damagedSource, oneReading: true, size: size{400, 100, 100}},
	{id: "F16", fault: "a row is added to the source while it is read", do: grownSource, oneReading: true, size: size{100, 50, 50}, rules: "delay=5ms"},
	{id: "F17", fault: "two runs at once", short: true, oneReading: true, do: twoRuns, config: map[string]string{"timeout": "30s"}},
}

// duplicateRows has six rows twice with the same content and six twice with other content.
func duplicateRows(tr *trial) string {
	list := tr.rows["customer"]
	var lines []row
	for i, r := range list {
		lines = append(lines, r)
		switch {
		case i%16 == 3:
			lines = append(lines, r)
		case i%16 == 7:
			other := r
			other.cells = maps.Clone(r.cells)
			other.cells["name"] = "Other " + marker
			lines = append(lines, other)
		}
	}
	tr.writeRows("customers.csv", csvText(columns["customer"], lines))
	tr.rows["customer"] = list
	tr.want.partial, tr.want.exits = true, []int{1}
	sum := tr.run().json.Summary.Steps["customer"]
	tr.expect(sum.Rejected == 6 && sum.Unchanged == 6+1 && sum.Created == 100, "rejected %d, unchanged %d, created %d; want 6, 7, 100", sum.Rejected, sum.Unchanged, sum.Created)
	n := tr.rejects(tr.last(), "same key", "customers.csv")
	tr.expect(n == 6, "%d rejected rows name the place of the first row with their key, want 6", n)
	return fmt.Sprintf("%d rejected naming the first row, %d unchanged", n, sum.Unchanged)
}

// writeRows writes a source.
func (tr *trial) writeRows(name, text string) {
	if err := os.WriteFile(tr.path(name), []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

// insertedRows adds 50 customers at the top after the first run and reverses the order of the others.
func insertedRows(tr *trial) string {
	tr.run()
	old := tr.rows["customer"]
	var list []row
	for i := range 50 {
		list = append(list, customerRow(1000+i))
	}
	for i := range old {
		list = append(list, old[len(old)-1-i])
	}
	tr.rows["customer"] = list
	tr.rows.write(tr.t, tr.dir)
	res := tr.run()
	n := tr.posts(res.from, res.to)
	tr.expect(n == 50, "%d writes, want 50 for the new rows", n)
	return fmt.Sprintf("%d writes for 50 new rows of %d", n, len(list))
}

// changedRows changes 20 customers and removes 10.
func changedRows(tr *trial) string {
	tr.run()
	for i := range 20 {
		r := &tr.rows["customer"][i]
		r.cells["name"] = "Changed " + marker
	}
	tr.rows["customer"] = tr.rows["customer"][:90]
	tr.rows.write(tr.t, tr.dir)
	tr.want.partial = true
	res := tr.run()
	n := tr.posts(res.from, res.to)
	tr.expect(n == 0, "%d writes, want none: if_exists is skip", n)
	people := tr.start(command{args: tr.args("run")})
	tr.expect(mentions(people.out+people.err, "20", "differ") || mentions(people.out+people.err, "20", "changed"), "the run does not print that 20 rows changed:\n%s%s", people.out, tail(people.err))
	return "20 changed, 10 gone: 0 writes"
}

// damagedSource has a source that ends in the middle of a cell: the run must not treat it as complete.
func damagedSource(tr *trial) string {
	text := csvText(columns["customer"], tr.rows["customer"])
	half := strings.Repeat("x", 1<<16)
	damaged := text + "\"9999,never closed " + half + strings.Repeat("\nx,y,z,1", 200_000)
	tr.writeRows("customers.csv", damaged)
	tr.want.partial = true
	res := tr.run()
	tr.expect(res.exit == 4 && mentions(res.message(), "customers.csv"), "exit %d: %s", res.exit, res.message())
	first := res.json.Summary.Created
	tr.rows.write(tr.t, tr.dir)
	tr.want.partial = false
	tr.run()
	return fmt.Sprintf("exit 4 after %d rows, then whole", first)
}

// grownSource adds a row to the customers while they load. The run must not treat a source that changed as complete.
func grownSource(tr *trial) string {
	tr.want.partial = true
	list := tr.rows["customer"]
	rest := csvText(columns["customer"], list) + strings.Repeat(csvText(columns["customer"], list[:1])[len("id,name,email,score\n"):], 300_000) // more than kustsync reads ahead
	tr.writeRows("customers.csv", rest)
	res := tr.load(command{args: tr.args("run", "--json"), during: func(*exec.Cmd) {
		go func() {
			for tr.posts(0, math.MaxInt) < 20 && tr.t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			tr.writeRows("customers.csv", rest+"9999,Late,late@"+marker+".example,1\n")
		}()
	}})
	tr.expect(res.exit == 4 && mentions(res.message(), "customers.csv", "changed"), "exit %d: %s", res.exit, res.message())
	sum := res.json.Summary
	tr.rows.write(tr.t, tr.dir)
	tr.want.partial = false
	tr.run()
	return fmt.Sprintf("exit 4 after %d of %d rows that were read, then whole", sum.loaded(), sum.Rows)
}

// twoRuns starts a second run while the first waits for Kustomer: the second must find the lock held and send
// nothing. In every other round two runs start within 50 ms; then either may be first, and may have ended.
func twoRuns(tr *trial) string {
	rounds, held := 20, 0
	if suite == "short" {
		rounds = 8
	}
	for round := range rounds {
		before := tr.server.Arrived()
		firstWaits := round%2 == 0
		var codes [2]int
		if firstWaits {
			tr.server.HoldAll()
			release := sync.OnceFunc(func() { tr.server.ReleaseAll(tr.random) })
			late := time.AfterFunc(30*time.Second, release) // ends the round where the second run ignores the lock
			codes = tr.pair(func() { tr.awaitArrival(before) }, release)
			late.Stop()
		} else {
			gap := time.Duration(tr.random.IntN(50)) * time.Millisecond
			codes = tr.pair(func() { time.Sleep(gap) }, func() {})
		}
		identityRequests := 0
		for _, e := range tr.server.Events() {
			if e.Seq > before && strings.HasSuffix(e.Path, "/current") {
				identityRequests++
			}
		}
		locked := codes[0] == 5 && codes[1] == 0 || codes[1] == 5 && codes[0] == 0
		tr.expect(!locked || identityRequests == 1, "round %d: the run that found the lock held made a request (exits %v, %d requests for the identity of the key)", round, codes, identityRequests)
		tr.expect(locked || !firstWaits && codes[0] == 0 && codes[1] == 0, "round %d: exits %v", round, codes)
		if locked {
			held++
		}
		if tr.t.Failed() {
			return "a run loaded while another one held the lock"
		}
		if round%4 > 1 {
			_ = os.RemoveAll(tr.path(".kustsync"))
			tr.exports = nil
			tr.server.Forget()
		}
	}
	tr.run()
	return fmt.Sprintf("in %d of %d pairs one run found the lock held, ended with exit 5 and sent nothing", held, rounds)
}

// awaitArrival waits until more than that many requests have arrived.
func (tr *trial) awaitArrival(after int) {
	for tr.server.Arrived() <= after && tr.t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

// pair starts two runs, the second after wait returns, and returns their exit codes. over is called when the second
// has ended.
func (tr *trial) pair(wait, over func()) (codes [2]int) {
	path, err := productBinary()
	if err != nil {
		tr.t.Fatal(err)
	}
	var both sync.WaitGroup
	for i := range codes {
		both.Go(func() {
			if i == 1 {
				wait()
				defer over()
			}
			cmd := exec.CommandContext(tr.t.Context(), path, tr.args("run", "--json")...)
			cmd.Dir, cmd.Env = tr.dir, append(os.Environ(), "KUSTOMER_API_KEY="+tr.key)
			_, err := cmd.Output()
			codes[i], _ = exitOf(cmd, err)
		})
	}
	both.Wait()
	return codes
}
