package sources

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ErrDamaged marks, for errors.Is, what is wrong with the content of a workbook rather than with
// the path or the options that name it.
var ErrDamaged = errors.New("damaged workbook")

// damage is the cause of an Error about a damaged workbook.
type damage struct{ error }

func (d damage) Is(target error) bool { return target == ErrDamaged }
func (d damage) Unwrap() error        { return d.error }

const repairHint = "open it in a spreadsheet program, save it again as .xlsx, and run again"

// workbookError is how a fault of a workbook leaves this package: placed, with what to do. A fault of
// the disk keeps its own words.
func workbookError(err error, pos Pos) error {
	var (
		known *Error
		path  *fs.PathError
	)
	if ended(err) || errors.As(err, &known) || errors.As(err, &path) {
		return place(err, pos)
	}
	return &Error{Pos: pos, Message: "the workbook is damaged: " + err.Error(), Hint: repairHint, Err: damage{err}}
}

func passwordError() *Error {
	return &Error{Message: "the workbook is password protected", Hint: "save it without a password"}
}

// otherKinds are files that are named .xlsx and are none, by their first bytes.
var otherKinds = [...]struct{ magic, what, hint string }{
	{"\xEF\xBB\xBF<", "a web page or an XML file", saveAsXLSX},
	{"<", "a web page or an XML file", saveAsXLSX},
	{"{\\rtf", "a text document", saveAsXLSX},
	{"%PDF-", "a PDF document", "export the data as .xlsx or .csv"},
	{"\x1F\x8B", "gzip data", "unpack it first"},
}

const (
	oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	zipMagic = "PK\x03\x04"
)

// checkKind refuses, by its first bytes, a file that is no zip container and so no workbook: a zip
// reader looks at the end of a file, where an old workbook may hold a container too.
func checkKind(file *os.File) error {
	head := make([]byte, 64)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch text := string(head[:n]); {
	case n == 0:
		return &Error{Message: "the file is empty", Hint: "export it again"}
	case strings.HasPrefix(text, zipMagic):
		return nil
	case strings.HasPrefix(text, oleMagic):
		return explainOLE(file)
	default:
		for _, k := range otherKinds {
			if strings.HasPrefix(text, k.magic) {
				return &Error{Message: "this is " + k.what + ", not an .xlsx workbook", Hint: k.hint}
			}
		}
	}
	return &Error{Message: "this is no .xlsx workbook", Hint: "set type: csv if it holds text, else " + saveAsXLSX}
}

// explainOLE tells an encrypted workbook from an old .xls: both are OLE files, and the encrypted one
// has a stream named EncryptedPackage.
func explainOLE(r io.Reader) error {
	encrypted, err := contains(r, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
	if err != nil {
		return err
	}
	if encrypted {
		return passwordError()
	}
	return &Error{Message: "this is an old Excel workbook (.xls), which cannot be read", Hint: saveAsXLSX}
}

// contains searches a stream for some bytes, in blocks.
func contains(r io.Reader, want []byte) (bool, error) {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		seen := buf[:kept+n]
		if bytes.Contains(seen, want) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, seen[max(0, len(seen)-len(want)+1):])
	}
}

// otherPackages are zip containers of other programs, by a part that they alone have.
var otherPackages = [...]struct{ part, what, hint string }{
	{"xl/workbook.bin", "a binary Excel workbook (.xlsb)", saveAsXLSX},
	{"mimetype", "an OpenDocument file (.ods)", saveAsXLSX},
	{"Index/Document.iwa", "a Numbers spreadsheet", "export it as .xlsx or .csv"},
	{"word/document.xml", "a text document", "save its table as .xlsx or .csv"},
	{"ppt/presentation.xml", "a presentation", "save its table as .xlsx or .csv"},
}

// checkWorkbook refuses a zip container that is no workbook, or has none at the part that it names.
func checkWorkbook(z *zipParts, main string) error {
	for _, k := range otherPackages {
		if z.has(k.part) {
			return &Error{Message: "this is " + k.what + ", not an .xlsx workbook", Hint: k.hint}
		}
	}
	if !z.has(main) {
		return &Error{Message: "this zip archive holds no workbook", Hint: "unpack it and name the file inside"}
	}
	return nil
}
