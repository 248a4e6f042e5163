// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package core_test

import (
	"context"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

// A client says hello, and goes when it has its answer.
type greeter struct {
	protocol.Base
	answer *deferred.Deferred[string]
}

func (greeter) ConnectionMade(t protocol.Transport) { t.Write([]byte("hello")) }

func (g greeter) DataReceived(t protocol.Transport, p []byte) {
	t.LoseConnection()
	g.answer.Callback(string(p))
}

// A server and a client on one loop, over an endpoint in memory.
func Example() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := endpoint.ListenString(r, "memory:echo", protocol.ForProtocol(func() echo { return echo{} })); err != nil {
		fmt.Println(err)
		return
	}
	client, err := endpoint.ClientFromString(r, "memory:echo")
	if err != nil {
		fmt.Println(err)
		return
	}
	r.CallWhenRunning(func() {
		answer := deferred.New[string](r)
		endpoint.Dial(client, func() greeter { return greeter{answer: answer} })
		answer.Done(func(text string, err error) {
			fmt.Println(text, err)
			r.Stop()
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: hello <nil>
}
