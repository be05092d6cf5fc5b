package config

import "github.com/kustsync/kustsync/sinks"

// linter is what the check of a rule gets: the file as structs, the tree for the places of keys, and a collector.
type linter struct {
	*collector
	file  *File
	root  *node
	specs map[string]*sinks.Spec
}

// key returns the place of a key; the file as a whole when the key is not there.
func (l *linter) key(path ...string) Pos {
	parent := l.root.at(path[:len(path)-1]...)
	if e, ok := parent.find(path[len(path)-1]); ok {
		return e.pos
	}
	return Pos{File: l.text.path}
}

// place returns the place of a value of kustomer:; the file as a whole when the environment set the value.
func (l *linter) place(v String) Pos {
	if v.Pos.Line == 0 {
		return Pos{File: l.text.path}
	}
	return v.Pos
}
