// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/reactor"
)

// processors returns the mask of the calling thread.
func processors(t *testing.T) (set unix.CPUSet) {
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Error(err)
	}
	return set
}

// TestPinCPUs: each loop's thread has one processor of those that the process was given, and gives it back with the end of Run.
func TestPinCPUs(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := processors(t)
	r, err := reactor.New(reactor.Config{Loops: before.Count() + 1, PinCPUs: true, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	masks := make(chan unix.CPUSet, len(r.Loops()))
	var order []unix.CPUSet
	r.CallWhenRunning(func() {
		go func() { // ends with the reactor
			for _, l := range r.Loops() {
				l.CallFromThread(func() { masks <- processors(t) })
				order = append(order, <-masks)
			}
			r.Stop()
		}()
	})
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	var all unix.CPUSet
	for i, set := range order {
		if set.Count() != 1 {
			t.Errorf("loop %d has %d processors", i, set.Count())
		}
		for j := range all {
			all[j] |= set[j]
		}
	}
	if all != before {
		t.Errorf("the loops have %v together, the process was given %v", all, before)
	}
	if last := len(order) - 1; order[last] != order[0] {
		t.Errorf("the loop after the last processor has %v, not the first", order[last])
	}
	if after := processors(t); after != before {
		t.Errorf("after Run the thread has %v, before it had %v", after, before)
	}
}

func TestLoopsAuto(t *testing.T) {
	r, err := reactor.New(reactor.Config{Loops: reactor.LoopsAuto, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n := len(r.Loops()); n != runtime.GOMAXPROCS(0) {
		t.Errorf("%d loops", n)
	}
}

// TestTooFewProcessors holds what is said about loops that leave nothing to the others.
func TestTooFewProcessors(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	for _, tt := range []struct {
		cfg  reactor.Config
		more int // loops that are added
		want string
	}{
		{reactor.Config{Loops: procs}, 0, "level=DEBUG"},
		{reactor.Config{Loops: procs, SpinWait: time.Microsecond}, 0, "level=WARN"},
		{reactor.Config{Loops: procs + 1}, 0, "level=WARN"},
		{reactor.Config{Loops: procs}, procs + 3, "level=WARN"},
	} {
		var log logtest.Book
		tt.cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		r, err := reactor.New(tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		for n := procs; n < tt.more; n++ {
			if err := r.EnsureLoops(n + 1); err != nil {
				t.Error(err)
			}
		}
		r.Close()
		if s := log.String(); !strings.Contains(s, tt.want) || !strings.Contains(s, "GOMAXPROCS=") || strings.Count(s, "WARN") > 1 {
			t.Errorf("%+v: the log:\n%s", tt.cfg, s)
		}
	}
}
