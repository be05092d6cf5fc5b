package kustomer_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// spec returns one entry of the catalog.
func spec(t testing.TB, name string) *sinks.Spec {
	t.Helper()
	specs := kustomer.Specs()
	i := slices.IndexFunc(specs, func(s sinks.Spec) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no sink %s", name)
	}
	return &specs[i]
}

func TestSpecsOrder(t *testing.T) {
	var names []string
	for _, s := range kustomer.Specs() {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"create_customer", "create_conversation", "send_message"}, names); diff != "" {
		t.Error(diff)
	}
}

var sentence = regexp.MustCompile(`^[A-Z].*\.$`)

func TestSpecsAreSound(t *testing.T) {
	for _, s := range kustomer.Specs() {
		t.Run(s.Name, func(t *testing.T) {
			if !sentence.MatchString(s.Doc) || s.Object == "" || s.Bulk == "" || s.Update == nil {
				t.Errorf("doc %q, object %q, bulk %q, update %v", s.Doc, s.Object, s.Bulk, s.Update)
			}
			for _, note := range s.Notes {
				if !sentence.MatchString(note) {
					t.Errorf("note is no sentence: %q", note)
				}
			}
			if !s.HasExternalID() {
				t.Error("no externalId")
			}
			var fit *sinks.FitError
			if _, err := s.Fit(sinks.Create, nil); err != nil && !errors.As(err, &fit) {
				t.Errorf("the fields cannot be used: %v", err)
			}
			checkNames(t, s)
			checkRoutes(t, s)
			checkLookups(t, s)
			checkRoles(t, s)
			checkFields(t, "", s.Fields)
		})
	}
}

// checkNames: no name, alias or wrong name stands for two things.
func checkNames(t *testing.T, s sinks.Spec) {
	seen := map[string]bool{}
	claim := func(name string) {
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
	}
	for _, f := range s.Fields {
		claim(f.Name)
		for _, alias := range f.Aliases {
			claim(alias)
		}
	}
	for _, not := range s.NotFields {
		claim(not.Name)
		if not.Hint == "" {
			t.Errorf("%s: no hint", not.Name)
		}
	}
	for _, name := range s.Keep {
		if _, ok := s.Field(name); !ok {
			t.Errorf("%s is kept and no field", name)
		}
	}
}

var slot = regexp.MustCompile(`\{(\w+)\}`)

func checkRoutes(t *testing.T, s sinks.Spec) {
	for _, r := range s.Create {
		for _, m := range slot.FindAllStringSubmatch(r.Path, -1) {
			if f, ok := s.Field(m[1]); !ok || f.Name != m[1] || f.Type != sinks.ID {
				t.Errorf("%s: {%s} is no field that holds an id", r.Path, m[1])
			}
		}
	}
	if !strings.HasSuffix(s.Update.Path, "/{id}") {
		t.Errorf("update goes to %s", s.Update.Path)
	}
	for _, r := range append(slices.Clone(s.Create), *s.Update) {
		if !strings.HasPrefix(r.Path, "/v1/") || strings.Contains(r.Path, "replace") {
			t.Errorf("path %s", r.Path)
		}
	}
}

func checkLookups(t *testing.T, s sinks.Spec) {
	for _, l := range s.Lookups {
		if len(l.Paths) == 0 {
			t.Errorf("look-up by %s has no path", l.By)
		}
		for _, path := range l.Paths {
			if !strings.HasSuffix(strings.ToLower(path), "/"+strings.ToLower(l.By)+"={value}") {
				t.Errorf("look-up by %s goes to %s", l.By, path)
			}
		}
		name, member, nested := strings.Cut(l.From, "[].")
		f, ok := s.Field(name)
		if ok && nested {
			ok = f.Type == sinks.List && slices.ContainsFunc(f.Items.Fields, func(f sinks.Field) bool { return f.Name == member })
		}
		if !ok {
			t.Errorf("look-up by %s takes values from %s, which is no field", l.By, l.From)
		}
	}
}

func checkRoles(t *testing.T, s sinks.Spec) {
	var uses []string
	for _, role := range s.Roles {
		uses = append(uses, role.For)
		for _, name := range role.AnyOf {
			if !strings.HasPrefix(name, "org.") {
				t.Errorf("role %q", name)
			}
		}
	}
	if len(uses) < 3 || !slices.Equal(uses[:3], []string{"create", "update", "look up"}) {
		t.Errorf("roles for %v", uses)
	}
}

// checkFields: every field that has a name has a doc, and data that agrees with its type.
func checkFields(t *testing.T, inside string, fields []sinks.Field) {
	for _, f := range fields {
		place := inside + f.Name
		if f.Doc == "" || strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s: doc %q", place, f.Doc)
		}
		if (f.Type == sinks.List) != (f.Items != nil) {
			t.Errorf("%s: type %s, items %v", place, f.Type, f.Items)
		}
		if f.Items != nil {
			checkFields(t, place+"[].", f.Items.Fields)
		}
		checkFields(t, place+".", f.Fields)
	}
}

// TestUpdateFields: an update sends exactly what Kustomer takes in one (contract, section 2;
// kustomer-api.md 5.2, 6.3, 7.4).
func TestUpdateFields(t *testing.T) {
	lists := map[string]struct{ createOnly, updateOnly string }{
		"create_customer": {"createdAt importedAt", ""},
		"create_conversation": {
			"createdAt customer id importedAt",
			"deleted ended endedAt endedBy endedByType endedReason locked rev satisfaction satisfactionLevel sentiment snooze subStatus suggestedShortcuts suggestedTags",
		},
		"send_message": {
			"app auto channel createdAt customer direction id importedAt kbArticles location queue reference shortcuts source",
			"reactions spam updatedAt",
		},
	}
	for name, want := range lists {
		use := map[sinks.Use][]string{}
		for _, f := range spec(t, name).Fields {
			use[f.Use] = append(use[f.Use], f.Name)
		}
		for u, names := range map[sinks.Use]string{sinks.CreateOnly: want.createOnly, sinks.UpdateOnly: want.updateOnly} {
			slices.Sort(use[u])
			if diff := cmp.Diff(names, strings.Join(use[u], " ")); diff != "" {
				t.Errorf("%s, use %d: %s", name, u, diff)
			}
		}
	}
}

// TestFieldLists: every field of kustomer-api.md 5.2, 6.2, 6.3, 7.2 and 7.4 is in the catalog.
func TestFieldLists(t *testing.T) {
	lists := map[string]string{
		"create_customer": `name company externalId externalIds sharedExternalIds sharedEmails sharedPhones sharedSocials emails phones
			whatsapps facebookIds instagramIds socials urls locations username signedUpAt lastActivityAt lastCustomerActivityAt
			lastSeenAt birthdayAt avatarUrl locale timeZone defaultLang gender tags sentiment custom createdAt importedAt rev`,
		"create_conversation": `customer id externalId name status priority direction replyChannel tags assignedUsers assignedTeams queue
			custom createdAt importedAt defaultLang satisfaction satisfactionLevel suggestedShortcuts suggestedTags subStatus snooze
			sentiment deleted ended endedAt endedReason endedBy endedByType locked rev`,
		"send_message": `channel app direction preview subject customer conversation externalId id status error errorAt sentAt createdAt
			modifiedAt createdBy modifiedBy importedAt auto source reference related size shortcuts kbArticles attachments location meta
			custom sentiment lang queue updatedAt spam reactions`,
	}
	for name, list := range lists {
		want, have := strings.Fields(list), []string{}
		for _, f := range spec(t, name).Fields {
			have = append(have, f.Name)
		}
		slices.Sort(want)
		slices.Sort(have)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
