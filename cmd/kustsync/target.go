package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// sandboxTarget is the name of the built-in Kustomer, where the host of a real one would stand.
const sandboxTarget = "sandbox"

// target is where a pipeline loads: it has a ledger of its own.
type target struct {
	name    string // host, or "sandbox"
	baseURL string // "" for the sandbox, which has none before it is started
	dir     string // of its ledger
}

// targetOf finds out where a pipeline loads.
func (a *app) targetOf(f *config.File, sandbox bool) (target, error) {
	t := target{name: sandboxTarget}
	if !sandbox {
		base := baseURL(f.Kustomer)
		if base == "" {
			return t, usage("set kustomer: { org: NAME } or KUSTOMER_ORG, or try the pipeline with --sandbox",
				"%s names no Kustomer org", f.Path)
		}
		if err := kustomer.CheckBaseURL(base, f.Kustomer.AllowHost); err != nil {
			return t, usage("", "%v", err)
		}
		u, err := url.Parse(base)
		if err != nil {
			return t, usage("", "base_url: %v", err)
		}
		t.name, t.baseURL = strings.ReplaceAll(u.Host, ":", "_"), base
	}
	t.dir = filepath.Join(a.stateDir(f), f.Name, t.name)
	return t, nil
}

// likelyTarget is the target of verbs that only look: the org if the file names one, else the sandbox.
func (a *app) likelyTarget(f *config.File, sandbox bool) (target, error) {
	return a.targetOf(f, sandbox || baseURL(f.Kustomer) == "")
}

func baseURL(k config.Kustomer) string {
	if k.BaseURL.Value != "" {
		return k.BaseURL.Value
	}
	if k.Org.Value != "" {
		return kustomer.BaseURL(k.Org.Value)
	}
	return ""
}

func (a *app) stateDir(f *config.File) string {
	if a.flags.stateDir != "" {
		return a.flags.stateDir
	}
	return filepath.Join(f.Dir, ".kustsync")
}

func (t target) ledgerPath() string { return filepath.Join(t.dir, "ledger.db") }

// apiKey reads the key from where the pipeline file says: the environment, or a file that only its
// owner can read.
func apiKey(k config.Kustomer) (string, error) {
	if k.APIKeyFile.Value != "" {
		return keyFromFile(k.APIKeyFile.Value)
	}
	key := strings.TrimSpace(os.Getenv(k.APIKeyEnv))
	if key == "" {
		return "", environment(fmt.Sprintf("export %s=..., or name a file with api_key_file:", k.APIKeyEnv),
			"the environment has no API key in %s", k.APIKeyEnv)
	}
	return key, nil
}

// maxKeyFile is far above the length of any key, in bytes.
const maxKeyFile = 16 << 10

func keyFromFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", environment("check the path in api_key_file:", "reading the API key: %v", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return "", environment("put the key, and nothing else, into a plain file", "the API key file %s is no plain file of a few lines", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", environment("run: chmod 600 "+path, "the API key file %s can be read by others (mode %#o)", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", environment("", "reading the API key: %v", err)
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return "", environment("put the key into it", "the API key file %s is empty", path)
	}
	return key, nil
}

// exists reports whether there is something at path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !os.IsNotExist(err)
}

// isMissing reports that a file or folder is not there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
