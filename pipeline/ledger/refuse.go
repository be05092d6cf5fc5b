package ledger

import (
	"errors"
	"fmt"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const adoptHint = "move it away, with the -wal and -shm files beside it, and run with --adopt, which looks every key up and takes over what Kustomer has"

// damageError says what is wrong with the contents of a ledger.
type damageError string

func (e damageError) Error() string { return string(e) }

// isCannotOpen reports whether SQLite could not open or make a file.
func isCannotOpen(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_CANTOPEN
}

// asRefusal returns the refusal that err stands for: damage, or a *RefusedError without its path.
func asRefusal(path string, err error) *RefusedError {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return &RefusedError{Path: path, Reason: refused.Reason, Hint: refused.Hint, Err: refused.Err}
	}
	var damaged damageError
	var fault *sqlite.Error
	isFault := errors.As(err, &fault)
	if errors.As(err, &damaged) || isFault && (fault.Code()&0xff == sqlite3.SQLITE_CORRUPT || fault.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return &RefusedError{Path: path, Reason: fmt.Sprintf("it is damaged (%v)", err), Hint: adoptHint, Err: err}
	}
	return nil
}

// refuseOpen makes a *RefusedError of whatever went wrong at opening.
func refuseOpen(path string, err error) error {
	if refused := asRefusal(path, err); refused != nil {
		return refused
	}
	var fault *sqlite.Error
	if errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_ERROR { // a table or a column is not there
		return refuseOpen(path, damageError(err.Error()))
	}
	return &RefusedError{
		Path: path, Reason: fmt.Sprintf("it cannot be opened (%v)", err),
		Hint: "check that its folder is on a local disk with room, where you may write", Err: err,
	}
}
