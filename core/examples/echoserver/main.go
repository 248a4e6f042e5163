// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Echoserver sends back what it gets.
//
// Usage: echoserver [endpoint], where the endpoint is a server description and tcp:8000 by default:
//
//	go run ./core/examples/echoserver tcp:8000
//	go run ./core/examples/echoserver unix:/tmp/echo.sock
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

func run(ctx context.Context, args []string, stdout io.Writer) error {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	port, err := endpoint.ListenString(r, append(args, "tcp:8000")[0], protocol.ForProtocol(func() echo { return echo{} }))
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
		fmt.Fprintln(os.Stderr, "echoserver: error:", err)
		os.Exit(1)
	}
}
