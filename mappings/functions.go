package mappings

import (
	"slices"
	"strings"
)

// Function is one entry of the table of functions.
type Function struct {
	Name string
	// Group is the kind of values it is about: "row", "logic", "text", ...
	Group string
	// Signature is the name and what follows it: "NAME" in quotes must be written out in the
	// template, [NAME] may be left out, NAME... stands for any number. It is also what the
	// compiler checks calls against.
	Signature string
	Doc       string // one sentence
	Example   string // a template
	Want      string // what Example prints for the row of the manual

	bind binder
}

// Functions returns the table of functions, group by group. To add one, add an entry here; a test
// runs every example.
func Functions() []Function {
	return slices.Concat(
		rowFunctions(), logicFunctions(), textFunctions(), listFunctions(), objectFunctions(),
		numberFunctions(), timeFunctions(), contactFunctions(), regexpFunctions(),
	)
}

func rowFunctions() []Function {
	const g = "row"
	return []Function{
		{"col", g, `col "COLUMN"`,
			"Reads a column whose name has spaces or other odd characters.",
			`{{ col "Last Name" }}`, "Lee", bindCol},
		{"parent", g, `parent`,
			"The outer row, in a step with each: parent.name reads its column.",
			`{{ parent.id }}`, "t-1", bindParent},
		{"key", g, `key`,
			"The row's key in this step.",
			`{{ key }}`, "zd-7", bindKey},
		{"ref", g, `ref "STEP" [KEY]`,
			"The Kustomer id that a step gave the object with this key; without a key, the key that this " +
				"row has in that step.",
			`{{ ref "customer" (print "zd-" .id) }}`, "id-of-zd-7", bindRef},
		{"lookup", g, `lookup "TABLE" KEY`,
			`The value that a table has for a key, or for "*"; a key without a value rejects the row, "" ` +
				`gives "".`,
			`{{ .status | lookup "statuses" }}`, "done", bindLookup},
		{"find", g, `find "KIND" ["BY"] [VALUE...]`,
			"What Kustomer has: an object with id, type, its attributes, and the ids of its relations under " +
				"customerId and the like. Nothing there rejects the row. Asked once for the same; in a dry run not at all.",
			`{{ (find "user" "email" "ana@example.com").id }}`, "id-of-ana@example.com", bindFind},
		{"findOr", g, `findOr DEFAULT "KIND" ["BY"] [VALUE...]`,
			`As find, with a default for what is not there; members of the default "" are empty.`,
			`{{ (findOr "" "user" "email" "nobody").id | default "none" }}`, "none", bindFindOr},
		{"row_number", g, `row_number`,
			"The number of the row in its source, from 1.",
			`{{ row_number }}`, "41", run(rowNumber)},
		{"file_name", g, `file_name`,
			"The file that the row was read from.",
			`{{ file_name }}`, "people.csv", run(fileName)},
		{"now", g, `now`,
			"The start of the run.",
			`{{ now }}`, "2026-01-02T03:04:05.000Z", bindVolatile(runStart)},
		{"run_id", g, `run_id`,
			"The id of the run.",
			`{{ run_id }}`, "r1", bindVolatile(runID)},
		{"null", g, `null`,
			"Sends an explicit null, which clears a field.",
			`{{ null }}`, "", run(nullValue)},
	}
}

