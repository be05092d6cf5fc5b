package main

import (
	"errors"
	"io"
	"net/http"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// get fetches a page of the sandbox.
func get(t *testing.T, url string) []byte {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v\n%s", url, res.Status, err, body)
	}
	return body
}

// exitCodeOf is the exit code of a process that failed.
func exitCodeOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Fatalf("the command did not run: %v", err)
	}
	return exit.ExitCode()
}
