package faults

import (
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The fault suite is asked for by the environment, so that `go test ./...` stays fast:
//
//	FAULTS         short or full; anything else skips the suite
//	FAULTS_SEED    a number; default is drawn from the clock
//	FAULTS_ONLY    ids of scenarios, by commas
//	FAULTS_READING a part of the names of the readings to play
//	FAULTS_SABOTAGE a part of the names of the sabotages to play
//	FAULTS_BINARY  a kustsync to test, instead of building one from this tree
//	FAULTS_RACE    1 builds it with the race detector
//	FAULTS_KEEP    1 keeps the files of scenarios
var (
	suite         = os.Getenv("FAULTS")
	onlyScenarios = os.Getenv("FAULTS_ONLY")
	onlyReading   = os.Getenv("FAULTS_READING")
	keep          = os.Getenv("FAULTS_KEEP") != ""
)

func TestMain(m *testing.M) {
	code := m.Run()
	if suite != "" {
		report(os.Stdout)
	}
	if dir := built.dir; dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// suiteSeed decides all random choices of the suite.
var suiteSeed = sync.OnceValue(func() uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("FAULTS_SEED"), 10, 64); err == nil {
		return seed
	}
	return uint64(time.Now().UnixNano()) % 1_000_000
})

// built is the folder of the binary; TestMain removes it.
var built struct{ dir string }

// productBinary builds kustsync once and returns its path.
var productBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("FAULTS_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "kustsync-faults-")
	if err != nil {
		return "", err
	}
	built.dir = dir
	path := filepath.Join(dir, "kustsync")
	args := []string{"build", "-o", path}
	if os.Getenv("FAULTS_RACE") != "" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/kustsync")...)
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building kustsync: %w\n%s", err, out)
	}
	return path, nil
})

// discardLog is the log of servers whose clients close connections on purpose.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