func logicFunctions() []Function {
	const g = "logic"
	return []Function{
		{"and", g, `and A...`,
			"The first false value (false, 0, empty), else the last.",
			`{{ and .id "yes" }}`, "yes", bindAnd},
		{"or", g, `or A...`,
			"The first true value, else the last.",
			`{{ or .missing "none" }}`, "none", bindOr},
		{"not", g, `not A`,
			"true for false, 0 and empty values.",
			`{{ not .missing }}`, "true", run(not)},
		{"eq", g, `eq A B...`,
			"Whether A equals one of the others: text with text, number with number, time with time.",
			`{{ eq .status "closed" "solved" }}`, "true", run(eq)},
		{"ne", g, `ne A B`,
			"Whether A and B differ.",
			`{{ ne .status "open" }}`, "true", run(ne)},
		{"lt", g, `lt A B`,
			"Whether A is less than B; text is compared as text, so make numbers of it first.",
			`{{ lt (number .amount) 20 }}`, "true", run(ordering(func(c int) bool { return c < 0 }))},
		{"le", g, `le A B`,
			"Whether A is at most B.",
			`{{ le 2 2 }}`, "true", run(ordering(func(c int) bool { return c <= 0 }))},
		{"gt", g, `gt A B`,
			"Whether A is greater than B.",
			`{{ gt 3 2 }}`, "true", run(ordering(func(c int) bool { return c > 0 }))},
		{"ge", g, `ge A B`,
			"Whether A is at least B.",
			`{{ ge 2 3 }}`, "false", run(ordering(func(c int) bool { return c >= 0 }))},
		{"default", g, `default B A`,
			"A, or B when A is empty; 0 and false are not empty.",
			`{{ .missing | default "n/a" }}`, "n/a", run(defaultTo)},
		{"coalesce", g, `coalesce A...`,
			"The first that is not empty.",
			`{{ coalesce .missing .phone .id }}`, "(415) 555-2671", run(coalesce)},
		{"ternary", g, `ternary A B CONDITION`,
			"A when the condition is true, else B.",
			`{{ eq .status "solved" | ternary "done" "open" }}`, "done", run(ternary)},
		{"empty", g, `empty A`,
			`Whether A is "", nothing, an empty list or an empty object.`,
			`{{ empty .missing }}`, "true", run(empty)},
		{"required", g, `required "MESSAGE" A`,
			"A; when it is empty the row is rejected with the message.",
			`{{ .id | required "no id" }}`, "7", bindRequired},
		{"bool", g, `bool A`,
			"true, yes, y, t, on, 1 and their opposites as true or false, in any case.",
			`{{ bool "Yes" }}`, "true", run(toBool)},
	}
}

