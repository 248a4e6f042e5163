// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

var errBroken = errors.New("the poller is broken")

// A breakable poller fails once it is told to.
type breakable struct {
	poll.Poller
	broken chan struct{}
}

func (b *breakable) Poll(timeout time.Duration) (int, error) {
	select {
	case <-b.broken:
		return 0, errBroken
	default:
		return b.Poller.Poll(timeout)
	}
}

// newOver returns a reactor with pollers and a clock of the test's.
func newOver(t *testing.T, cfg reactor.Config, s poll.Source) *reactor.Reactor {
	t.Helper()
	poller, takeBack := poll.Lend(s)
	defer takeBack()
	cfg.Poller = poller
	r, err := reactor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPollerFails breaks the main loop's poller, or another's, while each loop has a connection.
func TestPollerFails(t *testing.T) {
	for broken := range 2 {
		var pollers []*breakable
		r := newOver(t, reactor.Config{Loops: 2, Logger: slog.New(slog.DiscardHandler)}, poll.Source{
			Open: func() (poll.Poller, error) {
				p, err := poll.New("")
				b := &breakable{p, make(chan struct{})}
				pollers = append(pollers, b)
				return b, err
			},
			Now: time.Now,
		})
		lost := make(chan error, 2)
		port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return &mourner{lost: lost} }), reactor.ListenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- r.Run(context.Background()) }()
		for range 2 {
			c, err := net.Dial("tcp", port.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		close(pollers[broken].broken)
		r.Loops()[broken].CallFromThread(func() {})
		err = <-ended
		if broken == 0 && !errors.Is(err, errBroken) || broken == 1 && err != nil {
			t.Errorf("loop %d: Run returned %v", broken, err)
		}
		causes := 0
		for range 2 {
			reason := <-lost
			if !errors.Is(reason, protocol.ErrConnectionLost) {
				t.Errorf("loop %d: reason %v", broken, reason)
			}
			if errors.Is(reason, errBroken) {
				causes++
			}
		}
		if want := 2 - broken; causes != want {
			t.Errorf("loop %d: %d connections know the cause, want %d", broken, causes, want)
		}
		if n := r.Connections(); n != 0 {
			t.Errorf("loop %d: %d connections leaked", broken, n)
		}
	}
}

// A mourner greets and tells why it was lost.
type mourner struct {
	protocol.Base
	lost chan error
}

func (m *mourner) ConnectionMade(t protocol.Transport)               { t.Write([]byte("x")) }
func (m *mourner) ConnectionLost(_ protocol.Transport, reason error) { m.lost <- reason }

// TestEnsureLoopsWhileRunning adds loops to a reactor at work.
func TestEnsureLoopsWhileRunning(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	added := make(chan error)
	r.CallFromThread(func() { added <- r.EnsureLoops(3) })
	if err := <-added; err != nil {
		t.Fatal(err)
	}
	if n := len(r.Loops()); n != 3 {
		t.Fatalf("%d loops", n)
	}
	for _, l := range r.Loops() {
		on := make(chan bool)
		l.CallFromThread(func() { on <- l.OnLoop() })
		if !<-on {
			t.Error("not on its loop")
		}
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := r.EnsureLoops(4); err != reactor.ErrNotRunning {
		t.Errorf("after the stop: %v", err)
	}
}
