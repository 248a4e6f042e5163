// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A DatagramHarness is how [TestDatagram] opens ports and passes the time.
type DatagramHarness struct {
	// Listen opens a port of the loopback network for p, which delivers datagrams of up to maxSize bytes and cuts longer ones. It is called from the test's goroutine,
	// several times, and may return before StartProtocol. Any of the ports can send to any other.
	Listen func(p protocol.DatagramProtocol, maxSize int)
	// Wait is that of [Harness].
	Wait func(done <-chan struct{}) bool
	// Settle is that of [Harness].
	Settle func()
	// Foreign is an address of another family than the ports', to which WriteTo has to fail.
	Foreign protocol.Addr
	// Nameless tells that a port may have no address of its own, as UNIX sockets can; what it sends comes from the invalid Addr.
	Nameless bool
}

// TestDatagram checks every rule that the comments of protocol.DatagramProtocol and DatagramTransport state, over ports that make's harness opens. Every
// implementation of protocol.DatagramTransport runs it. make is called for each rule.
//
// The network may drop datagrams, but not over loopback at rest: the rules count on that.
func TestDatagram(t *testing.T, make func(t *testing.T) DatagramHarness) {
	for _, rule := range datagramRules {
		t.Run(rule.name, func(t *testing.T) {
			c := &datagramConformance{t: t, h: make(t)}
			c.a, c.b = &datagramProbe{c: c, name: "a"}, &datagramProbe{c: c, name: "b"}
			rule.check(c)
			c.end()
		})
	}
}

type datagramConformance struct {
	t    *testing.T
	h    DatagramHarness
	a, b *datagramProbe
}

// open opens both ports.
func (c *datagramConformance) open() {
	c.t.Helper()
	for _, p := range []*datagramProbe{c.a, c.b} {
		c.h.Listen(p, 2000)
		c.wait(p.when("start"), "StartProtocol of "+p.name)
	}
}

func (c *datagramConformance) end() {
	c.t.Helper()
	for _, p := range []*datagramProbe{c.a, c.b} {
		if p.transport() == nil {
			continue
		}
		p.run(func(t protocol.DatagramTransport) { t.LoseConnection() })
		c.wait(p.when("stop"), "StopProtocol of "+p.name)
	}
	c.settle()
	for _, p := range []*datagramProbe{c.a, c.b} {
		if events := p.list(); len(events) > 0 && (events[0] != "start" || events[len(events)-1] != "stop") {
			c.t.Errorf("%s: the events were %q", p.name, events)
		}
	}
}

func (c *datagramConformance) wait(done <-chan struct{}, what string) {
	c.t.Helper()
	if !waitFor(c.h.Wait, done) {
		c.t.Fatalf("waited in vain for: %s\na: %.200q\nb: %.200q", what, c.a.list(), c.b.list())
	}
}

func (c *datagramConformance) settle() {
	c.t.Helper()
	if c.h.Settle != nil {
		c.h.Settle()
		return
	}
	for _, p := range []*datagramProbe{c.a, c.b} {
		if t := p.transport(); t != nil {
			c.wait(after(t.Loop(), 20*time.Millisecond), "a delayed call on the loop of "+p.name)
		}
	}
}