func textFunctions() []Function { //nolint:funlen // a table
	const g = "text"
	return []Function{
		{"print", g, `print [A...]`,
			"The values as one text, with nothing between them.",
			`{{ print "zd-" .id }}`, "zd-7", run(printAll)},
		{"printf", g, `printf "FORMAT" [A...]`,
			"Text with %s (text), %d (whole number), %f (number), %q (text in quotes), %v (anything) and " +
				"%%, with widths such as %05d and %.2f.",
			`{{ printf "%05d/%.2f" (int .id) (number .amount) }}`, "00007/12.50", bindPrintf},
		{"lower", g, `lower TEXT`,
			"Lower case.",
			`{{ lower "ÀB" }}`, "àb", run(text1(strings.ToLower))},
		{"upper", g, `upper TEXT`,
			"Upper case.",
			`{{ upper "àb" }}`, "ÀB", run(text1(strings.ToUpper))},
		{"trim", g, `trim TEXT`,
			"Without white space at both ends.",
			`[{{ trim "  a b " }}]`, "[a b]", run(text1(strings.TrimSpace))},
		{"trimAll", g, `trimAll CHARACTERS TEXT`,
			"Without these characters at both ends.",
			`{{ trimAll "$" "$5.00$" }}`, "5.00", run(text2(func(cut, s string) string { return strings.Trim(s, cut) }))},
		{"trimPrefix", g, `trimPrefix PREFIX TEXT`,
			"Without this beginning.",
			`{{ trimPrefix "zd-" "zd-7" }}`, "7", run(text2(func(p, s string) string { return strings.TrimPrefix(s, p) }))},
		{"trimSuffix", g, `trimSuffix SUFFIX TEXT`,
			"Without this end.",
			`{{ trimSuffix ".0" "7.0" }}`, "7", run(text2(func(p, s string) string { return strings.TrimSuffix(s, p) }))},
		{"squeeze", g, `squeeze TEXT`,
			"With each run of white space made one space, and none at the ends.",
			`{{ squeeze " a \n  b " }}`, "a b", run(text1(squeeze))},
		{"nospace", g, `nospace TEXT`,
			"Without any white space.",
			`{{ nospace "a b c" }}`, "abc", run(text1(nospace))},
		{"replace", g, `replace OLD NEW TEXT`,
			"With every OLD made NEW.",
			`{{ replace "-" " " "a-b-c" }}`, "a b c", run(replace)},
		{"contains", g, `contains PART TEXT`,
			"Whether the text has the part.",
			`{{ contains "ell" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.Contains(s, p) }))},
		{"hasPrefix", g, `hasPrefix PREFIX TEXT`,
			"Whether the text begins so.",
			`{{ hasPrefix "he" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.HasPrefix(s, p) }))},
		{"hasSuffix", g, `hasSuffix SUFFIX TEXT`,
			"Whether the text ends so.",
			`{{ hasSuffix "lo" "hello" }}`, "true", run(textTest(func(p, s string) bool { return strings.HasSuffix(s, p) }))},
		{"trunc", g, `trunc N TEXT`,
			"At most N units from the beginning (a negative N: from the end), counted as Kustomer counts, " +
				"in UTF-16; no character is cut in two.",
			`{{ trunc 3 "Grüße" }}`, "Grü", run(truncate)},
		{"substr", g, `substr START END TEXT`,
			"The characters from START, counted from 0, up to END; a negative END is the end of the text.",
			`{{ substr 1 3 "hello" }}`, "el", run(substr)},
		{"repeat", g, `repeat N TEXT`,
			"The text N times.",
			`{{ repeat 3 "ab" }}`, "ababab", run(repeat)},
		{"indent", g, `indent N TEXT`,
			"With N spaces before every line.",
			`{{ indent 2 "a\nb" }}`, "  a\n  b", run(indent)},
		{"quote", g, `quote TEXT`,
			"In double quotes, escaped as in JSON.",
			`{{ quote "a\"b" }}`, `"a\"b"`, run(quote)},
		{"html", g, `html TEXT`,
			"With < > & and quotes escaped, for a field that holds HTML.",
			`{{ html "a < b" }}`, "a &lt; b", run(text1(escapeHTML))},
		{"unescapeHTML", g, `unescapeHTML TEXT`,
			"With &amp; and its like made characters.",
			`{{ unescapeHTML "Tom &amp; Jo" }}`, "Tom & Jo", run(text1(unescapeHTML))},
		{"stripTags", g, `stripTags TEXT`,
			"HTML as plain text: tags out, breaks and paragraphs as new lines, entities as characters.",
			`{{ stripTags "<p>Hi <b>you</b></p>" }}`, "Hi you", run(text1(stripTags))},
		{"urlquery", g, `urlquery TEXT`,
			"Escaped for the query of a URL.",
			`{{ urlquery "a b&c" }}`, "a+b%26c", run(text1(escapeQuery))},
		{"hash", g, `hash A`,
			"The SHA-256 of the value's text, as 64 hex digits.",
			`{{ hash "a" | trunc 8 }}`, "ca978112", run(hash)},
	}
}

