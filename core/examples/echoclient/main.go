// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Echoclient sends a line to an echo server, prints what comes back, and ends.
//
// Usage: echoclient [endpoint [text]], where the endpoint is a client description and tcp:127.0.0.1:8000 by default.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/reactor"
)

func run(ctx context.Context, args []string, stdout io.Writer) error {
	where, text := "tcp:127.0.0.1:8000", "What a fool believes he sees"
	if len(args) > 0 {
		where = args[0]
	}
	if len(args) > 1 {
		text = args[1]
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	client, err := endpoint.ClientFromString(r, where)
	if err != nil {
		return err
	}
	var failed error
	r.CallWhenRunning(func() {
		answer := framing.LineHandlerFunc(func(c *framing.Lines, line []byte) {
			fmt.Fprintf(stdout, "server said: %s\n", line)
			c.LoseConnection()
			r.Stop()
		})
		endpoint.Dial(client, func() *framing.Lines { return framing.NewLines(answer) }).AddCallbacks(
			func(l *framing.Lines) (*framing.Lines, error) { return l, l.SendLineString(text) },
			func(err error) (*framing.Lines, error) {
				failed = err
				r.Stop()
				return nil, nil
			})
	})
	if err := r.Run(ctx); err != nil {
		return err
	}
	return failed
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "echoclient: error:", err)
		os.Exit(1)
	}
}
