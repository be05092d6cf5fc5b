package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
)

// TestMergeDiagnostics checks that diagnostics of reading and of binding are in the order of the file, and that those
// of binding are left out which only follow from an error of reading.
func TestMergeDiagnostics(t *testing.T) {
	at := func(line int) config.Pos { return config.Pos{File: "p.yaml", Line: line, Column: 3} }
	file := config.Diagnostics{
		{Pos: at(2), Message: "untidy", Warning: true},
		{Pos: at(5), Message: "there is no source"},
	}
	bound := config.Diagnostics{
		{Message: "there is no such file"},
		{Pos: at(2), Message: "no column"},
		{Pos: at(4), Message: "no function"},
		{Pos: at(5), Message: "there is no such file"},
	}
	var got []string
	var merged config.Diagnostics
	if !errors.As(mergeDiagnostics(file, bound), &merged) {
		t.Fatal("no diagnostics are left")
	}
	for _, f := range merged {
		got = append(got, fmt.Sprintf("%d %s", f.Pos.Line, f.Message))
	}
	want := []string{"2 untidy", "2 no column", "4 no function", "5 there is no source"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
