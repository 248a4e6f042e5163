// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Udpecho sends each datagram back to where it came from.
//
// Usage: udpecho [address], 127.0.0.1:8000 by default. Talk to it with:
//
//	nc -u 127.0.0.1 8000
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type echo struct{ protocol.DatagramBase }

func (echo) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	t.WriteTo(p, from)
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	port, err := r.ListenUDP(append(args, "127.0.0.1:8000")[0], echo{}, reactor.PacketOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", port.LocalAddr())
	return r.Run(ctx)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "udpecho: error:", err)
		os.Exit(1)
	}
}
