package config

import (
	"fmt"

	"github.com/kustsync/kustsync/mappings"
)

// hideSecrets masks what may be an API key: an api_key anywhere whose value is not ${NAME}, and the unknown keys under
// kustomer:, since each may be a misspelt api_key.
func hideSecrets(root *node, t *text) {
	for _, e := range root.entries {
		if mappings.Fold(e.name) == "apikey" || e.name == "kustomer" && e.value.kind != object {
			hide(e.value, t)
		}
	}
	kustomer := root.at("kustomer")
	if kustomer == nil {
		return
	}
	for _, e := range kustomer.entries {
		_, known := kustomerKeys[e.name]
		if !known || e.name == "api_key" && !apiKeyReference.MatchString(e.value.text) {
			hide(e.value, t)
		}
	}
}

// hide masks the keys and values under n.
func hide(n *node, t *text) {
	if n.kind == scalar && n.text != "" {
		t.hide(n.pos, n.text)
	}
	for _, item := range n.items {
		hide(item, t)
	}
	for _, e := range n.entries {
		t.hide(e.pos, e.name)
		hide(e.value, t)
	}
}

// apiKeyName returns the environment variable that holds the API key.
func apiKeyName(root *node) string {
	if n := root.at("kustomer", "api_key"); n != nil {
		if m := apiKeyReference.FindStringSubmatch(n.text); m != nil {
			return m[1]
		}
	}
	return apiKeyEnv
}

// apiKey checks where the API key comes from. It does not read the key.
func (d *decoder) apiKey(root *node, k *Kustomer) {
	k.APIKeyEnv = apiKeyName(root)
	n := root.at("kustomer", "api_key")
	pos := Pos{File: d.text.path}
	if n != nil {
		pos = n.pos
		if n.kind != scalar || !apiKeyReference.MatchString(n.text) {
			d.add(pos, "api_key is not the name of an environment variable; a key never stands in the file",
				fmt.Sprintf("write ${%s} and set that variable, or name a file with api_key_file", apiKeyEnv))
		}
		if k.APIKeyFile.Value != "" {
			d.add(n.key, "both api_key and api_key_file are set", "remove one of the two")
		}
	}
	if _, ok := d.options.Vars[k.APIKeyEnv]; ok {
		d.add(pos, fmt.Sprintf("--var %s would put the API key where other users of the machine can read it", k.APIKeyEnv),
			fmt.Sprintf("set the environment variable %s instead", k.APIKeyEnv))
	}
}
