package faults

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"
)

// sabotage is one way to break the product, and the scenarios that must notice it.
type sabotage struct {
	name   string
	pkg    string   // folder of the package
	place  string   // what to change there: "f", "Type.method", or "rule: its name"
	edit   edit     // how
	caught []string // ids of scenarios, any of which must fail
}

// sabotages are small, and each would be a real mistake.
var sabotages = []sabotage{
	{"no begun before the request", "pipeline/drive", "Step.note",
		call("Begin", "error(nil)"), []string{"F30", "F31"}},
	{"the ledger is not synced", "pipeline/ledger", "writeDSN",
		literal("synchronous(full)", "synchronous(off)"), []string{"F33"}},
	{"no quiet time before the look-up", "pipeline/decide", "quietTime",
		field("InDoubtWait", "0"), []string{"F07"}},
	{"a create whose answer was lost is sent again at once", "pipeline/decide", "rule: a row in doubt waits for the end of its quiet time",
		member("then", `func(f *Facts) Next {
			if f.Doubt.ID == "" {
				return Send{Op: sinks.Create}
			}
			return WaitUntil{At: f.Doubt.Due, Doubt: *f.Doubt}
		}`), []string{"F02"}},
	{"409 taken as success", "pipeline/drive", "Load.learnAnswer",
		first(`if failed, ok := errors.AsType[*sinks.Error](err); ok && failed.Class == sinks.Duplicate { res, err = sinks.Result{ID: "65a0c0ffee00000000000001", Status: failed.Status}, nil }`), []string{"F10"}},
	{"redirects followed", "sinks/kustomer", "wire.roundTrip",
		call("RoundTrip", "(&http.Client{Transport: w.next}).Do($args)"), []string{"F41"}},
	{"the key in a line of the log", "sinks/kustomer", "withAuth",
		first(`println("sending as", key)`), []string{"S2"}},
	{"requests in flight dropped on SIGTERM", "pipeline", "drainContext",
		body("return context.WithTimeout(ctx, max(grace, time.Nanosecond))"), []string{"F29"}},
	{"the row's number as its identity", "pipeline/render", "Renderer.Name",
		assign("row.Key", "fmt.Sprint(row.Number)"), []string{"F14"}},
	{"the lock ignored", "pipeline/ledger", "Lock",
		never("held"), []string{"F17"}},
	{"failed counted as done", "pipeline/decide", "refused",
		body("return Settlement{Outcome: ledger.Skipped, Status: failed.Status}"), []string{"F49"}},
	{"429 counted as failure", "sinks/kustomer", "caller.send",
		never("StatusTooManyRequests"), []string{"F37"}},
	{"a miss of a look-up always believed", "pipeline/decide", "missTrusted",
		body("return f.Doubt != nil && f.Control != nil"), []string{"F02"}},
	{"an answer about another object believed", "sinks/kustomer", "write.readCreated",
		never("got"), []string{"F06"}},
	{"a ledger of another org taken", "pipeline/ledger", "checkBinding",
		never("have"), []string{"F27"}},
	{"a damaged ledger taken", "pipeline/ledger", "checkWhole",
		never("verdict"), []string{"F25", "F24"}},
	{"what net/http logs is printed", "cmd/kustsync", "kustsync",
		dropCall("SetOutput"), []string{"S2"}},
	{"the share of others is not subtracted from the limit", "sinks/kustomer/pace", "window.left",
		call("expect", "0*span.Seconds()"), []string{"R2"}},
	{"a message that may have left is sent again", "pipeline/decide", "rule: a message that may have left is never sent again",
		member("when", "func(*Facts) bool { return false }"), []string{"F12"}},
	{"a send whose answer was lost is sent again", "pipeline/decide", "rule: a draft whose sending may have happened is left to a person",
		member("then", "func(*Facts) Next { return Send{Op: sinks.Create} }"), []string{"F12"}},
	{"recipients outside recipient_allow are written to", "pipeline/drive", "outsideAllowed",
		body("return nil"), []string{"F46"}},
	{"more is delivered than max_deliveries", "pipeline/drive", "deliveries.take",
		condition("max", "d.begun > d.max"), []string{"F46"}},
	{"two rows may become one object", "pipeline/drive", "Step.takeID",
		body("return nil, true, nil"), []string{"T02"}},
	{"a phone number finds a customer in every step", "pipeline/program", "matchOf",
		condition("OnlyNamed", "true"), []string{"T08"}},
	{"the survivor of a merge is taken for the row's object", "pipeline/decide", "rule: a row whose object was merged away is rejected, naming both",
		member("then", "func(f *Facts) Next { return prepare(f, f.Gone.Survivor) }"), []string{"T03"}},
	{"results of a bulk job are not read back", "pipeline/drive", "Journal.compare",
		body("return nil"), []string{"H5"}},
	{"a login page is no reason to stop", "sinks/kustomer", "isForeign",
		body("return false"), []string{"H4"}},
	{"a lost ledger not noticed", "pipeline", "sample.lookUp",
		never("ok"), []string{"F26"}},
}

// broken makes the edit and returns the path of the file and its new text.
func (s *sabotage) broken(root string) (path string, text []byte, err error) {
	f, err := findPlace(filepath.Join(root, filepath.FromSlash(s.pkg)), s.place)
	if err != nil {
		return "", nil, err
	}
	text, err = f.change(s.edit)
	return f.path, text, err
}

