package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"
)

// journalVersion changes when older programs could not read a journal.
const journalVersion = 1

// header is the first line of a journal.
type header struct {
	Sandbox int    `json:"sandbox"` // the version
	Org     string `json:"org"`
}

// journal keeps every commit, one line each, written before the request is answered: a process
// that is killed loses nothing that it answered. (It is not synced: a machine that loses power
// may.) A line that was only half written is dropped when the journal is opened.
type journal struct {
	file *os.File // nil: memory only
	lock *flock.Flock
	size int64 // bytes of whole lines
	line []byte
	bad  error // after a failed write that could not be undone
}

// openJournal takes the folder, reads what is there, and hands every line's changes to replay.
func openJournal(dir string, fresh header, replay func(header, []change) error) (*journal, error) {
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
	if err := j.load(fresh, replay); err != nil {
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

// load replays the whole lines, cuts off a torn last one, and starts an empty journal.
func (j *journal) load(fresh header, replay func(header, []change) error) error {
	r := bufio.NewReaderSize(j.file, 64<<10)
	var head header
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
		if err := replayLine(&head, line, n, replay); err != nil {
			return fmt.Errorf("the sandbox's data %s, line %d: %w: delete the file to start afresh", j.file.Name(), n, err)
		}
		j.size += int64(len(line))
	}
	if torn {
		if err := j.file.Truncate(j.size); err != nil {
			return fmt.Errorf("cutting a half-written line off the sandbox's data: %w", err)
		}
	}
	if head.Sandbox != 0 {
		return nil
	}
	if err := replay(fresh, nil); err != nil {
		return err
	}
	text, err := json.Marshal(fresh)
	if err != nil {
		return fmt.Errorf("starting the sandbox's data: %w", err)
	}
	return j.write(append(text, '\n'))
}

func replayLine(head *header, line []byte, n int, replay func(header, []change) error) error {
	if n == 1 {
		if err := json.Unmarshal(line, head); err != nil || head.Sandbox != journalVersion || len(head.Org) != 24 {
			return fmt.Errorf("this is not a sandbox's data of version %d", journalVersion)
		}
		return replay(*head, nil)
	}
	var changes []change
	if err := json.Unmarshal(line, &changes); err != nil {
		return err
	}
	return replay(*head, changes)
}

// append keeps changes that stand or fall together.
func (j *journal) append(changes []change) error {
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

// appendTo writes the change as the journal has it. Types and ids need no escaping.
func (c change) appendTo(dst []byte) []byte {
	dst = append(dst, `{"type":"`+c.Type+`","id":"`+c.ID+`","rev":`...)
	dst = strconv.AppendUint(dst, uint64(c.Rev), 10)
	if c.Deleted {
		return append(dst, `,"deleted":true}`...)
	}
	dst = append(dst, `,"doc":`...)
	return append(append(dst, c.Doc...), '}')
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

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return errors.Join(j.file.Close(), j.lock.Unlock())
}
