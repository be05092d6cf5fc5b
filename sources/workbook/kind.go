package workbook

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
)

// passwordError is the Fault of an encrypted workbook.
func passwordError() *Fault {
	return &Fault{Message: "the workbook is password protected", Hint: "save it without a password"}
}

// otherKinds are what files named .xlsx may be instead, by their first bytes.
var otherKinds = [...]struct{ magic, what, hint string }{
	{"\xEF\xBB\xBF<", "a web page or an XML file", HintSaveAs},
	{"<", "a web page or an XML file", HintSaveAs},
	{"{\\rtf", "a text document", HintSaveAs},
	{"%PDF-", "a PDF document", "export the data as .xlsx or .csv"},
	{"\x1F\x8B", "gzip data", "unpack it first"},
}

const (
	oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	zipMagic = "PK\x03\x04"
)

// checkKind refuses a file that does not begin as a zip container does. The zip reader does not notice: it looks for
// the container at the end of the file, and an old workbook may have one there.
func checkKind(file *os.File) error {
	head := make([]byte, 64)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch text := string(head[:n]); {
	case n == 0:
		return &Fault{Message: "the file is empty", Hint: "export it again"}
	case strings.HasPrefix(text, zipMagic):
		return nil
	case strings.HasPrefix(text, oleMagic):
		return explainOLE(file)
	default:
		for _, k := range otherKinds {
			if strings.HasPrefix(text, k.magic) {
				return &Fault{Message: "this is " + k.what + ", not an .xlsx workbook", Hint: k.hint}
			}
		}
	}
	return &Fault{Message: "this is no .xlsx workbook", Hint: "set type: csv if it holds text, else " + HintSaveAs}
}

// explainOLE returns the Fault of an encrypted workbook or of an old .xls. Both are OLE files; the encrypted one
// has a stream named EncryptedPackage.
func explainOLE(r io.Reader) error {
	encrypted, err := contains(r, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
	if err != nil {
		return err
	}
	if encrypted {
		return passwordError()
	}
	return &Fault{Message: "this is an old Excel workbook (.xls), which cannot be read", Hint: HintSaveAs}
}

// contains reports whether a stream has some bytes in it. It reads block by block.
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
