package sandbox

import (
	"fmt"
	"strings"
)

// choice is an option that a command line sets by its name.
type choice struct {
	name   string
	values string // separated by |; the first is the default
	doc    string
	set    func(o *Options, value string)
}

// choices are the options that --switch takes: what is not known of Kustomer, and seldom needed.
var choices = []choice{
	{"deleted-reads", "404|410|200", "GET of a deleted object by id", func(o *Options, v string) { o.Deleted.Reads = Deleted(v) }},
	{"deleted-lookups", "404|410|200", "its look-up by externalId, email or phone", func(o *Options, v string) { o.Deleted.LookUps = Deleted(v) }},
	{"deleted-updates", "404|410|200", "its update", func(o *Options, v string) { o.Deleted.Updates = Deleted(v) }},
	{"merged-reads", "404|410|200|survivor", "GET of a merged object by id", func(o *Options, v string) { o.Merged.Reads = Deleted(v) }},
	{"merged-lookups", "survivor|404|410|200", "its look-up by externalId", func(o *Options, v string) { o.Merged.LookUps = Deleted(v) }},
	{"merged-updates", "404|410|200|survivor", "its update", func(o *Options, v string) { o.Merged.Updates = Deleted(v) }},
	{"merges-of-gone", "200|404", "GET of the merges of a customer that is gone", func(o *Options, v string) { o.MergesGone = v == "404" }},
	{"below", "deleted|kept", "what belongs to an object that is deleted", func(o *Options, v string) { o.Below = Below(v) }},
	{"identifiers", "held|free", "externalIds, addresses and numbers of a deleted object", func(o *Options, v string) { o.Identifiers = Identifiers(v) }},
	{"restore", "off|on", "an update with deleted: false brings an object back", func(o *Options, v string) { o.Restore = v == "on" }},
	{"list-deleted", "off|on", "lists show deleted objects too", func(o *Options, v string) { o.ListDeleted = v == "on" }},
	{"as-kustomer", "off|on", "e-mails in lower case, times in UTC, tags by ids", func(o *Options, v string) { o.AsKustomer = v == "on" }},
	{"comma-lists", "off|on", "GET of several customers at once", func(o *Options, v string) { o.CommaLists = v == "on" }},
	{"audit-log", "on|off", "GET /v1/audit-logs shows changes", func(o *Options, v string) { o.NoAudit = v == "off" }},
	{"rate-mode", "fixed|sliding|leaky", "how requests of the org are counted", func(o *Options, v string) { o.RateMode = RateMode(v) }},
	{"keep-company", "off|on", "an update without company leaves it linked", func(o *Options, v string) { o.KeepCompany = v == "on" }},
}

// Switch sets an option by a text such as merged-updates=410; SwitchHelp lists what there is.
func (o *Options) Switch(text string) error {
	name, value, _ := strings.Cut(text, "=")
	for _, c := range choices {
		if c.name != name {
			continue
		}
		for v := range strings.SplitSeq(c.values, "|") {
			if v == value {
				c.set(o, value)
				return nil
			}
		}
		return fmt.Errorf("%s=%s is not known: use %s=%s", name, value, name, c.values)
	}
	return fmt.Errorf("there is no switch %q", name)
}

// SwitchHelp lists the switches and their values for a help text, the default first.
func SwitchHelp() string {
	var b strings.Builder
	for _, c := range choices {
		fmt.Fprintf(&b, "  %-16s %-21s %s\n", c.name, c.values, c.doc)
	}
	return b.String()
}
