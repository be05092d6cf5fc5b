package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// disks are F19 to F23: disks that fail, fill up or cannot be written.
var disks = []scenario{
	{id: "F19", fault: "ENOSPC at the n-th write of the ledger, once and for good", fewer: true, do: failedCalls("pwrite64", "ENOSPC", 12), size: size{30, 30, 30}},
	{id: "F19", fault: "EIO at the n-th write of the ledger", fewer: true, do: failedCalls("pwrite64", "EIO", 8), size: size{30, 30, 30}},
	{id: "F20", fault: "EIO at the n-th sync", fewer: true, do: failedCalls("fsync,fdatasync", "EIO", 12), size: size{30, 30, 30}},
	{id: "F21", fault: "EFBIG: files of 4, 32, 64 and 128 KiB at most", fewer: true, do: smallFiles, size: size{200, 200, 200}},
	{id: "F21", fault: "EINTR at the n-th write and sync of the ledger", fewer: true, do: interruptedCalls, size: size{30, 30, 30}},
	{id: "F22", fault: "folder and ledger that cannot be written", fewer: true, do: readOnly, size: size{10, 10, 10}},
	{id: "F23", fault: "state folder full, rejects full", fewer: true, do: fullDisk, size: size{400, 400, 400}},
}

// failedCalls lets the n-th call fail, for growing n, once and from then on. The run must stop, and the
// next one go on.
func failedCalls(calls, errno string, points int) func(*lab) string {
	return func(l *lab) string {
		needStrace(l.t)
		stopped := 0
		for i := range points {
			when := fmt.Sprint(1 + i + l.random.IntN(3))
			if i%3 == 2 {
				when += "+"
			}
			inject := fmt.Sprintf("inject=%s:error=%s:when=%s", calls, errno, when)
			res := l.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", inject}, args: l.args("run", "--json")})
			l.expect(res.exit == 4 || res.exit == 0, "%s at %s: exit %d: %s\n%s", errno, when, res.exit, res.message(), tail(res.err))
			if res.exit == 4 {
				stopped++
				l.expect(res.message() != "" && !strings.Contains(res.err, "goroutine "), "%s at %s: %q", errno, when, tail(res.err))
			}
			if i%4 == 3 {
				l.run()
				l.startAnew()
			}
		}
		l.run()
		return fmt.Sprintf("%d of %d failures stopped a run with exit 4, all resumed", stopped, points)
	}
}

// interruptedCalls interrupts calls: they are done again, or taken for failures.
func interruptedCalls(l *lab) string {
	needStrace(l.t)
	for _, calls := range []string{"pwrite64", "fsync,fdatasync"} {
		inject := fmt.Sprintf("inject=%s:error=EINTR:when=%d+%d", calls, 1+l.random.IntN(4), 2+l.random.IntN(3))
		res := l.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", inject}, args: l.args("run", "--json")})
		l.expect(res.exit == 0 || res.exit == 4, "%s: exit %d: %s", inject, res.exit, res.message())
		l.run()
		l.startAnew()
	}
	l.run()
	return fmt.Sprintf("runs ended with %d and %d, both whole", l.results[0].exit, l.results[2].exit)
}

// smallFiles limits the size of files.
func smallFiles(l *lab) string {
	var exits []string
	for _, blocks := range []int{8, 64, 128, 256} { // of 512 bytes
		res := l.load(command{wrap: []string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, blocks), "sh"}, args: l.args("run", "--json")})
		exits = append(exits, fmt.Sprint(res.exit))
		l.expect(res.exit == 4 || res.exit == 0, "files of %d KiB: exit %d: %s\n%s", blocks/2, res.exit, res.message(), tail(res.err))
	}
	l.run()
	return "exits " + strings.Join(exits, " ") + ", then whole"
}

// readOnly plays a user who may not write.
func readOnly(l *lab) string {
	nobody := l.asNobody()
	l.want.partial = true
	refuse := func(what string) {
		l.t.Helper()
		res := l.start(command{args: l.args("run", "--json"), prepare: nobody})
		l.expect(res.exit == 4, "%s: exit %d: %s", what, res.exit, res.message())
		l.expect(l.posts(res.from, res.to) == 0, "%s: %d writes", what, l.posts(res.from, res.to))
	}
	l.readOnlyDisk()
	if err := os.Mkdir(l.state(), 0o500); err != nil {
		l.t.Fatal(err)
	}
	l.own()
	refuse("a state folder that may not be written")
	l.chmod(l.state(), 0o700)
	res := l.start(command{args: l.args("run", "--json"), prepare: nobody})
	l.expect(res.exit == 0, "once it may: exit %d: %s", res.exit, res.message())
	path := l.ledgerPath()
	if nobody != nil {
		l.chown(path, 0)
		refuse("a ledger that is somebody else's")
		l.chown(path, nobodyID)
	}
	l.chmod(filepath.Dir(path), 0o500)
	refuse("a folder of the ledger that may not be written")
	l.chmod(filepath.Dir(path), 0o700)
	res = l.start(command{args: l.args("run", "--json"), prepare: nobody})
	l.expect(res.exit == 0 && l.posts(res.from, res.to) == 0, "in the end: exit %d: %s", res.exit, res.message())
	l.want.noRerun = true
	l.exports = append(l.exports, l.readLedger())
	return "4 times refused before any write, then whole"
}

