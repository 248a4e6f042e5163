// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/result"
)

// A Case is one test under way. It is made by [Run] and its kin. Twisted: TestCase.
type Case struct {
	testing.TB

	cfg    Config
	parent *Case
	id     result.ID
	limit  time.Duration // of a phase; 0 for none
	loop   atomic.Pointer[reactor.Reactor]

	// What follows belongs to the goroutine of the test.
	memory  *reactortest.Memory
	own     bool // the Case itself drives the reactor
	torn    bool // a pass of it was left in the middle
	bail    int  // a callback called FailNow or SkipNow
	before  baseline
	temp    string
	test    uintptr // the function that is the test
	capture bool

	mu       sync.Mutex
	book     *book                             // guarded by mu; nil while nobody asked for the logger
	phase    *phase                            // guarded by mu; nil between phases
	waiting  protocol.Loop                     // guarded by mu: what wakes the test's goroutine
	todo     *todo                             // guarded by mu
	kept     []problem                         // guarded by mu: what failed while todo stood
	expected bool                              // guarded by mu: a subtest failed as its todo said
	skipped  bool                              // guarded by mu: by the test itself
	erred    bool                              // guarded by mu: an error was reported
	shared   bool                              // guarded by mu: other Cases ran at the same time
	warned   map[result.Warning]bool           // guarded by mu
	standing []*deferred.UnhandledError        // guarded by mu: noted before track began
	flushed  []*deferred.UnhandledError        // guarded by mu
	track    func() []*deferred.UnhandledError // guarded by mu
}

// bailOut is what FailNow and SkipNow panic with inside of a callback of the reactor: the pass goes on, and the test ends after it.
type bailOut struct{}

func (bailOut) String() string { return "the test ends: see its output" }

const (
	bailFail = iota + 1
	bailSkip
)

// begin returns a Case over t, for the test f.
func (cfg Config) begin(t testing.TB, f any, parent *Case) *Case {
	t.Helper()
	c := &Case{TB: t, cfg: cfg, parent: parent, test: reflect.ValueOf(f).Pointer(), id: result.ID{Name: t.Name()}}
	c.id.Package = packagePath(c.test)
	limit, err := cfg.timeout()
	c.limit = limit
	if err != nil {
		c.problem(err.Error(), err)
	}
	if set(marker.Stacks) {
		deferred.SetDebug(true)
	}
	c.collectGarbage()
	c.before = takeBaseline()
	c.watchDeferreds()
	c.join()
	if c.before.snapshot.Tests > 0 {
		c.share()
	}
	t.Cleanup(c.end)
	return c
}

// guard calls f, a panic of which is an error of the test.
func (c *Case) guard(f func()) {
	c.TB.Helper()
	defer func() {
		c.TB.Helper()
		if v := recover(); v != nil && v != any(bailOut{}) {
			c.panicked(v, debug.Stack())
		}
	}()
	f()
}

// run runs f as a phase. A panic in it is an error of the test; what FailNow and SkipNow do goes on.
func (c *Case) run(name string, f func()) {
	c.TB.Helper()
	p := c.enter(name)
	defer c.leave(p)
	defer p.stop()
	c.guard(f)
}

func (c *Case) panicked(v any, stack []byte) {
	c.TB.Helper()
	err, _ := v.(error)
	trace := trimPanic(string(stack))
	file, line := placeIn(trace)
	if file == "" {
		file, line = c.place()
	}
	c.problemAt(file, line, "panic: "+text(v)+"\n\n"+trace, err)
}

// end is the last cleanup: it tells what was left behind, and how the test ended.
func (c *Case) end() {
	c.TB.Helper()
	defer c.part()
	c.collectGarbage()
	items := c.checkReactor()
	tail := c.checkLog()
	c.checkDeferreds()
	c.closeReactor(items)
	if b := c.currentBook(); b != nil {
		b.over()
	}
	c.checkProcess()
	if len(tail) > 0 && c.TB.Failed() {
		fmt.Fprintf(c.TB.Output(), "the log of the test:\n%s\n", strings.Join(tail, "\n"))
	}
	c.removeTemp()
	c.verdict()
}

