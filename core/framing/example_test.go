// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A room passes each line on to everybody in it.
type room map[*framing.Lines]bool

func (r room) ConnectionMade(c *framing.Lines)          { r[c] = true }
func (r room) ConnectionLost(c *framing.Lines, _ error) { delete(r, c) }

func (r room) LineReceived(_ *framing.Lines, line []byte) {
	for c := range r {
		c.SendLine(line)
	}
}

// A chat server: one handler for all connections.
func ExampleLines() {
	everybody := room{}
	server := protocol.ForProtocol(func() *framing.Lines { return framing.NewLines(everybody) })

	join := func() *protocoltest.StringTransport {
		t := protocoltest.NewStringTransport()
		p, _ := server.BuildProtocol(t.RemoteAddr())
		t.Connect(p)
		return t
	}
	alice, bob := join(), join()
	alice.FeedString("Hello, Bob.\r\n")
	bob.FeedString("Hello, Alice.\r\n")
	fmt.Printf("%q\n%q\n", alice.Value(), bob.Value())
	// Output:
	// "Hello, Bob.\r\nHello, Alice.\r\n"
	// "Hello, Bob.\r\nHello, Alice.\r\n"
}

// A protocol of netstrings that answers each with its length.
func ExampleStrings() {
	p := framing.NewStrings(framing.Netstring, framing.StringHandlerFunc(func(c *framing.Strings, s []byte) {
		c.SendString(fmt.Append(nil, len(s)))
	}))
	t := protocoltest.NewStringTransport()
	t.Connect(p)
	t.FeedString("5:hello,0:,12:hello world!,")
	fmt.Println(t.Value())
	// Output: 1:5,1:0,2:12,
}

func ExampleLineParser() {
	var p framing.LineParser
	for _, piece := range []string{"EHLO exa", "mple.com\r", "\nQUIT\r\n"} {
		p.Feed([]byte(piece))
		for line := range p.Lines() {
			fmt.Printf("%s\n", line)
		}
	}
	// Output:
	// EHLO example.com
	// QUIT
}
