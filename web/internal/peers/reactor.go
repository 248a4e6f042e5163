// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package peers

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// Reactor runs a reactor until the test ends.
func Reactor(t testing.TB) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// Wait calls f on the loop and waits for its result, two minutes at most.
func Wait[T any](t testing.TB, r *reactor.Reactor, f func() *deferred.Deferred[T]) (T, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return deferred.BlockingCallFromThread(ctx, r, f)
}

// Listen serves f on 127.0.0.1, and returns the port. wrap, if it is not nil, puts TLS around, say.
func Listen(t testing.TB, r *reactor.Reactor, f protocol.Factory, wrap func(endpoint.Server) endpoint.Server) int {
	t.Helper()
	addr, err := Wait(t, r, func() *deferred.Deferred[int] {
		var s endpoint.Server = &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
		if wrap != nil {
			s = wrap(s)
		}
		return deferred.Then(s.Listen(f), func(p endpoint.Port) (int, error) { return p.Addr().Port(), nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
