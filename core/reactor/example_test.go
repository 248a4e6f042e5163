// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A shouter answers in capitals.
type shouter struct{ protocol.Base }

func (shouter) DataReceived(t protocol.Transport, p []byte) {
	t.Write([]byte(strings.ToUpper(string(p))))
}

// The network of this example is in memory; with reactor.New and Run in place of the Memory it is a real one.
func Example() {
	r, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	defer r.Close()
	port, err := r.ListenTCP("127.0.0.1:8080", protocol.ForProtocol(func() shouter { return shouter{} }), reactor.ListenOptions{})
	if err != nil {
		panic(err)
	}
	client := r.Dial(port.Addr().String())
	client.Write([]byte("hello"))
	r.Settle()
	fmt.Printf("%s\n", client.Received())
	// Output: HELLO
}
