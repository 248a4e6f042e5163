// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/trial/internal/testjson"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// Config tells how a run is collected.
type Config struct {
	Output     int                              // bytes kept of the beginning, and of the end, of what one test prints; zero means 64 KiB
	KeepOutput bool                             // that of tests that passed, too
	Copies     bool                             // a test that ends again is another copy of it, instead of another attempt
	StrictTodo bool                             // an unexpected success is bad
	Dir        func(pkg string) string          // the folder of a package's source; nil, or "", if it is not known
	Started    func(t *result.Test)             // called before the reporter is told; nil means nobody
	Ended      func(t *result.Test, log []byte) // the same, with what the test printed
	Now        func() time.Time                 // nil means time.Now
}

// A Collector is one run.
type Collector struct {
	cfg Config
	rep reporter.Reporter

	mu       sync.Mutex
	run      *result.Run
	source   source
	streams  map[string]*Stream // by package, of Event
	live     map[*Stream]bool
	packages map[string]*pkg
	builds   map[string]*output // what builds said, by their ImportPath
	raw      output             // lines that belong to no package
	tests    []*result.Test
	index    map[result.ID]int // in tests
	closed   []*result.Package
	stopped  bool   // tests that start are not reported
	reason   string // of that
	died     map[string]bool
	bad      bool
}

// A pkg is a package, whatever the number of its processes.
type pkg struct {
	result.Package
	dir    string
	out    output
	failed bool // one of its processes did
	bad    int  // tests
}

// New returns a Collector that tells rep.
func New(rep reporter.Reporter, cfg Config) *Collector {
	if cfg.Output <= 0 {
		cfg.Output = 64 << 10
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Collector{
		cfg: cfg, rep: rep,
		streams: map[string]*Stream{}, live: map[*Stream]bool{}, packages: map[string]*pkg{}, builds: map[string]*output{}, died: map[string]bool{}, index: map[result.ID]int{},
		raw: output{half: cfg.Output},
	}
}

// Begin tells the reporter that the run begins.
func (c *Collector) Begin(run *result.Run) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = run
	c.rep.Begin(run)
}

// Event takes an event of go test -json.
func (c *Collector) Event(ev testjson.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ev.Action == testjson.BuildOutput:
		c.build(ev.ImportPath).write([]byte(ev.Output))
	case ev.Action == testjson.BuildFail:
	case ev.Package == "":
		c.raw.write([]byte(ev.Output))
	default:
		s := c.streams[ev.Package]
		if s == nil {
			s = c.stream(ev.Package, 0)
			c.streams[ev.Package] = s
		}
		if s.event(ev) {
			delete(c.streams, ev.Package)
			c.closePackage(s.pkg)
		}
	}
}

func (c *Collector) build(importPath string) *output {
	o := c.builds[importPath]
	if o == nil {
		o = &output{half: c.cfg.Output}
		c.builds[importPath] = o
	}
	return o
}

// Raw takes output that belongs to no package, as what the go command writes to its error output.
func (c *Collector) Raw(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.write(b)
}

func (c *Collector) pkg(path string) *pkg {
	p := c.packages[path]
	if p == nil {
		p = &pkg{Package: result.Package{Path: path, Coverage: -1}, out: output{half: c.cfg.Output}}
		if c.cfg.Dir != nil {
			p.dir = c.cfg.Dir(path)
		}
		if c.run != nil && p.dir != "" {
			if c.run.Dirs == nil {
				c.run.Dirs = map[string]string{}
			}
			c.run.Dirs[path] = p.dir
		}
		c.packages[path] = p
	}
	return p
}

func (c *Collector) stream(path string, worker int) *Stream {
	s := &Stream{c: c, pkg: c.pkg(path), worker: worker, tests: map[string]*test{}}
	c.live[s] = true
	return s
}

// Stream returns a process of a package. One that is for a single test counts as running, and its test is reported, even if the test is not known to have started when Stop is called.
func (c *Collector) Stream(path string, worker int, single bool) *Stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stream(path, worker)
	s.single = single && !c.stopped
	return s
}

// ClosePackage says that all processes of a package have ended, and whether they were all there should have been.
func (c *Collector) ClosePackage(path string, elapsed time.Duration, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pkg(path)
	p.Elapsed = elapsed
	p.failed = p.failed || !complete
	c.closePackage(p)
}

// BuildFailed reports a package that does not compile, or that could not be looked at.
func (c *Collector) BuildFailed(path string, said []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pkg(path)
	o := c.build(path)
	o.write(said)
	c.buildFailed(p, o)
	c.closePackage(p)
}

func (c *Collector) buildFailed(p *pkg, said *output) {
	p.Build = []byte(said.text())
	p.Outcome = result.Errored
}

// problem reports one that is in no test.
func (c *Collector) problem(p *pkg, problem result.Problem) {
	p.Problems = append(p.Problems, problem)
	c.rep.Problem(&result.Test{ID: result.ID{Package: p.Path}}, problem)
}

// Tick tells the time to a reporter that shows it.
func (c *Collector) Tick(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.rep.(reporter.Ticker); ok {
		t.Tick(now)
	}
}

// closePackage reports a package for which nothing more comes.
func (c *Collector) closePackage(p *pkg) {
	switch {
	case p.Outcome == result.Errored:
	case len(p.Problems) > 0:
		p.Outcome = result.Errored
	case p.bad > 0 || p.failed && !c.stopped:
		p.Outcome = result.Failed
	case p.failed:
		p.Outcome = result.Running // it was stopped
	case p.NoTests && p.Outcome == result.Skipped:
	default:
		p.Outcome = result.Passed
	}
	p.Output = []byte(p.out.text())
	if p.Outcome.Bad() {
		c.bad = true
	}
	c.closed = append(c.closed, &p.Package)
	delete(c.packages, p.Path)
	c.rep.StopPackage(&p.Package)
}

