package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/render"
)

// announceLookUps says how many look-ups --adopt makes before the step sends anything, and how long they take, so that
// nobody is surprised by them. It reads the source once.
func (s *runningStep) announceLookUps(ctx context.Context) error {
	if !s.mode.adopts(s.opts) || s.mode.survey || !s.looksUp() || s.step.Source.Once {
		return nil
	}
	keys, number := 0, 0
	for row, err := range s.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if number++; err != nil || s.opts.Limit > 0 && number > s.opts.Limit {
			break // the step itself tells of an error
		}
		for v := range render.Views(s.step.Config.Each.Value, row, number) {
			r := &render.Row{View: v}
			if skip, err := s.renderer.Name(r); !skip && err == nil && !s.drive.Index.Get(r.Key).Has(index.Loaded) {
				keys++
			}
		}
	}
	if keys > 0 {
		s.drive.Info(lookUpsText(keys, s.opts.Rate))
	}
	return nil
}

// lookUpsText says what so many look-ups take; rate is requests a second, 0 for no limit.
func lookUpsText(keys int, rate float64) string {
	text := fmt.Sprintf("--adopt looks %d keys up first", keys)
	if keys == 1 {
		text = "--adopt looks 1 key up first"
	}
	if rate <= 0 {
		return text
	}
	wait := time.Duration(float64(keys) / rate * float64(time.Second))
	if wait < time.Minute {
		return text + ": less than a minute"
	}
	return text + ": about " + strings.TrimSuffix(wait.Round(time.Minute).String(), "0s")
}
