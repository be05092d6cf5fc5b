package catalog_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// written are the params that the tests write out.
var written = map[string]string{"klass": "order", "method": "PUT"}

// spec returns one entry of the catalog, with its params written out.
func spec(t testing.TB, name string) *sinks.Spec {
	t.Helper()
	found, ok := catalog.Spec(name)
	if !ok {
		t.Fatalf("no sink %s", name)
	}
	s, err := found.With(written)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSpecsOrder: the sinks in the order of their documentation, with what each does.
func TestSpecsOrder(t *testing.T) {
	kinds := [...]string{sinks.Makes: "makes", sinks.Changes: "changes", sinks.Acts: "acts"}
	var lines []string
	for _, s := range catalog.Specs() {
		line := s.Name + " " + kinds[s.Kind]
		for word, is := range map[string]bool{" destructive": s.Destructive, " delivers": s.Delivers, " appends": s.Append != nil} {
			if is {
				line += word
			}
		}
		lines = append(lines, line)
	}
	want := []string{
		"create_company makes", "update_company changes",
		"create_customer makes", "update_customer changes", "append_customer_email changes appends", "append_customer_phone changes appends",
		"merge_customers acts destructive", "delete_customer changes destructive",
		"create_conversation makes", "update_conversation changes", "add_conversation_tags changes", "remove_conversation_tags changes",
		"assign_conversation_team changes", "assign_conversation_user changes", "move_conversation changes", "delete_conversation changes destructive",
		"send_message makes", "update_message changes",
		"create_note makes", "update_note changes",
		"create_kobject makes", "update_kobject changes", "delete_kobject changes destructive", "create_klass makes",
		"create_draft_note makes", "postpone_draft changes delivers", "delete_draft changes destructive",
		"request acts",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

var sentence = regexp.MustCompile(`^[A-Z].*\.$`)

func TestSpecsAreSound(t *testing.T) {
	for _, s := range catalog.Specs() {
		t.Run(s.Name, func(t *testing.T) {
			if !sentence.MatchString(s.Doc) || s.Object == "" || s.Example == "" {
				t.Errorf("doc %q, object %q, example %q", s.Doc, s.Object, s.Example)
			}
			for _, note := range s.Notes {
				if !sentence.MatchString(note) {
					t.Errorf("note is no sentence: %q", note)
				}
			}
			var fit *sinks.FitError
			if _, err := s.Fit(sinks.Create, nil); err != nil && !errors.As(err, &fit) {
				t.Errorf("the fields cannot be used: %v", err)
			}
			checkKind(t, s)
			checkNames(t, s)
			checkRoutes(t, s)
			checkLookups(t, s)
			checkRoles(t, s)
			checkFields(t, "", s.Fields)
		})
	}
}

// checkKind: what makes objects can be found again and updated, as far as Kustomer lets it; what changes
// one names it by its field id, and requires nothing else that an update can leave out.
func checkKind(t *testing.T, s sinks.Spec) {
	if s.Kind == sinks.Makes {
		nameless := slices.Contains([]string{"create_klass", "create_draft_note"}, s.Name)
		_, mapped := s.Field("externalId")
		if (s.ExternalID == "externalId") != mapped || mapped == nameless || (s.Update == nil) != (s.Name == "create_draft_note") {
			t.Errorf("external id %q, update %v", s.ExternalID, s.Update)
		}
		return
	}
	single := s.Create[0].Body != "" || s.Append != nil || s.Kind == sinks.Acts || s.Create[0].Method == http.MethodDelete
	if s.Update != nil || len(s.Lookups) > 0 || s.Batch != nil && single || s.Unique || s.ExternalID != "" {
		t.Error("it has what only a sink has that makes objects")
	}
	if _, named := s.Field("id"); named != (s.Target == "id") || s.Kind == sinks.Changes && s.Target == "" {
		t.Errorf("the field that names the object is %q", s.Target)
	}
	for _, f := range s.Fields {
		if f.Use != sinks.Both || len(f.EnumUpdate) > 0 {
			t.Errorf("%s is for an operation that it does not have", f.Name)
		}
		if strings.HasPrefix(s.Name, "update_") && (f.Required != (f.Name == "id" || f.Name == "klass") || f.Default != nil) {
			t.Errorf("%s: required %v, default %v", f.Name, f.Required, f.Default)
		}
	}
	if strings.HasPrefix(s.Name, "delete_") != (s.Create[0].Method == http.MethodDelete && s.Create[0].Body == "") {
		t.Errorf("%s %s", s.Create[0].Method, s.Create[0].Path)
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
	if s.Append != nil {
		if f, ok := s.Field(s.Append.List); !ok || !slices.ContainsFunc(f.Items.Fields, func(f sinks.Field) bool { return f.Name == s.Append.By }) {
			t.Errorf("%+v is not of its fields", *s.Append)
		}
		return // what is kept comes from the object that is read
	}
	for _, name := range s.Preserve {
		if _, ok := s.Field(name); !ok {
			t.Errorf("%s is kept and no field", name)
		}
	}
}

var slot = regexp.MustCompile(`\{(\+?\w+)\}`)

func checkRoutes(t *testing.T, s sinks.Spec) {
	for _, r := range s.Create {
		for _, m := range slot.FindAllStringSubmatch(r.Path, -1) {
			name, whole := strings.CutPrefix(m[1], "+")
			want := sinks.ID
			switch {
			case whole:
				want = sinks.Path
			case slices.Contains(s.Params, name):
				want = sinks.Text
			}
			if f, ok := s.Field(name); !ok || f.Name != name || f.Type != want || f.Required == (name == "customer" && s.Name != "create_draft_note" || name == "conversation" && s.Name == "send_message") {
				t.Errorf("%s: {%s} is no field that fills it", r.Path, m[1])
			}
		}
		if _, ok := s.Field(r.Body); r.Body != "" && !ok {
			t.Errorf("%s: the body %s is no field", r.Path, r.Body)
		}
		checkPath(t, r.Path)
	}
	if s.Update != nil {
		checkPath(t, s.Update.Path)
		if !strings.HasSuffix(s.Update.Path, "/{id}") {
			t.Errorf("update goes to %s", s.Update.Path)
		}
	}
}

func checkPath(t *testing.T, path string) {
	if path != "{+path}" && !strings.HasPrefix(path, "/v1/") || strings.Contains(path, "replace") {
		t.Errorf("path %s", path)
	}
}

func checkLookups(t *testing.T, s sinks.Spec) {
	for _, l := range s.Lookups {
		if len(l.Paths) == 0 {
			t.Errorf("look-up by %s has no path", l.By)
		}
		for _, path := range l.Paths {
			path = strings.ReplaceAll(strings.ToLower(path), "?", "/")
			if !strings.HasSuffix(path, "/"+strings.ToLower(l.By)+"={value}") {
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

// checkRoles: the roles stand in the order in which the client asks for them. Drafts need none, and those
// of any request are not known.
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
	var want []string
	switch {
	case s.Object == "draft" || s.Object == "request":
	case s.Kind == sinks.Makes:
		want = []string{"create", "update", "look up"}
	case s.Kind == sinks.Acts:
		want = []string{"make"}
	case s.Create[0].Method == http.MethodDelete && s.Create[0].Body == "":
		want = []string{"delete"}
	default:
		want = []string{"update"}
	}
	if len(want) == 0 && len(uses) > 0 || len(uses) < len(want) || !slices.Equal(uses[:len(want)], want) {
		t.Errorf("roles for %v, want %v", uses, want)
	}
	if reads := len(s.Preserve) > 0; reads && !slices.Contains(uses, "look up") {
		t.Error("it reads, and no role is named for that")
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
		"create_company": {"createdAt importedAt", "deleted"},
		"create_note":    {"createdAt id importedAt", "deleted updatedAt"},
		"create_kobject": {"company createdAt customer importedAt", "rev"},
		"create_klass":   {"name", ""},
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
		"create_company": `name externalId domains emails phones whatsapps socials urls locations employeeCount avatarUrl tags custom
			defaultLang createdAt importedAt deleted rev`,
		"update_company": `id name externalId domains emails phones whatsapps socials urls locations employeeCount avatarUrl tags custom
			defaultLang deleted rev`,
		"create_note": `conversation body externalId userMentions attachments importedAt createdAt modifiedAt createdBy modifiedBy lang
			updatedAt deleted id`,
		"update_note":    `id conversation body externalId userMentions attachments modifiedAt createdBy modifiedBy lang updatedAt deleted`,
		"create_kobject": `klass title externalId customer company description custom data images icon tags createdAt importedAt rev`,
		"update_kobject": `klass id title externalId description custom data images icon tags rev`,
		"create_klass":   `name displayName icon color status jsonSchema klassSchema mixins`,
		"update_message": `id conversation preview subject externalId status sentAt modifiedAt createdBy modifiedBy updatedAt meta custom
			attachments error errorAt related size sentiment lang spam reactions`,
		"merge_customers":          `source target`,
		"move_conversation":        `id customer`,
		"add_conversation_tags":    `id tags`,
		"remove_conversation_tags": `id tags`,
		"append_customer_email":    `id emails`,
		"append_customer_phone":    `id phones`,
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