// Stop says that the run is over, as far as people are concerned: tests that start from now on are not reported, and those that run have ended for that reason if
// they don't get to their ends; without a reason they are not reported either. A second call does nothing.
func (c *Collector) Stop(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.stopped, c.reason = true, reason
	}
}

// Running returns how many tests that were reported to have started have not ended, those that wait for others to be done left out.
func (c *Collector) Running() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for s := range c.live {
		if s.single {
			n++
			continue
		}
		for _, t := range s.order {
			if !t.late && !t.paused && s.leaf(t) {
				n++
			}
		}
	}
	return n
}

// Bad reports whether a test or package has failed so far.
func (c *Collector) Bad() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bad
}

// End says that no event comes any more. Packages that have not ended did so for the reason given; "" if there is none that is better than that they have no end.
func (c *Collector) End(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		s.finish(reason)
		c.closePackage(s.pkg)
	}
	clear(c.streams)
	clear(c.builds)
}

// NoTests reports a package of which no test is to run.
func (c *Collector) NoTests(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pkg(path)
	p.NoTests, p.Outcome = true, result.Skipped
	c.closePackage(p)
}

// DryTest reports a test as passed that did not run.
func (c *Collector) DryTest(id result.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pkg(id.Package)
	t := &result.Test{ID: id, Started: c.cfg.Now()}
	c.started(t)
	t.Outcome = result.Passed
	c.ended(t)
}

// Problem reports something that went wrong outside of all packages, under a name such as that of a pattern.
func (c *Collector) Problem(name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pkg(name)
	c.problem(p, result.Problem{Error: true, Text: strings.TrimSpace(text)})
	c.closePackage(p)
}

// RawText returns what belonged to no package.
func (c *Collector) RawText() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.text()
}

// Died returns the packages of which a process died, so that some of their tests may not have run, and those in which something went wrong outside of tests; and forgets them.
func (c *Collector) Died() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	died := c.died
	c.died = map[string]bool{}
	return died
}

// Packages returns how many packages have ended.
func (c *Collector) Packages() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.closed)
}

// Tests returns the tests that have ended so far, in that order.
func (c *Collector) Tests() []*result.Test {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.tests)
}

// started reports a test.
func (c *Collector) started(t *result.Test) {
	if c.cfg.Started != nil {
		c.cfg.Started(t)
	}
	c.rep.StartTest(t)
}

// ended reports the end of a test, which takes the place of an earlier attempt.
func (c *Collector) ended(t *result.Test) {
	if i, ok := c.index[t.ID]; ok && !c.cfg.Copies {
		old := c.tests[i]
		t.Attempts = append(slices.Clone(old.Attempts), old.Outcome)
		if t.Flaky() && !t.Outcome.Bad() {
			t.Problems = append(slices.Clone(old.Problems), t.Problems...)
			t.Output, t.Omitted = old.Output, old.Omitted
		}
		c.tests[i] = t
	} else {
		c.index[t.ID] = len(c.tests)
		c.tests = append(c.tests, t)
	}
	if t.Outcome.Bad() {
		c.bad = true
	}
	if c.cfg.Ended != nil {
		c.cfg.Ended(t, t.Output)
	}
	c.rep.StopTest(t)
	if !c.cfg.KeepOutput && !t.Outcome.Bad() && !t.Flaky() {
		t.Output = nil
	}
}

// Summary returns what was found.
func (c *Collector) Summary(elapsed time.Duration, interrupted bool) *result.Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	bad := false
	s := &result.Summary{Run: c.run, Tests: c.tests, Packages: c.packagesOnce(), Elapsed: elapsed, Interrupted: interrupted}
	for _, t := range s.Tests {
		s.Counts.AddTest(t)
		bad = bad || t.Outcome.Bad() || c.cfg.StrictTodo && t.Outcome == result.UnexpectedSuccess
	}
	for _, p := range s.Packages {
		s.Counts.AddPackage(p)
		bad = bad || p.Outcome.Bad()
	}
	s.Passed = !bad && !interrupted && s.Counts.Flaky == 0
	return s
}

// packagesOnce returns the packages; one that failed and was run again with all its tests passing is no longer bad.
func (c *Collector) packagesOnce() []*result.Package {
	bad := map[string]bool{}
	for _, t := range c.tests {
		if t.Outcome.Bad() {
			bad[t.Package] = true
		}
	}
	var all []*result.Package
	at := map[string]int{}
	for _, p := range c.closed {
		if i, ok := at[p.Path]; ok {
			old := all[i]
			if old.Outcome == result.Failed && !bad[p.Path] {
				old.Outcome = p.Outcome
			}
			old.Problems = append(old.Problems, p.Problems...)
			if len(p.Problems) > 0 {
				old.Outcome = p.Outcome
			}
			old.Elapsed += p.Elapsed
			continue
		}
		at[p.Path] = len(all)
		all = append(all, p)
	}
	return all
}

// Done tells the reporter that the run is over.
func (c *Collector) Done(s *result.Summary) error { return c.rep.Done(s) }

func count(n int64, noun string) string {
	s := strconv.FormatInt(n, 10) + " " + noun
	if n != 1 {
		s += "s"
	}
	return s
}
