package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// secrets are S1 and S2: where the key comes from, and that it is printed nowhere.
var secrets = []scenario{
	{id: "S1", fault: "where the key may come from", oneReading: true, do: keySources, size: size{5, 5, 5}},
	{id: "S2", fault: "the key in everything that is printed or stored", short: true, oneReading: true, do: keyLeaks, size: size{30, 30, 30}, rules: `
		echo method=POST attempt=1 share=20%
		status-after=502 method=POST attempt=1 share=15%
		unasked method=POST attempt=1 share=20%
		reset-after method=POST attempt=1 share=10%`},
}

// keySources gives the key in places where it must be refused.
func keySources(tr *trial) string {
	text, err := os.ReadFile(tr.path("pipeline.yaml"))
	if err != nil {
		tr.t.Fatal(err)
	}
	pipeline := string(text)
	tr.want.exits, tr.want.partial = []int{0}, true
	literal := strings.Replace(pipeline, "${URL}\"", "${URL}\", api_key: \"literal-key-1234567890abcdef\"", 1)
	tr.writePipeline(literal)
	res := tr.start(command{args: tr.args("run", "--json")})
	tr.expect(res.exit == 2 && !strings.Contains(res.out+res.err, "literal-key-1234567890abcdef"), "a literal key: exit %d: %s", res.exit, res.out)
	tr.writePipeline(pipeline)
	res = tr.start(command{args: append(tr.args("run", "--json"), "--var", "KUSTOMER_API_KEY=abc")})
	tr.expect(res.exit == 2, "--var for the key: exit %d: %s", res.exit, res.message())
	res = tr.start(command{args: append(tr.args("run", "--json"), "--api-key", "abc")})
	tr.expect(res.exit == 2, "a flag for the key: exit %d: %s", res.exit, res.message())
	file := tr.path("key")
	tr.writePipeline(strings.Replace(pipeline, "${URL}\"", "${URL}\", api_key_file: key", 1))
	for mode, want := range map[os.FileMode]int{0o644: 4, 0o640: 4, 0o600: 0} {
		if err := os.WriteFile(file, []byte(secret+"\n"), mode); err != nil {
			tr.t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			tr.t.Fatal(err)
		}
		res = tr.start(command{args: tr.args("run", "--json"), env: []string{"KUSTOMER_API_KEY="}})
		tr.expect(res.exit == want, "a key file of mode %v: exit %d, want %d: %s", mode, res.exit, want, res.message())
	}
	tr.writePipeline(pipeline)
	tr.run()
	return "literal, --var, flag and open files refused"
}

// keyLeaks runs at debug level with both log formats, against a server that repeats the key.
func keyLeaks(tr *trial) string {
	tr.want.exits, tr.want.partial = []int{0, 1}, true
	path, err := productBinary()
	if err != nil {
		tr.t.Fatal(err)
	}
	seen := 0
	watch := func(cmd *exec.Cmd) {
		go func() {
			for range 50 {
				text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "cmdline"))
				if err == nil && strings.Contains(string(text), filepath.Base(path)) {
					seen++
					if strings.Contains(string(text), secret[:12]) {
						tr.fail(5, "the key is in the arguments of the process")
					}
				}
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
	for _, format := range []string{"text", "json"} {
		tr.load(command{args: tr.args("run", "--json", "--log-format", format), during: watch})
		tr.load(command{args: tr.args("run", "--log-format", format)})
		tr.start(command{args: tr.args("status")})
		tr.start(command{args: tr.args("ledger", "--format", "csv")})
	}
	tr.server.SetToken("another")
	res := tr.load(command{args: tr.args("run", "--json")})
	tr.expect(res.exit == 4, "a key that is refused: exit %d", res.exit)
	tr.server.SetToken(secret)
	res = tr.run()
	return fmt.Sprintf("%d files and outputs searched for 7 forms of the key", tr.countFiles())
}

// countFiles is how many files the scenario has left.
func (tr *trial) countFiles() (n int) {
	_ = filepath.WalkDir(tr.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	return n
}
