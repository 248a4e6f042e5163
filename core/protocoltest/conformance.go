// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Harness is how [TestTransport] makes connections and passes the time.
type Harness struct {
	// Connect connects server and client. It is called from the test's goroutine, several times, and may return before ConnectionMade.
	Connect func(server, client protocol.Protocol)
	// Wait returns true when done is closed. One for loops that are driven by hand turns them meanwhile, and returns false when nothing is left to do. nil means
	// loops that run by themselves, with a limit of 30 seconds.
	Wait func(done <-chan struct{}) bool
	// Settle returns when everything that is under way has happened. nil means loops that run by themselves: both are watched for 20 ms of their own time.
	Settle func()
}

// TestTransport checks every rule that the comments of protocol.Protocol, Transport, Consumer and Producer state, over connections that make's harness makes. Every
// implementation of protocol.Transport runs it. The rules of an optional ability are skipped where protocol.As does not find it.
//
// make is called for each rule. TestTransport waits for callbacks, never for time, except where it has to show that something does not happen.
func TestTransport(t *testing.T, make func(t *testing.T) Harness) {
	rules := slices.Concat(lifeRules, closeRules, flowRules, fileRules, halfCloseRules, layerRules)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			c := &conformance{t: t, h: make(t)}
			c.server = &probe{c: c, name: "server"}
			c.client = &probe{c: c, name: "client"}
			c.server.peer, c.client.peer = c.client, c.server
			rule.check(c)
			c.end()
		})
	}
}

type rule struct {
	name  string
	check func(c *conformance)
}

// A conformance is the check of one rule.
type conformance struct {
	t              *testing.T
	h              Harness
	server, client *probe
}

func (c *conformance) connect() { c.connectAs(c.server, c.client) }

// connectAs connects protocols that wrap the two probes.
func (c *conformance) connectAs(server, client protocol.Protocol) {
	c.t.Helper()
	c.h.Connect(server, client)
	c.wait(c.server.WhenMade(), "ConnectionMade of the server")
	c.wait(c.client.WhenMade(), "ConnectionMade of the client")
}

// end closes what is open and checks that nothing followed ConnectionLost.
func (c *conformance) end() {
	c.t.Helper()
	for _, p := range []*probe{c.client, c.server} {
		if p.Transport() == nil {
			continue
		}
		p.run(func(t protocol.Transport) { t.AbortConnection() })
		c.wait(p.WhenLost(), "ConnectionLost of the "+p.name)
	}
	c.settle()
	for _, p := range []*probe{c.client, c.server} {
		events := p.Events()
		if len(events) > 0 && (events[0] != "made" || events[len(events)-1] != "lost") {
			c.t.Errorf("%s: the events were %q", p.name, events)
		}
	}
}

func (c *conformance) wait(done <-chan struct{}, what string) {
	c.t.Helper()
	if !waitFor(c.h.Wait, done) {
		c.t.Fatalf("waited in vain for: %s\nserver: %q, %d bytes, lost: %v\nclient: %q, %d bytes, lost: %v", what,
			c.server.Events(), c.server.Len(), c.server.Reason(), c.client.Events(), c.client.Len(), c.client.Reason())
	}
}

func waitFor(wait func(<-chan struct{}) bool, done <-chan struct{}) bool {
	if wait != nil {
		return wait(done)
	}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	select {
	case <-done:
		return true
	case <-limit.C:
		return false
	}
}

func (c *conformance) settle() {
	c.t.Helper()
	if c.h.Settle != nil {
		c.h.Settle()
		return
	}
	for _, p := range []*probe{c.server, c.client} {
		if t := p.Transport(); t != nil {
			c.wait(after(t.Loop(), 20*time.Millisecond), "a delayed call on the loop of the "+p.name)
		}
	}
}

// after returns a channel that is closed when loop has run for d.
func after(loop protocol.Loop, d time.Duration) <-chan struct{} {
	done := make(chan struct{})
	loop.CallFromThread(func() { loop.CallLater(d, func() { close(done) }) })
	return done
}

// pattern returns n bytes in which a loss or a change of order shows.
func pattern(n int) []byte {
	p := make([]byte, 0, n+8)
	for i := uint64(0); len(p) < n; i++ {
		p = binary.LittleEndian.AppendUint64(p, i*0x9e3779b97f4a7c15)
	}
	return p[:n:n]
}
