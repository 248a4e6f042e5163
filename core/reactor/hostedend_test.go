// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A host whose main loop ends first finishes the reactor: with all of its shutdown, whatever the host did with the last pass.
func TestFinishEndsTheReactor(t *testing.T) {
	for _, tt := range []struct {
		name string
		last func(s *stage) // before the host's main loop ends; on the host's thread
	}{
		{"while the reactor waits", func(*stage) {}},
		{"with a pass that is never called", func(s *stage) { s.r.CallLater(0, func() {}) }},
		{"while it stops", func(s *stage) { s.check(s.r.Stop()) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var order []string
			lost := make(chan error, 1)
			var port *reactor.Port
			s := hostedStage(t, reactor.Config{Loops: 2}, func(s *stage) {
				for _, event := range []string{reactor.Startup, reactor.Shutdown} {
					_, err := s.r.AddSystemEventTrigger(reactor.Before, event, func() *deferred.Deferred[struct{}] {
						order = append(order, event)
						if event == reactor.Startup {
							return nil
						}
						d := deferred.New[struct{}](s.r)
						s.r.CallLater(time.Millisecond, func() { order = append(order, "waited"); d.Callback(struct{}{}) })
						return d
					})
					s.check(err)
				}
				var err error
				port, err = s.r.ListenTCP("127.0.0.1:0", give(&lossEnd{lost: lost}), reactor.ListenOptions{})
				s.check(err)
			})
			peer, err := net.Dial("tcp", port.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			b := make([]byte, 2)
			if _, err := peer.Read(b); err != nil || string(b) != "hi" {
				t.Fatalf("got %q, %v", b, err)
			}
			s.do(func() {
				tt.last(s)
				s.host.quit()
			})
			s.check(s.wait())
			if got := strings.Join(order, " "); got != "startup shutdown waited" {
				t.Errorf("got %q", got)
			}
			if reason := <-lost; !errors.Is(reason, protocol.ErrConnectionLost) {
				t.Errorf("the connection ended with %v", reason)
			}
			if err := s.r.Run(t.Context()); err != reactor.ErrNotRestartable {
				t.Errorf("Run afterwards: %v", err)
			}
		})
	}
}

// A lossEnd greets, and tells of its end.
type lossEnd struct {
	protocol.Base
	lost chan error
}

func (l *lossEnd) ConnectionMade(t protocol.Transport)               { t.Write([]byte("hi")) }
func (l *lossEnd) ConnectionLost(_ protocol.Transport, reason error) { l.lost <- reason }

// A reactor that does not get to its end is dropped when the context ends.
func TestFinishGivesUp(t *testing.T) {
	gone := errors.New("no more patience")
	ctx, cancel := context.WithCancelCause(context.Background())
	r, h := startedHosted(t, reactor.Config{}, newHost().post)
	_, err := r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		cancel(gone)
		return deferred.New[struct{}](r) // never fires
	})
	if err != nil {
		t.Error(err)
	}
	stopped := false
	h.OnStop(func() { stopped = true })
	if err := h.Finish(ctx); !errors.Is(err, gone) || !stopped {
		t.Errorf("Finish returned %v; OnStop was called: %t", err, stopped)
	}
	if err := h.Finish(t.Context()); !errors.Is(err, gone) {
		t.Errorf("the second Finish returned %v", err)
	}
	if err := r.Run(t.Context()); err != reactor.ErrNotRestartable {
		t.Errorf("Run afterwards: %v", err)
	}
}

// startedHosted starts a reactor on the test's goroutine, which is locked to its thread until the test ends. Nothing that is posted is called unless the test does it.
func startedHosted(t *testing.T, cfg reactor.Config, post func(func())) (*reactor.Reactor, *reactor.Hosted) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	cfg.Logger = quietLog
	r, err := reactor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.StartHosted(post)
	if err != nil {
		t.Fatal(err)
	}
	return r, h
}

// A host that never called anything that was posted can finish; what it calls afterwards does nothing.
func TestFinishWithoutAnyPass(t *testing.T) {
	var posted []func()
	r, h := startedHosted(t, reactor.Config{}, func(f func()) { posted = append(posted, f) })
	started := false
	_, err := r.AddSystemEventTrigger(reactor.After, reactor.Shutdown, func() *deferred.Deferred[struct{}] { started = true; return nil })
	if err != nil {
		t.Error(err)
	}
	if err := h.Finish(t.Context()); err != nil {
		t.Error(err)
	}
	if len(posted) != 1 || !started {
		t.Errorf("%d functions were posted, want 1; the shutdown event fired: %t", len(posted), started)
	}
	for range 2 {
		for _, f := range posted {
			f()
		}
	}
	called := false
	h.OnStop(func() { called = true })
	if !called {
		t.Error("OnStop after the end does not call at once")
	}
}

