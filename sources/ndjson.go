package sources

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// ndjsonReader reads one JSON object from each line. Blank lines are no rows; a line that is no JSON is a damaged row.
type ndjsonReader struct {
	file    string
	in      *bufio.Reader
	line    int    // of the text that was read last, from 1
	long    []byte // a line that is longer than the buffer of in
	objects objectParser
}

func parseNDJSON(in io.Reader, o Options) (reader, error) {
	text, err := decode(in, "", hintUTF8)
	if err != nil {
		return nil, err
	}
	return &ndjsonReader{file: o.Name, in: bufio.NewReaderSize(text, sampleSize)}, nil
}

func (n *ndjsonReader) columns() []string { return nil }

func (n *ndjsonReader) next() (Row, error) {
	for {
		text, err := n.readLine()
		if err != nil {
			return Row{}, err
		}
		text = bytes.Trim(text, " \t\r\n") // the white space of JSON
		if len(text) == 0 {
			continue
		}
		row := Row{Pos: Pos{File: n.file, Line: n.line}}
		if !json.Valid(text) {
			err := json.Unmarshal(text, new(json.RawMessage)) // its error says where
			row.Raw = rawText(text)
			row.Err = &Error{Message: "the line is not JSON: " + reason(err), Hint: "every line must hold one whole object; set type: json for an array over many lines", Err: err}
			return row, nil
		}
		row.Values, row.Raw, row.Err = n.objects.row(text)
		return row, nil
	}
}

// readLine returns the next line, which is valid until the next call, or io.EOF.
func (n *ndjsonReader) readLine() ([]byte, error) {
	n.line++
	n.long = n.long[:0]
	for {
		piece, err := n.in.ReadSlice('\n')
		if err == nil && len(n.long) == 0 {
			return piece, nil
		}
		n.long = append(n.long, piece...)
		switch {
		case len(n.long) > maxRecord:
			return nil, &Error{Pos: Pos{Line: n.line}, Message: "the line is longer than 16 MiB", Hint: "set type: json if the file holds one array"}
		case err == nil || errors.Is(err, io.EOF) && len(n.long) > 0:
			return n.long, nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, place(err, Pos{Line: n.line})
		}
	}
}