// readOnlyDisk has a state folder on a disk that nobody may write.
func (l *lab) readOnlyDisk() {
	state := l.path("disk")
	grow := l.mount(state, "8m,ro")
	args := l.args("run", "--json", "--state-dir", state)
	res := l.start(command{args: args})
	l.expect(res.exit == 4 && l.posts(res.from, res.to) == 0, "a disk that is read-only: exit %d, %d writes: %s", res.exit, l.posts(res.from, res.to), res.message())
	grow("8m,rw")
}

func (l *lab) chmod(path string, mode os.FileMode) {
	if err := os.Chmod(path, mode); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) chown(path string, user int) {
	if err := os.Chown(path, user, user); err != nil {
		l.t.Fatal(err)
	}
}

// nobodyID is a user who owns nothing.
const nobodyID = 65534

// asNobody returns what makes a child run as somebody without rights. Where we are no root ourselves,
// nothing is needed.
func (l *lab) asNobody() func(*exec.Cmd) {
	if os.Geteuid() != 0 {
		return nil
	}
	path, err := binary()
	if err != nil {
		l.t.Fatal(err)
	}
	for dir := filepath.Dir(path); dir != "/" && dir != "/tmp"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
			l.chmod(dir, info.Mode().Perm()|0o011)
		}
	}
	return func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	}
}

// own gives the scenario's files to the user without rights.
func (l *lab) own() {
	if os.Geteuid() != 0 {
		return
	}
	err := filepath.WalkDir(l.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobodyID, nobodyID)
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// fullDisk lets the state folder fill up, and then the folder of the rejects.
func fullDisk(l *lab) string {
	grow := l.mount(l.state(), "500k")
	res := l.run()
	first := res.said.Summary.loaded()
	l.expect(res.exit == 4, "with 500 KiB of disk: exit %d: %s", res.exit, res.message())
	grow("64m")
	l.run()
	for i := range l.rows["customer"] {
		r := &l.rows["customer"][i]
		r.cells["email"] = "no address at all " + strings.Repeat("x", 300)
	}
	keys := csvText(columns["customer"], newKeys(l.rows["customer"]))
	l.writeRows("customers.csv", keys)
	l.want.partial, l.want.noRerun = true, true
	runs := filepath.Join(filepath.Dir(l.ledgerPath()), "runs")
	l.mount(runs, "32k")
	res = l.run()
	l.expect(res.exit == 4 && mentions(res.message()+res.hint(), "room"), "rejects on a full disk: exit %d: %s; %s", res.exit, res.message(), res.hint())
	l.rows = makeRows(l.s.rows())
	l.rows.write(l.t, l.dir)
	l.unmount(runs)
	res = l.run()
	return fmt.Sprintf("%d rows, then no room: exit 4; resumed; full rejects: exit 4; then %d rows", first, res.said.Summary.loaded())
}

// newKeys are the same rows under other ids.
func newKeys(list []row) []row {
	var others []row
	for _, r := range list {
		cells := map[string]string{}
		for name, value := range r.cells {
			cells[name] = value
		}
		cells["id"] = "new-" + cells["id"]
		others = append(others, row{key: r.key, cells: cells})
	}
	return others
}

// mount puts a small disk in memory at a folder, and returns what makes it larger.
func (l *lab) mount(dir, size string) (grow func(size string)) {
	l.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		l.t.Skipf("needs the right to mount a disk: %v %s", err, out)
	}
	l.t.Cleanup(func() { l.unmount(dir) })
	return func(size string) {
		if out, err := exec.Command("mount", "-o", "remount,size="+size, dir).CombinedOutput(); err != nil {
			l.t.Fatalf("%v %s", err, out)
		}
	}
}

func (l *lab) unmount(dir string) { _ = exec.Command("umount", "-l", dir).Run() }
