// Package functions is the table of functions that templates may call.
package functions

import (
	"slices"
	"sync"

	"github.com/kustsync/kustsync/mappings"
)

// All returns the table of functions, group by group. To add a function, add an entry to the table of its group,
// which stands in the file of that group; TestExamples runs its example.
func All() []Function {
	return slices.Concat(
		rowFunctions(), logicFunctions(), textFunctions(), listFunctions(), objectFunctions(),
		numberFunctions(), timeFunctions(), contactFunctions(), regexpFunctions(),
	)
}

// Table returns the functions for mappings.Options.
func Table() *mappings.Functions { return table() }

var table = sync.OnceValue(func() *mappings.Functions {
	var all []mappings.Function
	for _, f := range All() {
		all = append(all, mappings.Function{Signature: f.Signature, Bind: f.bind})
	}
	return mappings.NewFunctions(all, unknown())
})
