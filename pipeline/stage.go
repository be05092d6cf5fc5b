//go:build oldengine

package pipeline

// Stage is where a row was stopped.
type Stage string

// The stages, as rejects files name them.
const (
	StageSource Stage = "source" // the row could not be read
	StageMap    Stage = "map"    // it was read and could not be rendered or fitted: nothing was sent
	StageLedger Stage = "ledger" // its key or external id belongs to another row
	StageParent Stage = "parent" // the object that it refers to is not there
	StageSend   Stage = "send"   // Kustomer refused it
)
