package main

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
)

// TestExplainDiagnostics checks that a file is explained by an error, not by the warning before it.
func TestExplainDiagnostics(t *testing.T) {
	p := explain(config.Diagnostics{
		{Pos: config.Pos{Line: 1}, Message: "untidy", Warning: true},
		{Pos: config.Pos{Line: 2}, Message: "wrong", Hint: "mend it"},
		{Pos: config.Pos{Line: 3}, Message: "also wrong"},
	})
	if p.exit != exitUsage || p.message != "wrong (and 1 more fault)" || p.hint != "mend it" {
		t.Errorf("explained as %+v", p)
	}
}
