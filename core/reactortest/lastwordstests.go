// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"bytes"
	"runtime"

	"github.com/torsion-go/torsion/core/protocol"
)

// testPeerAnswersAndCloses: what the peer sent before it closed is delivered though writing fails first.
func testPeerAnswersAndCloses(g *rig) { g.lastWords("") }

// testPeerAnswersAndResets: also when it left something unread, which makes its system reset the connection at once.
func testPeerAnswersAndResets(g *rig) {
	if runtime.GOOS != "linux" {
		g.Skip("a system may drop what arrived before a reset")
	}
	g.lastWords("unread") // all but one byte of it
}

// lastWords has the peer answer and close while the loop is held up, so that the writes are what finds out.
func (g *rig) lastWords(unread string) {
	made := make(chan protocol.Transport, 1)
	lost := make(chan string, 1)
	port := g.serve(func() protocol.Protocol {
		var got []byte
		return &script{
			made: func(t protocol.Transport) { t.Write([]byte(unread)); made <- t },
			data: func(_ protocol.Transport, p []byte) { got = append(got, p...) },
			lost: func(protocol.Transport, error) { lost <- string(got) },
		}
	})
	for _, size := range []int{1, 100_000} { // gathered, and sent from where it is
		for range 20 {
			c := g.dial(port.Addr())
			t := receive(g, made)
			if unread != "" {
				g.read(c, 1)
			}
			done := make(chan struct{})
			t.Loop().CallFromThread(func() {
				defer close(done)
				g.write(c, "answer")
				g.check(c.Close())
				t.Write(bytes.Repeat([]byte("x"), 100_000)) // a reset answers it
				t.Write(bytes.Repeat([]byte("y"), size))    // and this fails
			})
			receive(g, done)
			if s := receive(g, lost); s != "answer" {
				g.Fatalf("writes of %d bytes: received %q before the connection was lost", size, s)
			}
		}
	}
}
