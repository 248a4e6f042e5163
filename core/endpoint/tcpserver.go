// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TCPServer listens on a TCP port. Its fields are immutable after start. Twisted: TCP4ServerEndpoint, TCP6ServerEndpoint.
//
// As strings: tcp:PORT:INTERFACE:BACKLOG and tcp6:PORT:BACKLOG:INTERFACE, with loops=N|auto, accept=deal|perloop, acceptrate=N and reuseport=yes.
type TCPServer struct {
	Reactor Reactor
	// Port is the port, 0 to 65535; 0 lets the system pick one.
	Port int
	// Interface is the local IP address; "" means 0.0.0.0, all IPv4 addresses. An IPv6 address makes the port an IPv6 one.
	Interface string
	// Backlog is how many connections may wait to be accepted; 0 means reactor.DefaultBacklog.
	Backlog int
	// Loops is how many of the reactor's loops share the connections; the reactor is given more loops if it has fewer. 0 means all that there are.
	Loops int
	// Accept tells how the connections get to their loops; see reactor.AcceptMode.
	Accept reactor.AcceptMode
	// ReusePort lets other sockets listen on the same port.
	ReusePort bool
	// MaxConnections bounds the connections of the port; 0 means no bound but the reactor's.
	MaxConnections int
	// AcceptRate bounds the connections that are accepted in a second; those beyond wait in the backlog. 0 means no bound.
	AcceptRate int
}

var _ Server = (*TCPServer)(nil)

// Listen opens the port.
func (s *TCPServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	host := s.Interface
	if host == "" {
		host = "0.0.0.0"
	}
	addr := net.JoinHostPort(host, strconv.Itoa(s.Port))
	if s.Port < 0 || s.Port > 65535 {
		return cannotListen(s.Reactor, addr, fmt.Errorf("port %d is not between 0 and 65535", s.Port))
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return cannotListen(s.Reactor, addr, fmt.Errorf("interface %q is not an IP address", host))
	}
	open := func() *deferred.Deferred[Port] {
		p, err := s.Reactor.ListenTCP(addr, f, reactor.ListenOptions{Backlog: s.Backlog, Loops: s.Loops, Accept: s.Accept, ReusePort: s.ReusePort, MaxConnections: s.MaxConnections, AcceptRate: s.AcceptRate})
		return listening(s.Reactor, p, err)
	}
	if s.Loops <= 1 {
		return open()
	}
	more := ensureLoops(s.Reactor, s.Loops).AddErrback(func(err error) (struct{}, error) {
		return struct{}{}, &protocol.CannotListenError{Addr: addr, Err: err}
	})
	return deferred.ThenD(more, func(struct{}) *deferred.Deferred[Port] { return open() })
}

func cannotListen(r protocol.Loop, addr string, err error) *deferred.Deferred[Port] {
	return deferred.FailOn[Port](r, &protocol.CannotListenError{Addr: addr, Err: err})
}

// defaultBacklog is what descriptions mean when they name no backlog.
const defaultBacklog = reactor.DefaultBacklog

func parseTCPServer(r Reactor, a *Args) (Server, error) {
	a.Order("port", "interface", "backlog")
	s := tcpServer(r, a, "")
	return s, a.Err()
}

func parseTCP6Server(r Reactor, a *Args) (Server, error) {
	a.Order("port", "backlog", "interface")
	s := tcpServer(r, a, "::")
	return s, a.Err()
}

// tcpServer takes the arguments that all types on TCP have.
func tcpServer(r Reactor, a *Args, iface string) *TCPServer {
	a.Require("port")
	return &TCPServer{
		Reactor:   r,
		Port:      a.Int("port", 0),
		Interface: a.Text("interface", iface),
		Backlog:   a.Int("backlog", defaultBacklog),
		Loops:     loops(a),
		Accept:    acceptMode(a),
		ReusePort: a.Bool("reuseport", false),

		AcceptRate: acceptRate(a),
	}
}

// acceptRate takes the argument acceptrate.
func acceptRate(a *Args) int {
	n := a.Int("acceptrate", 0)
	if a.Has("acceptrate") && n < 1 {
		a.Fail("acceptrate", fmt.Sprintf("not a number above 0: %d", n), nil)
	}
	return n
}

// maxLoops bounds what a description may ask for.
const maxLoops = 1024

// loops takes the argument loops: a number, or "auto" for one loop for each processor that may be used.
func loops(a *Args) int {
	if v, _ := a.Keyword("loops"); v == "auto" {
		a.Text("loops", "")
		return runtime.GOMAXPROCS(0)
	}
	n := a.Int("loops", 0)
	if a.Has("loops") && (n < 1 || n > maxLoops) {
		a.Fail("loops", fmt.Sprintf("neither \"auto\" nor between 1 and %d", maxLoops), nil)
	}
	return n
}

// acceptMode takes the argument accept.
func acceptMode(a *Args) reactor.AcceptMode {
	switch v := a.Text("accept", "deal"); v {
	case "deal":
	case "perloop":
		return reactor.AcceptPerLoop
	default:
		a.Fail("accept", fmt.Sprintf("neither deal nor perloop: %q", v), nil)
	}
	return reactor.AcceptDeal
}
