// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// Loops that were made before an error of EnsureLoops are loops like the others: they get connections, and end.
func TestEnsureLoopsFailsMidway(t *testing.T) {
	opened := 0
	r := newOver(t, reactor.Config{Logger: quietLog}, poll.Source{
		Open: func() (poll.Poller, error) {
			if opened++; opened > 2 {
				return nil, errBroken
			}
			return poll.New("")
		},
		Now: time.Now,
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	added := make(chan error)
	r.CallFromThread(func() { added <- r.EnsureLoops(4) })
	if err := <-added; !errors.Is(err, errBroken) {
		t.Errorf("EnsureLoops: %v", err)
	}
	for i, l := range r.Loops() {
		ran := make(chan struct{})
		l.CallFromThread(func() { close(ran) })
		select {
		case <-ran:
		case <-time.After(10 * time.Second):
			t.Fatalf("loop %d of %d does not run", i, len(r.Loops()))
		}
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A reactor that was driven by Iterate and crashed can be run: its other loops stay.
func TestRunAfterIterateCrashed(t *testing.T) {
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		if err := r.StartRunning(); err != nil {
			t.Error(err)
		}
		if err := r.Crash(); err != nil {
			t.Error(err)
		}
		if err := r.Iterate(0); err != nil {
			t.Error(err)
		}
		ended <- r.Run(context.Background())
	}()
	done := make(chan struct{})
	var turn func(left int)
	turn = func(left int) {
		if left == 0 {
			close(done)
			return
		}
		r.Loops()[1].CallFromThread(func() { turn(left - 1) }) // runs in the next pass
	}
	turn(3)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the other loop does not run")
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A loop whose poller failed ends all the same, whatever it still has.
func TestBrokenLoopEnds(t *testing.T) {
	var pollers []*breakable
	r := newOver(t, reactor.Config{Loops: 2, Logger: quietLog}, poll.Source{
		Open: func() (poll.Poller, error) {
			p, err := poll.New("")
			b := &breakable{p, make(chan struct{})}
			pollers = append(pollers, b)
			return b, err
		},
		Now: time.Now,
	})
	stopped := make(chan error, 1)
	if _, err := r.Loops()[1].ListenUDP("127.0.0.1:0", &packetEnd{stopped: stopped}, reactor.PacketOptions{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	close(pollers[1].broken)
	r.Loops()[1].CallFromThread(func() {})
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the reactor does not stop")
	}
	if reason := <-stopped; !errors.Is(reason, protocol.ErrConnectionLost) {
		t.Errorf("the port ended with %v", reason)
	}
}

// A half-closed connection ends when its peer resets it, though it neither reads nor writes.
func TestResetOfHalfClosed(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		if poller == "portable" || poller == "select" {
			continue // they notice when something is sent
		}
		r := running(t, reactor.Config{Poller: poller})
		p := &halfEnd{readLost: make(chan struct{}), lost: make(chan error, 1)}
		addr := make(chan string)
		r.CallFromThread(func() {
			port, err := r.ListenTCP("127.0.0.1:0", give(p), reactor.ListenOptions{})
			if err != nil {
				t.Error(err)
			}
			addr <- port.Addr().String()
		})
		c, err := net.Dial("tcp", <-addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		tcp := c.(*net.TCPConn)
		tcp.CloseWrite()
		<-p.readLost
		tcp.SetLinger(0)
		tcp.Close()
		select {
		case reason := <-p.lost:
			if !errors.Is(reason, protocol.ErrConnectionLost) {
				t.Errorf("lost: %v", reason)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the connection never ends")
		}
	}
}

type halfEnd struct {
	protocol.Base
	readLost chan struct{}
	lost     chan error
}

func (h *halfEnd) ReadConnectionLost(protocol.Transport)             { close(h.readLost) }
func (h *halfEnd) WriteConnectionLost(protocol.Transport)            {}
func (h *halfEnd) ConnectionLost(_ protocol.Transport, reason error) { h.lost <- reason }

type packetEnd struct {
	protocol.DatagramBase
	stopped chan error
}

func (p *packetEnd) StopProtocol(_ protocol.DatagramTransport, reason error) { p.stopped <- reason }