// A function that the host calls twice makes one pass.
func TestHostedCalledTwice(t *testing.T) {
	posted := make(chan func(), 100) // more than there are
	r, h := startedHosted(t, reactor.Config{}, func(f func()) { posted <- f })
	calls := 0
	for want := 1; want <= 3; want++ {
		r.CallFromThread(func() { calls++ })
		f := <-posted
		f()
		f()
		if calls != want || len(posted) != 0 {
			t.Errorf("%d calls and %d functions posted, want %d and 0", calls, len(posted), want)
		}
	}
	if err := h.Finish(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestHostedErrors(t *testing.T) {
	r, h := startedHosted(t, reactor.Config{}, newHost().post)
	if _, err := r.StartHosted(newHost().post); err != reactor.ErrAlreadyRunning {
		t.Errorf("StartHosted twice: %v", err)
	}
	for name, call := range map[string]func() error{
		"Run": func() error { return r.Run(t.Context()) }, "StartRunning": r.StartRunning, "Close": r.Close,
		"Iterate": func() error { return r.Iterate(0) },
	} {
		if err := call(); err != reactor.ErrAlreadyRunning {
			t.Errorf("%s while hosted: %v", name, err)
		}
	}
	other := make(chan error)
	go func() {
		runtime.LockOSThread() // ends with the goroutine
		other <- h.Finish(context.Background())
	}()
	if err := <-other; err != reactor.ErrOtherGoroutine {
		t.Errorf("Finish on another goroutine: %v", err)
	}
	r.CallFromThread(func() {
		if err := h.Finish(t.Context()); err != reactor.ErrAlreadyRunning {
			t.Errorf("Finish in a callback: %v", err)
		}
	})
	if err := h.Finish(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.StartHosted(newHost().post); err != reactor.ErrNotRestartable {
		t.Errorf("StartHosted after a stop: %v", err)
	}

	unlocked, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := unlocked.StartHosted(newHost().post)
		other <- err
	}()
	if err := <-other; err != reactor.ErrNotLocked {
		t.Errorf("on a goroutine that is not locked to its thread: %v", err)
	}
	if err := unlocked.Close(); err != nil {
		t.Error(err)
	}
	m := reactortest.NewMemory(t)
	if _, err := m.StartHosted(newHost().post); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a poller that cannot be hosted: %v", err)
	}
}

// A host that breaks the rules is told so.
func TestHostedMisuse(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		call       func(f func())
	}{
		{"on another thread", "another thread", func(f func()) {
			caught := make(chan any)
			go func() {
				runtime.LockOSThread()
				defer func() { caught <- recover() }()
				f()
			}()
			if v := <-caught; v != nil {
				panic(v)
			}
		}},
		{"inside of post", "calls the function itself", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f func()
			at := func(func()) {}
			r, h := startedHosted(t, reactor.Config{}, func(g func()) { f = g; at(g) })
			caught := func(call func()) (text string) {
				defer func() { text, _ = recover().(string) }()
				call()
				return ""
			}
			var text string
			if tt.call == nil {
				at = func(g func()) { text = caught(g) }
				r.CallFromThread(func() { r.CallFromThread(func() {}) }) // so the first pass posts the next
				f()
			} else {
				text = caught(func() { tt.call(f) })
			}
			if !strings.Contains(text, tt.want) {
				t.Errorf("panic %q, want %q in it", text, tt.want)
			}
			if err := h.Finish(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// After a crash the reactor goes on in another host, with its ports.
func TestHostedAfterCrash(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quietLog, Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := stageOf(t, r, nil)
		peer, err := net.Dial("tcp", port.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		b := []byte("x")
		if _, err = peer.Write(b); err == nil {
			_, err = peer.Read(b)
		}
		s.check(err)
		peer.Close()
		s.check(r.Crash())
		s.check(s.wait())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// A poller that fails, in a pass or while it is waited for, ends the reactor.
func TestHostedPollerFails(t *testing.T) {
	for _, inWait := range []bool{false, true} {
		b := &failing{inWait: inWait, broken: make(chan struct{})}
		r := newOver(t, reactor.Config{Logger: quietLog}, poll.Source{
			Open: func() (poll.Poller, error) {
				p, err := poll.New("")
				b.Hosted = p.(poll.Hosted)
				return b, err
			},
			Now: time.Now,
		})
		ended := make(chan error, 1)
		go func() { ended <- runHosted(context.Background(), r) }()
		r.CallFromThread(func() { close(b.broken) })
		if err := <-ended; !errors.Is(err, errBroken) {
			t.Errorf("in a wait %t: ended with %v", inWait, err)
		}
	}
}

type failing struct {
	poll.Hosted
	inWait bool
	broken chan struct{}
}

func (f *failing) err(inWait bool) error {
	select {
	case <-f.broken:
		if inWait == f.inWait {
			return errBroken
		}
	default:
	}
	return nil
}

func (f *failing) Poll(d time.Duration) (int, error) {
	if err := f.err(false); err != nil {
		return 0, err
	}
	return f.Hosted.Poll(d)
}

func (f *failing) Wait(d time.Duration) error {
	if err := f.err(true); err != nil {
		return err
	}
	return f.Hosted.Wait(d)
}
