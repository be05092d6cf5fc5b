package sources_test

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

func TestJSONRows(t *testing.T) {
	runShown(t, "in.json", []shown{
		{"values keep their kind and every digit", `[{"a":12345678901234567890,"b":1.50,"c":true,"d":null,"e":[1,[]],"f":{"g":"x"}}]`, sources.Options{}, `
			1: a="12345678901234567890" b="1.50" c=true d=<nil> e=[]interface {}{"1", []interface {}{}} f=map[string]interface {}{"g":"x"}
			`},
		{"every element has its line", "\n[\n{\"a\":\"1\"}, {\n\"a\":\"2\"},\n\n{\"a\":\"3\"}\n]\n", sources.Options{}, `
			3: a="1"
			3: a="2"
			6: a="3"
			`},
		{"no elements", " [ ] ", sources.Options{}, ""},
		{"a byte order mark", "\uFEFF[{\"a\":\"é\"}]", sources.Options{}, `
			1: a="é"
			`},
		{"escapes", `[{"a\u0062":"\ud83d\ude00\n\"\\u0041\/"}]`, sources.Options{}, `
			1: ab="😀\n\"\\u0041/"
			`},
		{"elements that are no rows", "[1,\n\"x\",null,\n[{\"a\":1}],true,{}]", sources.Options{}, `
			1! the row is a number, not an object | raw: "1"
			2! the row is a text, not an object | raw: "\"x\""
			2! the row is null, not an object | raw: "null"
			3! the row is an array, not an object | raw: "[{\"a\":1}]"
			3! the row is true or false, not an object | raw: "true"
			3:
			`},
		{"a name twice", `[{"a":{"b":"1","b":"2"}},{"a":"1","\u0061":"2"},{"a":"3"}]`, sources.Options{}, `
			1! the member "b" appears twice | raw: "{\"a\":{\"b\":\"1\",\"b\":\"2\"}}"
			1! the member "a" appears twice | raw: "{\"a\":\"1\",\"\\u0061\":\"2\"}"
			1: a="3"
			`},
		{"half a character", `[{"a":"\ud800"},{"a":"\udc00\ud800"},{"a":"\ud800\u0041"},{"\ud800":1},{"a":"\\ud800"}]`, sources.Options{}, `
			1! an escape \u in this row is half a character (a lone surrogate) | raw: "{\"a\":\"\\ud800\"}"
			1! an escape \u in this row is half a character (a lone surrogate) | raw: "{\"a\":\"\\udc00\\ud800\"}"
			1! an escape \u in this row is half a character (a lone surrogate) | raw: "{\"a\":\"\\ud800\\u0041\"}"
			1! an escape \u in this row is half a character (a lone surrogate) | raw: "{\"\\ud800\":1}"
			1: a="\\ud800"
			`},
		{"not UTF-8", "[{\"a\":\"1\"},\n{\"a\":\"\xE9\"}]", sources.Options{}, `
			1: a="1"
			error: in.json:2: byte 0xE9 at offset 18 is not UTF-8; save the file as UTF-8
			`},
	})
}

func TestJSONPath(t *testing.T) {
	at := func(path string) sources.Options { return sources.Options{Records: path} }
	const nested = `{"meta": [1, {"customers": []}],
		"data": {"n": 2, "customers": [
			{"a": "1"},
			{"a": "2"}
		], "more": {}},
		"end": null}`
	runShown(t, "in.json", []shown{
		{"inside", nested, at("data.customers"), `
			3: a="1"
			4: a="2"
			`},
		{"the way other tools write it", nested, at("$.data.customers"), `
			3: a="1"
			4: a="2"
			`},
		{"the top", `[{"a":"1"}]`, at("$"), `
			1: a="1"
			`},
		{"no such member", nested, at("data.people"), `
			error: in.json:5: there is no "data.people"; the members there are "n", "customers", "more"; correct records:
			`},
		{"no array there", nested, at("data.more"), `
			error: in.json:5: "data.more" is an object, not an array; set records: to the path of the array, such as data.customers
			`},
		{"no object on the way", nested, at("meta.customers"), `
			error: in.json:1: "meta" is an array, not an object; set records: to the path of the array, such as data.customers
			`},
		{"an object without records:", `{"a":1}`, at(""), `
			error: in.json:1: the top of the file is an object, not an array; set records: to the path of the array, such as data.customers; or set type: ndjson if every line holds one object
			`},
		{"the array appears twice", `{"a":[{"b":"1"}], "c":0, "a":[]}`, at("a"), `
			1: b="1"
			error: in.json:1: the member "a" appears twice; keep one of them
			`},
	})
}

