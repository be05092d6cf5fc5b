package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxFile is the largest pipeline file, in bytes.
const maxFile = 1 << 20

// parseYAML returns the one document of the file; false: it has none, or too many, or is no YAML, which is reported.
func parseYAML(data string, found *collector) (*yaml.Node, bool) {
	start := found.text.at(1, 1)
	if len(data) > maxFile {
		found.add(Pos{File: found.text.path}, "the file is larger than 1 MiB", "put data into sources and tables, not into the pipeline file")
		return nil, false
	}
	if i := invalidUTF8(data); i >= 0 {
		line := strings.Count(data[:i], "\n")
		column := utf8.RuneCountInString(data[strings.LastIndexByte(data[:i], '\n')+1 : i])
		found.add(found.text.at(line+1, column+1), "this byte is not UTF-8", "save the file as UTF-8")
		return nil, false
	}
	docs, err := documents(data)
	switch {
	case err != nil:
		found.syntax(data, err)
		return nil, false
	case len(docs) == 0:
		found.add(start, "the file is empty", `begin with "version: 1"`)
		return nil, false
	case len(docs) > 1:
		found.add(found.text.at(docs[1].Line, docs[1].Column), "a second document begins here, and a pipeline file holds one",
			`remove the line "---", or move what follows to a file of its own`)
		return nil, false
	}
	return docs[0].Content[0], true
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// documents parses at most two documents into nodes, which takes linear time and expands nothing.
func documents(data string) (docs []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil { // yaml.v3 3.0.1 has let panics through (dependencies.md 1)
			err = fmt.Errorf("%v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader([]byte(data)))
	for len(docs) < 2 {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return docs, err
		}
		if len(doc.Content) == 1 {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

// phrase is what to say for an error of the YAML parser.
type phrase struct {
	theirs, ours, hint string         // words of the parser; our message and its fix, for the usual cause
	value              bool           // the place is the value on the line, not the beginning of the line
	at                 *regexp.Regexp // its last group is the place on the line; nil: value decides
}

var phrases = []phrase{
	{"mapping values are not allowed", `a ":" that does not belong here`, `put quotes around a text that holds ": "`, true, nil},
	{"found character that cannot start any token", "a value cannot begin with this character", "put quotes around the value", true, nil},
	{"did not find expected key", "this line does not fit the lines above", "begin lines that belong together in the same column; put quotes around a text with special characters", false, nil},
	{"did not find expected '-' indicator", "this line does not fit the list above", `begin each item of the list with "- ", in the same column`, false, nil},
	{"did not find expected ',' or '}'", `a "{" that is not closed as it should be`, `close the "{" with "}" and put a comma between entries`, true, nil},
	{"did not find expected ',' or ']'", `a "[" that is not closed as it should be`, `close the "[" with "]" and put a comma between items`, true, nil},
	{"did not find expected node content", "a value is missing here", "put quotes around a text with special characters", true, nil},
	{"could not find expected ':'", `a ":" is missing`, `write "key: value", and indent the later lines of a text`, false, nil},
	{"found unexpected end of stream", "a quote that is never closed", "close the quote", true, nil},
	{"found unknown escape character", `a "\" that begins no escape`, `in double quotes write "\\" for a backslash, or use single quotes`, true, nil},
	{"unknown anchor", "an alias of nothing", `define the anchor "&name" before the alias "*name", or put quotes around a text that begins with "*"`, true, nil},
	{"control characters are not allowed", "a control character", "remove the character", false, nil},
	{"block sequence entries are not allowed", "a list cannot begin here", `begin the list on a line of its own, or write "[a, b]"`, true, nil},
	{"exceeded max depth", "the file is nested too deeply", "remove levels", false, nil},
}

// explain returns the phrase for an error of the parser on a line.
func explain(err error, line string) phrase {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case unquotedTemplate.MatchString(line):
		return phrase{ours: "a template without quotes", hint: quoteTemplate, at: unquotedTemplate}
	case unquotedVariable.MatchString(line) && strings.Contains(err.Error(), "did not find expected ',' or "):
		return phrase{ours: "a variable without quotes between braces or brackets", hint: `put quotes around it: "${NAME}"`, at: unquotedVariable}
	case strings.Contains(indent, "\t"):
		return phrase{ours: "a tab before the first word of the line", hint: "indent with spaces"}
	}
	for _, p := range phrases {
		if strings.Contains(err.Error(), p.theirs) {
			return p
		}
	}
	return phrase{
		ours: "this is not YAML: " + strings.TrimPrefix(lineNumber.ReplaceAllString(err.Error(), ""), "yaml: "),
		hint: "compare the line with an example of the documentation",
	}
}

// syntax reports an error of the parser.
func (found *collector) syntax(data string, err error) {
	number := brokenLine(data, err)
	line := found.text.line(number)
	p := explain(err, line)
	at := p.at
	if at == nil && p.value {
		at = valueStart
	}
	before := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if at != nil {
		if m := at.FindStringSubmatchIndex(line); m != nil {
			before = line[:m[len(m)-2]]
		}
	}
	found.add(found.text.at(number, utf8.RuneCountInString(before)+1), p.ours, p.hint)
}

var (
	// unquotedTemplate finds a template where a value begins.
	unquotedTemplate = regexp.MustCompile(`(?:^|[:\-\[,]\s+)(\{\{)`)
	// unquotedVariable finds a variable in a value without quotes.
	unquotedVariable = regexp.MustCompile(`(?:[:\[,]\s*)([^"'\s,]*\$\{)`)
	// valueStart finds the first character of the value in "key: value" or "- key: value".
	valueStart = regexp.MustCompile(`^[\s-]*[^\s:]+:[ \t]+([[:graph:]])`)
	lineNumber = regexp.MustCompile(`^yaml: line (\d+): `)
)

const quoteTemplate = `put quotes around the template: "{{ ... }}"`

// searchBytes is how much text is parsed again, at most, to find the line of a syntax error.
const searchBytes = 4 << 20

// brokenLine returns the 1-based line at which the text stops being YAML. The parser names the line at which the block
// around it begins, or none. So the text is parsed again without its last line, then without its last two, and so on:
// the line after the first part that is YAML is the broken line. Beyond searchBytes it is the parser's line.
func brokenLine(data string, err error) int {
	first := 1
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		first, _ = strconv.Atoi(m[1])
	}
	ends := lineBreak.FindAllStringIndex(data, -1)
	if len(ends) == 0 || ends[len(ends)-1][1] < len(data) {
		ends = append(ends, []int{len(data), len(data)})
	}
	last, parsed := len(ends), 0
	for n := len(ends); n >= 1; n-- {
		part := data[:ends[n-1][1]]
		if parsed += len(part); parsed > searchBytes {
			return min(max(first, 1), len(ends))
		}
		if _, err := documents(part); err == nil {
			break
		}
		last = n
	}
	return last
}
