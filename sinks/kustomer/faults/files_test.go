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

// edits are F13 to F17: sources that change, and two runs at once.
var edits = []scenario{
	{id: "F13", fault: "two rows with one key, of the same and of other content", short: true, fewer: true, do: duplicateRows},
	{id: "F14", fault: "rows inserted on top, file sorted anew", do: insertedRows, fewer: true},
	{id: "F15", fault: "rows changed and taken out", do: changedRows, fewer: true},
	{id: "F16", fault: "the source is damaged while it is read", do: damagedSource, fewer: true, size: size{400, 100, 100}},
	{id: "F16", fault: "the source is added to while it is read", do: grownSource, fewer: true, size: size{100, 50, 50}, rules: "delay=5ms"},
	{id: "F17", fault: "two runs at once", short: true, fewer: true, do: twoRuns, config: map[string]string{"timeout": "30s"}},
}

// duplicateRows has six rows twice as they are and six twice with other content.
func duplicateRows(l *lab) string {
	list := l.rows["customer"]
	var lines []row
	for i, r := range list {
		lines = append(lines, r)
		switch {
		case i%16 == 3:
			lines = append(lines, r)
		case i%16 == 7:
			other := r
			other.cells = maps.Clone(r.cells)
			other.cells["name"] = "Other " + canary
			lines = append(lines, other)
		}
	}
	l.writeRows("customers.csv", csvText(columns["customer"], lines))
	l.rows["customer"] = list
	l.want.partial, l.want.exits = true, []int{1}
	sum := l.run().said.Summary.Steps["customer"]
	l.expect(sum.Rejected == 6 && sum.Unchanged == 6+1 && sum.Created == 100, "rejected %d, unchanged %d, created %d; want 6, 7, 100", sum.Rejected, sum.Unchanged, sum.Created)
	n := l.rejects(l.last(), "same key", "customers.csv")
	l.expect(n == 6, "%d rejects name the first row's place, want 6", n)
	return fmt.Sprintf("%d rejected naming the first row, %d unchanged", n, sum.Unchanged)
}

