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

// secrets are S1 to S3: the key and the values of rows.
var secrets = []scenario{
	{id: "S1", fault: "where the key may come from", fewer: true, do: keySources, size: size{5, 5, 5}},
	{id: "S2", fault: "the key in everything that is printed or stored", short: true, fewer: true, do: keyCanary, size: size{30, 30, 30}, rules: `
		echo method=POST attempt=1 share=20%
		status-after=502 method=POST attempt=1 share=15%
		unasked method=POST attempt=1 share=20%
		reset-after method=POST attempt=1 share=10%`},
}

// keySources tries keys in the wrong places.
func keySources(l *lab) string {
	text, err := os.ReadFile(l.path("pipeline.yaml"))
	if err != nil {
		l.t.Fatal(err)
	}
	pipeline := string(text)
	l.want.exits, l.want.partial = []int{0}, true
	literal := strings.Replace(pipeline, "${URL}\"", "${URL}\", api_key: \"literal-key-1234567890abcdef\"", 1)
	l.writePipeline(literal)
	res := l.start(command{args: l.args("run", "--json")})
	l.expect(res.exit == 2 && !strings.Contains(res.out+res.err, "literal-key-1234567890abcdef"), "a literal key: exit %d: %s", res.exit, res.out)
	l.writePipeline(pipeline)
	res = l.start(command{args: append(l.args("run", "--json"), "--var", "KUSTOMER_API_KEY=abc")})
	l.expect(res.exit == 2, "--var for the key: exit %d: %s", res.exit, res.message())
	res = l.start(command{args: append(l.args("run", "--json"), "--api-key", "abc")})
	l.expect(res.exit == 2, "a flag for the key: exit %d: %s", res.exit, res.message())
	file := l.path("key")
	l.writePipeline(strings.Replace(pipeline, "${URL}\"", "${URL}\", api_key_file: key", 1))
	for mode, want := range map[os.FileMode]int{0o644: 4, 0o640: 4, 0o600: 0} {
		if err := os.WriteFile(file, []byte(secret+"\n"), mode); err != nil {
			l.t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			l.t.Fatal(err)
		}
		res = l.start(command{args: l.args("run", "--json"), env: []string{"KUSTOMER_API_KEY="}})
		l.expect(res.exit == want, "a key file of mode %v: exit %d, want %d: %s", mode, res.exit, want, res.message())
	}
	l.writePipeline(pipeline)
	l.run()
	return "literal, --var, flag and open files refused"
}

// keyCanary runs at debug level in both formats of logs, against a server that repeats the key.
func keyCanary(l *lab) string {
	l.want.exits, l.want.partial = []int{0, 1}, true
	path, err := binary()
	if err != nil {
		l.t.Fatal(err)
	}
	seen := 0
	watch := func(cmd *exec.Cmd) {
		go func() {
			for range 50 {
				text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "cmdline"))
				if err == nil && strings.Contains(string(text), filepath.Base(path)) {
					seen++
					if strings.Contains(string(text), secret[:12]) {
						l.fail(5, "the key is in the arguments of the process")
					}
				}
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
	for _, format := range []string{"text", "json"} {
		l.load(command{args: l.args("run", "--json", "--log-format", format), during: watch})
		l.load(command{args: l.args("run", "--log-format", format)})
		l.start(command{args: l.args("status")})
		l.start(command{args: l.args("ledger", "--format", "csv")})
	}
	l.server.SetToken("another")
	res := l.load(command{args: l.args("run", "--json")})
	l.expect(res.exit == 4, "a key that is refused: exit %d", res.exit)
	l.server.SetToken(secret)
	res = l.run()
	return fmt.Sprintf("%d files and outputs searched for 7 forms of the key", l.countFiles())
}

// countFiles is how many files the scenario has left.
func (l *lab) countFiles() (n int) {
	_ = filepath.WalkDir(l.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	return n
}
