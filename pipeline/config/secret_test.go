package config

import (
	"strings"
	"testing"
)

// TestKeyIsNeverShown: no diagnostic shows an API key that stands in the file, however it is written and whatever else
// is wrong.
func TestKeyIsNeverShown(t *testing.T) {
	const key = "s3cr3t-part-one_s3cr3t-part-two"
	styles := map[string]string{
		"plain":         "kustomer:\n  api_key: " + key + "\n",
		"single":        "kustomer:\n  api_key: '" + key + "'\n",
		"double":        "kustomer:\n  api_key: \"" + key + "\"\n",
		"broken double": "kustomer:\n  api_key: \"s3cr3t-part-one_\\\n     s3cr3t-part-two\"\n",
		"literal":       "kustomer:\n  api_key: |\n    " + key + "\n",
		"folded":        "kustomer:\n  api_key: >-\n    s3cr3t-part-one_\n    s3cr3t-part-two\n",
		"next line":     "kustomer:\n  api_key:\n    " + key + "\n",
		"flow":          "kustomer: { org: acme, api_key: " + key + ", allow_host: maybe }\n",
		"flow lines":    "kustomer: {\n  api_key:\n    " + key + ", allow_host: maybe }\n",
		"quoted name":   "kustomer: { \"api_key\": '" + key + "' }\n",
		"list":          "kustomer:\n  api_key: [" + key + "]\n",
		"map":           "kustomer:\n  api_key: { value: " + key + " }\n",
		"anchor":        "kustomer:\n  api_key: &key " + key + "\nname: *key\n",
		"default":       "kustomer:\n  api_key: ${KUSTOMER_API_KEY:-" + key + "}\n",
		"prefix":        "kustomer:\n  api_key: ${KUSTOMER_API_KEY}" + key + "\n",
		"misspelt":      "kustomer:\n  apikey: " + key + "\n",
		"other name":    "kustomer:\n  token: " + key + "\n",
		"top":           "api_key: " + key + "\n",
		"as the block":  "kustomer: " + key + "\n",
	}
	breakages := map[string]string{
		"nothing else": smallest,
		"repeated":     smallest + "    when: [" + key + "]\n    each: { " + key + ": 1 }\n",
		"unknown":      smallest + "runn: 1\n",
		"no YAML":      smallest + "a: b: c\n",
		"tab":          smallest + "\ta: b\n",
		"version":      "version: 2\n",
	}
	for style, text := range styles {
		for breakage, rest := range breakages {
			files := []string{text + rest, rest + text}
			if strings.Contains(text, "api") { // no other name gives a key away in a file that is no YAML
				files = append(files, strings.TrimSuffix(text, "\n")+": x\n"+rest)
			}
			for _, all := range files {
				if _, shown := read(t, all, Options{}); strings.Contains(shown, "s3cr3t") {
					t.Errorf("%s, %s: the key is shown:\n%s\nfile:\n%s", style, breakage, shown, all)
				}
			}
		}
	}
}

// TestReferenceIsShown: the name of the variable is no secret.
func TestReferenceIsShown(t *testing.T) {
	_, shown := read(t, smallest+"kustomer: { api_key: \"${ACME_KEY}\", orgg: acme }\n", Options{})
	if !strings.Contains(shown, `{ api_key: "${ACME_KEY}", orgg: ****`) {
		t.Error(shown)
	}
}
