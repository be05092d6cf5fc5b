package pipeline

import (
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/render"
)

// mode is what differs between a load, a dry run, a survey and a preview: how rows are driven, and what is known of
// objects that are not there yet. It is chosen once, so that the way of a row asks for none of them.
type mode struct {
	whenStopped string // what the error of a run says that was interrupted
	asks        bool   // find asks the sink
	survey      bool
	shows       bool // rows are shown to somebody: their placeholders are remembered
	driver      func(*drive.Step) drive.Driver
	// willLoad reports whether this run is to load an object, so that a placeholder stands for it; skipped: its
	// step's when skips the row.
	willLoad func(r *run, at render.Ref, skipped bool) bool
}

// modeOf is the mode of a run.
func modeOf(o Options) mode {
	switch {
	case o.Survey:
		return mode{
			whenStopped: "nothing was changed", asks: true, survey: true, shows: true, willLoad: willLoadOwned,
			driver: func(s *drive.Step) drive.Driver { return drive.NewSurvey(s, o.Adopt) },
		}
	case o.DryRun:
		return mode{
			whenStopped: "nothing was changed", willLoad: willLoadOwned,
			driver: func(s *drive.Step) drive.Driver { return drive.NewDryRun(s) },
		}
	}
	return mode{
		whenStopped: "requests in flight were finished and recorded", asks: true,
		driver:   func(s *drive.Step) drive.Driver { return drive.Load{Step: s} },
		willLoad: func(*run, render.Ref, bool) bool { return false },
	}
}

// previewMode is the mode of a preview, in which objects of other steps are taken to be there.
func previewMode() mode {
	return mode{
		shows: true, driver: func(s *drive.Step) drive.Driver { return drive.NewDryRun(s) },
		willLoad: func(_ *run, _ render.Ref, skipped bool) bool { return !skipped },
	}
}

// willLoadOwned reports whether a row of this dry run owns the object's key, and was not left unsettled.
func willLoadOwned(r *run, at render.Ref, _ bool) bool {
	idx := r.indexes[at.Step]
	return idx != nil && idx.Get(at.Key).Has(index.Owned) && !r.isUnsettled(at)
}

// adopts reports whether rows are looked up first since the user asked for it: a dry run shows what a load without
// --adopt would send.
func (m *mode) adopts(o Options) bool { return o.Adopt && !o.DryRun }
