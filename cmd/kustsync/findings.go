package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// findingText says what rows name and the org does not have, and what to do; nil when there is nothing to say. The
// sandbox declares no attributes unless it is told to, so it is not expected to know one.
func findingText(f kustomer.Finding, sandbox bool) []string {
	at := fmt.Sprintf("%s (%s, first in %s)", f.Step, report.Plural(f.Rows, "row"), f.Place)
	switch {
	case f.What == kustomer.Unchecked && f.Kind == "attribute":
		return []string{"the custom attributes of a " + f.Object + " could not be checked: the key may not read metadata (org.permission.metadata.read)"}
	case f.What == kustomer.Unchecked:
		return []string{fmt.Sprintf("the %ss that rows name could not all be checked: the key may not read them, or there are very many", f.Kind)}
	case f.What == kustomer.WrongType:
		return []string{fmt.Sprintf("%s: the custom attribute %s of a %s is declared as %s in Kustomer, which its name does not fit; correct the name or the attribute", at, f.Name, f.Object, f.Type)}
	case f.Kind == "attribute" && len(f.Known) == 0 && sandbox:
		return nil
	case f.Kind == "attribute":
		return []string{fmt.Sprintf("%s: Kustomer does not know the custom attribute %s of a %s; %s", at, f.Name, f.Object, nearestAttribute(f.Name, f.Known))}
	}
	return []string{fmt.Sprintf("%s: there is no %s %s in the org; correct the table or the row", at, f.Kind, f.Name)}
}

// suffixes are the types that names of custom attributes end in (kustomer-api.md 5.4).
var suffixes = [...]string{"Str", "Txt", "Num", "Bool", "At", "Url", "Id"}

// nearestAttribute suggests the attribute that is meant: one of another type, else one that is spelled alike.
func nearestAttribute(name string, known []string) string {
	for _, other := range known {
		if stem(other) == stem(name) {
			return fmt.Sprintf("did you mean %q, of another type?", other)
		}
	}
	if near, ok := config.Nearest(name, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "declare it there first, or leave it out"
}

// stem is an attribute's name without its type.
func stem(name string) string {
	i := slices.IndexFunc(suffixes[:], func(s string) bool { return strings.HasSuffix(name, s) })
	if i < 0 {
		return name
	}
	return strings.TrimSuffix(name, suffixes[i])
}
