// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package record holds a testing.TB that keeps to itself what a test says, for those who run a function many times within one test.
package record

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// maxOutput is how many bytes one run may say.
const maxOutput = 64 << 10

// A TB is a [testing.TB] that records failures, skips and output. What it does not record goes to the TB inside: the name, folders, the environment.
// Its methods are safe from any goroutine, but for those that end the test.
type TB struct {
	testing.TB
	// Stop ends the run. nil is runtime.Goexit.
	Stop func()

	mu       sync.Mutex // guards what follows
	failed   bool
	skipped  bool
	place    string
	output   strings.Builder
	cut      bool
	helpers  map[string]struct{}
	cleanups []func()
	ctx      context.Context // that of the run
	cancel   context.CancelFunc
}

// New returns a TB for one run in t.
func New(t testing.TB) *TB { return &TB{TB: t} }

// Run calls f in a goroutine of its own, waits until it has returned or ended, and finishes. A panic is a failure.
func (r *TB) Run(f func()) {
	done := make(chan struct{})
	// The caller waits for it.
	go func() {
		defer close(done)
		r.guarded(f)
	}()
	<-done
	r.Finish()
}

// guarded calls f. A panic is a failure.
func (r *TB) guarded(f func()) {
	defer func() {
		if v := recover(); v != nil {
			r.Panicked(v)
		}
	}()
	f()
}

// maxFrames is how many frames of a panic are shown.
const maxFrames = 30

// panicked returns where the panic that is being recovered happened, and its stack from there up to those who run f.
func panicked() (place, stack string) {
	pcs := make([]uintptr, 128)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var b strings.Builder
	n := 0
	for panicking, more := false, true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch inRuntime := strings.HasPrefix(f.Function, "runtime."); {
		case !panicking:
			panicking = inRuntime
		case inRuntime:
		case strings.HasPrefix(f.Function, runner+"internal/record.(*TB)"), strings.HasPrefix(f.Function, runner+"property.run"):
			return place, b.String()
		default:
			if place == "" {
				place = f.File + ":" + strconv.Itoa(f.Line)
			}
			if n++; n > maxFrames {
				return place, b.String() + "\t…\n"
			}
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
	}
	return place, b.String()
}

const runner = "github.com/torsion-go/torsion/trial/"

// Panicked records a panic with value v. It is called by the deferred function that recovered it.
func (r *TB) Panicked(v any) {
	place, stack := panicked()
	r.fail(place, fmt.Sprintf("panic: %v\n\n%s", v, stack))
}

// Finish cancels the context, and runs the cleanups, the last one first.
func (r *TB) Finish() {
	r.mu.Lock()
	cancel := r.cancel
	r.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	for {
		r.mu.Lock()
		if len(r.cleanups) == 0 {
			r.mu.Unlock()
			return
		}
		f := r.cleanups[len(r.cleanups)-1]
		r.cleanups = r.cleanups[:len(r.cleanups)-1]
		r.mu.Unlock()
		r.guarded(f)
	}
}

func (r *TB) fail(place, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	if r.place == "" {
		r.place = place
	}
	r.say(text)
}

// say needs mu.
func (r *TB) say(text string) {
	if r.cut || text == "" {
		return
	}
	if r.output.Len()+len(text) > maxOutput {
		text, r.cut = text[:max(0, maxOutput-r.output.Len())]+"…", true
	}
	r.output.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		r.output.WriteByte('\n')
	}
}

// caller returns where the first caller is that is no helper, and with its file's name alone.
func (r *TB) caller() (place, short string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		f, more := frames.Next()
		if _, helper := r.helpers[f.Function]; !helper && f.Function != "" && !strings.Contains(f.Function, "trial/internal/record.(*TB)") || !more {
			line := ":" + strconv.Itoa(f.Line)
			return f.File + line, filepath.Base(f.File) + line
		}
	}
}

// Place returns the file and the line of the first failure.
func (r *TB) Place() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.place
}

// Said returns what was logged so far.
func (r *TB) Said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

func (r *TB) log(fail bool, text string) {
	place, short := r.caller()
	if fail {
		r.fail(place, short+": "+text)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.say(short + ": " + text)
}

func (r *TB) stop() {
	if r.Stop != nil {
		r.Stop()
	}
	runtime.Goexit()
}

// Helper marks the caller, as in package testing.
func (r *TB) Helper() {
	var pc [1]uintptr
	if runtime.Callers(2, pc[:]) == 0 {
		return
	}
	f, _ := runtime.CallersFrames(pc[:]).Next()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.helpers == nil {
		r.helpers = map[string]struct{}{}
	}
	r.helpers[f.Function] = struct{}{}
}

// Context returns one that ends before the cleanups of this run.
func (r *TB) Context() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx == nil {
		r.ctx, r.cancel = context.WithCancel(r.TB.Context())
	}
	return r.ctx
}

// Cleanup has f called by Finish.
func (r *TB) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// Attr drops what only concerns one run.
func (r *TB) Attr(key, value string) {}

type output struct{ r *TB }

func (o output) Write(p []byte) (int, error) {
	o.r.mu.Lock()
	defer o.r.mu.Unlock()
	o.r.say(string(p))
	return len(p), nil
}

// Output returns a writer to what Said returns.
func (r *TB) Output() io.Writer { return output{r} }

// The methods of testing.TB that say something, or end the run.

func (r *TB) Fail()                             { place, _ := r.caller(); r.fail(place, "") }
func (r *TB) FailNow()                          { place, _ := r.caller(); r.fail(place, ""); r.stop() }
func (r *TB) Error(args ...any)                 { r.log(true, fmt.Sprintln(args...)) }
func (r *TB) Errorf(format string, args ...any) { r.log(true, fmt.Sprintf(format, args...)) }
func (r *TB) Fatal(args ...any)                 { r.log(true, fmt.Sprintln(args...)); r.stop() }
func (r *TB) Fatalf(format string, args ...any) { r.log(true, fmt.Sprintf(format, args...)); r.stop() }
func (r *TB) Log(args ...any)                   { r.log(false, fmt.Sprintln(args...)) }
func (r *TB) Logf(format string, args ...any)   { r.log(false, fmt.Sprintf(format, args...)) }
func (r *TB) Skip(args ...any)                  { r.log(false, fmt.Sprintln(args...)); r.SkipNow() }
func (r *TB) Skipf(format string, args ...any) {
	r.log(false, fmt.Sprintf(format, args...))
	r.SkipNow()
}

func (r *TB) SkipNow() {
	r.mu.Lock()
	r.skipped = true
	r.mu.Unlock()
	r.stop()
}

func (r *TB) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *TB) Skipped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.skipped
}
