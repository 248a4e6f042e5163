// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package handover_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A server that can be replaced begins like this, whether it is the first process or a successor.
func Example() {
	from, err := handover.Inherited()
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := reactor.New(reactor.Config{Inherited: from.Sockets(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1", protocol.ForProtocol(func() protocol.Base { return protocol.Base{} })); err != nil {
		fmt.Println(err)
		return
	}
	r.CallWhenRunning(func() {
		if err := from.Ready(r.Logger()); err != nil {
			fmt.Println(err)
		}
		fmt.Println("serving; predecessor:", from.Predecessor())
		_ = r.Stop() // for the sake of the example
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// serving; predecessor: 0
}
