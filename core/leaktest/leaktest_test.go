// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// A recorder is a test that may fail without consequence.
type recorder struct {
	testing.TB
	cleanups []func()
	failures int
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(string, ...any) { r.failures++ }

// start starts a goroutine that waits until release is closed.
func start(release chan struct{}) {
	started := make(chan struct{})
	go wait(started, release) // ends by release
	<-started
}

func wait(started, release chan struct{}) {
	close(started)
	<-release
}

func TestGoroutine(t *testing.T) {
	before := Take()
	release := make(chan struct{})
	start(release)
	left := before.leaks(0)
	if !strings.Contains(left, "leaktest.wait") || !strings.Contains(left, "created by") {
		t.Errorf("the leaks are %q, want the stack of wait", left)
	}
	close(release)
	if left := before.leaks(grace); left != "" {
		t.Errorf("the goroutine has ended, yet: %s", left)
	}
}

func TestDescriptor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("descriptors are listed on Linux only")
	}
	before := Take()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if left := before.leaks(0); !strings.Contains(left, os.DevNull) {
		t.Errorf("the leaks are %q, want %s", left, os.DevNull)
	}
	f.Close()
	if left := before.leaks(0); left != "" {
		t.Errorf("the file is closed, yet: %s", left)
	}
}

func TestCheckWaitsForWhatIsOnItsWayOut(t *testing.T) {
	r := &recorder{TB: t}
	Check(r)
	release := make(chan struct{})
	start(release)
	close(release)
	for _, f := range r.cleanups {
		f()
	}
	if len(r.cleanups) != 1 || r.failures != 0 {
		t.Errorf("%d cleanups, %d failures; want 1, 0", len(r.cleanups), r.failures)
	}
}

func TestRun(t *testing.T) {
	release := make(chan struct{})
	leave := func() int { start(release); return 0 }
	for _, tt := range []struct {
		name  string
		tests func() int
		want  int
		says  string
	}{
		{"clean", func() int { return 0 }, 0, ""},
		{"failed", func() int { return 2 }, 2, ""},
		{"left a goroutine", leave, 1, "leaktest.wait"},
	} {
		var stderr strings.Builder
		if got := run(tt.tests, 0, &stderr); got != tt.want || !strings.Contains(stderr.String(), tt.says) {
			t.Errorf("%s: exit code %d and %q, want %d and %q", tt.name, got, stderr.String(), tt.want, tt.says)
		}
	}
	close(release)
}
