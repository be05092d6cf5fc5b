package mappings

import (
	"errors"
	"fmt"
	"sync"
)

// maxWork bounds what one template may do: one unit for each value and each 64 bytes of text it
// handles. It stops loops inside loops, which no other bound would.
const maxWork = 1_000_000

var (
	errWork  = errors.New("the template does too much work; make its loops shorter")
	errPrint = errors.New("the template prints more than 1 MiB")

	errBreak    = errors.New("break outside range")
	errContinue = errors.New("continue outside range")
)

// frame is what one run of a template works on. Frames are reused, one at a time per goroutine.
type frame struct {
	in   *Input
	dot  any   // what . is inside with and range, unless it is the row
	vars []any // the template's variables, by slot
	args []any // arguments of the calls under way, innermost last
	out  []byte
	work int
}

// evaluator computes a value; writer prints. They are what a template compiles to, and share
// nothing but the frame, so that any number of goroutines may run them.
type (
	evaluator func(*frame) (any, error)
	writer    func(*frame) error
)

// frames recycles frames; it holds no state between runs.
var frames = sync.Pool{New: func() any { return new(frame) }}

func getFrame(in *Input) *frame {
	f := frames.Get().(*frame)
	f.in = in
	return f
}

// release forgets the row, so that a pooled frame keeps no personal data alive.
func (f *frame) release() {
	clear(f.vars)
	clear(f.args[:cap(f.args)])
	*f = frame{vars: f.vars, args: f.args[:0], out: f.out[:0]}
	if cap(f.out) <= maxText/16 {
		frames.Put(f)
	}
}

// reset readies the frame for a template with that many variables.
func (f *frame) reset(vars int) {
	f.dot, f.args, f.out, f.work = nil, f.args[:0], f.out[:0], 0
	if len(f.vars) < vars {
		f.vars = make([]any, vars)
	}
}

// spend counts work and stops a template that does too much.
func (f *frame) spend(values ...any) error {
	for _, v := range values {
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

func (f *frame) print(v any) error {
	out, err := appendText(f.out, v)
	f.out = out
	if err == nil && len(out) > maxText {
		err = errPrint
	}
	return err
}

// failure is an error of a running template and the offset of what failed.
type failure struct {
	at  int
	err error
}

func (e *failure) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *failure) Unwrap() error { return e.err }

// failAt gives an error its place, unless it has one or is no error of the user's.
func failAt(at int, err error) error {
	if err == nil || err == errBreak || err == errContinue {
		return err
	}
	if _, ok := err.(*failure); ok {
		return err
	}
	return &failure{at: at, err: err}
}

// failIn is failAt for an error of a function, which is named.
func failIn(name string, at int, err error) error {
	if _, ok := err.(*failure); ok {
		return err
	}
	if own, ok := err.(*ownWords); ok {
		return &failure{at: at, err: own.error}
	}
	return &failure{at: at, err: fmt.Errorf("%s: %w", name, err)}
}

// ownWords marks an error that says by itself what failed, so the function is not named again.
type ownWords struct{ error }

// Unwrap returns the cause.
func (e *ownWords) Unwrap() error { return e.error }
