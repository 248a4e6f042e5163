// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// A child that ignores SIGTERM is killed after the grace, and what it started with it.
func TestTerminateKills(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		ready := make(chan string, 1)
		p.data = func(_ *process.Transport, _ int, all string) {
			if strings.Count(all, "\n") == 1 {
				ready <- strings.TrimSpace(all)
			}
		}
		cfg := sh(`trap "" TERM; sleep 1000 & echo $!; while :; do wait; done`)
		cfg.ProcessGroup = true
		tr := p.spawn(t, cfg)
		grandchild, err := strconv.Atoi(<-ready)
		check(t, err)
		_, err = on(t, r, func() *deferred.Deferred[struct{}] { return tr.Terminate(time.Millisecond) })
		check(t, err)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.Signal != syscall.SIGKILL {
			t.Errorf("reason %v", p.reason)
		}
		gone(t, grandchild)
		p.call(t, func() {
			if d := tr.Terminate(0); !d.Called() {
				t.Error("a child that has ended is waited for")
			}
		})
	})
}

// gone waits until there is no process of a number, or only one that has exited.
func gone(t *testing.T, pid int) {
	t.Helper()
	ctx := patience(t)
	for syscall.Kill(pid, 0) == nil {
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if i := strings.LastIndex(string(stat), ") "); i >= 0 && strings.HasPrefix(string(stat[i+2:]), "Z") {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// One that obeys ends before the grace, and is told to be ended by SIGTERM.
func TestTerminateObeyed(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		tr := p.spawn(t, process.Config{Args: []string{"sleep", "1000"}})
		_, err := on(t, r, func() *deferred.Deferred[struct{}] { return tr.Terminate(time.Hour) })
		check(t, err)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.Signal != syscall.SIGTERM {
			t.Errorf("reason %v", p.reason)
		}
	})
}

// The leader obeys and another of its group does not: it has the rest of the grace, then it is killed, and the leader's number is its own until then.
func TestTerminateLeavesTheRestItsGrace(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		ready := make(chan string, 1)
		p.data = func(_ *process.Transport, _ int, all string) {
			if strings.Count(all, "\n") == 1 {
				ready <- strings.TrimSpace(all)
			}
		}
		cfg := sh(`trap "exit 7" TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 1000; done' & wait`)
		cfg.ProcessGroup = true
		tr := p.spawn(t, cfg)
		stubborn, err := strconv.Atoi(<-ready)
		check(t, err)
		_, err = on(t, r, func() *deferred.Deferred[struct{}] { return tr.Terminate(50 * time.Millisecond) })
		check(t, err)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.ExitCode != 7 || p.count("exited") != 1 {
			t.Errorf("reason %v, %v", p.reason, p.events)
		}
		gone(t, stubborn)
	})
}

// A child that lives on when the reactor stops has ended for its protocol, and is reaped nevertheless.
func TestReactorStops(t *testing.T) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			r, stop := run(t, name, nil)
			defer stop()
			p := newRecord(r)
			tr := p.spawn(t, process.Config{Args: []string{"sleep", "1000"}})
			pid := 0
			p.call(t, func() { pid = tr.PID() })
			stop()
			p.wait(t)
			if !errors.Is(p.reason, reactor.ErrStopped) || p.count("exited") != 0 || p.count("closed1") != 1 {
				t.Errorf("%v, %v", p.reason, p.events)
			}
			check(t, syscall.Kill(pid, syscall.SIGKILL))
			ctx := patience(t)
			for syscall.Kill(pid, 0) == nil {
				if ctx.Err() != nil {
					t.Fatal("the child was not reaped")
				}
			}
		})
	}
}

// A child that nobody waits for any more is killed and reaped.
func TestCancelSpawn(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		_, err := on(t, r, func() *deferred.Deferred[*process.Transport] {
			d := process.Spawn(r, process.Config{Args: []string{"sleep", "1000"}}, p)
			d.Cancel()
			return d
		})
		if !errors.Is(err, deferred.ErrCancelled) || p.events != nil {
			t.Errorf("%v, %v", err, p.events)
		}
	})
}
