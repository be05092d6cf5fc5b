package main

import (
	"os"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// maxSeedFile bounds a seed, in bytes.
const maxSeedFile = 256 << 20

// readSeed reads the file of objects that a sandbox has from the start; "" is none.
func readSeed(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", usage("check the path; relative to the pipeline file in sandbox: { seed: FILE }, to this folder in --seed", "reading the seed of the sandbox: %v", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSeedFile {
		return "", usage("name a plain file with an object a line", "the seed of the sandbox %s is no plain file of at most %d MiB", path, maxSeedFile>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usage("", "reading the seed of the sandbox: %v", err)
	}
	return string(text), nil
}

// seedError is the error of a seed with a line that is no object.
func seedError(path string, bad *sandbox.SeedError) error {
	return usage(`correct the line; an object is written {"type":"user","attributes":{"email":"ana@acme.example"}}`,
		"%s:%d: %v", path, bad.Line, bad.Err)
}
