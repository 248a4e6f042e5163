// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// running returns a reactor that runs until the test ends.
func running(t testing.TB) *reactor.Reactor { return runningWith(t, quiet()) }

// runningWith is running with a logger.
func runningWith(t testing.TB, log *slog.Logger) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: log, ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	started := make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(context.Background()) }()
	select {
	case <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// on calls f on the loop and waits for its Deferred.
func on[T any](t testing.TB, loop protocol.Loop, f func() *deferred.Deferred[T]) (T, error) {
	t.Helper()
	return deferred.BlockingCallFromThread(patience(t), loop, f)
}

// listen makes s listen and returns the port.
func listen(t testing.TB, loop protocol.Loop, s endpoint.Server, f protocol.Factory) endpoint.Port {
	t.Helper()
	p, err := on(t, loop, func() *deferred.Deferred[endpoint.Port] { return s.Listen(f) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func connect(t testing.TB, loop protocol.Loop, c endpoint.Client, f protocol.Factory) (protocol.Protocol, error) {
	t.Helper()
	return on(t, loop, func() *deferred.Deferred[protocol.Protocol] { return c.Connect(f) })
}

func stop(t testing.TB, loop protocol.Loop, p endpoint.Port) error {
	t.Helper()
	_, err := on(t, loop, p.StopListening)
	return err
}

// echo sends back what it gets, after a mark for the start.
type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

var echoes = protocol.ForProtocol(func() echo { return echo{} })

// nobody is a factory that refuses.
var nobody = protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return nil, nil })
