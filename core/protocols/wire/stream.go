// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wire

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// Echo returns a factory that sends back what it receives, until the peer ends; then it sends the rest. A peer that does not read is not read from.
func Echo() protocol.Factory { return protocol.ForProtocol(func() *echo { return &echo{} }) }

type echo struct{ t protocol.Transport }

var _ protocol.HalfCloser = (*echo)(nil)

func (e *echo) ConnectionMade(t protocol.Transport) {
	e.t = t
	if err := t.RegisterProducer(t, protocol.PushProducer); err != nil { // what is received holds itself up
		t.AbortConnection()
	}
}

func (e *echo) DataReceived(t protocol.Transport, p []byte)       { t.Write(p) }
func (e *echo) WriteConnectionLost(protocol.Transport)            {}
func (e *echo) ConnectionLost(t protocol.Transport, reason error) {}

func (e *echo) ReadConnectionLost(t protocol.Transport) {
	t.UnregisterProducer()
	t.LoseConnection()
}

// Discard returns a factory that throws away what it receives.
func Discard() protocol.Factory {
	return protocol.ForProtocol(func() protocol.Base { return protocol.Base{} })
}

// Chargen returns a factory that sends the rotating pattern of RFC 864 for as long as the peer reads, and throws away what it receives.
func Chargen() protocol.Factory { return protocol.ForProtocol(func() *chargen { return &chargen{} }) }

type chargen struct {
	protocol.Base
	t    protocol.Transport
	line int
	buf  []byte
}

// Lines of the pattern are sent so many at a time.
const chargenLines = 95

func (c *chargen) ConnectionMade(t protocol.Transport) {
	c.t = t
	if err := t.RegisterProducer(c, protocol.PullProducer); err != nil {
		t.AbortConnection()
	}
}

func (c *chargen) Pause()     {}
func (c *chargen) Stop(error) { c.t.UnregisterProducer() }

func (c *chargen) Resume() {
	c.buf = c.buf[:0]
	for range chargenLines {
		c.buf = appendPattern(c.buf, c.line)
		c.line = (c.line + 1) % 95
	}
	c.t.Write(c.buf)
}

// appendPattern appends one line of the pattern: 72 of the 95 printable characters, beginning with the one of that number, and CRLF.
func appendPattern(b []byte, line int) []byte {
	for i := range 72 {
		b = append(b, byte(' '+(line+i)%95))
	}
	return append(b, "\r\n"...)
}

// Once returns a factory that sends what say returns and closes: the form of the services that tell something. Nothing is read.
func Once(say func() []byte) protocol.Factory {
	return protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return once{say: say}, nil })
}

type once struct {
	protocol.Base
	say func() []byte
}

func (o once) ConnectionMade(t protocol.Transport) {
	t.Write(o.say())
	t.LoseConnection()
}