// sourceTree is the folder of the product's go.mod: this tree, or the one that FAULTS_TREE names.
func sourceTree(t *testing.T) string {
	t.Helper()
	tree := os.Getenv("FAULTS_TREE")
	if tree == "" {
		tree = filepath.Join("..", "..", "..")
	}
	root, err := filepath.Abs(tree)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestSabotage builds the product with each sabotage and shows that the fault suite notices it. A suite that
// cannot fail is worthless.
func TestSabotage(t *testing.T) {
	if suite != "sabotage" {
		t.Skip("make sabotage breaks the product on purpose")
	}
	root := sourceTree(t)
	chosen := slices.DeleteFunc(slices.Clone(sabotages), func(s sabotage) bool { return !strings.Contains(s.name, os.Getenv("FAULTS_SABOTAGE")) })
	var ids []string
	for _, s := range chosen {
		for _, id := range s.caught {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if failed, out := playAgainst(t, build(t, root), ids, "FAULTS_READING=not-unique 400"); failed {
		t.Fatalf("the fault suite fails without any sabotage:\n%s", out)
	}
	fmt.Printf("\n%-54s %-8s %6s  %s\n", "sabotage", "by", "s", "what the suite says")
	caught := 0
	for _, s := range chosen {
		t.Run(s.name, func(t *testing.T) {
			began := time.Now()
			by, message := s.play(t, root)
			if by == "" {
				t.Errorf("the scenarios %v pass with the sabotage %q", s.caught, s.name)
			} else {
				caught++
			}
			fmt.Printf("%-54s %-8s %6.1f  %s\n", s.name, by, time.Since(began).Seconds(), message)
		})
	}
	fmt.Printf("%d of %d caught\n\n", caught, len(chosen))
}

// play builds the product with the sabotage and plays the scenarios that must notice it. by is the scenario that
// noticed, "" when none did; message is its first failure.
func (s *sabotage) play(t *testing.T, root string) (by, message string) {
	path, text, err := s.broken(root)
	if err != nil {
		t.Fatalf("correct the sabotage %q in sinks/kustomer/faults/sabotage_test.go: %v", s.name, err)
	}
	changed, overlay := filepath.Join(t.TempDir(), "changed.go"), filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{changed: text, overlay: replace} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broken := build(t, root, "-overlay", overlay)
	for _, id := range s.caught {
		if failed, out := playAgainst(t, broken, []string{id}); failed {
			return id, firstFailure(out)
		}
	}
	return "", ""
}

// TestSabotagesFit checks that the code that each sabotage changes exists, that the changed product compiles, and that
// the scenarios that must fail exist. When code has moved, name its new place in the list of sabotages.
func TestSabotagesFit(t *testing.T) {
	root := sourceTree(t)
	product := loadTypes(t, root)
	for _, s := range sabotages {
		t.Run(s.name, func(t *testing.T) {
			path, text, err := s.broken(root)
			if err != nil {
				t.Fatalf("correct the sabotage %q in sinks/kustomer/faults/sabotage_test.go: %v", s.name, err)
			}
			if err := product.check(path, text); err != nil {
				t.Errorf("with the sabotage %q the product does not compile: %v", s.name, err)
			}
			for _, id := range s.caught {
				if !slices.ContainsFunc(scenarios, func(sc scenario) bool { return sc.id == id }) {
					t.Errorf("there is no scenario %s, which the sabotage %q names", id, s.name)
				}
			}
		})
	}
}

// productTypes are what type-checking a sabotaged package needs.
type productTypes struct {
	files   map[string][]string       // folder of a package: its files
	imports map[string]*types.Package // by path: what these packages import
}

// Import makes productTypes a types.Importer.
func (p *productTypes) Import(path string) (*types.Package, error) {
	if pkg := p.imports[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("no package that is sabotaged imports %s", path)
}

// loadTypes loads the packages that the sabotages change.
func loadTypes(t *testing.T, root string) *productTypes {
	t.Helper()
	var paths []string
	for _, s := range sabotages {
		paths = append(paths, "./"+s.pkg)
	}
	mode := packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedSyntax | packages.NeedImports | packages.NeedTypes
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: root, Context: t.Context()}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	p := &productTypes{map[string][]string{}, map[string]*types.Package{}}
	for _, pkg := range loaded {
		if len(pkg.Errors) > 0 {
			t.Fatal(pkg.Errors)
		}
		p.files[filepath.Dir(pkg.GoFiles[0])] = pkg.CompiledGoFiles
		for _, i := range pkg.Types.Imports() {
			p.imports[i.Path()] = i
		}
	}
	return p
}

// check type-checks the package of a file when that file has another text.
func (p *productTypes) check(path string, text []byte) error {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.files[filepath.Dir(path)] {
		var source any
		if name == path {
			source = text
		}
		file, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	_, err := (&types.Config{Importer: p}).Check(filepath.Dir(path), fset, files, nil)
	return err
}

// build builds the product with more arguments for go build, and returns the path of the binary.
func build(t *testing.T, root string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kustsync")
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, args...), "./cmd/kustsync")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return path
}

// playAgainst plays scenarios with a binary, in a process of its own.
func playAgainst(t *testing.T, binary string, ids []string, env ...string) (failed bool, out string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestFaults$", "-test.parallel=8", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), "FAULTS=full", "FAULTS_ONLY="+strings.Join(ids, ","), "FAULTS_BINARY="+binary)
	cmd.Env = append(cmd.Env, env...)
	text, err := cmd.CombinedOutput()
	return err != nil, string(text)
}

// firstFailure is the first line that says what is wrong.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		if _, text, ok := strings.Cut(line, "_test.go:"); ok {
			_, text, _ = strings.Cut(text, ": ")
			return strings.TrimSpace(text[:min(len(text), 110)])
		}
	}
	return "a process failed"
}
