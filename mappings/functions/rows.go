package functions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func rowFunctions() []Function {
	const g = "row"
	return []Function{
		{"col", g, `col "COLUMN"`,
			"Reads a column whose name has spaces or other odd characters.",
			`{{ col "Last Name" }}`, "Lee", bindCol},
		{"parent", g, `parent`,
			"The outer row, in a step with each: parent.name reads its column.",
			`{{ parent.id }}`, "t-1", bindParent},
		{"key", g, `key`,
			"The row's key in this step.",
			`{{ key }}`, "zd-7", bindKey},
		{"ref", g, `ref "STEP" [KEY]`,
			"The Kustomer id that a step gave the object with this key; without a key, the key that this " +
				"row has in that step.",
			`{{ ref "customer" (print "zd-" .id) }}`, "id-of-zd-7", bindRef},
		{"lookup", g, `lookup "TABLE" KEY`,
			`The value that a table has for a key, or for "*"; a key without a value rejects the row, "" ` +
				`gives "".`,
			`{{ .status | lookup "statuses" }}`, "done", bindLookup},
		{"find", g, `find "KIND" ["BY"] [VALUE...]`,
			"What Kustomer has: an object with id, type, its attributes, and the ids of its relations under " +
				"customerId and the like. Nothing there rejects the row. Asked once for the same; in a dry run not at all.",
			`{{ (find "user" "email" "ana@example.com").id }}`, "id-of-ana@example.com", bindFind},
		{"findOr", g, `findOr DEFAULT "KIND" ["BY"] [VALUE...]`,
			`As find, with a default for what is not there; members of the default "" are empty.`,
			`{{ (findOr "" "user" "email" "nobody").id | default "none" }}`, "none", bindFindOr},
		{"row_number", g, `row_number`,
			"The number of the row in its source, from 1.",
			`{{ row_number }}`, "41", run(rowNumber)},
		{"file_name", g, `file_name`,
			"The file that the row was read from.",
			`{{ file_name }}`, "people.csv", run(fileName)},
		{"now", g, `now`,
			"The start of the run.",
			`{{ now }}`, "2026-01-02T03:04:05.000Z", bindVolatile(runStart)},
		{"run_id", g, `run_id`,
			"The id of the run.",
			`{{ run_id }}`, "r1", bindVolatile(runID)},
		{"null", g, `null`,
			"Sends an explicit null, which clears a field.",
			`{{ null }}`, "", run(nullValue)},
	}
}

func bindCol(c *mappings.Call) mappings.Func {
	name, _ := c.Text(0)
	c.ReadsColumn(0, name)
	return func(f *mappings.Frame, _ []any) (any, error) { return f.Input().Row.Get(name), nil }
}

func bindParent(c *mappings.Call) mappings.Func {
	if !c.Options().Each {
		return c.Refuse(-1, "there is no outer row", "it is the row around the elements of each:, which this step does not have")
	}
	c.ReturnsParent()
	return func(f *mappings.Frame, _ []any) (any, error) { return f.Input().Parent, nil }
}

func bindKey(c *mappings.Call) mappings.Func {
	if c.Options().KeyText {
		return c.Refuse(-1, "the key cannot be made from itself", "make it of the row's columns")
	}
	return func(f *mappings.Frame, _ []any) (any, error) { return f.Input().Key, nil }
}

func bindRef(c *mappings.Call) mappings.Func {
	step, _ := c.Text(0)
	o := c.Options()
	switch {
	case o.KeyText:
		return c.Refuse(-1, "a key cannot hold an id that Kustomer gives", "make it of the row's columns, so that it is known before anything is sent")
	case step == o.Step && step != "":
		return c.Refuse(0, "a step cannot refer to itself", "name the step that loads the parents")
	case !slices.Contains(o.Steps, step):
		return c.Refuse(0, fmt.Sprintf("no step %q", step), stepHint(step, o.Steps))
	case c.Args() == 1 && !slices.Contains(o.SameRow, step):
		return c.Refuse(0, fmt.Sprintf("step %q reads another source, so this row has no key in it", step), fmt.Sprintf("give the parent's key: ref %q (print ... .column)", step))
	}
	c.UsesRef(step)
	return func(f *mappings.Frame, args []any) (any, error) { return callRef(f, step, args[1:]) }
}

func stepHint(step string, steps []string) string {
	if near, ok := mappings.Nearest(step, steps); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(steps) == 0 {
		return "there is no other step in this file"
	}
	return "the steps are " + strings.Join(steps, ", ")
}

// callRef asks for the id that a step gave the object with a key, or with the row's own key when none is given.
func callRef(f *mappings.Frame, step string, key []any) (any, error) {
	if f.Input().Ref == nil {
		return nil, fmt.Errorf("the ids of step %q are not known here", step)
	}
	var given *string
	if len(key) > 0 {
		text, err := values.Text(key[0])
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, mappings.Unprefixed(fmt.Errorf("ref %q: the key is empty; if a row may have no parent, put {{ if .column }} around the ref", step))
		}
		given = &text
	}
	id, err := f.Input().Ref(step, given)
	if err != nil {
		return nil, mappings.Unprefixed(err)
	}
	return id, nil
}

func bindLookup(c *mappings.Call) mappings.Func {
	name, _ := c.Text(0)
	table, ok := c.Options().Tables[name]
	if !ok {
		var names []string
		for n := range c.Options().Tables {
			names = append(names, n)
		}
		slices.Sort(names)
		hint := "declare it under tables:"
		if near, ok := mappings.Nearest(name, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return c.Refuse(0, fmt.Sprintf("no table %q", name), hint)
	}
	return func(_ *mappings.Frame, args []any) (any, error) {
		key, err := values.Text(args[1])
		if err != nil {
			return nil, err
		}
		if v, ok := table[key]; ok {
			return v, nil
		}
		if key == "" {
			return "", nil
		}
		if v, ok := table["*"]; ok {
			return v, nil
		}
		return nil, &values.Error{
			Message: fmt.Sprintf(`table %q has no such key; add it, or "*" for every other key`, name),
			Value:   key,
		}
	}
}

// bindVolatile is the Bind of a function whose value differs from run to run, which a key must not.
func bindVolatile(fn mappings.Func) mappings.Bind {
	return func(c *mappings.Call) mappings.Func {
		if c.Options().KeyText {
			return c.Refuse(-1, "a key must be the same in every run", "make it of the row's columns")
		}
		c.DiffersByRun()
		return fn
	}
}

func rowNumber(f *mappings.Frame, _ []any) (any, error) { return int64(f.Input().Number), nil }
func fileName(f *mappings.Frame, _ []any) (any, error)  { return f.Input().File, nil }
func runStart(f *mappings.Frame, _ []any) (any, error)  { return f.Input().Now, nil }
func runID(f *mappings.Frame, _ []any) (any, error)     { return f.Input().RunID, nil }
func nullValue(*mappings.Frame, []any) (any, error)     { return values.Null, nil }
