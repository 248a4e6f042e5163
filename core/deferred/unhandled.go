// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// An UnhandledError describes an error that stood at the end of a chain when its Deferred was dropped.
type UnhandledError struct {
	Err     error
	Created Stack // where the Deferred was made and fired; only when debugging was on
	Fired   Stack

	log     *slog.Logger
	handled atomic.Bool
}

// lines bounds the lines about unhandled errors: peers may bring them about, and each may have stacks.
var lines loglimit.Limit

// Error returns the error's text.
func (u *UnhandledError) Error() string { return "unhandled error in Deferred: " + u.Err.Error() }

// Unwrap returns the error.
func (u *UnhandledError) Unwrap() error { return u.Err }

// Logger returns the logger of the loop that the Deferred was made for, nil without one. It tells the Deferreds of one reactor from those of another.
func (u *UnhandledError) Logger() *slog.Logger { return u.log }

// Handled reports whether somebody has taken the error after u was noted: [TrackUnhandled] notes errors that still have a chance. Safe from any goroutine.
func (u *UnhandledError) Handled() bool { return u.handled.Load() }

// Log logs u at error level with the logger of the Deferred's loop, or with slog.Default(), with the stack of its Failure and those that debugging has recorded: what happens
// when no reporter is set. Ten lines a second are written at most; the next one tells how many were left out.
func (u *UnhandledError) Log() {
	log := u.log
	if log == nil {
		log = slog.Default()
	}
	attrs := []any{"error", u.Err}
	if f, ok := protocol.As[*Failure](u.Err); ok {
		attrs = append(attrs, "stack", f.Stack.String())
	}
	if len(u.Created) > 0 {
		attrs = append(attrs, "created", u.Created.String())
	}
	if len(u.Fired) > 0 {
		attrs = append(attrs, "fired", u.Fired.String())
	}
	if attrs, ok := lines.Allow(time.Now(), attrs...); ok {
		log.Error("deferred: unhandled error in Deferred", attrs...)
	}
}

var reporter atomic.Pointer[func(*UnhandledError)]

// SetReporter makes f receive the errors that nobody handled, instead of the log, and returns a function that puts the former reporter back. The garbage
// collector finds them, so f is called at any time on any goroutine, and perhaps never; see [TrackUnhandled] for tests. Safe from any goroutine.
func SetReporter(f func(*UnhandledError)) (restore func()) {
	old := reporter.Swap(&f)
	return func() { reporter.Store(old) }
}

func report(u *UnhandledError) {
	if f := reporter.Load(); f != nil && *f != nil {
		(*f)(u)
		return
	}
	u.Log()
}

// unhandled is the state of the report that a Deferred would give. It costs nothing until the first error stands at the end of the chain.
type unhandled struct {
	report  *UnhandledError // nil when there is nothing to report
	cleanup runtime.Cleanup
}

// arm notes that the result is an error that nobody has handled so far.
func (d *Deferred[T]) arm() {
	if d.flags&shared != 0 {
		return
	}
	x := d.extra()
	if x.unhandled.report != nil {
		return
	}
	u := &UnhandledError{Err: d.err, Created: x.created, Fired: x.firedAt}
	// u may not lead back to d, or d is never collected. That is why it has the logger instead of the loop.
	if l, ok := d.loop.(interface{ Logger() *slog.Logger }); ok {
		u.log = l.Logger()
	}
	x.unhandled = unhandled{u, runtime.AddCleanup(x, report, u)}
	trackers.note(u)
}

// disarm notes that somebody takes the result.
func (d *Deferred[T]) disarm() {
	if d.x == nil || d.x.unhandled.report == nil {
		return
	}
	d.x.unhandled.cleanup.Stop()
	d.x.unhandled.report.handled.Store(true)
	trackers.forget(d.x.unhandled.report)
	d.x.unhandled = unhandled{}
}

// trackers are the open calls of TrackUnhandled.
var trackers tracking

type tracking struct {
	open atomic.Int32 // len(sets), to keep those who track nothing away from mu
	mu   sync.Mutex
	sets []*trackedSet // guarded by mu
}

type trackedSet struct {
	order []*UnhandledError
	index map[*UnhandledError]struct{}
}

func (t *tracking) note(u *UnhandledError) {
	if t.open.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sets {
		if len(s.order) > 2*len(s.index)+64 { // most of them were handled
			s.order = slices.DeleteFunc(s.order, func(u *UnhandledError) bool {
				_, standing := s.index[u]
				return !standing
			})
		}
		s.order = append(s.order, u)
		s.index[u] = struct{}{}
	}
}

func (t *tracking) forget(u *UnhandledError) {
	if t.open.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sets {
		delete(s.index, u)
	}
}

// TrackUnhandled watches the whole program from now on. The function that it returns ends that and gives the errors that arose meanwhile and still stand unhandled
// at the end of their Deferreds, dropped or not, oldest first. Unlike the report to the log it doesn't depend on the garbage collector: tests use it. Safe from
// any goroutine.
func TrackUnhandled() (stop func() []*UnhandledError) {
	s := &trackedSet{index: make(map[*UnhandledError]struct{})}
	trackers.mu.Lock()
	trackers.sets = append(trackers.sets, s)
	trackers.mu.Unlock()
	trackers.open.Add(1)
	return func() (left []*UnhandledError) {
		trackers.mu.Lock()
		defer trackers.mu.Unlock()
		for i, o := range trackers.sets {
			if o == s {
				trackers.sets = append(trackers.sets[:i], trackers.sets[i+1:]...)
				trackers.open.Add(-1)
				break
			}
		}
		for _, u := range s.order {
			if _, standing := s.index[u]; standing {
				left = append(left, u)
			}
		}
		return left
	}
}
