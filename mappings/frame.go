package mappings

import (
	"errors"
	"sync"

	"github.com/kustsync/kustsync/mappings/values"
)

// maxWork bounds what one template may do for one row: one unit for each value and each 64 bytes of text that it
// handles. It stops loops inside loops, which no other bound stops.
const maxWork = 1_000_000

var (
	errWork  = errors.New("the template does too much work; make its loops shorter")
	errPrint = errors.New("the template prints more than 1 MiB")
)

// Frame is the state of the templates that are rendered for one row, one after another. Frames are reused; a
// goroutine has one at a time.
type Frame struct {
	in   *Input
	dot  any   // what . is inside with and range, unless it is the row
	vars []any // the template's variables, by slot
	args []any // arguments of the calls under way, innermost last
	out  []byte
	work int
}

// evaluator computes a value and writer prints. A template compiles to these. They share nothing but the frame, so
// that any number of goroutines may run them.
type (
	evaluator func(*Frame) (any, error)
	writer    func(*Frame) error
)

// frames recycles frames; it holds no state between rows.
var frames = sync.Pool{New: func() any { return new(Frame) }}

func getFrame(in *Input) *Frame {
	f := frames.Get().(*Frame)
	f.in = in
	return f
}

// release gives a frame back without the row, so that a pooled frame keeps no personal data alive.
func (f *Frame) release() {
	clear(f.vars)
	clear(f.args[:cap(f.args)])
	*f = Frame{vars: f.vars, args: f.args[:0], out: f.out[:0]}
	if cap(f.out) <= values.MaxText/16 {
		frames.Put(f)
	}
}

// reset readies the frame for a template with that many variables.
func (f *Frame) reset(vars int) {
	f.dot, f.args, f.out, f.work = nil, f.args[:0], f.out[:0], 0
	if len(f.vars) < vars {
		f.vars = make([]any, vars)
	}
}

// Input returns what the row gives to its templates.
func (f *Frame) Input() *Input { return f.in }

// Spend counts the work of handling these values. It returns an error when the template does too much.
func (f *Frame) Spend(handled ...any) error {
	for _, v := range handled {
		f.work++
		switch v := v.(type) {
		case string:
			f.work += len(v) / 64
		case []any:
			f.work += len(v) / 16
		}
	}
	f.work++
	if f.work > maxWork {
		return errWork
	}
	return nil
}

func (f *Frame) print(v any) error {
	out, err := values.AppendText(f.out, v)
	f.out = out
	if err == nil && len(out) > values.MaxText {
		err = errPrint
	}
	return err
}
