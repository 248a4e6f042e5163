// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A countingFactory counts its protocols, and notes a protocol that comes after its end.
type countingFactory struct {
	built, late atomic.Int32
	stopped     atomic.Bool
}

func (f *countingFactory) StopFactory() { f.stopped.Store(true) }

func (f *countingFactory) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	f.built.Add(1)
	if f.stopped.Load() {
		f.late.Add(1)
	}
	return protocol.Base{}, nil
}

// A connection that was dealt to a loop which is busy is made before the port counts as stopped.
func TestStopListeningWaitsForDealt(t *testing.T) {
	r := running(t, reactor.Config{Loops: 2})
	f := &countingFactory{}
	ports := make(chan *reactor.Port, 1)
	r.CallFromThread(func() {
		p, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
		}
		ports <- p
	})
	p := <-ports
	if p == nil {
		return
	}
	held, release := make(chan struct{}), make(chan struct{})
	r.Loops()[1].CallFromThread(func() {
		close(held)
		<-release
	})
	<-held
	for range 2 { // one for each loop
		c, err := net.Dial("tcp", p.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	counted := make(chan struct{})
	var look func()
	look = func() {
		if p.Connections() == 2 {
			close(counted)
			return
		}
		r.CallFromThread(look)
	}
	r.CallFromThread(look)
	<-counted
	var fired atomic.Bool
	stopped, passed := make(chan int32, 1), make(chan struct{})
	r.CallFromThread(func() {
		p.StopListening().Done(func(struct{}, error) {
			fired.Store(true)
			stopped <- f.built.Load()
		})
		passes := 0
		var pass func()
		pass = func() {
			if passes++; passes == 10 {
				close(passed)
				return
			}
			r.CallFromThread(pass)
		}
		pass()
	})
	<-passed
	if fired.Load() {
		t.Error("the port counts as stopped while a connection waits for its loop")
	}
	if n := f.built.Load(); n != 1 {
		t.Errorf("%d protocols were built, want 1 so far", n)
	}
	close(release)
	if n := <-stopped; n != 2 {
		t.Errorf("%d protocols were built when the port had stopped, want 2", n)
	}
	if f.late.Load() != 0 {
		t.Error("the factory was told of its end, and then asked for a protocol")
	}
}
