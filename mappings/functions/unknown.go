package functions

// renamed are functions that other tools have under another name.
var renamed = map[string]string{
	"splitList": "split", "splitn": "split", "toString": "print", "println": "print", "cat": "print",
	"toJson": "json", "toJSON": "json", "sha256sum": "hash", "sha256": "hash", "md5": "hash",
	"atoi": "int", "int64": "int", "float64": "number", "float": "number", "toDate": "date",
	"substring": "substr", "truncate": "trunc", "length": "len", "size": "len", "escape": "html",
	"regexReplace": "regexReplaceAll", "match": "regexMatch", "isEmpty": "empty",
}

// absent are functions that other tools have and that templates do without, with what to do instead.
var absent = map[string]string{
	"env":       "templates do not read the machine; ${NAME} outside {{ }} takes a variable",
	"expandenv": "templates do not read the machine; ${NAME} outside {{ }} takes a variable",
	"uuidv4":    "templates make no random values, so that a second run gives the same payload",
	"randAlpha": "templates make no random values, so that a second run gives the same payload",
	"title":     "there is none: how a name is capitalised cannot be guessed",
	"elif":      "write {{ else if .x }}",
	"endif":     "every block ends with {{ end }}",
	"endfor":    "every block ends with {{ end }}",
	"for":       "write {{ range .list }}...{{ end }}",
	"call":      "functions are called by their name",
	"js":        "payloads are not built from text; json makes JSON",
}

// unknown returns the hints for names of other tools, by name.
func unknown() map[string]string {
	hints := make(map[string]string, len(renamed)+len(absent))
	for name, ours := range renamed {
		hints[name] = "the function is " + ours
	}
	for name, hint := range absent {
		hints[name] = hint
	}
	return hints
}