func listFunctions() []Function {
	const g = "list"
	return []Function{
		{"list", g, `list [A...]`,
			"A list of the values.",
			`{{ list "a" .id }}`, `["a","7"]`, run(list)},
		{"split", g, `split SEPARATOR TEXT`,
			`The parts of the text as a list; "" is an empty list.`,
			`{{ .labels | split "|" }}`, `["vip","new"]`, run(split)},
		{"join", g, `join SEPARATOR LIST`,
			"The items as one text.",
			`{{ list "a" "b" | join ", " }}`, "a, b", run(join)},
		{"first", g, `first LIST`,
			"The first item; nothing of an empty list.",
			`{{ first .tags }}`, "red", run(first)},
		{"last", g, `last LIST`,
			"The last item; nothing of an empty list.",
			`{{ last .tags }}`, "blue", run(last)},
		{"rest", g, `rest LIST`,
			"All but the first item.",
			`{{ rest .tags }}`, `["blue"]`, run(rest)},
		{"index", g, `index A KEY...`,
			"The item of a list (counted from 0) or the member of an object; nothing when there is none.",
			`{{ index .tags 1 }}`, "blue", bindIndex},
		{"slice", g, `slice A START [END]`,
			"The items of a list, or the characters of a text, from START, counted from 0, up to END.",
			`{{ slice "hello" 1 3 }}`, "el", ordered(run(slice))},
		{"len", g, `len A`,
			"The number of items, of members, or of characters.",
			`{{ len "Grüße" }}`, "5", run(length)},
		{"has", g, `has A LIST`,
			"Whether the list has the item.",
			`{{ has "red" .tags }}`, "true", run(has)},
		{"uniq", g, `uniq LIST`,
			"Without items that were there before.",
			`{{ uniq (list 1 2 1) }}`, "[1,2]", run(uniq)},
		{"compact", g, `compact LIST`,
			"Without empty items.",
			`{{ compact (list "a" "") }}`, `["a"]`, run(compact)},
		{"sortAlpha", g, `sortAlpha LIST`,
			"Sorted as text.",
			`{{ sortAlpha (list "b" "a") }}`, `["a","b"]`, run(sortAlpha)},
		{"reverse", g, `reverse LIST`,
			"The other way round.",
			`{{ reverse (list 1 2) }}`, "[2,1]", run(reverse)},
		{"concat", g, `concat LIST...`,
			"The items of all lists in one.",
			`{{ concat .tags (list "x") }}`, `["red","blue","x"]`, run(concat)},
		{"pluck", g, `pluck NAME LIST`,
			"One member of every object in a list.",
			`{{ pluck "email" .emails }}`, `["a@x.io","b@x.io"]`, run(pluck)},
	}
}

func objectFunctions() []Function {
	const g = "object"
	return []Function{
		{"dict", g, `dict [NAME A...]`,
			"An object of names and values.",
			`{{ dict "id" .id }}`, `{"id":"7"}`, bindDict},
		{"get", g, `get OBJECT NAME`,
			"A member of an object; nothing when there is none.",
			`{{ get .address "city" }}`, "Oslo", bindGet},
		{"hasKey", g, `hasKey OBJECT NAME`,
			"Whether an object has a member.",
			`{{ hasKey .address "city" }}`, "true", bindHasKey},
		{"keys", g, `keys OBJECT`,
			"The names of an object's members, sorted.",
			`{{ keys .address }}`, `["city"]`, run(keys)},
		{"json", g, `json A`,
			"The value as JSON text.",
			`{{ json .address }}`, `{"city":"Oslo"}`, run(toJSON)},
		{"fromJson", g, `fromJson TEXT`,
			`The value of a JSON text; "" gives "".`,
			`{{ (fromJson "{\"a\":[1]}").a }}`, "[1]", run(fromJSON)},
	}
}

func numberFunctions() []Function {
	const g = "number"
	return []Function{
		{"int", g, `int A`,
			`A whole number, with every digit: "077" is 77, "12.0" is 12, "12a" and "3.3E+11" reject the ` +
				`row; "" gives "".`,
			`{{ int "077" }}`, "77", run(toInt)},
		{"number", g, `number A`,
			`A number: digits with an optional sign, point and exponent, nothing else; "1.10" is 1.1, ` +
				`"1,234" rejects the row; "" gives "".`,
			`{{ number "12.50" }}`, "12.5", run(toNumber)},
		{"add", g, `add A B...`,
			"The sum. Numbers are exact; an empty one rejects the row.",
			`{{ add 0.1 0.2 }}`, "0.3", run(fold(addRat))},
		{"sub", g, `sub A B`,
			"A minus B.",
			`{{ sub 5 2.5 }}`, "2.5", ordered(run(fold(subRat)))},
		{"mul", g, `mul A B...`,
			"The product.",
			`{{ mul 1.1 3 }}`, "3.3", run(fold(mulRat))},
		{"div", g, `div A B`,
			"A divided by B; a quotient that does not end keeps 12 decimals.",
			`{{ div 1999 100 }}`, "19.99", ordered(run(fold(divRat)))},
		{"mod", g, `mod A B`,
			"What is left when the whole number A is divided by the whole number B; it has the sign of A.",
			`{{ mod 7 3 }}`, "1", ordered(run(fold(modRat)))},
		{"round", g, `round A [PLACES]`,
			"To that many decimals, halves away from zero.",
			`{{ round 2.345 2 }}`, "2.35", bindRound},
		{"floor", g, `floor A`,
			"The whole number at or below.",
			`{{ floor 2.7 }}`, "2", run(rounded(floorRat))},
		{"ceil", g, `ceil A`,
			"The whole number at or above.",
			`{{ ceil 2.1 }}`, "3", run(rounded(ceilRat))},
		{"abs", g, `abs A`,
			"Without its sign.",
			`{{ abs -3 }}`, "3", run(rounded(absRat))},
		{"min", g, `min A...`,
			"The least.",
			`{{ min 3 1 2 }}`, "1", run(fold(minRat))},
		{"max", g, `max A...`,
			"The greatest.",
			`{{ max 3 1 2 }}`, "3", run(fold(maxRat))},
	}
}

