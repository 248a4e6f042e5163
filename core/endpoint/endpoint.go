// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"log/slog"
	"net"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/resolver"
)

// A Server is a place to listen at: a description that can be used any number of times, unless its type says otherwise. Twisted: IStreamServerEndpoint.
type Server interface {
	// Listen opens a port whose connections get their protocols from f. The result is the port, or an error, most often a
	// *protocol.CannotListenError. Loop only.
	Listen(f protocol.Factory) *deferred.Deferred[Port]
}

// A Port is what listens. Twisted: IListeningPort.
type Port interface {
	// Addr returns the address that the port listens on.
	Addr() protocol.Addr
	// StopListening closes the port; its connections go on. The Deferred fires when it is closed. Loop only.
	StopListening() *deferred.Deferred[struct{}]
}

// A Client is a place to connect to: a description that can be used any number of times. Twisted: IStreamClientEndpoint.
type Client interface {
	// Connect makes one connection. The result is the protocol that f built, not a wrapper of it, after its ConnectionMade has run; or an error, most
	// often a *protocol.ConnectError: of class protocol.ErrNoProtocol when f built none. Cancelling the Deferred closes the attempt and
	// fails it with class protocol.ErrConnectingCanceled. Loop only.
	Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol]
}

// ServerFunc makes a Server of a function.
type ServerFunc func(f protocol.Factory) *deferred.Deferred[Port]

// Listen calls s.
func (s ServerFunc) Listen(f protocol.Factory) *deferred.Deferred[Port] { return s(f) }

// ClientFunc makes a Client of a function.
type ClientFunc func(f protocol.Factory) *deferred.Deferred[protocol.Protocol]

// Connect calls c.
func (c ClientFunc) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] { return c(f) }

// Dial makes one connection with a protocol that build makes, and returns it with its own type. Twisted: connectProtocol. Loop only.
func Dial[P protocol.Protocol](c Client, build func() P) *deferred.Deferred[P] {
	return deferred.Then(c.Connect(protocol.ForProtocol(build)), func(p protocol.Protocol) (P, error) {
		own, ok := p.(P)
		if !ok {
			return own, errNotOwn
		}
		return own, nil
	})
}

var errNotOwn = errors.New("endpoint: the client returned a protocol that it was not given")

// A Reactor is what endpoints need of a reactor. *reactor.Reactor is one, whose main loop then owns the connections, and so is each *reactor.Loop.
type Reactor interface {
	deferred.Threads
	ListenTCP(addr string, f protocol.Factory, opt reactor.ListenOptions) (*reactor.Port, error)
	ListenUNIX(path string, f protocol.Factory, opt reactor.UNIXListenOptions) (*reactor.Port, error)
	AdoptStreamPort(fd int, f protocol.Factory, opt reactor.ListenOptions) (*reactor.Port, error)
	ConnectTCP(addr string, f protocol.Factory, opt reactor.ConnectOptions) *reactor.Connector
	ConnectUNIX(path string, f protocol.Factory, opt reactor.ConnectOptions) *reactor.Connector
}

var (
	_ Reactor = (*reactor.Reactor)(nil)
	_ Reactor = (*reactor.Loop)(nil)
	_ Port    = (*reactor.Port)(nil)
)

// listening returns what a reactor's Listen method returned, as endpoints do.
func listening(r Reactor, p *reactor.Port, err error) *deferred.Deferred[Port] {
	if err != nil {
		return deferred.FailOn[Port](r, err)
	}
	return deferred.SucceedOn[Port](r, p)
}

// ensureLoops sees to it that the reactor has n loops, where it can have more than one. Loops are added by the main loop only, so on another one it takes a turn.
func ensureLoops(r Reactor, n int) *deferred.Deferred[struct{}] {
	l, ok := r.(interface{ Reactor() *reactor.Reactor })
	if !ok {
		return deferred.SucceedOn(r, struct{}{})
	}
	main := l.Reactor()
	if !main.Running() || main.OnLoop() {
		return deferred.Execute(r, func() (struct{}, error) { return struct{}{}, main.EnsureLoops(n) })
	}
	d := deferred.New[struct{}](r)
	main.CallFromThread(func() {
		err := main.EnsureLoops(n)
		r.CallFromThread(func() {
			if err != nil {
				d.Errback(err)
				return
			}
			d.Callback(struct{}{})
		})
	})
	return d
}

// nameResolver returns the resolver to use: that of the endpoint, or of its reactor, or the system's.
func nameResolver(own resolver.NameResolver, r Reactor) resolver.NameResolver {
	if own != nil {
		return own
	}
	if i, ok := r.(interface{ Resolvers() *resolver.Installed }); ok {
		return i.Resolvers().Name()
	}
	return &resolver.System{}
}

// loggerOf returns the logger of a reactor that has one.
func loggerOf(own *slog.Logger, loop protocol.Loop) *slog.Logger {
	if own != nil {
		return own
	}
	if l, ok := loop.(interface{ Logger() *slog.Logger }); ok && l.Logger() != nil {
		return l.Logger()
	}
	if l, ok := loop.(interface{ Reactor() *reactor.Reactor }); ok {
		return l.Reactor().Logger()
	}
	return slog.Default()
}

// unwrapped takes the outermost wrapper off what Connect of an inner client returned.
func unwrapped(p protocol.Protocol) protocol.Protocol {
	if u, ok := p.(protocol.Unwrapper[protocol.Protocol]); ok {
		return u.Unwrap()
	}
	return p
}

// wrapFactory wraps each protocol that inner builds. It has inner's optional interfaces, by Unwrap.
type wrapFactory struct {
	inner protocol.Factory
	wrap  func(protocol.Protocol) protocol.Protocol
}

func (w *wrapFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	p, err := w.inner.BuildProtocol(peer)
	if p == nil || err != nil {
		return nil, err
	}
	return w.wrap(p), nil
}

func (w *wrapFactory) Unwrap() protocol.Factory { return w.inner }
