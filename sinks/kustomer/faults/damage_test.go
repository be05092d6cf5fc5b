package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// damages are F24 to F28: a ledger that is cut, damaged, lost, or of somebody else.
var damages = []scenario{
	{id: "F24", fault: "ledger cut", short: true, fewer: true, size: size{12, 12, 12}, do: cutLedger},
	{id: "F25", fault: "bits of the ledger flipped, zeros and garbage at its end", short: true, fewer: true, size: size{12, 12, 12}, do: flippedLedger},
	{id: "F26", fault: "ledger deleted after the first run", do: deletedLedger},
	{id: "F27", fault: "ledger of another org and of another pipeline", fewer: true, do: foreignLedger},
	{id: "F28", fault: "ledger of a newer version", fewer: true, do: newerLedger},
}

// ledgerPath is where the ledger of the scenario lies.
func (l *lab) ledgerPath() string {
	found, err := filepath.Glob(filepath.Join(l.state(), "*", "*", "ledger.db"))
	if err != nil || len(found) != 1 {
		l.t.Fatalf("ledgers: %v, %v", found, err)
	}
	return found[0]
}

// damage puts damaged ledgers in the place of a whole one, in turn. Each must be refused, with the
// advice to adopt and nothing sent; or do no harm.
func (l *lab) damage(tries int, change func(i int, whole []byte) []byte) string {
	l.run()
	path := l.ledgerPath()
	whole, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	refused := 0
	for i := 0; i < tries && !l.t.Failed(); i++ {
		l.putLedger(path, change(i, whole))
		before := l.server.Arrived()
		res := l.start(command{args: l.args("run", "--json")})
		l.results = l.results[:len(l.results)-1]
		sent := l.posts(before, l.server.Arrived())
		l.expect(sent == 0, "damage %d: %d writes were sent", i, sent)
		switch res.exit {
		case 0:
		case 4:
			refused++
			advised := slices.ContainsFunc([]string{"--adopt", "--state-dir", "newer", "that version"}, func(word string) bool {
				return mentions(res.hint()+res.message(), word) // a changed name may make it another pipeline's, a changed number another version's
			})
			l.expect(advised, "damage %d: no advice to adopt: %s; %s", i, res.message(), res.hint())
		default:
			l.expect(false, "damage %d: exit %d: %s\n%s", i, res.exit, res.message(), tail(res.err))
		}
	}
	l.putLedger(path, whole)
	return fmt.Sprintf("%d damages of %d bytes: %d refused, %d harmless, 0 writes", tries, len(whole), refused, tries-refused)
}

// putLedger writes a ledger, and removes what SQLite keeps beside it.
func (l *lab) putLedger(path string, text []byte) {
	for _, more := range []string{"-wal", "-shm", "-journal"} {
		_ = os.Remove(path + more)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func cutLedger(l *lab) string {
	n := 40
	return l.damage(n, func(i int, whole []byte) []byte {
		if i == 0 {
			return nil
		}
		return whole[:1+l.random.IntN(len(whole)-1)]
	})
}

func flippedLedger(l *lab) string {
	return l.damage(60, func(i int, whole []byte) []byte {
		damaged := append([]byte{}, whole...)
		switch i % 6 {
		case 0:
			tail := damaged[len(damaged)-1-l.random.IntN(len(damaged)/2):]
			clear(tail)
		case 1:
			for n := len(damaged) - 4096; n < len(damaged); n++ {
				damaged[n] = byte(l.random.IntN(256))
			}
		default:
			at := l.random.IntN(len(damaged))
			for i%2 == 0 && damaged[at] == 0 {
				at = l.random.IntN(len(damaged)) // half of them where something is written
			}
			damaged[at] ^= 1 << l.random.IntN(8)
		}
		return damaged
	})
}

// deletedLedger loses the ledger. Objects that Kustomer keeps unique cannot be doubled; before the
// others are, a look-up of some keys ends the run, and --adopt takes over what is there.
func deletedLedger(l *lab) string {
	l.until(l.patience())
	n := len(l.server.Commits())
	if err := os.RemoveAll(l.state()); err != nil {
		l.t.Fatal(err)
	}
	l.exports = nil
	time.Sleep(l.options.Lag) // what look-ups do not show yet, no client could miss
	if l.options.Blind {
		l.want.partial, l.want.noRerun = true, true
		return "look-ups find nothing: not played" // no client could know
	}
	res := l.run()
	l.expect(res.exit == 2 && mentions(res.hint(), "--adopt"), "exit %d: %s; %s", res.exit, res.message(), res.hint())
	l.expect(l.posts(res.from, res.to) == 0, "%d writes without a ledger", l.posts(res.from, res.to))
	res = l.run("--adopt")
	sum := res.said.Summary
	l.expect(sum.Existed == 300 && len(l.server.Commits()) == n, "adopted %d of 300, %d commits before and %d after", sum.Existed, n, len(l.server.Commits()))
	return fmt.Sprintf("exit 2 with advice, then %d adopted, 0 writes", sum.Existed)
}

func foreignLedger(l *lab) string {
	l.want.exits, l.want.partial = []int{4}, true
	l.run()
	path := l.ledgerPath()
	whole, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	l.server.SetOrg("65aa00000000000000000099")
	l.refused("another org")
	l.server.SetOrg("")
	other := filepath.Join(l.state(), "other", filepath.Base(filepath.Dir(path)), "ledger.db")
	if err := os.MkdirAll(filepath.Dir(other), 0o700); err != nil {
		l.t.Fatal(err)
	}
	l.putLedger(other, whole)
	text, err := os.ReadFile(l.path("pipeline.yaml"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.writePipeline("name: other\n" + string(text[:len("version: 1\n")]) + string(text[len("version: 1\nname: faults\n"):]))
	l.refused("another pipeline")
	return "both refused, 0 writes"
}

// refused runs and expects exit 4 with nothing sent.
func (l *lab) refused(why string) {
	l.t.Helper()
	res := l.start(command{args: l.args("run", "--json")})
	l.expect(res.exit == 4 && l.posts(res.from, res.to) == 0, "%s: exit %d, %d writes: %s", why, res.exit, l.posts(res.from, res.to), res.message())
}

// newerLedger raises the number by which SQLite files tell their user's version.
func newerLedger(l *lab) string {
	l.want.exits, l.want.partial = []int{4}, true
	l.run()
	path := l.ledgerPath()
	text, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	const userVersion = 60 // four bytes in the header of a SQLite file
	text[userVersion+2]++
	l.putLedger(path, text)
	l.refused("newer ledger")
	return "refused, 0 writes: " + firstWords(l.last().message(), 12)
}
