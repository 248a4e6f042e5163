// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// hold keeps every loop of a running reactor from its work until release is called; each then begins with f.
func hold(r *reactor.Reactor, f func(*reactor.Loop)) (release func()) {
	goOn := make(chan struct{})
	for _, l := range r.Loops() {
		held := make(chan struct{})
		l.CallFromThread(func() {
			close(held)
			<-goOn
			f(l)
		})
		<-held
	}
	return func() { close(goOn) }
}

// TestAcceptPerLoopRateLeavesBacklog: a socket that finds the second's connections accepted by another leaves those that wait for it where they are.
func TestAcceptPerLoopRateLeavesBacklog(t *testing.T) {
	const loops, conns = 4, 60
	r, err := reactor.New(reactor.Config{Poller: "epoll", Loops: loops, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	reactor.SetNow(r, func() time.Time { return time.Unix(1, 0) })
	port, err := r.ListenTCP("127.0.0.1:0", echoes(), reactor.ListenOptions{Backlog: 100, AcceptRate: 1, Accept: reactor.AcceptPerLoop})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(t.Context()) }()
	settle(r)
	release := hold(r, func(*reactor.Loop) {})
	for range conns {
		dial(t, port)
	}
	before := countDescriptors()
	release()
	for port.Connections() == 0 {
		settle(r)
	}
	settle(r)
	if n := countDescriptors() - before; n > loops {
		t.Errorf("%d of %d connections were accepted by %d sockets, one is allowed", n, conns, loops)
	}
	r.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A tracked factory knows whether it was stopped.
type tracked struct {
	stopped     atomic.Bool
	built, late atomic.Int64
}

func (f *tracked) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	f.built.Add(1)
	if f.stopped.Load() {
		f.late.Add(1)
	}
	return echo{}, nil
}

func (f *tracked) StopFactory() { f.stopped.Store(true) }

// TestAcceptPerLoopStopsFactoryLast: the factory of a port that stops is not stopped before it has built the protocols of the connections that waited.
func TestAcceptPerLoopStopsFactoryLast(t *testing.T) {
	const conns = 50
	r := running(t, reactor.Config{Poller: "epoll", Loops: 4})
	f := new(tracked)
	port := listenPerLoop(t, r, f, reactor.ListenOptions{Backlog: 100})
	stopped := make(chan struct{})
	release := hold(r, func(l *reactor.Loop) {
		if l == port.Loop() {
			port.StopListening().Done(func(struct{}, error) { close(stopped) })
		}
	})
	for range conns {
		dial(t, port)
	}
	release()
	<-stopped
	settle(r)
	if built, late := f.built.Load(), f.late.Load(); built != conns || late != 0 || !f.stopped.Load() {
		t.Errorf("%d of %d protocols were built, %d after StopFactory, which was called: %v", built, conns, late, f.stopped.Load())
	}
}
