// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Pubsub is a publish/subscribe server: a line from one client goes to all of them.
//
// Usage: pubsub [endpoint], where the endpoint is a server description and tcp:1025 by default. Talk to it with two of:
//
//	nc 127.0.0.1 1025
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A hub knows the clients. Everything happens on one loop, so it needs no lock.
type hub struct{ clients map[*framing.Lines]struct{} }

func (h *hub) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	return &framing.Lines{Handler: h, Delimiter: "\n"}, nil
}

func (h *hub) ConnectionMade(c *framing.Lines) { h.clients[c] = struct{}{} }

func (h *hub) ConnectionLost(c *framing.Lines, _ error) { delete(h.clients, c) }

func (h *hub) LineReceived(from *framing.Lines, line []byte) {
	for c := range h.clients {
		c.SendLineString(fmt.Sprintf("<%v> %s", from.RemoteAddr(), line))
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	port, err := endpoint.ListenString(r, append(args, "tcp:1025")[0], &hub{clients: map[*framing.Lines]struct{}{}})
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
		fmt.Fprintln(os.Stderr, "pubsub: error:", err)
		os.Exit(1)
	}
}