func timeFunctions() []Function {
	const g = "time"
	return []Function{
		{"date", g, `date ["LAYOUT"] A`,
			`The time that a text names, by a Go layout, a strftime layout, "unix" or "unixms"; without ` +
				`one by RFC 3339 and the common ISO forms. Without an offset it is in the run's time zone. ` +
				`What does not exist, or exists twice when clocks go back, rejects the row; "" gives "".`,
			`{{ date "01/02/2006" "12/31/2025" }}`, "2025-12-31T00:00:00.000Z", bindDate},
		{"formatDate", g, `formatDate "LAYOUT" A`,
			"A time as text, in the run's time zone, by a Go or a strftime layout.",
			`{{ formatDate "%d.%m.%Y" (date "2025-12-31") }}`, "31.12.2025", bindFormatDate},
		{"dateModify", g, `dateModify "DURATION" A`,
			`A time moved by "90m", "-1.5h", ...`,
			`{{ dateModify "-1h" (date "2025-12-31") }}`, "2025-12-30T23:00:00.000Z", bindDateModify},
		{"addDays", g, `addDays N A`,
			"A time moved by days of the calendar.",
			`{{ addDays 1 (date "2025-12-31") }}`, "2026-01-01T00:00:00.000Z", bindAddDays},
		{"unix", g, `unix A`,
			"The seconds since 1970 of a time.",
			`{{ unix (date "2025-12-31") }}`, "1767139200", bindUnix},
	}
}

func contactFunctions() []Function {
	const g = "contact"
	return []Function{
		{"phone", g, `phone [REGION] TEXT`,
			`A telephone number in E.164; REGION ("US") is for numbers without +. A number that cannot ` +
				`be, or one with an extension, rejects the row; "" gives "".`,
			`{{ .phone | phone "US" }}`, "+14155552671", bindPhone},
		{"email", g, `email TEXT`,
			`A checked e-mail address, without white space at the ends; "" gives "".`,
			`{{ email " jo@example.com " }}`, "jo@example.com", run(email)},
	}
}

func regexpFunctions() []Function {
	const g = "regexp"
	return []Function{
		{"regexMatch", g, `regexMatch "PATTERN" TEXT`,
			"Whether the text has a match of the pattern (RE2).",
			`{{ regexMatch "^[0-9]+$" .id }}`, "true", bindRegexMatch},
		{"regexFind", g, `regexFind "PATTERN" TEXT`,
			`The first match, or "".`,
			`{{ regexFind "[0-9]+" "order 66, 67" }}`, "66", bindRegexFind},
		{"regexFindAll", g, `regexFindAll "PATTERN" TEXT`,
			"All matches, as a list.",
			`{{ regexFindAll "[0-9]+" "order 66, 67" }}`, `["66","67"]`, bindRegexFindAll},
		{"regexReplaceAll", g, `regexReplaceAll "PATTERN" TEXT NEW`,
			"With every match made NEW, in which ${1} is the first group.",
			`{{ regexReplaceAll "[^0-9]" "+1 (415)" "" }}`, "1415", ordered(bindRegexReplaceAll)},
	}
}
