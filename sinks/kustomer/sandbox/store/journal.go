package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// journalVersion changes when older programs could not read a journal.
const journalVersion = 1

// header is the first line of a journal.
type header struct {
	Sandbox int    `json:"sandbox"` // the version
	Org     string `json:"org"`
}

// journal keeps every commit, one line each, written before the request is answered: a process that is killed loses
// nothing that it answered. (It is not synced: a machine that loses power may.) A line that was only half written is
// dropped when the journal is opened.
type journal struct {
	file *os.File
	lock *flock.Flock
	size int64 // bytes of whole lines
	line []byte
	bad  error // after a failed write that could not be undone
}

// reader takes in what a journal holds: the id of the org once, and then the changes of one line after the other.
type reader struct {
	begin   func(org string) error
	changes func([]Change) error
}

// openJournal locks the folder and hands what is there to the reader. A journal that is empty becomes that of org.
func openJournal(dir, org string, to reader) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the sandbox's folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "sandbox.lock"), flock.SetPermissions(0o600))
	switch held, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("locking the sandbox's folder %s: %w", dir, err)
	case !held:
		return nil, fmt.Errorf("the sandbox's folder %s is in use by another process: stop it, or use another folder", dir)
	}
	file, err := os.OpenFile(filepath.Join(dir, "sandbox.ndjson"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the sandbox's data: %w", err), lock.Unlock())
	}
	j := &journal{file: file, lock: lock}
	if err := j.load(org, to); err != nil {
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

// load reads the whole lines, cuts off a half-written last one, and starts a journal that is empty.
func (j *journal) load(org string, to reader) error {
	r := bufio.NewReaderSize(j.file, 64<<10)
	torn := false
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			torn = len(line) > 0
			break
		}
		if err != nil {
			return fmt.Errorf("reading the sandbox's data: %w", err)
		}
		if err := to.line(line, n); err != nil {
			return fmt.Errorf("the sandbox's data %s, line %d: %w: delete the file to start afresh", j.file.Name(), n, err)
		}
		j.size += int64(len(line))
	}
	if torn {
		if err := j.file.Truncate(j.size); err != nil {
			return fmt.Errorf("cutting a half-written line off the sandbox's data: %w", err)
		}
	}
	if j.size > 0 {
		return nil
	}
	if err := to.begin(org); err != nil {
		return err
	}
	text, err := json.Marshal(header{Sandbox: journalVersion, Org: org})
	if err != nil {
		return fmt.Errorf("starting the sandbox's data: %w", err)
	}
	return j.write(append(text, '\n'))
}

// line reads the n-th line of a journal; the first is its header.
func (to reader) line(line []byte, n int) error {
	if n == 1 {
		var head header
		if err := json.Unmarshal(line, &head); err != nil || head.Sandbox != journalVersion || len(head.Org) != 24 {
			return fmt.Errorf("this is not a sandbox's data of version %d", journalVersion)
		}
		return to.begin(head.Org)
	}
	var changes []Change
	if err := json.Unmarshal(line, &changes); err != nil {
		return err
	}
	return to.changes(changes)
}

// append keeps changes that stand or fall together. Without a journal it does nothing.
func (j *journal) append(changes []Change) error {
	if j == nil {
		return nil
	}
	j.line = append(j.line[:0], '[')
	for i, c := range changes {
		if i > 0 {
			j.line = append(j.line, ',')
		}
		j.line = c.appendTo(j.line)
	}
	return j.write(append(j.line, "]\n"...))
}

// write adds whole lines or nothing.
func (j *journal) write(text []byte) error {
	if j.bad != nil {
		return j.bad
	}
	_, err := j.file.Write(text)
	if err == nil {
		j.size += int64(len(text))
		return nil
	}
	err = fmt.Errorf("writing the sandbox's data: %w", err)
	if cut := j.file.Truncate(j.size); cut != nil {
		j.bad = errors.Join(err, cut)
	}
	return err
}

// close gives the folder back. Without a journal it does nothing.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return errors.Join(j.file.Close(), j.lock.Unlock())
}
