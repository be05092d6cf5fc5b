package ledger

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The tests start their own binary as other processes; roleVar says what such a process does.
const (
	roleVar   = "KUSTSYNC_LEDGER_TEST_ROLE"
	ledgerVar = "KUSTSYNC_LEDGER_TEST_PATH"
	roundVar  = "KUSTSYNC_LEDGER_TEST_ROUND"
)

func TestMain(m *testing.M) {
	roles := map[string]func(path string) error{"load": loadUntilKilled, "lock": lockUntilKilled, "open": openOld}
	if role, ok := roles[os.Getenv(roleVar)]; ok {
		if err := role(os.Getenv(ledgerVar)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// openOld opens a ledger, which brings an old one up to date.
func openOld(path string) error {
	fmt.Println("opening")
	bound := binding
	bound.Unowned = []string{"change"}
	l, err := Open(path, bound)
	if err != nil {
		return err
	}
	fmt.Println("opened")
	return l.Close()
}

// child is another process in a role, and its output, line by line.
type child struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startChild(t *testing.T, role, path string, round int) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"="+role, ledgerVar+"="+path, fmt.Sprint(roundVar, "=", round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &child{cmd, bufio.NewScanner(out)}
}

// kill ends the child with SIGKILL and returns the output that was not read yet.
func (c *child) kill() (rest []string) {
	_ = c.cmd.Process.Kill()
	for c.out.Scan() {
		rest = append(rest, c.out.Text())
	}
	_ = c.cmd.Wait()
	return rest
}

// loadUntilKilled begins, settles and withdraws rows, and prints each change as soon as it is durable.
func loadUntilKilled(path string) error {
	l, err := Open(path, binding)
	if err != nil {
		return err
	}
	ctx := context.Background()
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", os.Getenv(roundVar), w, i)
				if l.Begin(ctx, intent(key, 1)) != nil {
					return
				}
				fmt.Printf("begun %s\n", key)
				switch i % 7 {
				case 0: // stays in doubt
				case 1:
					fmt.Printf("withdrawing %s\n", key)
					if l.Withdraw(ctx, "customer", key) != nil {
						return
					}
					fmt.Printf("withdrawn %s\n", key)
				default:
					if l.Settle(created(key, "id-"+key)) != nil {
						return
					}
					fmt.Printf("settled %s\n", key)
				}
			}
		})
	}
	wg.Wait()
	return l.Close()
}

// said is what a child printed about one key, in order.
type said map[string]string

func (s said) note(line string) {
	word, key, _ := strings.Cut(line, " ")
	s[key] = word
}

// TestKilledAtAnyTime: whatever was durable when the process was killed is in the ledger afterwards.
func TestKilledAtAnyTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	promised := said{}
	for round := range 6 {
		c := startChild(t, "load", path, round)
		for range 1 + rand.IntN(3000) {
			if !c.out.Scan() {
				t.Fatal("the child ended by itself")
			}
			promised.note(c.out.Text())
		}
		for _, line := range c.kill() {
			promised.note(line)
		}
		reader, err := OpenReadOnly(path, binding) // takes the log in without the writer
		if err != nil {
			t.Fatal(err)
		}
		checkPromises(t, reader, promised)
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
		l := open1(t, path)
		checkPromises(t, l.Reader, promised)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func checkPromises(t *testing.T, r *Reader, promised said) {
	t.Helper()
	for key, word := range promised {
		e, found, err := r.Get(t.Context(), "customer", key)
		if err != nil {
			t.Fatal(err)
		}
		_, inDoubt := r.Begun("customer", key)
		good := map[string]bool{
			"begun":       inDoubt != found, // settled, perhaps, before it could say so
			"withdrawing": !found,
			"withdrawn":   !found && !inDoubt,
			"settled":     found && !inDoubt && e.KustomerID == "id-"+key,
		}
		if !good[word] {
			t.Fatalf("%s was %s; the ledger has an entry: %v, a doubt: %v", key, word, found, inDoubt)
		}
	}
}
