// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"io"
	"os"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
)

// Config says what to run and how. The zero value runs the tests of the package in the current directory and tells nobody.
type Config struct {
	// Args name what to run: packages and patterns as the go command has them, directories, files, and tests as reporters print them: "example.com/pkg.TestA/sub". None means ".".
	// Packages and directories mean those below them too, see NoRecurse.
	Args     []string
	Dir      string            // where relative names begin; zero means the current directory
	Reporter reporter.Reporter // nil means one that does nothing. It is not closed.
	Messages io.Writer         // what is said besides the report: coverage, statistics; nil means nobody hears it
	Warnings io.Writer         // what is wrong and does not end the run: files that are not there; nil means Messages

	NoRecurse bool     // an argument without "..." means that package only. Twisted: --no-recurse
	Run, Skip string   // regular expressions as those of go test
	Tags      []string // build tags
	Since     string   // only packages that differ from this git revision, or depend on such
	Shard     Shard    // only a part of the packages
	Durations string   // the file with how long packages took; zero means one in the user's cache for this directory, or without Temp, none

	Race, Short bool
	Count       int           // runs of each test; zero means once, from the go command's cache if it has the result
	Timeout     time.Duration // of all tests of a package; zero means 10 minutes, negative none
	TestTimeout time.Duration // of each trial.Case that sets none; zero leaves it at that package's default
	Parallel    int           // as go test -parallel; zero means GOMAXPROCS
	Packages    int           // packages at a time, as go test -p; zero means the number of CPUs
	CPU         string        // as go test -cpu
	Bench       string        // benchmarks to run, as go test -bench
	Fuzz        string        // a fuzz target, as go test -fuzz
	FuzzTime    string        // as go test -fuzztime
	GoFlags     []string      // further flags of go test and go list, such as "-mod=mod"
	TestArgs    []string      // arguments for the tests themselves
	Env         []string      // variables for the tests, "NAME=value", beside the environment

	Order        Order // zero means the order of the source, in each package
	Shuffle      bool
	Seed         int64 // of Shuffle; zero means one from the clock
	ExitFirst    bool  // nothing is started after the first failure or error
	DryRun       bool  // tests are reported as passed, and nothing is built or run
	Workers      int   // that many processes, a test at a time; zero means go test, WorkersAuto the usable CPUs
	UntilFailure bool  // again and again until something fails
	Passes       int   // that many times; with UntilFailure, at most
	Copies       int   // that many copies of each test at a time, with statistics of what failed
	RerunFails   int   // tests that failed are run again that many times at most. One that passes then is flaky, and the run has not passed
	RerunMax     int   // if more tests than this failed, none is run again; zero means 10
	StrictTodo   bool  // an unexpected success is a failure of the run

	Temp      string // the folder of the run, see there; zero means one that is removed in the end
	Keep      int    // how many of the folders of earlier runs are kept; zero means none
	LogFile   string // in Temp, gets what tests log; "-" means Messages; zero means "test.log", if Temp is set
	Coverage  bool
	CoverPkg  []string  // packages whose coverage is measured; none means that of each test's own
	Profile   []Profile // what to measure in each package
	Trace     bool      // an execution trace of each package. Twisted: --spew
	Reactors  []string  // pollers; the whole is run on each of them
	CacheInfo bool      // says how many results came from the cache, and what that saved

	UncleanWarnings bool // what a trial.Case leaves behind is a warning and no error
	ForceGC         bool // garbage is collected before and after each trial.Case
	DisableGC       bool // garbage is not collected
	DeferredStacks  bool // unhandled errors tell where their Deferred was made. Twisted: --debug-stacktraces

	Grace time.Duration   // what running tests get when the context ends; zero means 5 s
	Kill  <-chan struct{} // closed to kill all children at once, after the context has ended; nil never is
}

// WorkersAuto stands for as many workers as there are usable CPUs.
const WorkersAuto = -1

// Order is that in which tests are started.
type Order string

const (
	Alphabetical Order = "alphabetical" // by package, and by name
	TopToBottom  Order = "toptobottom"  // by package, and by their place in the source
)

// Orders lists the orders with a description of each. Twisted: --help-orders.
func Orders() [][2]string {
	return [][2]string{
		{string(Alphabetical), "alphabetical order of packages, and of the tests in each"},
		{string(TopToBottom), "order of packages, and of the tests in the source of each"},
	}
}

// A Profile is what to measure: "cpu", "mem", "block" or "mutex".
type Profile string

const (
	ProfileCPU   Profile = "cpu"
	ProfileMem   Profile = "mem"
	ProfileBlock Profile = "block"
	ProfileMutex Profile = "mutex"
)

// A Shard is the part Index, from 1, of Count parts, which take about the same time by what was recorded.
type Shard struct{ Index, Count int }

// Exit statuses of the command.
const (
	ExitPassed      = 0
	ExitFailed      = 1 // a test or a package failed; or the command line is wrong, as Twisted's trial has it
	ExitFlaky       = 3 // what failed passed when it was run again
	ExitInterrupted = 130
)

func (c Config) defaults() Config {
	if len(c.Args) == 0 {
		c.Args = []string{"."}
		c.NoRecurse = true
	}
	if c.Reporter == nil {
		c.Reporter = reporter.Base{}
	}
	if c.Messages == nil {
		c.Messages = io.Discard
	}
	if c.Warnings == nil {
		c.Warnings = c.Messages
	}
	if c.Dir == "" {
		if wd, err := os.Getwd(); err == nil {
			c.Dir = wd
		}
	}
	if c.RerunMax == 0 {
		c.RerunMax = 10
	}
	if c.Grace == 0 {
		c.Grace = 5 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Minute
	}
	return c
}
