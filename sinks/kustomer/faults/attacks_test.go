package faults

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// attacks are S3 to S13: hostile inputs. S5 is about pages of HTML; kustsync writes none from rows.
var attacks = []scenario{
	{id: "S3", fault: "values of rows and control characters in errors", oneReading: true, do: valuesInErrors},
	{id: "S4", fault: "formula cells in rejects, and back", oneReading: true, do: formulaCells},
	{id: "S6", fault: "templates that loop, grow, or ask the machine", oneReading: true, do: templateAttacks, size: size{3, 1, 1}},
	{id: "S7", fault: "cells that look like JSON, YAML and templates", oneReading: true, do: quotedCells},
	{id: "S8", fault: "YAML bombs, second documents, odd tags", oneReading: true, do: yamlAttacks, size: size{3, 1, 1}},
	{id: "S9", fault: "lines that are no JSON, or odd JSON", oneReading: true, do: oddJSON},
	{id: "S10", fault: "bombs in gzip and workbooks", oneReading: true, do: bombs, size: size{3, 1, 1}},
	{id: "S11", fault: "devices and pipes as sources, links as outputs", oneReading: true, do: oddFiles, size: size{3, 1, 1}},
	{id: "S12", fault: "addresses that are not Kustomer's", oneReading: true, do: oddAddresses, size: size{3, 1, 1}},
	{id: "S13", fault: "ids that would leave their path or header", oneReading: true, do: oddIDs, rules: "reset-after kind=customer method=POST attempt=1", config: map[string]string{"outage_wait": "1m"}},
}

// with changes one cell of a row.
func (r row) with(name, value string) row {
	r.cells = maps.Clone(r.cells)
	r.cells[name] = value
	return r
}

// valuesInErrors checks that messages about rejected rows hold neither their values nor control characters.
func valuesInErrors(tr *trial) string {
	list := tr.rows["customer"]
	for i := range 30 {
		name, value := "email", marker+" is no address \x1b[31m\a"
		switch i % 3 {
		case 1:
			name, value = "name", strings.Repeat(marker+"\x1b]0;title\a ", 40)
		case 2:
			name, value = "score", marker+"\u202e12,5"
		}
		list[i] = list[i].with(name, value)
		tr.expectRejected(list[i].key)
	}
	tr.rows.write(tr.t, tr.dir)
	tr.want.exits = []int{1}
	res := tr.load(command{args: tr.args("run")})
	tr.expect(res.exit == 1, "exit %d\n%s", res.exit, tail(res.err))
	for _, c := range []string{"\x1b", "\a", "\u202e"} {
		tr.expect(!strings.Contains(res.out+res.err, c), "the run printed the control character %q", c)
	}
	res = tr.run()
	return fmt.Sprintf("%d rows rejected, no value and no control character printed", res.json.Summary.Rejected)
}

// formulas are cells that a spreadsheet would run.
var formulas = []string{"=1+1", "+SUM(A1)", "-2+3|cmd", "@A1", "\t=1", "=HYPERLINK(\"http://x\")", " =1", "＝1+1"}

// formulaCells rejects rows with formulas, corrects the file of rejects and loads it.
func formulaCells(tr *trial) string {
	list := tr.rows["customer"]
	for i, f := range formulas {
		list[i] = list[i].with("email", "no address").with("name", f)
	}
	tr.rows.write(tr.t, tr.dir)
	tr.want.partial, tr.want.noRerun = true, true
	res := tr.run()
	tr.expect(res.exit == 1 && len(res.json.Summary.RejectedFiles) > 0, "exit %d, rejects %v", res.exit, res.json.Summary.RejectedFiles)
	path := ""
	for _, p := range res.json.Summary.RejectedFiles {
		if strings.HasSuffix(p, "customers.csv") {
			path = p
		}
	}
	unescaped := 0
	for _, r := range tr.rejectsOf(path) {
		if first := strings.TrimLeft(r["name"], " "); first != "" && strings.ContainsAny(first[:1], "=+-@\t") {
			unescaped++
			tr.expect(false, "the file of rejected rows holds the formula %q unescaped", r["name"])
		}
	}
	fixed := tr.correct(path)
	tr.setCorrected(fixed)
	tr.run("--source", "customers="+fixed)
	names := map[string]string{}
	for _, o := range tr.server.Objects() {
		names[o.ExternalID], _ = o.Attributes["name"].(string)
	}
	for i, f := range formulas {
		tr.expect(strings.TrimSpace(names[list[i].key]) == strings.TrimSpace(f), "%s was loaded from the file of rejected rows as %q, want %q", list[i].key, names[list[i].key], f)
	}
	tr.want.exits = []int{0, 1}
	return fmt.Sprintf("%d escaped, %d unescaped, all loaded as they were written", len(formulas)-unescaped, unescaped)
}

