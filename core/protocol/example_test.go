// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// shouter answers in capitals. It embeds Base for the callbacks that it does not need.
type shouter struct{ protocol.Base }

func (shouter) DataReceived(t protocol.Transport, p []byte) {
	for _, c := range p {
		fmt.Fprintf(t, "%c", c&^0x20)
	}
}

func (shouter) ConnectionLost(_ protocol.Transport, reason error) {
	fmt.Println("clean:", errors.Is(reason, protocol.ErrConnectionDone), "by the peer:", errors.Is(reason, io.EOF))
}

// A protocol needs no socket to be tested: StringTransport keeps what it writes.
func ExampleProtocol() {
	t := protocoltest.NewStringTransport()
	t.Connect(shouter{})
	t.FeedString("hello")
	fmt.Println(t.Value())
	t.FeedEOF()
	// Output:
	// HELLO
	// clean: true by the peer: true
}

func ExampleConnectError() {
	err := protocol.NewConnectError("127.0.0.1:80", syscall.ECONNREFUSED)
	fmt.Println(err)
	fmt.Println(errors.Is(err, protocol.ErrConnectionRefused), errors.Is(err, protocol.ErrConnect), errors.Is(err, protocol.ErrTimeout))
	// Output:
	// connect 127.0.0.1:80: connection refused
	// true true false
}
