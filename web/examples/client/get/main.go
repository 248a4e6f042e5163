// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Get prints what is at a URL.
//
//	go run . https://example.org/
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/task"
	"github.com/torsion-go/torsion/web/client"
)

// get returns what is at a URL.
func get(agent client.Doer, text string) *deferred.Deferred[[]byte] {
	u, err := client.ParseURL(text)
	if err != nil {
		return deferred.FailOn[[]byte](agent.Loop(), err)
	}
	d := agent.Do(&client.Request{URL: u}) // it fires when the head is there
	return deferred.ThenD(d, func(res *client.Response) *deferred.Deferred[[]byte] {
		return res.ReadBody(0) // 16 MiB at most
	})
}

func run(ctx context.Context, args []string, stdout io.Writer) int {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, "get:", err)
		return 1
	}
	return task.React(ctx, r, func(r *reactor.Reactor) *deferred.Deferred[struct{}] {
		agent, err := client.New(r, client.Config{})
		if err != nil {
			return deferred.FailOn[struct{}](r, err)
		}
		return deferred.Then(get(agent, args[0]), func(body []byte) (struct{}, error) {
			_, err := stdout.Write(body)
			return struct{}{}, err
		})
	})
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: get URL")
		os.Exit(2)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout))
}
