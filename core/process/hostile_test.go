// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package process_test

import (
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// hasExited waits until a process is a zombie.
func hasExited(t *testing.T, pid int) {
	t.Helper()
	for ctx := patience(t); ; {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		check(t, err)
		if strings.Contains(string(stat), ") Z ") {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("process %d goes on", pid)
		}
	}
}

// The reactor stops while a leader that has exited waits for the rest of its group: the rest is killed while the number is still the group's, and the exit is told once.
func TestReactorStopsInGrace(t *testing.T) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) { stopInGrace(t, name, true) })
		t.Run(name+"/unnoticed", func(t *testing.T) { stopInGrace(t, name, false) })
	}
}

// stopInGrace stops the reactor when the leader of a group that is to end has exited, whether the loop has noticed that or not.
func stopInGrace(t *testing.T, name string, noticed bool) {
	r, stop := run(t, name, slog.New(slog.DiscardHandler))
	defer stop()
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
	pid := 0
	p.call(t, func() {
		pid = tr.PID()
		tr.Terminate(time.Hour)
		if !noticed {
			hasExited(t, pid) // while the loop is kept busy
			r.Stop()
		}
	})
	for known := !noticed; !known; {
		p.call(t, func() { known = tr.Noticed() })
	}
	stop()
	p.wait(t)
	var term *process.Terminated
	if !errors.As(p.reason, &term) || term.ExitCode != 7 || p.count("exited") != 1 || p.count("ended") != 1 {
		t.Errorf("reason %v, %v", p.reason, p.events)
	}
	gone(t, stubborn)
}

// What a child wrote to its terminal before it exited is read, also when something is written before.
func TestTerminalOutputSurvivesAWrite(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.made = func(tr *process.Transport) { tr.Pause() }
		cfg := sh("echo last words")
		cfg.PTY = &process.PTY{}
		tr := p.spawn(t, cfg)
		pid := 0
		p.call(t, func() { pid = tr.PID() })
		if pid != 0 {
			for ctx := patience(t); unix.Kill(pid, 0) == nil && ctx.Err() == nil; {
			}
		}
		p.call(t, func() { tr.Write([]byte("x")) })
		for range 3 {
			p.call(t, func() {})
		}
		p.call(t, tr.Resume)
		p.wait(t)
		if got := p.out(1); !strings.HasPrefix(got, "last words\r\n") {
			t.Errorf("got %q, %v", got, p.events)
		}
	})
}

// Every descriptor that a start opens fails to open in turn: the error is told, nothing stays open, and in the end the child runs.
func TestSpawnWithoutDescriptors(t *testing.T) {
	for _, pty := range []bool{false, true} {
		overEach(t, func(t *testing.T, r *reactor.Reactor) {
			first := newRecord(r)
			first.spawn(t, process.Config{Path: "true"})
			first.wait(t)
			var before unix.Rlimit
			check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
			for n := uint64(0); ; n++ {
				free, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
				check(t, err)
				unix.Close(free)
				fds := len(open(t))
				low := unix.Rlimit{Cur: uint64(free) + n, Max: before.Max}
				p := newRecord(r)
				cfg := process.Config{Path: "/bin/true", Env: []string{}}
				if pty {
					cfg.PTY = &process.PTY{}
				}
				check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &low))
				_, err = on(t, r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(r, cfg, p) })
				check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &before))
				if err == nil {
					p.wait(t)
				} else if !errors.Is(err, unix.EMFILE) {
					t.Errorf("with %d descriptors: %v", n, err)
				}
				if after := open(t); len(after) > fds {
					t.Fatalf("with %d descriptors: %d were open, now %v", n, fds, after)
				}
				if err == nil && n > 8 {
					break
				}
				if n > 100 {
					t.Fatal(err)
				}
			}
			if z := zombies(t); len(z) > 0 {
				t.Errorf("zombies %v", z)
			}
		})
	}
}
