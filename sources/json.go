package sources

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxDepth is how deep values may be nested, in a row and in what is skipped before and after the rows.
const maxDepth = 1000

// jsonReader reads the elements of one array of a JSON text. It also reads what comes before and after the array, to
// the end of the text, since a text that is cut short is damaged.
type jsonReader struct {
	file    string
	in      *lineCounter
	dec     *json.Decoder
	path    []string // members that lead to the array
	objects objectParser
	err     error // what next returned last
}

func parseJSON(in io.Reader, o Options) (reader, error) {
	text, err := decode(in, "", hintUTF8)
	if err != nil {
		return nil, err
	}
	counted := &lineCounter{in: text, line: 1}
	j := &jsonReader{file: o.Name, in: counted, dec: json.NewDecoder(counted), path: recordsPath(o.Records)}
	j.dec.UseNumber()
	if err := j.enter(); err != nil {
		return nil, err
	}
	return j, nil
}

// recordsPath splits "data.customers", or "$.data.customers", into its members.
func recordsPath(records string) []string {
	records = strings.TrimPrefix(strings.TrimPrefix(records, "$"), ".")
	if records == "" {
		return nil
	}
	return strings.Split(records, ".")
}

func (j *jsonReader) columns() []string { return nil }

// enter reads up to the first element of the array.
func (j *jsonReader) enter() error {
	for i, member := range j.path {
		if err := j.open('{', i); err != nil {
			return err
		}
		if err := j.seek(member, i); err != nil {
			return err
		}
	}
	return j.open('[', len(j.path))
}

// open reads the beginning of the object or array that the first depth members of the path lead to.
func (j *jsonReader) open(want json.Delim, depth int) error {
	tok, err := j.token()
	if errors.Is(err, io.EOF) {
		return j.errorHere("the file is empty: there is no JSON in it", "check the export that wrote it")
	}
	if err != nil || tok == want {
		return err
	}
	where := "the top of the file"
	if depth > 0 {
		where = quote(strings.Join(j.path[:depth], "."))
	}
	hint := "set records: to the path of the array, such as data.customers"
	if depth == 0 && len(j.path) == 0 && tok == json.Delim('{') {
		hint += "; or set type: ndjson if every line holds one object"
	}
	return j.errorHere(fmt.Sprintf("%s is %s, not %s", where, kindOf(tok), kindOf(want)), hint)
}

// seek skips the members of an object up to the one named, which is at this depth of the path.
func (j *jsonReader) seek(member string, depth int) error {
	var seen []string
	for {
		tok, err := j.inside()
		if err != nil {
			return err
		}
		name, isName := tok.(string)
		switch {
		case !isName:
			return j.errorHere(fmt.Sprintf("there is no %s; the members there are %s", quote(strings.Join(j.path[:depth+1], ".")), quoteAll(seen)), "correct records:")
		case name == member:
			return nil
		}
		if len(seen) < 100 {
			seen = append(seen, name)
		}
		if err := j.skip(); err != nil {
			return err
		}
	}
}

// skip skips one value.
func (j *jsonReader) skip() error {
	for depth := 0; ; {
		tok, err := j.inside()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return j.errorHere(fmt.Sprintf("values are nested deeper than %d", maxDepth), "check the export that wrote the file")
		}
	}
}

func (j *jsonReader) next() (Row, error) {
	if j.err != nil {
		return Row{}, j.err
	}
	row, err := j.element()
	j.err = err
	return row, err
}

// element returns the next element of the array as a row, or io.EOF at the end of the text.
func (j *jsonReader) element() (Row, error) {
	if !j.dec.More() {
		return Row{}, j.leave()
	}
	var text json.RawMessage
	if err := j.dec.Decode(&text); err != nil {
		return Row{}, j.explain(err)
	}
	end := j.dec.InputOffset()
	row := Row{Pos: Pos{File: j.file, Line: j.in.lineAt(end - int64(len(text)))}}
	j.in.release(end)
	row.Values, row.Raw, row.Err = j.objects.row(text)
	return row, nil
}

// leave reads what comes after the elements of the array. It returns io.EOF at the end of the text.
func (j *jsonReader) leave() error {
	if _, err := j.inside(); err != nil { // the end of the array
		return err
	}
	for _, member := range slices.Backward(j.path) {
		for {
			tok, err := j.inside()
			if err != nil {
				return err
			}
			name, isName := tok.(string)
			if !isName {
				break
			}
			if name == member {
				return j.errorHere("the member "+quote(member)+" appears twice", "keep one of them")
			}
			if err := j.skip(); err != nil {
				return err
			}
		}
	}
	if _, err := j.token(); err == nil {
		return j.errorHere("something follows the end of the JSON value", "remove it; if every line holds one value, set type: ndjson")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return io.EOF
}

// token returns the next token, or io.EOF at the end of the text.
func (j *jsonReader) token() (json.Token, error) {
	j.in.release(j.dec.InputOffset())
	tok, err := j.dec.Token()
	if err == nil || errors.Is(err, io.EOF) {
		return tok, err
	}
	return tok, j.explain(err)
}

// inside returns the next token of a value that has begun.
func (j *jsonReader) inside() (json.Token, error) {
	tok, err := j.token()
	if errors.Is(err, io.EOF) {
		err = j.explain(io.ErrUnexpectedEOF)
	}
	return tok, err
}

// errorHere returns an Error with the line up to which the decoder has read.
func (j *jsonReader) errorHere(message, hint string) error {
	return &Error{Pos: Pos{Line: j.in.lineAt(j.dec.InputOffset())}, Message: message, Hint: hint}
}

// explain returns an Error for an error of the decoder, with its line: the text is no JSON, it is cut short, or it
// cannot be read.
func (j *jsonReader) explain(err error) error {
	begin := j.dec.InputOffset()
	var known *Error
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &known):
		return place(err, Pos{Line: j.in.lineAt(j.in.read)})
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return &Error{
			Pos:     Pos{Line: j.in.lineAt(j.in.read)},
			Message: "the file ends in the middle of a JSON value",
			Hint:    "copy or export the file again, it is cut short",
			Err:     io.ErrUnexpectedEOF,
		}
	case errors.As(err, &syntax):
		return &Error{
			Pos:     Pos{Line: j.in.lineAt(begin + syntaxOffset(j.in.from(begin)))},
			Message: "this is not JSON: " + syntax.Error(),
			Hint:    "correct the file, or export it again",
			Err:     err,
		}
	}
	return place(err, Pos{Line: j.in.lineAt(j.in.read)})
}

// syntaxOffset returns where the first value of text has its syntax error, as an offset in text.
func syntaxOffset(text []byte) int64 {
	gap := int64(len(text) - len(bytes.TrimLeft(text, " \t\r\n,:")))
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(text[gap:], new(json.RawMessage)), &syntax) {
		return gap + max(syntax.Offset-1, 0)
	}
	return gap
}

// kindOf names the type of a token in words.
func kindOf(tok json.Token) string {
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' || tok == '}' {
			return "an object"
		}
		return "an array"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case nil:
		return "null"
	}
	return "a number"
}
