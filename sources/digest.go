package sources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// Digest returns the SHA-256 of the bytes of a source's files, as they lie on the disk, in the order in
// which they are read. Two digests are equal when the files are. Standard input has none.
func Digest(ctx context.Context, o Options) (string, error) {
	if o.Path == "-" {
		return "", &Error{Pos: Pos{File: o.Name}, Message: "standard input can be read only once", Hint: "save it to a file and name that"}
	}
	files, err := expand(o)
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, file := range files {
		one, err := digestFile(ctx, file)
		if err != nil {
			return "", err
		}
		all.Write(one)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func digestFile(ctx context.Context, o Options) (sum []byte, err error) {
	if _, err := stampOf(o); err != nil {
		return nil, err
	}
	unreadable := func(err error) error {
		return &Error{Pos: Pos{File: o.Name}, Message: "cannot be read: " + reason(err), Hint: "check the file and its permissions", Err: err}
	}
	file, err := os.Open(o.Path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, contextReader{ctx, file}); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, unreadable(err)
	}
	return h.Sum(nil), nil
}