// correct gives each row in a file of rejects a good address, as a person would, and returns the new file.
func (tr *trial) correct(path string) string {
	file, err := os.Open(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		tr.t.Fatal(err)
	}
	column := slices.Index(lines[0], "email")
	for i := range lines[1:] {
		lines[i+1][column] = fmt.Sprintf("good%d@%s.example", i, marker)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		tr.t.Fatal(err)
	}
	tr.writeRows("corrected.csv", b.String())
	return tr.path("corrected.csv")
}

// setCorrected notes what the rows of a corrected file must become, as it says.
func (tr *trial) setCorrected(path string) {
	file, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		tr.t.Fatal(err)
	}
	for _, line := range lines[1:] {
		cells := map[string]string{}
		for i, name := range lines[0] {
			cells[name] = line[i]
		}
		i := slices.IndexFunc(tr.rows["customer"], func(r row) bool { return r.cells["id"] == cells["id"] })
		r := &tr.rows["customer"][i]
		r.payload = maps.Clone(r.payload)
		r.payload["name"], r.payload["emails"] = r.cells["name"], []any{map[string]any{"type": "work", "email": cells["email"]}}
	}
}

// variant runs the pipeline with one text replaced, and expects one of the exit codes and no writes.
func (tr *trial) variant(what, old, text string, exits ...int) result {
	tr.t.Helper()
	whole := tr.s.pipeline()
	if !strings.Contains(whole, old) {
		tr.t.Fatalf("the pipeline does not hold %q", old)
	}
	tr.writePipeline(strings.Replace(whole, old, text, 1))
	res := tr.start(command{args: tr.args("run", "--json")})
	tr.expect(slices.Contains(exits, res.exit), "%s: exit %d: %s\n%s", what, res.exit, res.message(), tail(res.err))
	tr.expect(tr.posts(res.from, res.to) == 0, "%s: %d writes were sent, want none", what, tr.posts(res.from, res.to))
	tr.expect(res.took < 30*time.Second, "%s took %v", what, res.took)
	tr.expect(!strings.Contains(res.out+res.err, "goroutine "), "%s: kustsync crashed: %s", what, tail(res.err))
	return res
}

// templateAttacks checks that templates that loop, grow or read the machine are refused, or their rows rejected.
func templateAttacks(tr *trial) string {
	attacks := []string{
		`{{ range 9223372036854775807 }}{{ end }}`, `{{ range 9223372036854775807 }}x{{ end }}`,
		`{{ env \"KUSTOMER_API_KEY\" }}`, `{{ expandenv \"$HOME\" }}`, `{{ readFile \"/etc/passwd\" }}`,
		`{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}`, `{{ template \"nosuch\" }}`,
		`{{ printf \"%1000000000d\" 1 }}`, `{{ repeat 1000000000 .name }}`, `{{ .name.Foo.Bar }}`, `{{ call .name }}`,
		`{{ range (split \"\" (repeat 1000000 \"ab\")) }}{{ . }}{{ end }}`, `{{ .nosuchcolumn }}`, `{{ .name `, `{{ $x := . }}{{ range $x }}{{ end }}`,
		`{{ regexReplace \"(a*)*b\" .name (repeat 100000 \"a\") }}`, `{{ genPrivateKey \"rsa\" }}`, `{{ html .name | js | print | len | index }}`,
	}
	for _, a := range attacks {
		tr.variant(a, `name: "{{ .name }}"`, `name: "`+a+`"`, 1, 2)
	}
	return tr.restore(fmt.Sprintf("%d templates: exit 2, or the row rejected", len(attacks)))
}

// restore writes the scenario's own pipeline again and runs it.
func (tr *trial) restore(figure string) string {
	tr.writePipeline(tr.s.pipeline())
	tr.run()
	return figure
}

