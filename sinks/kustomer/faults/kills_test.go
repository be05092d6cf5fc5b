package faults

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// kills are F29 to F31: runs that end before their time.
var kills = []scenario{
	{id: "F30", fault: "SIGKILL at random, among lost answers", short: true, do: randomKills, size: size{150, 150, 150}, rules: `
		reset-before method=POST attempt=1 share=3%
		reset-after method=POST attempt=1 share=4%
		status-after=503 method=POST attempt=1 share=4%
		hang-after method=POST attempt=1 share=2%
		late=500ms method=POST attempt=1 share=2%`, config: map[string]string{"timeout": "700ms"}},
}

// randomKills kills run after run, and then lets one end.
func randomKills(l *lab) string {
	kills := 25
	if lane == "short" {
		kills = 6
	}
	for range kills {
		wait := time.Duration(20+l.random.IntN(800)) * time.Millisecond
		res := l.killed(syscall.SIGKILL, wait)
		if res.exit == 0 && !l.options.Blind {
			break
		}
	}
	res := l.until(4)
	return fmt.Sprintf("%d kills, %s", l.tally.kills, l.figure(res))
}

// killed runs, and sends a signal after a while.
func (l *lab) killed(s syscall.Signal, wait time.Duration) result {
	return l.load(command{args: l.args("run", "--json"), during: func(cmd *exec.Cmd) {
		go func() {
			time.Sleep(wait)
			_ = cmd.Process.Signal(s) // it may have ended
		}()
	}})
}
