// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Nethttp has an http.Client send its requests by an Agent.
//
//	go run . https://example.org/
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
)

func run(ctx context.Context, url string, stdout io.Writer) error {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	agent, err := client.New(r, client.Config{})
	if err != nil {
		return err
	}
	ended := make(chan error, 1) // one end
	go func() { ended <- r.Run(context.Background()) }()
	defer func() {
		r.CallFromThread(func() { r.Stop() })
		<-ended
	}()

	c := http.Client{Transport: agent.RoundTripper()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	fmt.Fprintln(stdout, res.Proto, res.Status)
	_, err = io.Copy(stdout, res.Body)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: nethttp URL")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "nethttp:", err)
		os.Exit(1)
	}
}