// quotedCells loads cells that would be syntax if they were copied unescaped into JSON, YAML or a template.
func quotedCells(tr *trial) string {
	cells := []string{
		`x","externalId":"stolen`, "{{ .email }}", "${KUSTOMER_API_KEY}", "a: b\n- c: &x [*x]", `\u0000`, "\\\"},{", "null", "true", "</script><script>",
		"línea dos", "\u2028", `'`, `""`, "%s%n", "../../etc/passwd", "$(id)", "`id`", "1e999",
	}
	list := tr.rows["customer"]
	for i, c := range cells {
		list[i] = list[i].with("name", c)
		list[i].payload["name"] = c
	}
	tr.rows.write(tr.t, tr.dir)
	res := tr.run()
	return fmt.Sprintf("%d cells arrived as they are, %s", len(cells), tr.figure(res))
}

// yamlAttacks checks that pipeline files that are hostile or malformed are refused and nothing is sent.
func yamlAttacks(tr *trial) string {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'l'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	texts := map[string]string{
		"billion laughs":  bomb,
		"second document": "version: 1\nname: faults\n---\nversion: 2\n",
		"unknown key":     "version: 1\nnmae: faults\n",
		"duplicate key":   "version: 1\nversion: 1\nname: faults\n",
		"odd tag":         "version: 1\nname: !!python/object/apply:os.system [id]\n",
		"deep":            "version: 1\nname: " + strings.Repeat("[", 20_000) + "\n",
		"wide":            "version: 1\nname: " + strings.Repeat("x", 3<<20) + "\n",
		"control":         "version: 1\nname: \"a\x00b\"\n",
		"not UTF-8":       "version: 1\nname: \xff\xfe\n",
		"self":            "version: 1\nname: &x [*x]\n",
		"version":         "version: yes\nname: faults\n",
		"no template":     "version: 1\nname: {{ .x }}\n",
	}
	for what, text := range texts {
		tr.variant(what, "version: 1\nname: faults\n", text, 2)
	}
	return tr.restore(fmt.Sprintf("%d files: exit 2, nothing sent", len(texts)))
}

// oddJSON adds lines to a source from which no message may be created.
func oddJSON(tr *trial) string {
	good := jsonText(tr.rows["message"])
	bad := []string{
		`{"id":"x1"`, `{"id":"x2"} trailing`, `[1,2]`, `"text"`, "{\"id\":\"x3\xff\"}", `{"id":"\ud800"}`, `{'id':'x4'}`, `{"id":"x5",}`,
		strings.Repeat("[", 100_000), `{"id":NaN}`, "\x00", `{"id":"x6"}{"id":"x7"}`,
	}
	for i, line := range bad {
		tr.writeRows("messages.ndjson", good+line+"\n"+strings.SplitAfter(good, "\n")[0])
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.expect(res.exit == 1 || res.exit == 4, "line %d: exit %d: %s", i, res.exit, res.message())
	}
	for _, o := range tr.server.Objects() {
		tr.expect(!strings.HasPrefix(o.ExternalID, "mx") && o.ExternalID != "m", "%s was created from a line that is no JSON", o.ExternalID)
	}
	tr.rows.write(tr.t, tr.dir)
	tr.run()
	return fmt.Sprintf("%d lines rejected or stopped at, none loaded", len(bad))
}

// oddFiles uses sources that are no files, and puts links where kustsync writes.
func oddFiles(tr *trial) string {
	fifo := tr.path("fifo.csv")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		tr.t.Skipf("needs mkfifo: %v", err)
	}
	if err := os.Mkdir(tr.path("folder.csv"), 0o700); err != nil {
		tr.t.Fatal(err)
	}
	for _, path := range []string{"fifo.csv", "folder.csv", "/dev/zero", "/dev/tcp", "/proc/self/mem", "nosuch-*.csv", "../../../../../../dev/zero"} {
		tr.variant(path, "from: customers.csv", "from: { path: \""+path+"\", type: csv }", 2)
	}
	tr.restore("")
	path := tr.ledgerPath()
	victim := tr.path("victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		tr.t.Fatal(err)
	}
	for _, name := range []string{"ledger.db", "lock", "ledger.db-wal"} {
		target := filepath.Join(filepath.Dir(path), name)
		saved, err := os.ReadFile(target)
		_ = os.Remove(target)
		if err := os.Symlink(victim, target); err != nil {
			tr.t.Fatal(err)
		}
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.expect(res.exit == 4 && tr.posts(res.from, res.to) == 0, "a link for %s: exit %d: %s", name, res.exit, res.message())
		_ = os.Remove(target)
		if err == nil {
			tr.writeRows(strings.TrimPrefix(target, tr.dir+"/"), string(saved))
		}
	}
	text, err := os.ReadFile(victim)
	tr.expect(err == nil && string(text) == "mine", "a link was followed: %q", text)
	tr.run()
	return "7 sources and 3 links refused"
}

