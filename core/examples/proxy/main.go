// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Proxy carries connections to another server. A side that reads slowly holds up the other one, so memory stays bounded.
//
// Usage: proxy SERVER CLIENT, two endpoint descriptions: where to listen and where to connect to:
//
//	go run ./core/examples/proxy tcp:8080 tcp:127.0.0.1:8000
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A side is one of the two connections of a pair. A transport is a producer and a consumer: joining two of them is registering each with the other.
type side struct {
	t, other protocol.Transport
	connect  func(accepted *side) // how an accepted side gets its other; nil on the other
}

func (s *side) ConnectionMade(t protocol.Transport) {
	s.t = t
	if s.connect != nil {
		t.Pause() // until there is somewhere to send to
		s.connect(s)
	}
}

func (s *side) DataReceived(_ protocol.Transport, p []byte) { s.other.Write(p) }

func (s *side) ReadConnectionLost(protocol.Transport) {
	s.other.UnregisterProducer()
	if h, ok := protocol.As[protocol.HalfCloseTransport](s.other); ok {
		h.LoseWriteConnection()
	}
}

func (s *side) WriteConnectionLost(protocol.Transport) {}

func (s *side) ConnectionLost(_ protocol.Transport, _ error) {
	if s.other != nil {
		s.other.UnregisterProducer()
		s.other.LoseConnection()
	}
}

// join makes each side hold up the other.
func join(a, b *side) error {
	a.other, b.other = b.t, a.t
	if err := a.t.RegisterProducer(b.t, protocol.PushProducer); err != nil {
		return err
	}
	return b.t.RegisterProducer(a.t, protocol.PushProducer)
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: proxy SERVER CLIENT")
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	client, err := endpoint.ClientFromString(r, args[1])
	if err != nil {
		return err
	}
	connect := func(accepted *side) {
		endpoint.Dial(client, func() *side { return &side{} }).Done(func(to *side, err error) {
			if err == nil {
				err = join(accepted, to)
			}
			if err != nil {
				r.Logger().Warn("proxy: cannot join", "peer", accepted.t.RemoteAddr(), "error", err)
				accepted.t.AbortConnection()
				return
			}
			accepted.t.Resume()
		})
	}
	port, err := endpoint.ListenString(r, args[0], protocol.ForProtocol(func() *side { return &side{connect: connect} }))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", port.Addr())
	return r.Run(ctx)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "proxy: error:", err)
		os.Exit(1)
	}
}
