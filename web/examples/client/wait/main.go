// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Wait prints how long the pages at some URLs are, each asked for by a goroutine.
//
//	go run . https://example.org/ https://example.com/
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
)

// get returns what is at a URL. It is for goroutines: it calls the Agent on its loop, and waits.
func get(ctx context.Context, agent client.Doer, text string) ([]byte, error) {
	u, err := client.ParseURL(text)
	if err != nil {
		return nil, err
	}
	return deferred.BlockingCallFromThread(ctx, agent.Loop(), func() *deferred.Deferred[[]byte] {
		return deferred.ThenD(agent.Do(&client.Request{URL: u}), func(res *client.Response) *deferred.Deferred[[]byte] {
			return res.ReadBody(0)
		})
	})
}

func run(ctx context.Context, urls []string, stdout io.Writer) error {
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

	lines := make([]string, len(urls))
	var all sync.WaitGroup
	for i, text := range urls {
		all.Go(func() {
			body, err := get(ctx, agent, text)
			if err != nil {
				lines[i] = err.Error()
				return
			}
			lines[i] = fmt.Sprintf("%d bytes", len(body))
		})
	}
	all.Wait()
	for _, line := range lines {
		fmt.Fprintln(stdout, line)
	}

	r.CallFromThread(func() { r.Stop() })
	return <-ended
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wait:", err)
		os.Exit(1)
	}
}