func (l *lab) writeRows(name, text string) {
	if err := os.WriteFile(l.path(name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// insertedRows puts 50 customers on top after the first run and turns the rest around.
func insertedRows(l *lab) string {
	l.run()
	old := l.rows["customer"]
	var list []row
	for i := range 50 {
		list = append(list, customerRow(1000+i))
	}
	for i := range old {
		list = append(list, old[len(old)-1-i])
	}
	l.rows["customer"] = list
	l.rows.write(l.t, l.dir)
	res := l.run()
	n := l.posts(res.from, res.to)
	l.expect(n == 50, "%d writes, want 50 for the new rows", n)
	return fmt.Sprintf("%d writes for 50 new rows of %d", n, len(list))
}

// changedRows changes 20 customers and takes 10 out.
func changedRows(l *lab) string {
	l.run()
	for i := range 20 {
		r := &l.rows["customer"][i]
		r.cells["name"] = "Changed " + canary
	}
	l.rows["customer"] = l.rows["customer"][:90]
	l.rows.write(l.t, l.dir)
	l.want.changed, l.want.partial = true, true
	res := l.run()
	n := l.posts(res.from, res.to)
	l.expect(n == 0, "%d writes, want none: if_exists is skip", n)
	people := l.start(command{args: l.args("run")})
	l.expect(mentions(people.out+people.err, "20", "differ") || mentions(people.out+people.err, "20", "changed"), "nothing says that 20 rows changed:\n%s%s", people.out, tail(people.err))
	return "20 changed, 10 gone: 0 writes"
}

// damagedSource has a source that breaks off in the middle of a cell: the run must not take it for whole.
func damagedSource(l *lab) string {
	text := csvText(columns["customer"], l.rows["customer"])
	half := strings.Repeat("x", 1<<16)
	bad := text + "\"9999,never closed " + half + strings.Repeat("\nx,y,z,1", 200_000)
	l.writeRows("customers.csv", bad)
	l.want.partial = true
	res := l.run()
	l.expect(res.exit == 4 && mentions(res.message(), "customers.csv"), "exit %d: %s", res.exit, res.message())
	first := res.said.Summary.Created
	l.rows.write(l.t, l.dir)
	l.want.partial = false
	l.run()
	return fmt.Sprintf("exit 4 after %d rows, then whole", first)
}

// grownSource adds a row to the customers while they load. The run must not take for whole what has changed
// under it.
func grownSource(l *lab) string {
	l.want.partial = true
	list := l.rows["customer"]
	rest := csvText(columns["customer"], list) + strings.Repeat(csvText(columns["customer"], list[:1])[len("id,name,email,score\n"):], 300_000) // more than is read ahead
	l.writeRows("customers.csv", rest)
	res := l.load(command{args: l.args("run", "--json"), during: func(*exec.Cmd) {
		go func() {
			for l.posts(0, math.MaxInt) < 20 && l.t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			l.writeRows("customers.csv", rest+"9999,Late,late@"+canary+".example,1\n")
		}()
	}})
	l.expect(res.exit == 4 && mentions(res.message(), "customers.csv", "changed"), "exit %d: %s", res.exit, res.message())
	sum := res.said.Summary
	l.rows.write(l.t, l.dir)
	l.want.partial = false
	l.run()
	return fmt.Sprintf("exit 4 after %d of %d rows that were read, then whole", sum.loaded(), sum.Rows)
}

// twoRuns starts a second run while the first waits for Kustomer: it must find the lock held and send
// nothing. Between these, two start within 50 ms, where either may be first, and be through.
func twoRuns(l *lab) string {
	rounds, held := 20, 0
	if lane == "short" {
		rounds = 8
	}
	for round := range rounds {
		before := l.server.Arrived()
		amid := round%2 == 0
		var codes [2]int
		if amid {
			l.server.HoldAll()
			release := sync.OnceFunc(func() { l.server.ReleaseAll(l.random) })
			late := time.AfterFunc(30*time.Second, release) // where the second run is let in
			codes = l.pair(func() { l.awaitArrival(before) }, release)
			late.Stop()
		} else {
			gap := time.Duration(l.random.IntN(50)) * time.Millisecond
			codes = l.pair(func() { time.Sleep(gap) }, func() {})
		}
		introductions := 0
		for _, e := range l.server.Events() {
			if e.Seq > before && strings.HasSuffix(e.Path, "/current") {
				introductions++
			}
		}
		locked := codes[0] == 5 && codes[1] == 0 || codes[1] == 5 && codes[0] == 0
		l.expect(!locked || introductions == 1, "round %d: the run that found the lock held made a request (exits %v, %d introductions)", round, codes, introductions)
		l.expect(locked || !amid && codes[0] == 0 && codes[1] == 0, "round %d: exits %v", round, codes)
		if locked {
			held++
		}
		if l.t.Failed() {
			return "a lock that was held kept nobody out"
		}
		if round%4 > 1 {
			_ = os.RemoveAll(l.path(".kustsync"))
			l.exports = nil
			l.server.Forget()
		}
	}
	l.run()
	return fmt.Sprintf("%d of %d pairs met, one of each exits 5 and sends nothing", held, rounds)
}

// awaitArrival waits for a request after a number of them.
func (l *lab) awaitArrival(after int) {
	for l.server.Arrived() <= after && l.t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

// pair runs two, the second after a wait, and returns their exit codes. over is called when the second has
// ended.
func (l *lab) pair(wait, over func()) (codes [2]int) {
	path, err := binary()
	if err != nil {
		l.t.Fatal(err)
	}
	var both sync.WaitGroup
	for i := range codes {
		both.Go(func() {
			if i == 1 {
				wait()
				defer over()
			}
			cmd := exec.CommandContext(l.t.Context(), path, l.args("run", "--json")...)
			cmd.Dir, cmd.Env = l.dir, append(os.Environ(), "KUSTOMER_API_KEY="+l.key)
			_, err := cmd.Output()
			codes[i], _ = exitOf(cmd, err)
		})
	}
	both.Wait()
	return codes
}
