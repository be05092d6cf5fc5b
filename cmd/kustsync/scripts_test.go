package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

const scriptsDir = "../../testdata/scripts"

// TestScripts runs the sessions of testdata/scripts. $SANDBOX is the address of a sandbox of their own, and $PORT a port at
// which a session may serve another one.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 scriptsDir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			box, err := sandbox.New(sandbox.Options{})
			if err != nil {
				return err
			}
			var port string
			server := httptest.NewServer(box)
			env.Defer(server.Close)
			env.Setenv("SANDBOX", server.URL)
			env.Setenv("HOME", env.WorkDir)
			if port, err = freePort(); err != nil {
				return err
			}
			env.Setenv("PORT", port)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "private": private, "waitfor": waitFor, "post": postFile},
	})
}

// freePort returns a port of loopback that nobody uses now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// exits runs kustsync and checks its exit code: exits 2 kustsync run p.yaml.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		code = exitCodeOf(ts, err)
	}
	if got, want := strconv.Itoa(code), args[0]; got != want {
		ts.Fatalf("exit code %s, want %s", got, want)
	}
}

// private checks that everything below a folder can be read by its owner alone.
func private(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: private folder")
	}
	err := filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			ts.Fatalf("%s can be read by others: %v", path, info.Mode())
		}
		return err
	})
	ts.Check(err)
}

// postFile sends a file to a page, which must take it: post URL FILE.
func postFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: post URL FILE")
	}
	res, err := http.Post(args[0], "application/x-ndjson", strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		ts.Fatalf("%s: %s", res.Status, body)
	}
}

// waitFor waits until a page is served: waitfor URL.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor URL")
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if res, err := http.Get(args[0]); err == nil {
			res.Body.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s is not served", args[0])
}