// Run runs f as a subtest with a Case of its own, and reports whether it succeeded. The time-out of this Case's phase stands still meanwhile.
func (c *Case) Run(name string, f func(tc *Case)) bool {
	c.TB.Helper()
	defer c.pause()()
	cfg := c.cfg
	switch t := c.TB.(type) {
	case interface {
		Run(string, func(*testing.T)) bool
	}:
		return t.Run(name, func(t *testing.T) { c.sub(cfg, t, f) })
	case interface {
		Run(string, func(*testing.B)) bool
	}:
		return t.Run(name, func(b *testing.B) { c.sub(cfg, b, f) })
	}
	c.Fatalf("trial: %T has no subtests", c.TB)
	return false
}

func (c *Case) sub(cfg Config, t testing.TB, f func(*Case)) {
	t.Helper()
	sub := cfg.begin(t, f, c)
	if todo := c.inherited(); todo != nil {
		sub.Todo(todo.reason, todo.targets...)
	}
	sub.run("test", func() { f(sub) })
}

// Parallel lets the test run in parallel with others that called it; see the package's notes. The time-out stands still until it goes on.
func (c *Case) Parallel() {
	c.TB.Helper()
	t, ok := c.TB.(interface{ Parallel() })
	if !ok {
		c.Fatalf("trial: %T does not run in parallel", c.TB)
	}
	if c.capture {
		c.Fatal("trial: CaptureDefault is not for parallel tests")
	}
	resume := c.pause()
	c.part()
	t.Parallel()
	c.join()
	c.share()
	resume()
}

// ID returns the name of the test, the same in every process. Its Name selects it by -run.
func (c *Case) ID() result.ID { return c.id }

// Cleanup has f called when the test is over, last added first, and before TearDown. f may wait: each cleanup is a phase of its own. All are called, also when one fails or panics.
// Twisted: addCleanup.
func (c *Case) Cleanup(f func()) {
	c.TB.Helper()
	c.TB.Cleanup(func() {
		c.TB.Helper()
		c.run("cleanup", f)
	})
}

// CleanupD is Case.Cleanup for a function that returns a Deferred, such as the method StopListening of a port. The Deferred, unless it is nil, is waited for, and its error is an error of the test.
func CleanupD[T any](tc *Case, f func() *deferred.Deferred[T]) {
	tc.TB.Helper()
	tc.Cleanup(func() {
		tc.TB.Helper()
		if d := f(); d != nil {
			if _, err := Await(tc, d); err != nil {
				tc.failed("the Deferred of a cleanup failed", err)
			}
		}
	})
}

// The Cases that run now, for they have to know whether they are alone.
var active struct {
	sync.Mutex
	cases []*Case // guarded
}

// join notes that the Case runs.
func (c *Case) join() {
	active.Lock()
	defer active.Unlock()
	for _, other := range active.cases {
		if !c.within(other) {
			other.share()
			c.share()
		}
	}
	active.cases = append(active.cases, c)
	if c.parent != nil && c.parent.isShared() {
		c.share()
	}
}

// part notes that it does not run for now.
func (c *Case) part() {
	active.Lock()
	defer active.Unlock()
	active.cases = slices.DeleteFunc(active.cases, func(other *Case) bool { return other == c })
}

func (c *Case) within(other *Case) bool {
	for p := c.parent; p != nil; p = p.parent {
		if p == other {
			return true
		}
	}
	return c.TB == other.TB // two Cases of one test take turns
}

func (c *Case) share() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared = true
}

func (c *Case) isShared() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shared
}

// place returns where the function of the test is.
func (c *Case) place() (file string, line int) {
	if fn := runtime.FuncForPC(c.test); fn != nil {
		return fn.FileLine(c.test)
	}
	return "", 0
}

// binaryPath is the import path of the package whose test this process is, "" where that is not known.
var binaryPath = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if path, ok := strings.CutSuffix(info.Path, ".test"); ok {
			return path
		}
	}
	return ""
})

// packagePath returns the import path of the package that is tested.
func packagePath(test uintptr) string {
	if path := binaryPath(); path != "" {
		return path
	}
	fn := runtime.FuncForPC(test)
	if fn == nil {
		return ""
	}
	name := fn.Name()
	slash := strings.LastIndexByte(name, '/') + 1
	pkg, _, _ := strings.Cut(name[slash:], ".")
	return name[:slash] + strings.TrimSuffix(pkg, "_test")
}
