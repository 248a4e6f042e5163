// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
)

// outside holds what went wrong when the test that it belongs to was over.
var outside struct {
	sync.Mutex
	texts []string // guarded
	main  bool     // guarded: Main is going to tell
}

// maxOutside bounds what is kept of it.
const maxOutside = 100

// late notes what went wrong after the end of its test, and reports whether Main will tell.
func late(id, text string) bool {
	outside.Lock()
	defer outside.Unlock()
	if outside.main && len(outside.texts) < maxOutside {
		outside.texts = append(outside.texts, id+": "+text)
	}
	return outside.main
}

// hasMain reports whether Main runs the tests.
func hasMain() bool {
	outside.Lock()
	defer outside.Unlock()
	return outside.main
}

// owner names the test whose Deferred had an error.
func owner(u *deferred.UnhandledError) string {
	if b := bookOf(u); b != nil {
		return b.id
	}
	return "its test"
}

// Main runs the tests of a package, in its TestMain, and ends the process. If they passed it exits with 1 nevertheless when something went wrong that is no test's any more: an error was logged to the log of
// a test that is over, the error of a Deferred, of whatever test, was handled by nobody, or goroutines or descriptors are left that were not there before. Without Main such errors go to slog's default. Twisted: ErrorHolder,
// "<not in test>".
//
//	func TestMain(m *testing.M) { trial.Main(m) }
func Main(m *testing.M) {
	before := leaktest.Take()
	outside.Lock()
	outside.main = true
	outside.Unlock()
	takeReports()
	stop := deferred.TrackUnhandled()
	code := m.Run()
	for _, u := range stop() {
		if _, known := toldOf.Load(u); !known && !told(u.Err) {
			late(owner(u), u.Error())
		}
	}
	left := before.Leaks(runnableGrace, nil)
	outside.Lock()
	defer outside.Unlock()
	for _, text := range outside.texts {
		fmt.Fprintf(os.Stderr, "<not in test>: after the end of %s\n", text)
	}
	if code == 0 && len(left) > 0 {
		fmt.Fprintln(os.Stderr, "<not in test>: the tests left behind:")
		for _, l := range left {
			fmt.Fprintln(os.Stderr, l)
		}
	}
	if code == 0 && len(outside.texts)+len(left) > 0 {
		code = 1
	}
	os.Exit(code)
}