func oddAddresses(tr *trial) string {
	urls := []string{
		"http://acme.api.kustomerapp.com", "https://user:pw@acme.api.kustomerapp.com", "https://example.com", "https://kustomerapp.com.evil.example",
		"ftp://acme.api.kustomerapp.com", "https://acme.api.kustomerapp.com/?x=1", "https://acme.api.kustomerapp.com/#x", "//acme", "acme", "https://", "http://0.0.0.0:1",
		"http://127.0.0.1.evil.example", "javascript:alert(1)", "http://169.254.169.254/latest",
	}
	good := tr.url
	for _, u := range urls {
		tr.url = u
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.expect(res.exit == 2 && res.to == res.from, "%s: exit %d: %s", u, res.exit, res.message())
		tr.expect(!strings.Contains(res.out+res.err, "user:pw"), "%s: the password is printed", u)
	}
	tr.url = good
	tr.run()
	return fmt.Sprintf("%d addresses: exit 2", len(urls))
}

// oddIDs has external ids with characters that mean something in a path. Each create loses its answer, so that
// each id is looked up.
func oddIDs(tr *trial) string {
	ids := []string{
		"/../messages", "/a/b", "..%2f..", "a?b#c", "%2e%2e", "x%00y", "a b+c", "é日本", "a=b&c", "email=x@y", "externalId=z", ";v=1", "'\"", "[x]", "{x}", "*", "~", "a\\b",
	}
	tr.headerIDs()
	list := tr.rows["customer"][:len(ids)]
	for i, id := range ids {
		list[i] = list[i].with("id", id)
		list[i].key = "c" + id
		list[i].payload["externalId"] = "c" + id
	}
	tr.rows["customer"] = list
	tr.rows["conversation"], tr.rows["message"] = nil, nil
	tr.rows.write(tr.t, tr.dir)
	res := tr.until(3)
	for _, e := range tr.server.Events() {
		tr.expect(e.Kind != "" || strings.HasSuffix(e.Path, "/current"), "a request went to %s %q", e.Method, e.Path)
	}
	return fmt.Sprintf("%d ids created and found by look-up, %s", len(ids), tr.figure(res))
}

// headerIDs has ids that would start a header or another request, and ids of parents that would change the
// path of the request. Their rows are rejected, and nothing is sent for them.
func (tr *trial) headerIDs() {
	tr.t.Helper()
	evil := []string{"x\r\nX-Evil: 1", "x\nX-Evil: 1", "x\r\n\r\nPOST /v1/customers HTTP/1.1", "x\x7f", "x\u0085"}
	list := slices.Clone(tr.rows["customer"][:len(evil)])
	for i, id := range evil {
		list[i] = list[i].with("id", id)
	}
	tr.writeRows("customers.csv", csvText(columns["customer"], list))
	tr.writeRows("conversations.csv", csvText(columns["conversation"], nil))
	tr.writeRows("messages.ndjson", "")
	res := tr.start(command{args: tr.args("run", "--json")})
	tr.expect(res.exit == 1 && res.json.Summary.Rejected == len(evil) && tr.posts(res.from, res.to) == 0,
		"ids with control characters: exit %d, %d of %d rejected, %d writes: %s", res.exit, res.json.Summary.Rejected, len(evil), tr.posts(res.from, res.to), res.message())
	whole := tr.s.pipeline()
	tr.writePipeline(strings.Replace(whole, `'{{ ref "conversation" (print "t" .conversation) }}'`, `"{{ .conversation }}"`, 1))
	paths := []string{"..", ".", "../customers", "a/b", "x?y", "x#y", "%2e%2e", "x\r\nX-Evil: 1", " "}
	parents := make([]row, len(paths))
	for i, id := range paths {
		parents[i] = messageRow(i, 0).with("conversation", id)
	}
	tr.writeRows("customers.csv", csvText(columns["customer"], nil))
	tr.writeRows("messages.ndjson", jsonText(parents))
	res = tr.start(command{args: tr.args("run", "--json")})
	tr.expect(res.exit == 1 && res.json.Summary.Rejected == len(paths) && tr.posts(res.from, res.to) == 0,
		"parents that leave the path: exit %d, %d of %d rejected, %d writes: %s", res.exit, res.json.Summary.Rejected, len(paths), tr.posts(res.from, res.to), res.message())
	tr.writePipeline(whole)
}
