package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// damages are F24 to F28: a ledger that is truncated, damaged, deleted, or another org's.
var damages = []scenario{
	{id: "F24", fault: "ledger cut", short: true, oneReading: true, size: size{12, 12, 12}, do: cutLedger},
	{id: "F25", fault: "bits of the ledger flipped, zeros and garbage at its end", short: true, oneReading: true, size: size{12, 12, 12}, do: flippedLedger},
	{id: "F26", fault: "ledger deleted after the first run", do: deletedLedger},
	{id: "F27", fault: "ledger of another org and of another pipeline", oneReading: true, do: foreignLedger},
	{id: "F28", fault: "ledger of a newer version", oneReading: true, do: newerLedger},
}

// ledgerPath is the path of the scenario's ledger.
func (tr *trial) ledgerPath() string {
	found, err := filepath.Glob(filepath.Join(tr.state(), "*", "*", "ledger.db"))
	if err != nil || len(found) != 1 {
		tr.t.Fatalf("ledgers: %v, %v", found, err)
	}
	return found[0]
}

// damage replaces the ledger by damaged ones, one after another. Each must be refused, with the advice to adopt and
// nothing sent, or do no harm.
func (tr *trial) damage(tries int, change func(i int, whole []byte) []byte) string {
	tr.run()
	path := tr.ledgerPath()
	whole, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	refused := 0
	for i := 0; i < tries && !tr.t.Failed(); i++ {
		tr.putLedger(path, change(i, whole))
		before := tr.server.Arrived()
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.results = tr.results[:len(tr.results)-1]
		sent := tr.posts(before, tr.server.Arrived())
		tr.expect(sent == 0, "damage %d: %d writes were sent, want none", i, sent)
		switch res.exit {
		case 0:
		case 4:
			refused++
			advised := slices.ContainsFunc([]string{"--adopt", "--state-dir", "newer", "that version"}, func(word string) bool {
				return mentions(res.hint()+res.message(), word) // a changed name may make it another pipeline's, a changed number another version's
			})
			tr.expect(advised, "damage %d: no advice to adopt: %s; %s", i, res.message(), res.hint())
		default:
			tr.expect(false, "damage %d: exit %d: %s\n%s", i, res.exit, res.message(), tail(res.err))
		}
	}
	tr.putLedger(path, whole)
	return fmt.Sprintf("%d damages of %d bytes: %d refused, %d harmless, 0 writes", tries, len(whole), refused, tries-refused)
}

// putLedger writes a ledger, and removes what SQLite keeps beside it.
func (tr *trial) putLedger(path string, text []byte) {
	for _, more := range []string{"-wal", "-shm", "-journal"} {
		_ = os.Remove(path + more)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

// cutLedger truncates the ledger at random places, and empties it once.
func cutLedger(tr *trial) string {
	n := 40
	return tr.damage(n, func(i int, whole []byte) []byte {
		if i == 0 {
			return nil
		}
		return whole[:1+tr.random.IntN(len(whole)-1)]
	})
}

// flippedLedger flips single bits of the ledger, or overwrites its end with zeros or random bytes.
func flippedLedger(tr *trial) string {
	return tr.damage(60, func(i int, whole []byte) []byte {
		damaged := append([]byte{}, whole...)
		switch i % 6 {
		case 0:
			tail := damaged[len(damaged)-1-tr.random.IntN(len(damaged)/2):]
			clear(tail)
		case 1:
			for n := len(damaged) - 4096; n < len(damaged); n++ {
				damaged[n] = byte(tr.random.IntN(256))
			}
		default:
			at := tr.random.IntN(len(damaged))
			for i%2 == 0 && damaged[at] == 0 {
				at = tr.random.IntN(len(damaged)) // every second one at a byte that is not zero
			}
			damaged[at] ^= 1 << tr.random.IntN(8)
		}
		return damaged
	})
}

// deletedLedger deletes the ledger. Objects that Kustomer keeps unique cannot be created twice; before others
// are, a look-up of some keys ends the run, and --adopt takes over what is there.
func deletedLedger(tr *trial) string {
	tr.until(tr.patience())
	n := len(tr.server.Commits())
	if err := os.RemoveAll(tr.state()); err != nil {
		tr.t.Fatal(err)
	}
	tr.exports = nil
	time.Sleep(tr.options.Lag) // no client can find what look-ups do not show yet
	if tr.options.Blind {
		tr.want.partial, tr.want.noRerun = true, true
		return "look-ups find nothing: not played" // no client could notice
	}
	res := tr.run()
	tr.expect(res.exit == 2 && mentions(res.hint(), "--adopt"), "exit %d: %s; %s", res.exit, res.message(), res.hint())
	tr.expect(tr.posts(res.from, res.to) == 0, "%d writes without a ledger", tr.posts(res.from, res.to))
	res = tr.run("--adopt")
	sum := res.json.Summary
	tr.expect(sum.Existed == 300 && len(tr.server.Commits()) == n, "adopted %d of 300, %d commits before and %d after", sum.Existed, n, len(tr.server.Commits()))
	return fmt.Sprintf("exit 2 with advice, then %d adopted, 0 writes", sum.Existed)
}

// foreignLedger checks that the ledger of another org or of another pipeline is refused.
func foreignLedger(tr *trial) string {
	tr.want.exits, tr.want.partial = []int{4}, true
	tr.run()
	path := tr.ledgerPath()
	whole, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.server.SetOrg("65aa00000000000000000099")
	tr.refused("another org")
	tr.server.SetOrg("")
	other := filepath.Join(tr.state(), "other", filepath.Base(filepath.Dir(path)), "ledger.db")
	if err := os.MkdirAll(filepath.Dir(other), 0o700); err != nil {
		tr.t.Fatal(err)
	}
	tr.putLedger(other, whole)
	text, err := os.ReadFile(tr.path("pipeline.yaml"))
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.writePipeline("name: other\n" + string(text[:len("version: 1\n")]) + string(text[len("version: 1\nname: faults\n"):]))
	tr.refused("another pipeline")
	return "both refused, 0 writes"
}

// refused runs and expects exit 4 with nothing sent.
func (tr *trial) refused(why string) {
	tr.t.Helper()
	res := tr.start(command{args: tr.args("run", "--json")})
	tr.expect(res.exit == 4 && tr.posts(res.from, res.to) == 0, "%s: exit %d, %d writes: %s", why, res.exit, tr.posts(res.from, res.to), res.message())
}

// newerLedger raises user_version in the header of the SQLite file.
func newerLedger(tr *trial) string {
	tr.want.exits, tr.want.partial = []int{4}, true
	tr.run()
	path := tr.ledgerPath()
	text, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	const userVersion = 60 // four bytes in the header of a SQLite file
	text[userVersion+2]++
	tr.putLedger(path, text)
	tr.refused("newer ledger")
	return "refused, 0 writes: " + firstWords(tr.last().message(), 12)
}
