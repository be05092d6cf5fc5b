package main

import (
	"path/filepath"
	"strings"
)

// parseSources reads --source NAME=PATH into absolute paths by name; "-" is standard input.
func parseSources(flags []string) (map[string]string, error) {
	paths := map[string]string{}
	for _, f := range flags {
		name, path, ok := strings.Cut(f, "=")
		if !ok || name == "" || path == "" {
			return nil, usage("write it as --source NAME=PATH", "--source %q: there is no NAME=PATH in it", f)
		}
		if path != "-" {
			absolute, err := filepath.Abs(path)
			if err != nil {
				return nil, usage("", "--source %s: %v", name, err)
			}
			path = absolute
		}
		paths[name] = path
	}
	return paths, nil
}

// absoluteSources writes --source flags so that they mean the same in any working directory.
func absoluteSources(flags []string) []string {
	all := []string{}
	for _, f := range flags {
		name, path, _ := strings.Cut(f, "=")
		if absolute, err := filepath.Abs(path); err == nil && path != "-" {
			path = absolute
		}
		all = append(all, name+"="+path)
	}
	return all
}
