// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loopcheck_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// loop is a loop that says what it is told to.
type loop struct {
	protocol.Loop
	on, running bool
	done        chan struct{}
}

func (l *loop) OnLoop() bool          { return l.on }
func (l *loop) Running() bool         { return l.running }
func (l *loop) Done() <-chan struct{} { return l.done }

// check returns what Check panics with, or "".
func check(l protocol.Loop, op string) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	loopcheck.New(l).Check(op)
	return ""
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name  string
		loop  protocol.Loop
		panic bool
	}{
		{"no loop", nil, false},
		{"on the loop", &loop{on: true, running: true}, false},
		{"not running yet", &loop{}, false},
		{"off the loop", &loop{running: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := check(tt.loop, "pkg: Op")
			if want := tt.panic && loopcheck.Enabled; (got != "") != want {
				t.Fatalf("panic %q, want one: %t", got, want)
			}
			if got != "" && (!strings.HasPrefix(got, "pkg: Op is loop only") || !strings.Contains(got, "TestCheck")) {
				t.Errorf("panic %q", got)
			}
		})
	}
	var zero loopcheck.Guard
	zero.Check("pkg: Op")
	if loopcheck.Enabled {
		return
	}
	if n := testing.AllocsPerRun(10, func() { zero.Check("pkg: Op") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// serve stands for the loop's goroutine.
func serve(l *loop, checked chan<- string, stop <-chan struct{}) {
	checked <- check(l, "pkg: Op")
	<-stop
}

func TestPanicShowsTheLoopsStack(t *testing.T) {
	if !loopcheck.Enabled {
		t.Skip("needs -race or -tags torsion_debug")
	}
	l := &loop{on: true, running: true, done: make(chan struct{})}
	checked, stop := make(chan string), make(chan struct{})
	defer close(stop)
	go serve(l, checked, stop)
	if text := <-checked; text != "" {
		t.Fatal(text)
	}
	l.on = false
	caller, loops, found := strings.Cut(check(l, "pkg: Op"), "\nloop:\n")
	if !found || !strings.Contains(loops, "loopcheck_test.serve") || strings.Contains(loops, "TestPanicShowsTheLoopsStack(") {
		t.Errorf("the loop's stack is %q", loops)
	}
	if !strings.Contains(caller, "TestPanicShowsTheLoopsStack(") {
		t.Errorf("the caller's stack is %q", caller)
	}
	close(l.done)
	if text := check(l, "pkg: Op"); !strings.Contains(text, "all goroutines") {
		t.Errorf("panic %q", text)
	}
}

// Loops inside and outside of synctest bubbles do not get in each other's way.
func TestBubbles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if text := check(&loop{on: true, done: make(chan struct{})}, "pkg: Op"); text != "" {
			t.Error(text)
		}
	})
	if text := check(&loop{on: true, done: make(chan struct{})}, "pkg: Op"); text != "" {
		t.Error(text)
	}
}

// There may be any number of loops.
func TestManyLoops(t *testing.T) {
	for range 5000 {
		if text := check(&loop{on: true, done: make(chan struct{})}, "pkg: Op"); text != "" {
			t.Fatal(text)
		}
	}
}
