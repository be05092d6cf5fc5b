package drive

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

type object = map[string]any

func TestUpdateOf(t *testing.T) {
	for _, c := range []struct {
		name          string
		keep          []string // fields that every update carries
		never         map[string]bool
		known         object // what the ledger knows that the object has; nil: nothing
		open          int    // requests that may have happened
		payload, want object
		news          int
		nothing       bool
	}{
		{name: "where nothing is known all is sent", payload: object{"name": "Ann", "email": "a@x"}, want: object{"name": "Ann", "email": "a@x"}, news: 2},
		{name: "a known field is left out", known: object{"name": "Ann", "email": "old"},
			payload: object{"name": "Ann", "email": "new"}, want: object{"email": "new"}, news: 1},
		{name: "where all is known nothing is sent", known: object{"name": "Ann"}, payload: object{"name": "Ann"}, want: object{}, nothing: true},
		{name: "after a request that may have happened nothing is taken to be known", known: object{"name": "Ann"}, open: 1,
			payload: object{"name": "Ann"}, want: object{"name": "Ann"}, news: 1},
		{name: "an attribute is known by itself", known: object{"custom": object{"aStr": "1", "bStr": "2"}},
			payload: object{"custom": object{"aStr": "1", "bStr": "3"}}, want: object{"custom": object{"bStr": "3"}}, news: 1},
		{name: "a custom object without news is left out", known: object{"custom": object{"aStr": "1"}},
			payload: object{"custom": object{"aStr": "1"}, "name": "Ann"}, want: object{"name": "Ann"}, news: 1},
		{name: "never_overwrite leaves fields and attributes out", never: map[string]bool{"email": true, "custom.aStr": true},
			payload: object{"name": "Ann", "email": "a@x", "custom": object{"aStr": "1", "bStr": "2"}},
			want:    object{"name": "Ann", "custom": object{"bStr": "2"}}, news: 2},
		{name: "a field that every update needs is sent though it is known", keep: []string{"name"}, known: object{"name": "Ann", "email": "old"},
			payload: object{"name": "Ann", "email": "new"}, want: object{"name": "Ann", "email": "new"}, news: 1},
		{name: "such a field alone is no reason to send", keep: []string{"name"}, known: object{"name": "Ann"},
			payload: object{"name": "Ann"}, want: object{"name": "Ann"}, nothing: true},
	} {
		s := newStep(nil)
		s.Spec.Preserve, s.NeverOverwrite = c.keep, c.never
		before := maps.Clone(c.payload)
		r := newRow("1", c.payload)
		r.Facts.Open = c.open
		if c.known != nil {
			set, err := fields.New(s.Spec, c.known)
			if err != nil {
				t.Fatal(err)
			}
			r.before = newBefore(string(set))
		}
		u := s.updateOf(r, c.payload)
		if diff := cmp.Diff(c.want, u.payload); diff != "" || u.news != c.news || u.isNothing(sinks.Update) != c.nothing {
			t.Errorf("%s: %d new fields, want %d; nothing to send: %t, want %t; payload (-want +got):\n%s",
				c.name, u.news, c.news, u.isNothing(sinks.Update), c.nothing, diff)
		}
		if diff := cmp.Diff(before, r.Payload()); diff != "" {
			t.Errorf("%s: the row's payload was changed:\n%s", c.name, diff)
		}
	}
}

func newBefore(known string) *before { return &before{outcome: ledger.Created, fields: known} }

func TestSetIfEmptyLeavesFullFieldsOut(t *testing.T) {
	for _, c := range []struct {
		name           string
		paths          map[string]bool
		payload        object
		have           object
		want           object
		news           int
		looks, nothing bool
	}{
		{name: "a field that the object has", paths: map[string]bool{"email": true}, payload: object{"name": "Ann", "email": "new"},
			have: object{"email": "old"}, want: object{"name": "Ann"}, news: 1, looks: true},
		{name: "a field that is empty in the object", paths: map[string]bool{"email": true}, payload: object{"email": "new"},
			have: object{"email": ""}, want: object{"email": "new"}, news: 1, looks: true},
		{name: "an attribute that the object has", paths: map[string]bool{"custom.aStr": true},
			payload: object{"custom": object{"aStr": "1", "bStr": "2"}}, have: object{"custom": object{"aStr": "0"}},
			want: object{"custom": object{"bStr": "2"}}, news: 1, looks: true},
		{name: "an attribute that is empty in the object", paths: map[string]bool{"custom.aStr": true},
			payload: object{"custom": object{"aStr": "1"}}, have: object{"custom": object{"aStr": nil}},
			want: object{"custom": object{"aStr": "1"}}, news: 1, looks: true},
		{name: "the only field", paths: map[string]bool{"custom.aStr": true}, payload: object{"custom": object{"aStr": "1"}},
			have: object{"custom": object{"aStr": "0"}}, want: object{}, looks: true, nothing: true},
		{name: "a field that the update does not send", paths: map[string]bool{"email": true, "custom.aStr": true},
			payload: object{"name": "Ann", "custom": object{"bStr": "2"}}, have: object{"email": "old", "custom": object{"aStr": "0"}},
			want: object{"name": "Ann", "custom": object{"bStr": "2"}}, news: 2},
	} {
		s := newStep(nil)
		s.SetIfEmpty = c.paths
		u := s.updateOf(newRow("1", c.payload), c.payload)
		if got := u.looks(s.Step); got != c.looks {
			t.Errorf("%s: the object is to be read: %t, want %t", c.name, got, c.looks)
		}
		u.leaveFull(s.Step, c.have)
		if diff := cmp.Diff(c.want, u.payload); diff != "" || u.news != c.news || u.isNothing(sinks.Update) != c.nothing {
			t.Errorf("%s: %d new fields, want %d; payload (-want +got):\n%s", c.name, u.news, c.news, diff)
		}
	}
}
