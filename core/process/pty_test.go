// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package process_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestTerminal(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		var tr *process.Transport
		p.made = func(made *process.Transport) { tr = made }
		p.data = func(tr *process.Transport, _ int, all string) {
			if strings.HasSuffix(all, "ready\r\n") {
				tr.SetWindowSize(50, 132)
				tr.Write([]byte("go\n"))
			}
		}
		cfg := sh(`tty; stty size; test -t 0 && test -t 1 && test -t 2 && : >/dev/tty && echo controlling; echo error >&2; echo ready; read x; stty size; [ "$(cut -d' ' -f8 /proc/$$/stat)" = $$ ] && echo leader`)
		cfg.PTY = &process.PTY{Rows: 30, Cols: 90}
		p.spawn(t, cfg)
		p.wait(t)
		lines := strings.Split(strings.ReplaceAll(p.out(1), "\r", ""), "\n")
		want := []string{"/dev/pts/", "30 90", "controlling", "error", "ready", "go", "50 132", "leader"}
		for i := range want {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want[i]) {
				t.Fatalf("the terminal shows %q, want %q", lines, want)
			}
		}
		if p.reason != process.ErrDone || p.count("closed1") != 1 || p.count("closed0") != 0 || p.out(2) != "" {
			t.Errorf("%v, %v", p.reason, p.events)
		}
		p.call(t, func() {
			if err := tr.SetWindowSize(1, 1); !errors.Is(err, process.ErrNoDescriptor) {
				t.Error(err)
			}
		})
	})
}

// A terminal that exists already is used, and stays the caller's.
func TestExistingTerminal(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		master, slave := ptyPair(t)
		defer master.Close()
		defer slave.Close()
		p := newRecord(r)
		done := make(chan struct{})
		p.data = func(tr *process.Transport, _ int, all string) {
			if strings.Contains(all, "\n") {
				close(done)
				tr.LoseConnection()
			}
		}
		cfg := sh("tty")
		cfg.PTY = &process.PTY{Master: master, Slave: slave}
		p.spawn(t, cfg)
		<-done
		p.wait(t)
		if got := strings.TrimSpace(p.out(1)); got != slave.Name() {
			t.Errorf("%q, want %q", got, slave.Name())
		}
		if _, err := unix.IoctlGetWinsize(int(slave.Fd()), unix.TIOCGWINSZ); err != nil {
			t.Error(err)
		}
	})
}

func ptyPair(t *testing.T) (master, slave *os.File) {
	t.Helper()
	m, s, err := process.OpenPTY()
	check(t, err)
	name, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(s))
	check(t, err)
	return os.NewFile(uintptr(m), "/dev/ptmx"), os.NewFile(uintptr(s), name)
}

func TestLimits(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		cfg := sh("ulimit -n; ulimit -c")
		cfg.Limits = []process.Limit{{Resource: unix.RLIMIT_NOFILE, Cur: 77, Max: 77}, {Resource: unix.RLIMIT_CORE}}
		p.spawn(t, cfg)
		p.wait(t)
		if p.out(1) != "77\n0\n" || p.reason != process.ErrDone {
			t.Errorf("%q, %v", p.out(1), p.reason)
		}
	})
}

func TestUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		cfg := sh("id -u; id -g; id -G")
		cfg.User = &process.User{UID: 12345, GID: 23456, Groups: []uint32{34567}}
		p.spawn(t, cfg)
		p.wait(t)
		if p.out(1) != "12345\n23456\n23456 34567\n" {
			t.Errorf("%q, %q", p.out(1), p.out(2))
		}
	})
}

// A death signal does not strike while the process lives, whatever becomes of its threads.
func TestDeathSignal(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		cfg := sh("read x; grep -c . /proc/$$/status >/dev/null && echo alive")
		cfg.DeathSignal = unix.SIGKILL
		tr := p.spawn(t, cfg)
		p.call(t, func() { tr.Write([]byte("\n")) })
		p.wait(t)
		if p.out(1) != "alive\n" || p.reason != process.ErrDone {
			t.Errorf("%q, %v", p.out(1), p.reason)
		}
	})
}
