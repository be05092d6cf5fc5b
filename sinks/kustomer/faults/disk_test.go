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
	{id: "F19", fault: "ENOSPC at the n-th write of the ledger, once and for good", oneReading: true, do: failedCalls("pwrite64", "ENOSPC", 12), size: size{30, 30, 30}},
	{id: "F19", fault: "EIO at the n-th write of the ledger", oneReading: true, do: failedCalls("pwrite64", "EIO", 8), size: size{30, 30, 30}},
	{id: "F20", fault: "EIO at the n-th sync", oneReading: true, do: failedCalls("fsync,fdatasync", "EIO", 12), size: size{30, 30, 30}},
	{id: "F21", fault: "EFBIG: files of 4, 32, 64 and 128 KiB at most", oneReading: true, do: smallFiles, size: size{200, 200, 200}},
	{id: "F21", fault: "EINTR at the n-th write and sync of the ledger", oneReading: true, do: interruptedCalls, size: size{30, 30, 30}},
	{id: "F22", fault: "folder and ledger that cannot be written", oneReading: true, do: readOnly, size: size{10, 10, 10}},
	{id: "F23", fault: "state folder full, rejects full", oneReading: true, do: fullDisk, size: size{400, 400, 400}},
}

// failedCalls makes the n-th system call fail, for growing n, either once or always from then on. The run must stop,
// and the next one go on.
func failedCalls(calls, errno string, points int) func(*trial) string {
	return func(tr *trial) string {
		needStrace(tr.t)
		stopped := 0
		for i := range points {
			when := fmt.Sprint(1 + i + tr.random.IntN(3))
			if i%3 == 2 {
				when += "+"
			}
			inject := fmt.Sprintf("inject=%s:error=%s:when=%s", calls, errno, when)
			res := tr.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", inject}, args: tr.args("run", "--json")})
			tr.expect(res.exit == 4 || res.exit == 0, "%s at %s: exit %d: %s\n%s", errno, when, res.exit, res.message(), tail(res.err))
			if res.exit == 4 {
				stopped++
				tr.expect(res.message() != "" && !strings.Contains(res.err, "goroutine "), "%s at %s: %q", errno, when, tail(res.err))
			}
			if i%4 == 3 {
				tr.run()
				tr.startAnew()
			}
		}
		tr.run()
		return fmt.Sprintf("%d of %d failures stopped a run with exit 4, all resumed", stopped, points)
	}
}

// interruptedCalls makes system calls fail with EINTR: kustsync does them again, or treats them as failures.
func interruptedCalls(tr *trial) string {
	needStrace(tr.t)
	for _, calls := range []string{"pwrite64", "fsync,fdatasync"} {
		inject := fmt.Sprintf("inject=%s:error=EINTR:when=%d+%d", calls, 1+tr.random.IntN(4), 2+tr.random.IntN(3))
		res := tr.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", inject}, args: tr.args("run", "--json")})
		tr.expect(res.exit == 0 || res.exit == 4, "%s: exit %d: %s", inject, res.exit, res.message())
		tr.run()
		tr.startAnew()
	}
	tr.run()
	return fmt.Sprintf("runs ended with %d and %d, both whole", tr.results[0].exit, tr.results[2].exit)
}

// smallFiles limits the size of files.
func smallFiles(tr *trial) string {
	var exits []string
	for _, blocks := range []int{8, 64, 128, 256} { // of 512 bytes
		res := tr.load(command{wrap: []string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, blocks), "sh"}, args: tr.args("run", "--json")})
		exits = append(exits, fmt.Sprint(res.exit))
		tr.expect(res.exit == 4 || res.exit == 0, "files of %d KiB: exit %d: %s\n%s", blocks/2, res.exit, res.message(), tail(res.err))
	}
	tr.run()
	return "exits " + strings.Join(exits, " ") + ", then whole"
}

