// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package process_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestLife(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.made = func(tr *process.Transport) {
			tr.Write([]byte("hello"))
			tr.WriteSequence([][]byte{[]byte(", "), []byte("world")})
			tr.CloseStdin()
		}
		tr := p.spawn(t, sh("cat; echo oops >&2; exit 3"))
		p.wait(t)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.ExitCode != 3 || term.Signal != 0 || p.exit != p.reason || !errors.Is(p.reason, protocol.ErrConnectionLost) {
			t.Errorf("reason %v, exit %v", p.reason, p.exit)
		}
		if p.out(1) != "hello, world" || p.out(2) != "oops\n" {
			t.Errorf("out %q, err %q", p.out(1), p.out(2))
		}
		for _, event := range []string{"made", "closed0", "closed1", "closed2", "exited", "ended"} {
			if p.count(event) != 1 {
				t.Errorf("%s is not once in %v", event, p.events)
			}
		}
		if p.events[0] != "made" || p.events[len(p.events)-1] != "ended" {
			t.Errorf("events %v", p.events)
		}
		p.call(t, func() {
			if err := tr.Signal(syscall.SIGTERM); !errors.Is(err, process.ErrExitedAlready) || tr.PID() != 0 {
				t.Errorf("signal after the end: %v, pid %d", err, tr.PID())
			}
			if err := tr.WriteToChild(0, nil); !errors.Is(err, process.ErrNoDescriptor) {
				t.Error(err)
			}
		})
	})
}

func TestExitCodeZero(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		for _, cfg := range []process.Config{{Path: "true"}, process.Config{Path: "true"}.WithoutPidfd()} {
			p := newRecord(r)
			p.spawn(t, cfg)
			p.wait(t)
			if p.reason != process.ErrDone || !errors.Is(p.reason, protocol.ErrConnectionDone) {
				t.Errorf("reason %v", p.reason)
			}
		}
	})
}

func TestSurroundings(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		dir, err := filepath.EvalSymlinks(t.TempDir())
		check(t, err)
		output := func(cfg process.Config) string {
			out, err := on(t, r, func() *deferred.Deferred[[]byte] { return process.Output(r, cfg, false) })
			if err != nil {
				t.Errorf("%v: %v", cfg.Args, err)
			}
			return string(out)
		}
		if got := output(process.Config{Path: "pwd", Dir: dir}); got != dir+"\n" {
			t.Errorf("pwd: %q", got)
		}
		env, err := exec.LookPath("env")
		check(t, err)
		for _, tt := range []struct {
			env  []string
			want string
		}{{[]string{}, ""}, {[]string{"A=1"}, "A=1\n"}} {
			if got := output(process.Config{Path: env, Env: tt.env}); got != tt.want {
				t.Errorf("env %v: %q", tt.env, got)
			}
		}
		t.Setenv("TORSION_TEST", "inherited")
		if got := output(process.Config{Path: env}); !strings.Contains(got, "TORSION_TEST=inherited\n") {
			t.Errorf("env: %q", got)
		}
		if got := output(process.Config{Path: "sh", Args: []string{"myname", "-c", "echo $0"}}); got != "myname\n" {
			t.Errorf("name: %q", got)
		}
	})
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	check(t, os.WriteFile(plain, []byte("x"), 0o600))
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		for _, tt := range []struct {
			name string
			cfg  process.Config
			op   string
			want error
		}{
			{"no such name", process.Config{Path: "torsion-no-such-program"}, "find", exec.ErrNotFound},
			{"no such file", process.Config{Path: filepath.Join(dir, "none")}, "exec", fs.ErrNotExist},
			{"not executable", process.Config{Path: plain}, "exec", fs.ErrPermission},
			{"a directory", process.Config{Path: dir}, "exec", fs.ErrPermission},
			{"no such directory", process.Config{Path: "/bin/true", Dir: filepath.Join(dir, "none")}, "dir", fs.ErrNotExist},
			{"no directory", process.Config{Path: "/bin/true", Dir: plain}, "dir", syscall.ENOTDIR},
			{"nothing", process.Config{}, "config", nil},
			{"descriptor", process.Config{Path: "true", Descriptors: map[int]process.Descriptor{-1: process.Read}}, "config", nil},
			{"no mode", process.Config{Path: "true", Descriptors: map[int]process.Descriptor{1: {}}}, "config", nil},
			{"terminal and pipes", process.Config{Path: "true", PTY: &process.PTY{}, Descriptors: map[int]process.Descriptor{}}, "config", nil},
			{"half a terminal", process.Config{Path: "true", PTY: &process.PTY{Master: os.Stdin}}, "config", nil},
		} {
			p := newRecord(r)
			_, err := on(t, r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(r, tt.cfg, p) })
			var start *process.StartError
			if !errors.As(err, &start) || start.Op != tt.op || tt.want != nil && !errors.Is(err, tt.want) || p.events != nil {
				t.Errorf("%s: %v, %v", tt.name, err, p.events)
			}
		}
	})
}

