// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestCallWhenStopping stops a reactor, or closes one that does not run.
func TestCallWhenStopping(t *testing.T) {
	for _, run := range []bool{true, false} {
		r, err := reactor.New(reactor.Config{Loops: 2, Logger: quietLog})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var told []string
		var forgets []func()
		add := func(l *reactor.Loop, name string, then func()) {
			forget, err := l.CallWhenStopping(func(reason error) {
				if !l.OnLoop() {
					t.Errorf("%s: not on its loop", name)
				}
				if !errors.Is(reason, protocol.ErrConnectionLost) || !errors.Is(reason, reactor.ErrStopped) {
					t.Errorf("%s: reason %v", name, reason)
				}
				if _, err := l.CallWhenStopping(func(error) { t.Error("called") }); err != reactor.ErrNotRunning {
					t.Errorf("%s: while it stops: %v", name, err)
				}
				mu.Lock()
				told = append(told, name)
				mu.Unlock()
				then()
			})
			if err != nil {
				t.Fatal(err)
			}
			forgets = append(forgets, forget)
		}
		nothing := func() {}
		add(r.Loop, "first", func() { forgets[0](); forgets[1]() })
		add(r.Loop, "forgotten by the first", nothing)
		add(r.Loop, "forgotten", nothing)
		add(r.Loop, "panics", func() { panic("broken") })
		add(r.Loop, "last", nothing)
		add(r.Loops()[1], "other loop", nothing)
		forgets[2]()
		forgets[2]()
		if run {
			ended := make(chan error, 1)
			go func() { ended <- r.Run(context.Background()) }() // ends by Stop
			r.CallFromThread(func() { r.Stop() })
			err = <-ended
		} else {
			err = r.Close()
		}
		if err != nil {
			t.Error(err)
		}
		i := slices.Index(told, "other loop")
		if i < 0 || !slices.Equal(slices.Delete(told, i, i+1), []string{"first", "panics", "last"}) {
			t.Errorf("run: %v: told %q", run, told)
		}
		if _, err := r.CallWhenStopping(func(error) {}); err != reactor.ErrNotRunning {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestCallWhenStoppingOrder: ports have closed by then, and connections are still there.
func TestCallWhenStoppingOrder(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	lost := false
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return protocol.Base{} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := &grieving{lost: &lost}
	r.ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *grieving { return client }), reactor.ConnectOptions{})
	for !client.made {
		if err := r.Iterate(-1); err != nil {
			t.Fatal(err)
		}
	}
	called := false
	if _, err := r.CallWhenStopping(func(error) {
		called = true
		if port.Listening() || lost {
			t.Errorf("listening: %v, lost: %v", port.Listening(), lost)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil || !called || !lost {
		t.Errorf("%v, called: %v, lost: %v", err, called, lost)
	}
}

type grieving struct {
	protocol.Base
	made bool
	lost *bool
}

func (g *grieving) ConnectionMade(protocol.Transport)        { g.made = true }
func (g *grieving) ConnectionLost(protocol.Transport, error) { *g.lost = true }