var datagramRules = []struct {
	name  string
	check func(c *datagramConformance)
}{
	{"started, delivered, stopped", func(c *datagramConformance) {
		c.open()
		a, b := c.a.addr(), c.b.addr()
		if !a.IsValid() || !b.IsValid() || a == b && !c.h.Nameless {
			c.t.Fatalf("the ports are at %v and %v", a, b)
		}
		c.a.send("hello", b)
		c.wait(c.b.when("hello"), "a datagram")
		if from := c.b.from(0); from != a {
			c.t.Errorf("from %v, want %v", from, a)
		}
		c.a.run(func(t protocol.DatagramTransport) {
			t.LoseConnection()
			t.LoseConnection()
			if c.a.reason() != nil {
				c.t.Error("StopProtocol was called inside LoseConnection")
			}
		})
		c.wait(c.a.when("stop"), "StopProtocol")
		if !errors.Is(c.a.reason(), protocol.ErrConnectionClosed) {
			c.t.Errorf("stopped by %v, which is not below ErrConnectionClosed", c.a.reason())
		}
	}},
	{"a datagram stays whole and is copied", func(c *datagramConformance) {
		c.open()
		to := c.b.addr()
		c.a.run(func(t protocol.DatagramTransport) {
			scratch := []byte("first")
			for _, text := range []string{"first", "other", "third"} {
				copy(scratch, text)
				if err := t.WriteTo(scratch, to); err != nil {
					c.t.Errorf("WriteTo: %v", err)
				}
			}
			clear(scratch)
		})
		for _, text := range []string{"first", "other", "third"} {
			c.wait(c.b.when(text), text)
		}
	}},
	{"an answer from inside DatagramReceived", func(c *datagramConformance) {
		c.b.onDatagram = func(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
			if err := t.WriteTo([]byte(strings.ToUpper(string(p))), from); err != nil {
				c.t.Errorf("WriteTo: %v", err)
			}
		}
		c.open()
		c.a.send("question", c.b.addr())
		c.wait(c.a.when("QUESTION"), "the answer")
	}},
	{"a long datagram is cut", func(c *datagramConformance) {
		c.open()
		c.a.send(strings.Repeat("x", 3000), c.b.addr())
		c.wait(c.b.when(strings.Repeat("x", 2000)), "the first 2000 bytes")
	}},
	{"a datagram that is too long for the system", func(c *datagramConformance) {
		c.open()
		to := c.b.addr()
		c.a.run(func(t protocol.DatagramTransport) {
			tooLong := new(protocol.MessageLengthError)
			if err := t.WriteTo(make([]byte, 16<<20), to); !errors.As(err, &tooLong) || tooLong.Size != 16<<20 {
				c.t.Errorf("got %v, want *MessageLengthError", err)
			}
		})
		c.a.send("goes on", to)
		c.wait(c.b.when("goes on"), "a datagram after the error")
	}},
	{"only addresses of the port's family", func(c *datagramConformance) {
		c.open()
		c.a.run(func(t protocol.DatagramTransport) {
			for _, to := range []protocol.Addr{c.h.Foreign, {}, protocol.HostnameAddr("localhost", 53)} {
				invalid := new(protocol.InvalidAddressError)
				if err := t.WriteTo([]byte("x"), to); !errors.As(err, &invalid) {
					c.t.Errorf("WriteTo %v: %v, want *InvalidAddressError", to, err)
				}
				if err := t.Connect(to); !errors.As(err, &invalid) {
					c.t.Errorf("Connect to %v: %v, want *InvalidAddressError", to, err)
				}
			}
		})
	}},
	{"a connected port writes to its peer and hears nobody else", func(c *datagramConformance) {
		c.open()
		other := &datagramProbe{c: c, name: "other"}
		c.h.Listen(other, 2000)
		c.wait(other.when("start"), "StartProtocol of other")
		a, b := c.a.addr(), c.b.addr()
		c.a.run(func(t protocol.DatagramTransport) {
			if t.RemoteAddr().IsValid() || t.Write([]byte("x")) == nil {
				c.t.Error("not connected, yet there is a peer")
			}
			if err := t.Connect(b); err != nil {
				c.t.Errorf("Connect: %v", err)
			}
			if err := t.Connect(b); err != protocol.ErrAlreadyConnected {
				c.t.Errorf("Connect again: %v, want ErrAlreadyConnected", err)
			}
			if t.RemoteAddr() != b {
				c.t.Errorf("RemoteAddr is %v, want %v", t.RemoteAddr(), b)
			}
			if err := t.Write([]byte("by Write")); err != nil {
				c.t.Errorf("Write: %v", err)
			}
		})
		c.wait(c.b.when("by Write"), "what Write sent")
		other.run(func(t protocol.DatagramTransport) { t.WriteTo([]byte("stranger"), a) }) // a system may refuse it
		c.b.send("friend", a)
		c.wait(c.a.when("friend"), "the peer's datagram")
		c.settle()
		if slices.Contains(c.a.list(), "stranger") {
			c.t.Error("a stranger was heard")
		}
		other.run(func(t protocol.DatagramTransport) { t.LoseConnection() })
		c.wait(other.when("stop"), "StopProtocol of other")
	}},
	{"a panic is survived", func(c *datagramConformance) {
		calls := 0
		c.b.onDatagram = func(protocol.DatagramTransport, []byte, protocol.Addr) {
			if calls++; calls == 1 {
				c.b.note("panics")
				panic("broken")
			}
		}
		c.open()
		to := c.b.addr()
		c.a.send("one", to)
		c.wait(c.b.when("panics"), "the first datagram")
		c.a.send("two", to)
		c.wait(c.b.when("two"), "the datagram after a panic")
	}},
	{"nothing is delivered after LoseConnection", func(c *datagramConformance) {
		c.b.onDatagram = func(t protocol.DatagramTransport, _ []byte, _ protocol.Addr) { t.LoseConnection() }
		c.open()
		to := c.b.addr()
		c.a.run(func(t protocol.DatagramTransport) {
			for i := range 20 {
				t.WriteTo(fmt.Append(nil, i), to)
			}
		})
		c.wait(c.b.when("stop"), "StopProtocol")
		if n := len(c.b.list()); n != 3 {
			c.t.Errorf("the events were %q, want start, one datagram, stop", c.b.list())
		}
	}},
}
