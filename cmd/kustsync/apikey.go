package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/kustsync/kustsync/pipeline/config"
)

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
