// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

// toldOf holds the errors of Deferreds that their tests have told of or taken.
var toldOf sync.Map

// takeReports has the errors that the garbage collector finds told once: a Case tells its own when it ends, and Main tells the others.
var takeReports = sync.OnceFunc(func() {
	deferred.SetReporter(func(u *deferred.UnhandledError) {
		if hasMain() {
			return
		}
		if _, known := toldOf.LoadAndDelete(u); known || told(u.Err) {
			return
		}
		b := bookOf(u)
		if b == nil {
			u.Log()
			return
		}
		b.mu.Lock()
		over := b.closed
		b.mu.Unlock()
		if over {
			slog.Default().Error("trial: unhandled error in a Deferred after the end of its test", "test", b.id, "error", u.Err)
		}
	})
})

// bookOf returns the log of the Case whose Deferred it was, or nil.
func bookOf(u *deferred.UnhandledError) *book {
	if l := u.Logger(); l != nil {
		if h, ok := l.Handler().(*handler); ok {
			return h.book
		}
	}
	return nil
}

// collectGarbage finds what nobody refers to any more, and waits for what follows from that, if the environment asks for it.
func (c *Case) collectGarbage() {
	if !set(marker.ForceGC) {
		return
	}
	for range 2 { // what a first collection lets go, a second one collects
		var swept atomic.Bool
		runtime.AddCleanup(new(*int), func(done *atomic.Bool) { done.Store(true) }, &swept)
		runtime.GC()
		for end := time.Now().Add(c.grace(goroutineGrace)); !swept.Load() && time.Now().Before(end); { // cleanups have goroutines of their own
			pauseFor(100 * time.Microsecond)
		}
	}
}

// watchDeferreds begins to note the errors of Deferreds that nobody handles.
func (c *Case) watchDeferreds() {
	takeReports()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.track = deferred.TrackUnhandled()
}

// noted returns the errors that stand unhandled now and are the test's.
func (c *Case) noted() []*deferred.UnhandledError {
	c.mu.Lock()
	if c.track != nil {
		c.standing = append(c.standing, c.track()...)
		c.track = nil
	}
	some := len(c.standing) > 0
	c.mu.Unlock()
	if some {
		c.lookAround()
	}
	shared := c.isShared()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.standing = slices.DeleteFunc(c.standing, func(u *deferred.UnhandledError) bool {
		return u.Handled() || told(u.Err) || slices.Contains(c.flushed, u)
	})
	var mine []*deferred.UnhandledError
	for _, u := range c.standing {
		if own := c.book != nil && u.Logger() == c.book.logger; own || !shared {
			mine = append(mine, u)
		}
	}
	return mine
}

func (c *Case) flushDeferreds(match func(error) bool) []*LoggedError {
	var taken []*LoggedError
	for _, u := range c.noted() {
		if match(u) {
			c.mu.Lock()
			c.flushed = append(c.flushed, u)
			toldOf.Store(u, true)
			c.mu.Unlock()
			taken = append(taken, &LoggedError{Message: "unhandled error in Deferred", Err: u.Err, Text: u.Error()})
		}
	}
	c.watchDeferreds()
	return taken
}

// checkDeferreds tells of the errors of Deferreds that nobody handled.
func (c *Case) checkDeferreds() {
	c.TB.Helper()
	for _, u := range c.noted() {
		toldOf.Store(u, true)
		text := u.Error()
		if f, ok := protocol.As[*deferred.Failure](u.Err); ok {
			text += "\n" + indent(belowTest(f.Stack.String()))
		}
		if len(u.Created) > 0 {
			text += "\nthe Deferred was made at\n" + indent(origin(u.Created))
		}
		if len(u.Fired) > 0 {
			text += "\nand fired at\n" + indent(origin(u.Fired))
		}
		c.problem(text, u)
	}
}
