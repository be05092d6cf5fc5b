package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// text is the file as lines to quote from. A secret is masked by as many stars as it has characters, so that columns
// stay the same. Only the method diagnostic quotes lines, so that no line is shown unmasked.
type text struct {
	path    string
	lines   []string
	secrets []string          // values that no diagnostic may repeat
	masks   *strings.Replacer // of secrets; nil until it is needed
}

// maxLine is the longest line that is quoted, in bytes. Nobody reads a longer line, and in a hostile file every
// diagnostic could quote it.
const maxLine = 8 << 10

// lineBreak matches what YAML counts as the end of a line.
var lineBreak = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// newText splits the file into lines. It masks the lines after an api_key that are indented deeper, in which its value
// goes on. This works also when the file is not YAML.
func newText(path string, data string) *text {
	if len(data) > maxFile {
		return &text{path: path}
	}
	t := &text{path: path, lines: lineBreak.Split(data, -1)}
	inside := -1 // indentation of the api_key whose value may go on; -1: none
	for i, line := range t.lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case len(line) > maxLine:
			t.lines[i] = ""
		case inside >= 0 && indent > inside:
			t.lines[i] = line[:indent] + stars(line[indent:])
		case strings.Contains(strings.ToLower(line), "api") && apiKeyLine.MatchString(line):
			inside = indent
		case strings.TrimSpace(line) != "":
			inside = -1
		}
	}
	return t
}

// diagnostic returns a diagnostic with its line, in which no secret is shown.
func (t *text) diagnostic(pos Pos, message, hint string) Diagnostic {
	clean := func(s string) string { return clip(escape(t.mask(s)), maxMessage) }
	return Diagnostic{Pos: pos, Message: clean(message), Hint: clean(hint), Line: t.mask(t.line(pos.Line))}
}

// maxMessage is the longest message, in characters: a key in a message can be as long as the file.
const maxMessage = 1000

// clip cuts a text to at most that many characters, and marks the cut with "…".
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// line returns the 1-based line, "" when there is none.
func (t *text) line(n int) string {
	if n < 1 || n > len(t.lines) {
		return ""
	}
	return t.lines[n-1]
}

// at returns a place of the file.
func (t *text) at(line, column int) Pos { return Pos{File: t.path, Line: line, Column: column} }

// hide masks a secret: the rest of the line from pos on, and every other place where the value or a word of it stands.
func (t *text) hide(pos Pos, value string) {
	if pos.Line >= 1 && pos.Line <= len(t.lines) {
		runes := []rune(t.lines[pos.Line-1])
		at := min(max(pos.Column-1, 0), len(runes))
		t.lines[pos.Line-1] = string(runes[:at]) + stars(string(runes[at:]))
	}
	value = variables.ReplaceAllString(value, " $1 ")
	for part := range strings.FieldsSeq(value) {
		if part = strings.Trim(part, `:,"'[]{}`); len(part) >= minSecret {
			t.secrets, t.masks = append(t.secrets, part), nil
		}
	}
}

// minSecret is the shortest text, in bytes, that is masked wherever it stands.
const minSecret = 6

// mask returns s without secrets.
func (t *text) mask(s string) string {
	if t.masks == nil {
		t.masks = newMasks(t.secrets)
	}
	return t.masks.Replace(maskLine(s))
}

// newMasks returns the replacer of secrets by stars. The longest come first, so that no part of one is left over when
// another secret is a part of it.
func newMasks(secrets []string) *strings.Replacer {
	longest := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range longest {
		pairs = append(pairs, secret, stars(secret))
	}
	return strings.NewReplacer(pairs...)
}

var (
	// variables matches variables anywhere in a text; the group is their default.
	variables  = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*(?::-([^}]*))?\}`)
	apiKeyLine = regexp.MustCompile(`(?i)\bapi[-_ ]?key["']?\s*:`)
	// reference matches what may follow api_key: one variable and nothing else.
	reference = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}(["'\s,}].*)?$`)
	// secretShapes match what looks like a secret, which is their group: what follows api_key and is no reference, a
	// password in a URL, and a JSON web token, since Kustomer's API keys are JSON web tokens.
	secretShapes = []*regexp.Regexp{
		regexp.MustCompile(`(?i)\bapi[-_ ]?key["']?\s*[:=]\s*["']?(.+)`),
		regexp.MustCompile(`://([^\s/@"']+)@`),
		regexp.MustCompile(`(eyJ[A-Za-z0-9_-]{6,}[A-Za-z0-9._-]*)`),
	}
)

// maskLine masks what looks like a secret.
func maskLine(line string) string {
	for _, shape := range secretShapes {
		line = replaceGroup(shape, line, func(s string) string {
			if reference.MatchString(s) {
				return s
			}
			return stars(s)
		})
	}
	return line
}

// replaceGroup replaces the first group of every match.
func replaceGroup(re *regexp.Regexp, s string, with func(string) string) string {
	matches := re.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return s
	}
	var b strings.Builder
	last := 0
	for _, m := range matches {
		b.WriteString(s[last:m[2]])
		b.WriteString(with(s[m[2]:m[3]]))
		last = m[3]
	}
	b.WriteString(s[last:])
	return b.String()
}

func stars(s string) string { return strings.Repeat("*", utf8.RuneCountInString(s)) }
