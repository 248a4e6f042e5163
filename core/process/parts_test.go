// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// The children of these tests are this program, so that they run where there is no shell.

// part describes a child that plays a part.
func part(name string, args ...string) process.Config {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "PROCESS_TEST_PART=") })
	return process.Config{Path: self, Args: append([]string{"part"}, args...), Env: append(env, "PROCESS_TEST_PART="+name)}
}

func play(name string) {
	switch name {
	case "cat":
		io.Copy(os.Stdout, os.Stdin)
	case "tell":
		dir, _ := os.Getwd()
		fmt.Printf("%s|%s|%s", strings.Join(os.Args[1:], ","), os.Getenv("COLOUR"), filepath.Base(dir))
		fmt.Fprint(os.Stderr, "oops")
		os.Exit(3)
	case "wait":
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	case "interruptible":
		c := make(chan os.Signal, 1)
		signal.Notify(c, os.Interrupt, syscall.SIGTERM)
		fmt.Println("ready")
		<-c
		os.Exit(7)
	case "parent":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PROCESS_TEST_PART=grandchild")
		cmd.Stdout = os.Stdout
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			fmt.Println(err)
		}
		io.Copy(io.Discard, os.Stdin)
		in.Close()
	case "owner":
		r, err := reactor.New(reactor.Config{})
		if err == nil {
			cfg := part("grandchild")
			cfg.DeathSignal = syscall.SIGKILL
			cfg.Descriptors = map[int]process.Descriptor{1: process.Inherit(os.Stdout)}
			r.CallFromThread(func() {
				process.Spawn(r, cfg, &process.Funcs{}).AddErrback(func(err error) (*process.Transport, error) {
					fmt.Println(err)
					return nil, r.Stop()
				})
			})
			err = r.Run(context.Background())
		}
		fmt.Println(err)
	case "grandchild":
		fmt.Println("ready")
		time.Sleep(time.Hour)
	}
}

func TestPartCat(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		text := strings.Repeat("0123456789\n", 100_000)
		tr := p.spawn(t, part("cat"))
		p.call(t, func() {
			if tr.PID() <= 0 {
				t.Errorf("pid %d", tr.PID())
			}
			if _, err := tr.Write([]byte(text)); err != nil {
				t.Error(err)
			}
			tr.CloseStdin()
		})
		p.wait(t)
		if p.out(1) != text || !errors.Is(p.reason, process.ErrDone) {
			t.Errorf("%d bytes of %d came back, %v", len(p.out(1)), len(text), p.reason)
		}
		if want := []string{"made", "exited", "ended"}; !slices.Equal(slices.DeleteFunc(p.events, func(e string) bool { return strings.HasPrefix(e, "closed") }), want) {
			t.Errorf("events %q", p.events)
		}
	})
}

func TestPartTell(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		cfg := part("tell", "a b", `c"d\`, "")
		cfg.Env = append(cfg.Env, "COLOUR=blue")
		cfg.Dir = filepath.Join(t.TempDir(), "here")
		check(t, os.Mkdir(cfg.Dir, 0o700))
		res, err := on(t, r, func() *deferred.Deferred[process.Result] { return process.OutputAndValue(r, cfg, nil) })
		check(t, err)
		if got := string(res.Out); got != `a b,c"d\,|blue|here` || string(res.Err) != "oops" || res.ExitCode != 3 {
			t.Errorf("got %q, %q, %d", got, res.Err, res.ExitCode)
		}
	})
}

func TestPartKilled(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.data = func(tr *process.Transport, _ int, all string) {
			if strings.HasSuffix(all, "\n") {
				check(t, tr.Signal(os.Kill))
			}
		}
		tr := p.spawn(t, part("wait"))
		p.wait(t)
		var term *process.Terminated
		if !errors.As(p.reason, &term) || term.Signal != syscall.SIGKILL || term.ExitCode != -1 {
			t.Errorf("%v", p.reason)
		}
		p.call(t, func() {
			if err := tr.Signal(os.Kill); !errors.Is(err, process.ErrExitedAlready) {
				t.Errorf("after the end: %v", err)
			}
		})
	})
}

// A child that leads a group is asked to end, and can end as it likes.
func TestPartInterrupted(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			p := newRecord(r)
			p.data = func(tr *process.Transport, _ int, all string) {
				if strings.HasSuffix(all, "\n") {
					check(t, tr.SignalGroup(sig))
				}
			}
			cfg := part("interruptible")
			cfg.ProcessGroup = true
			p.spawn(t, cfg)
			p.wait(t)
			var term *process.Terminated
			if errors.As(p.reason, &term) && term.Signal == syscall.SIGKILL && runtime.GOOS == "windows" {
				t.Skip("without a console a group cannot be asked")
			}
			if term == nil || term.ExitCode != 7 || term.Signal != 0 {
				t.Errorf("%v: %v", sig, p.reason)
			}
		}
	})
}

// What a child has started ends with its group.
func TestPartGroup(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		ready := make(chan struct{})
		p.data = func(_ *process.Transport, _ int, all string) {
			if strings.HasSuffix(all, "\n") {
				close(ready)
			}
		}
		cfg := part("parent")
		cfg.ProcessGroup = true
		tr := p.spawn(t, cfg)
		<-ready
		p.call(t, func() { tr.Terminate(-1) })
		p.wait(t) // for the grandchild, too, which has the child's standard output
	})
}

// A child with a death signal ends with this process, however that ends.
func TestPartOrphan(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		t.Skip("there is no death signal")
	}
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		p := newRecord(r)
		p.data = func(tr *process.Transport, fd int, all string) {
			if fd == 1 && strings.HasSuffix(all, "\n") {
				if all != "ready\n" {
					t.Errorf("got %q", all)
				}
				check(t, tr.Signal(os.Kill))
			}
		}
		p.spawn(t, part("owner"))
		p.wait(t) // for the grandchild, too, which has the child's standard output
	})
}

func TestPartMissing(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		for _, cfg := range []process.Config{
			{Args: []string{filepath.Join(t.TempDir(), "none")}},
			{Args: []string{"there-is-no-such-program"}},
		} {
			_, err := on(t, r, func() *deferred.Deferred[*process.Transport] { return process.Spawn(r, cfg, newRecord(r)) })
			var start *process.StartError
			if !errors.As(err, &start) || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) {
				t.Errorf("%q: %v", cfg.Args, err)
			}
		}
	})
}