func TestJSONDamage(t *testing.T) {
	runShown(t, "in.json", []shown{
		{"empty", "", sources.Options{}, `
			error: in.json:1: the file is empty: there is no JSON in it; check the export that wrote it
			`},
		{"cut short", "[{\"a\":\"1\"},\n{\"a\":", sources.Options{}, `
			1: a="1"
			error: in.json:2: the file ends in the middle of a JSON value; copy or export the file again, it is cut short
			`},
		{"cut short between elements", "[{\"a\":\"1\"}\n", sources.Options{}, `
			1: a="1"
			error: in.json:2: the file ends in the middle of a JSON value; copy or export the file again, it is cut short
			`},
		{"a broken element", "[{\"a\":\"1\"},\n{\"a\":\n!}]", sources.Options{}, `
			1: a="1"
			error: in.json:3: this is not JSON: invalid character '!' looking for beginning of value; correct the file, or export it again
			`},
		{"no comma", "[{\"a\":\"1\"}\n{\"a\":\"2\"}]", sources.Options{}, `
			1: a="1"
			error: in.json:2: this is not JSON: expected comma after array element; correct the file, or export it again
			`},
		{"a comma too many", "[{\"a\":\"1\"},\n]", sources.Options{}, `
			1: a="1"
			error: in.json:2: this is not JSON: invalid character ']' looking for beginning of value; correct the file, or export it again
			`},
		{"something behind the array", "[{\"a\":\"1\"}]\n[]", sources.Options{}, `
			1: a="1"
			error: in.json:2: something follows the end of the JSON value; remove it; if every line holds one value, set type: ndjson
			`},
		{"broken behind the records", "{\"a\":[{\"b\":\"1\"}],\n\"c\":[1,,2]}", sources.Options{Records: "a"}, `
			1: b="1"
			error: in.json:2: this is not JSON: invalid character ',' looking for beginning of value; correct the file, or export it again
			`},
	})
}

func TestNDJSONRows(t *testing.T) {
	runShown(t, "in.ndjson", []shown{
		{"broken lines", "{\"a\":\"1\"}\r\n\n{\"a\":\n [1]\n{\"a\":\"2\"} x\n{\"a\":\"3\"}", sources.Options{}, `
			1: a="1"
			3! the line is not JSON: unexpected end of JSON input | raw: "{\"a\":"
			4! the row is an array, not an object | raw: "[1]"
			5! the line is not JSON: invalid character 'x' after top-level value | raw: "{\"a\":\"2\"} x"
			6: a="3"
			`},
		{"not UTF-8", "{\"a\":\"1\"}\n{\"a\":\"\xFF\"}\n", sources.Options{}, `
			1: a="1"
			error: in.ndjson:2: byte 0xFF at offset 16 is not UTF-8; save the file as UTF-8
			`},
		{"a space that JSON does not know", "\u00a0{}\n", sources.Options{}, `
			1! the line is not JSON: invalid character 'Â' looking for beginning of value | raw: "\u00a0{}"
			`},
		{"UTF-16 by its mark", "\xFF\xFE{\x00}\x00\n\x00", sources.Options{}, `
			1:
			`},
		{"empty", "", sources.Options{}, ""},
	})
}

func TestJSONLimits(t *testing.T) {
	const mib = 1 << 20
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	for name, test := range map[string]struct {
		file, text, records, want string
	}{
		"a long value":            {file: "in.json", text: `[{"a":"` + strings.Repeat("x", 15*mib) + `"}]`, want: "1: a="},
		"a longer value":          {file: "in.json", text: "[\n" + `{"a":"` + strings.Repeat("x", 17*mib) + `"}]`, want: "in.json:1: the value that begins here is longer than 16 MiB"},
		"an endless gap":          {file: "in.json", text: "[" + strings.Repeat(" ", 17*mib) + `{"a":"1"}]`, want: "longer than 16 MiB"},
		"a long line":             {file: "in.jsonl", text: `{"a":"` + strings.Repeat("x", 15*mib) + `"}`, want: "1: a="},
		"a longer line":           {file: "in.jsonl", text: "\n" + `{"a":"` + strings.Repeat("x", 17*mib) + `"}`, want: "error: in.jsonl:2: the line is longer than 16 MiB"},
		"a deep row":              {file: "in.json", text: `[{"a":` + deep(2000) + `}]`, want: "1! values are nested deeper than 1000"},
		"a deep line":             {file: "in.jsonl", text: `{"a":` + deep(2000) + `}`, want: "1! values are nested deeper than 1000"},
		"a deeper row":            {file: "in.json", text: `[{"a":` + deep(20_000) + `}]`, want: "error: in.json:1: this is not JSON: invalid character '[' exceeded max depth"},
		"deep beside the records": {file: "in.json", text: `{"x":` + deep(2000) + `,"a":[]}`, records: "a", want: "error: in.json:1: values are nested deeper than 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(t, test.file, test.text, sources.Options{Records: test.records}); !strings.Contains(got, test.want) {
				t.Errorf("got %.200q, want %q in it", got, test.want)
			}
		})
	}
}