// The child has exactly the descriptors that were asked for, and those of 0 to 2 that were not are open on /dev/null.
func TestDescriptors(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc/self/fd")
	}
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		file, err := os.CreateTemp(t.TempDir(), "")
		check(t, err)
		defer file.Close()
		p := newRecord(r)
		p.made = func(tr *process.Transport) {
			check(t, tr.WriteToChild(7, []byte("seven")))
			tr.CloseChildFD(7)
		}
		cfg := sh(`for n in 0 1 2 3 4 5 6 7 8 9; do x="$n none"; if test -e /proc/$$/fd/$n; then x=$(readlink /proc/$$/fd/$n); fi; echo "$x" >&5; done; cat <&7 >&5; echo file >&9`)
		cfg.Descriptors = map[int]process.Descriptor{2: process.Read, 5: process.Read, 7: process.Write, 9: process.Inherit(file)}
		p.spawn(t, cfg)
		p.wait(t)
		lines := strings.Split(p.out(5), "\n")
		for i, want := range []string{"/dev/null", "/dev/null", "pipe:", "3 none", "4 none", "pipe:", "6 none", "pipe:", "8 none", file.Name(), "seven"} {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
				t.Fatalf("descriptors %q, err %q", lines, p.out(2))
			}
		}
		if got, _ := os.ReadFile(file.Name()); string(got) != "file\n" || p.reason != process.ErrDone {
			t.Errorf("file %q, reason %v", got, p.reason)
		}
	})
}

// A grandchild that holds standard output keeps the child from having ended, but not from having exited.
func TestGrandchildHoldsStdout(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		held, release, err := os.Pipe()
		check(t, err)
		defer held.Close()
		defer release.Close()
		exited := make(chan struct{})
		cfg := sh("(read x <&3; echo late) & exit 3")
		cfg.Descriptors = map[int]process.Descriptor{1: process.Read, 3: process.Inherit(held)}
		f := &process.Funcs{Exited: func(*process.Transport, error) { p.events = append(p.events, "exited"); close(exited) }, Data: p.ChildDataReceived, Ended: p.ProcessEnded}
		_, err = on(t, r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(r, cfg, f) })
		check(t, err)
		<-exited
		p.call(t, func() {
			if p.count("ended") != 0 {
				t.Error("ended while the grandchild holds the pipe")
			}
		})
		release.Write([]byte("\n"))
		p.wait(t)
		if p.out(1) != "late\n" || !slices.Equal(p.events, []string{"exited", "ended"}) {
			t.Errorf("%q, %v", p.out(1), p.events)
		}
	})
}

// LoseConnection closes the pipes, and leaves the child alive.
func TestLoseConnection(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		tr := p.spawn(t, process.Config{Args: []string{"sleep", "1000"}})
		p.call(t, tr.LoseConnection)
		p.call(t, func() { // a turn later
			if len(p.events) != 4 || tr.PID() == 0 {
				t.Errorf("%v, pid %d", p.events, tr.PID())
			}
			if n, err := tr.Write([]byte("x")); n != 0 || err == nil {
				t.Errorf("write: %d, %v", n, err)
			}
			check(t, tr.Signal(syscall.SIGTERM))
		})
		p.wait(t)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.Signal != syscall.SIGTERM || term.ExitCode != -1 {
			t.Errorf("reason %v", p.reason)
		}
	})
}

// A child that never reads makes a bounded queue: a producer is paused, and without one its standard input is closed.
func TestChildNeverReads(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		tr := p.spawn(t, process.Config{Args: []string{"sleep", "1000"}, MaxBuffered: 1 << 20})
		prod := &producer{}
		p.call(t, func() {
			check(t, tr.RegisterProducer(prod, protocol.PushProducer))
			for range 40 {
				tr.Write(make([]byte, 8<<10))
			}
			if prod.paused == 0 || tr.Buffered(0) <= protocol.HighWater {
				t.Errorf("paused %d, buffered %d", prod.paused, tr.Buffered(0))
			}
			tr.UnregisterProducer()
			for range 200 {
				tr.Write(make([]byte, 8<<10))
			}
			if tr.Buffered(0) > 1<<20 {
				t.Errorf("%d bytes wait", tr.Buffered(0))
			}
			tr.Terminate(-1)
		})
		p.wait(t)
		if p.count("closed0") != 1 {
			t.Errorf("%v", p.events)
		}
	})
}

type producer struct {
	paused, resumed int
	stopped         error
}

func (p *producer) Pause()            { p.paused++ }
func (p *producer) Resume()           { p.resumed++ }
func (p *producer) Stop(reason error) { p.stopped = reason }

// Pausing the transport holds the child up.
func TestPause(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.made = func(tr *process.Transport) { tr.Pause() }
		tr := p.spawn(t, sh("head -c 1000000 /dev/zero"))
		p.call(t, func() {
			if p.out(1) != "" {
				t.Error("read while paused")
			}
			tr.Resume()
		})
		p.wait(t)
		if n := len(p.out(1)); n != 1000000 {
			t.Errorf("%d bytes", n)
		}
	})
}

// A panic in a callback ends one descriptor at most.
func TestPanics(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.made = func(*process.Transport) { panic("made") }
		p.data = func(*process.Transport, int, string) { panic("data") }
		p.spawn(t, sh("echo x"))
		p.wait(t)
		if p.count("closed1") != 1 {
			t.Errorf("%v", p.events)
		}
	})
}

func TestParseSignal(t *testing.T) {
	for text, want := range map[string]syscall.Signal{"HUP": syscall.SIGHUP, "SIGTERM": syscall.SIGTERM, "kill": syscall.SIGKILL, "15": 15, "0": 0, "nonsense": 0, "": 0, "99": 0, "-9": 0} {
		if got, err := process.ParseSignal(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
