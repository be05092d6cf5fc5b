// Package workbook reads the cells of .xlsx and .xlsm files.
//
// Its errors are of four kinds: a *Fault, which tells its reader what to do; an *fs.PathError or another error of the
// disk; the error of a context that is done; and all others, which say in what way the file is damaged, as the end
// of the sentence "the workbook is damaged: ".
package workbook

// Fault says why a workbook, or a value in it, cannot be used, to whoever made or named the workbook.
type Fault struct {
	Message string // what is wrong, in one line; names and places, never the value of a cell
	Hint    string // the next thing to do
}

func (f *Fault) Error() string { return f.Message + "; " + f.Hint }

const (
	// HintSaveAs is the hint for files that a spreadsheet program can turn into one that is read.
	HintSaveAs = "open it in a spreadsheet program and save it as .xlsx or .csv"
	// HintRepair is the hint for damaged workbooks.
	HintRepair = "open it in a spreadsheet program, save it again as .xlsx, and run again"
	// HintCorrect is the hint for a cell whose value cannot be used.
	HintCorrect = "correct the cell and save the workbook"
)
