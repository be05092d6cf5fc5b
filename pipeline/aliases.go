package pipeline

import (
	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
)

type Stage = decide.Stage

const (
	StageSource = decide.StageSource
	StageMap    = decide.StageMap
	StageLedger = decide.StageLedger
	StageParent = decide.StageParent
	StageSend   = decide.StageSend
)

type StepLoad = batch.Load
type Action = drive.Action

const (
	ActCreate       = drive.ActCreate
	ActUpdate       = drive.ActUpdate
	ActSend         = drive.ActSend
	ActInDoubt      = drive.ActInDoubt
	ActUnchanged    = drive.ActUnchanged
	ActExists       = drive.ActExists
	ActSkip         = drive.ActSkip
	ActReject       = drive.ActReject
	ActAmbiguous    = drive.ActAmbiguous
	ActBlocked      = drive.ActBlocked
	ActNotAttempted = drive.ActNotAttempted
)

// Effort is what a load takes.
type Effort = batch.Effort

// Actions lists every action, as tables show them.
var Actions = drive.Actions

// Estimate says what loads take one by one and in batches; see batch.Estimate.
func Estimate(loads []StepLoad, rate float64) (singly, batched Effort) {
	return batch.Estimate(loads, rate)
}
