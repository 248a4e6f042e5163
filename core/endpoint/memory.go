// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"net"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A MemoryNetwork joins memory endpoints of this process by name. The zero MemoryNetwork is ready to use. Safe from any goroutine.
type MemoryNetwork struct {
	mu    sync.Mutex
	ports map[string]*memoryPort
}

// processMemory is the network of descriptions: a process has one, as it has one set of abstract UNIX names.
var processMemory MemoryNetwork

// MemoryServer listens under a name, without any socket, until the port is stopped or its reactor stops. Its fields are immutable after start.
//
// As a string: memory:NAME.
type MemoryServer struct {
	// Loop owns the server's connections.
	Loop protocol.Loop
	// Name is the name, any text.
	Name string
	// Network is where the name holds; nil means the network that the whole process shares.
	Network *MemoryNetwork
}

// MemoryClient connects to a MemoryServer, on whatever loop that is. Its fields are immutable after start.
//
// As a string: memory:NAME.
type MemoryClient struct {
	// Loop owns the client's connections.
	Loop protocol.Loop
	// Name is the server's name.
	Name string
	// Network is where the name holds; nil means the network that the whole process shares.
	Network *MemoryNetwork
}

var (
	_ Server = (*MemoryServer)(nil)
	_ Client = (*MemoryClient)(nil)
)

var errNameInUse = errors.New("the name is in use")

func network(n *MemoryNetwork) *MemoryNetwork {
	if n == nil {
		return &processMemory
	}
	return n
}

// Listen takes the name.
func (s *MemoryServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	n := network(s.Network)
	p := &memoryPort{net: n, loop: s.Loop, name: s.Name, factory: f}
	n.mu.Lock()
	_, taken := n.ports[s.Name]
	if !taken {
		if n.ports == nil {
			n.ports = map[string]*memoryPort{}
		}
		n.ports[s.Name] = p
	}
	n.mu.Unlock()
	if taken {
		return cannotListen(s.Loop, "memory:"+s.Name, errNameInUse)
	}
	var err error
	if p.forget, err = memory.WhenStopping(s.Loop, func(error) { p.close() }); err != nil {
		p.release()
		return cannotListen(s.Loop, "memory:"+s.Name, err)
	}
	if st, ok := protocol.As[protocol.Starter](f); ok {
		st.StartFactory()
	}
	return deferred.SucceedOn[Port](s.Loop, p)
}

type memoryPort struct {
	net     *MemoryNetwork
	loop    protocol.Loop
	name    string
	factory protocol.Factory
	forget  func() // takes back that the port ends with its loop
}

func (p *memoryPort) Addr() protocol.Addr { return protocol.MemoryAddr(p.name) }

func (p *memoryPort) StopListening() *deferred.Deferred[struct{}] {
	if !p.close() {
		return deferred.FailOn[struct{}](p.loop, protocol.ErrNotListening)
	}
	return deferred.SucceedOn(p.loop, struct{}{})
}

// close reports whether the port was open.
func (p *memoryPort) close() bool {
	if !p.release() {
		return false
	}
	p.forget()
	if st, ok := protocol.As[protocol.Stopper](p.factory); ok {
		st.StopFactory()
	}
	return true
}

// release gives the name back and reports whether the port had it.
func (p *memoryPort) release() bool {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	if p.net.ports[p.name] != p {
		return false
	}
	delete(p.net.ports, p.name)
	return true
}

// Connect connects to the server that has the name now. Without one it is refused.
func (c *MemoryClient) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	where := "memory:" + c.Name
	n := network(c.Network)
	n.mu.Lock()
	p := n.ports[c.Name]
	n.mu.Unlock()
	if p == nil {
		return cannotConnect(c.Loop, where, protocol.ErrConnectionRefused, nil)
	}
	m := &memoryAttempt{where: where, factory: f}
	m.d = deferred.NewCancellable(c.Loop, func(d *deferred.Deferred[protocol.Protocol]) {
		m.given = true
		d.Errback(canceled(where, deferred.ErrCancelled))
	})
	cfg := memory.Config{Logger: loggerOf(nil, c.Loop)}
	memory.Connect(
		memory.Side{Loop: c.Loop, Factory: m, Addr: protocol.MemoryAddr(""), Made: m.made},
		memory.Side{Loop: p.loop, Factory: p.factory, Addr: protocol.MemoryAddr(c.Name)},
		cfg)
	return m.d
}

// A memoryAttempt is a connection that is being made, and the factory that makes its protocol unless the attempt was given up. Loop only.
type memoryAttempt struct {
	where   string
	factory protocol.Factory
	d       *deferred.Deferred[protocol.Protocol]
	given   bool // given up
}

func (m *memoryAttempt) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	if m.given {
		return nil, nil
	}
	return m.factory.BuildProtocol(peer)
}

func (m *memoryAttempt) made(p protocol.Protocol, err error) {
	switch {
	case m.given:
	case err == nil:
		m.d.Callback(p)
	case errors.Is(err, protocol.ErrNoProtocol):
		m.d.Errback(&protocol.ConnectError{Class: protocol.ErrNoProtocol, Addr: m.where})
	default:
		m.d.Errback(protocol.NewConnectError(m.where, err))
	}
}

func parseMemoryServer(r Reactor, a *Args) (Server, error) {
	a.Order("name")
	a.Require("name")
	s := &MemoryServer{Loop: r, Name: a.Text("name", ""), Network: a.reg.Memory}
	return s, a.Err()
}

func parseMemoryClient(r Reactor, a *Args) (Client, error) {
	a.Order("name")
	a.Require("name")
	c := &MemoryClient{Loop: r, Name: a.Text("name", ""), Network: a.reg.Memory}
	return c, a.Err()
}
