// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestListenString(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1:loops=2", echoes)
	if err != nil || !strings.HasPrefix(p.Addr().String(), "127.0.0.1:") {
		t.Errorf("got %v, %v", p, err)
	}
	var ce *protocol.CannotListenError
	if _, err := endpoint.ListenString(r, "tcp:-1", echoes); !errors.As(err, &ce) {
		t.Errorf("got %v", err)
	}
	var e *endpoint.Error
	if _, err := endpoint.ListenString(r, "bogus", echoes); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

// A latePort counts how often it was stopped.
type latePort struct {
	endpoint.Port
	stops int
	err   error
}

func (p *latePort) StopListening() *deferred.Deferred[struct{}] {
	p.stops++
	return deferred.Execute(nil, func() (struct{}, error) { return struct{}{}, p.err })
}

// TestListenStringLate: a port that opens after ListenString has given up is stopped.
func TestListenStringLate(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, tt := range []struct {
		name  string
		fire  func(d *deferred.Deferred[endpoint.Port], p *latePort) error
		fails error
		stops int
	}{
		{"opens", func(d *deferred.Deferred[endpoint.Port], p *latePort) error { return d.Callback(p) }, nil, 1},
		{"opens and cannot be stopped", func(d *deferred.Deferred[endpoint.Port], p *latePort) error { return d.Callback(p) }, net.ErrClosed, 1},
		{"fails", func(d *deferred.Deferred[endpoint.Port], _ *latePort) error { return d.Errback(net.ErrClosed) }, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			late := deferred.New[endpoint.Port](r)
			g := endpoint.NewRegistry()
			if err := g.RegisterServer("late", func(endpoint.Reactor, *endpoint.Args) (endpoint.Server, error) {
				return endpoint.ServerFunc(func(protocol.Factory) *deferred.Deferred[endpoint.Port] { return late }), nil
			}); err != nil {
				t.Fatal(err)
			}
			if p, err := g.ListenString(r, "late:", echoes); p != nil || err == nil || !strings.Contains(err.Error(), "at once") {
				t.Errorf("got %v, %v", p, err)
			}
			p := &latePort{err: tt.fails}
			if err := tt.fire(late, p); err != nil {
				t.Errorf("firing: %v", err)
			}
			if p.stops != tt.stops {
				t.Errorf("stopped %d times, want %d", p.stops, tt.stops)
			}
		})
	}
}

// TestListenStringElsewhere opens a port that needs more loops than there are from a loop that cannot add them itself.
func TestListenStringElsewhere(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quiet(), Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(t.Context()) }() // ends by Stop
	l := r.Loops()[1]
	f := &roll{stopped: make(chan struct{})}
	l.CallFromThread(func() {
		if p, err := endpoint.ListenString(l, "tcp:0:interface=127.0.0.1:loops=3", f); p != nil || err == nil {
			t.Errorf("got %v, %v", p, err)
		}
	})
	<-f.stopped // as its last port has
	halt(r)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