// readOnly runs as a user who may not write.
func readOnly(tr *trial) string {
	nobody := tr.asNobody()
	tr.want.partial = true
	refuse := func(what string) {
		tr.t.Helper()
		res := tr.start(command{args: tr.args("run", "--json"), prepare: nobody})
		tr.expect(res.exit == 4, "%s: exit %d: %s", what, res.exit, res.message())
		tr.expect(tr.posts(res.from, res.to) == 0, "%s: %d writes were sent, want none", what, tr.posts(res.from, res.to))
	}
	tr.readOnlyDisk()
	if err := os.Mkdir(tr.state(), 0o500); err != nil {
		tr.t.Fatal(err)
	}
	tr.own()
	refuse("a state folder that may not be written")
	tr.chmod(tr.state(), 0o700)
	res := tr.start(command{args: tr.args("run", "--json"), prepare: nobody})
	tr.expect(res.exit == 0, "once it may: exit %d: %s", res.exit, res.message())
	path := tr.ledgerPath()
	if nobody != nil {
		tr.chown(path, 0)
		refuse("a ledger that is somebody else's")
		tr.chown(path, nobodyID)
	}
	tr.chmod(filepath.Dir(path), 0o500)
	refuse("a folder of the ledger that may not be written")
	tr.chmod(filepath.Dir(path), 0o700)
	res = tr.start(command{args: tr.args("run", "--json"), prepare: nobody})
	tr.expect(res.exit == 0 && tr.posts(res.from, res.to) == 0, "in the end: exit %d: %s", res.exit, res.message())
	tr.want.noRerun = true
	tr.exports = append(tr.exports, tr.readLedger())
	return "4 times refused before any write, then whole"
}

// readOnlyDisk has a state folder on a read-only disk.
func (tr *trial) readOnlyDisk() {
	state := tr.path("disk")
	grow := tr.mount(state, "8m,ro")
	args := tr.args("run", "--json", "--state-dir", state)
	res := tr.start(command{args: args})
	tr.expect(res.exit == 4 && tr.posts(res.from, res.to) == 0, "a disk that is read-only: exit %d, %d writes: %s", res.exit, tr.posts(res.from, res.to), res.message())
	grow("8m,rw")
}

func (tr *trial) chmod(path string, mode os.FileMode) {
	if err := os.Chmod(path, mode); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *trial) chown(path string, user int) {
	if err := os.Chown(path, user, user); err != nil {
		tr.t.Fatal(err)
	}
}

// nobodyID is the id of a user who owns no files.
const nobodyID = 65534

// asNobody returns a function that makes a child run as a user without rights. It is nil when the test does not run as
// root.
func (tr *trial) asNobody() func(*exec.Cmd) {
	if os.Geteuid() != 0 {
		return nil
	}
	path, err := productBinary()
	if err != nil {
		tr.t.Fatal(err)
	}
	for dir := filepath.Dir(path); dir != "/" && dir != "/tmp"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
			tr.chmod(dir, info.Mode().Perm()|0o011)
		}
	}
	return func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	}
}

// own makes the user without rights the owner of the scenario's files.
func (tr *trial) own() {
	if os.Geteuid() != 0 {
		return
	}
	err := filepath.WalkDir(tr.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobodyID, nobodyID)
	})
	if err != nil {
		tr.t.Fatal(err)
	}
}

// fullDisk has a state folder on a disk that fills up, and then a folder of rejects on one.
func fullDisk(tr *trial) string {
	grow := tr.mount(tr.state(), "500k")
	res := tr.run()
	first := res.json.Summary.loaded()
	tr.expect(res.exit == 4, "with 500 KiB of disk: exit %d: %s", res.exit, res.message())
	grow("64m")
	tr.run()
	for i := range tr.rows["customer"] {
		r := &tr.rows["customer"][i]
		r.cells["email"] = "no address at all " + strings.Repeat("x", 300)
	}
	keys := csvText(columns["customer"], newKeys(tr.rows["customer"]))
	tr.writeRows("customers.csv", keys)
	tr.want.partial, tr.want.noRerun = true, true
	runs := filepath.Join(filepath.Dir(tr.ledgerPath()), "runs")
	tr.mount(runs, "32k")
	res = tr.run()
	tr.expect(res.exit == 4 && mentions(res.message()+res.hint(), "room"), "rejects on a full disk: exit %d: %s; %s", res.exit, res.message(), res.hint())
	tr.rows = makeRows(tr.s.rows())
	tr.rows.write(tr.t, tr.dir)
	tr.unmount(runs)
	res = tr.run()
	return fmt.Sprintf("%d rows, then no room: exit 4; resumed; full rejects: exit 4; then %d rows", first, res.json.Summary.loaded())
}

// newKeys returns the same rows with other ids.
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

// mount mounts a small disk in memory at a folder, and returns a function that makes it larger.
func (tr *trial) mount(dir, size string) (grow func(size string)) {
	tr.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tr.t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		tr.t.Skipf("needs the right to mount a disk: %v %s", err, out)
	}
	tr.t.Cleanup(func() { tr.unmount(dir) })
	return func(size string) {
		if out, err := exec.Command("mount", "-o", "remount,size="+size, dir).CombinedOutput(); err != nil {
			tr.t.Fatalf("%v %s", err, out)
		}
	}
}

func (tr *trial) unmount(dir string) { _ = exec.Command("umount", "-l", dir).Run() }
