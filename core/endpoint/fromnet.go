// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// FromListener makes a Server of a net.Listener of any make: its connections run on loop. It can be listened on once, and then owns the listener: stopping the port
// closes it.
func FromListener(loop protocol.Loop, l net.Listener) Server {
	return &netServer{loop: loop, l: l}
}

type netServer struct {
	loop protocol.Loop
	l    net.Listener
	used bool // loop only
}

func (s *netServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	if s.used {
		return deferred.FailOn[Port](s.loop, protocol.ErrAlreadyListened)
	}
	s.used = true
	p := &netPort{loop: s.loop, l: s.l, factory: f, stopping: make(chan struct{}), done: make(chan struct{})}
	var err error
	if p.forget, err = memory.WhenStopping(s.loop, p.stop); err != nil {
		s.l.Close()
		return cannotListen(s.loop, s.l.Addr().String(), err)
	}
	if st, ok := protocol.As[protocol.Starter](f); ok {
		st.StartFactory()
	}
	// The port owns this goroutine, which ends when the listener is closed.
	go p.accept()
	return deferred.SucceedOn[Port](s.loop, p)
}

type netPort struct {
	loop    protocol.Loop
	l       net.Listener
	factory protocol.Factory
	stopped bool   // loop only
	told    bool   // the factory was told of the end; loop only
	forget  func() // takes back that the port ends with its loop
	lines   loglimit.Limit

	stopping chan struct{} // closed when the listener is about to be
	done     chan struct{} // closed when accepting has ended
}

// acceptPause is how long accepting rests after an error that may pass, such as a want of descriptors.
const acceptPause = 100 * time.Millisecond

func (p *netPort) accept() {
	defer close(p.done)
	for {
		conn, err := p.l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			select {
			case <-p.stopping: // not every listener says net.ErrClosed
				return
			default:
			}
			loggerOf(nil, p.loop).Error("endpoint: cannot accept a connection", "addr", p.l.Addr().String(), "error", err)
			select {
			case <-time.After(acceptPause):
				continue
			case <-p.stopping:
				return
			case <-p.loop.Done():
				p.l.Close()
				return
			}
		}
		taken := make(chan struct{})
		p.loop.CallFromThread(func() {
			close(taken)
			p.serve(conn)
		})
		select {
		case <-taken:
		case <-p.loop.Done():
			conn.Close()
			p.l.Close()
			return
		}
	}
}

func (p *netPort) serve(conn net.Conn) {
	proto, err := buildProtocol(p.factory, conn.RemoteAddr())
	if err != nil {
		if args, ok := p.lines.Allow(p.loop.Now(), "peer", conn.RemoteAddr().String(), "factory", fmt.Sprintf("%T", p.factory), "service", protocol.ServiceName(p.factory), "error", err); ok {
			loggerOf(nil, p.loop).Error("endpoint: BuildProtocol: connection closed", args...)
		}
	}
	if err != nil || proto == nil {
		conn.Close()
		return
	}
	bridge.Attach(p.loop, conn, proto)
}

func (p *netPort) Addr() protocol.Addr { return protocol.FromNetAddr(p.l.Addr()) }

func (p *netPort) StopListening() *deferred.Deferred[struct{}] {
	if p.stopped {
		return deferred.FailOn[struct{}](p.loop, protocol.ErrNotListening)
	}
	d := deferred.New[struct{}](p.loop)
	err := p.close()
	// This goroutine waits for the other one, whose listener is closed.
	go func() {
		<-p.done
		p.loop.CallFromThread(func() {
			p.tell()
			if err != nil {
				d.Errback(err)
				return
			}
			d.Callback(struct{}{})
		})
	}()
	return d
}

// stop closes the port because its loop ends.
func (p *netPort) stop(error) {
	if !p.stopped {
		p.close()
	}
	p.tell()
}

func (p *netPort) close() error {
	p.stopped = true
	close(p.stopping)
	return p.l.Close()
}

// tell tells the factory of the end, once.
func (p *netPort) tell() {
	if p.told {
		return
	}
	p.told = true
	p.forget()
	if st, ok := protocol.As[protocol.Stopper](p.factory); ok {
		st.StopFactory()
	}
}

// buildProtocol asks f. A panic of f is an error: it must not leave the connection open.
func buildProtocol(f protocol.Factory, peer net.Addr) (p protocol.Protocol, err error) {
	defer func() {
		if v := recover(); v != nil {
			p, err = nil, &protocol.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f.BuildProtocol(protocol.FromNetAddr(peer))
}

// A ContextDialer is what FromDialer takes; *net.Dialer and *tls.Dialer are ones, and so are the clients of proxies in golang.org/x/net/proxy.
type ContextDialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// FromDialer makes a Client that connects to address by dialer, in a goroutine, and runs the connection on loop. Cancelling the attempt ends the context that the
// dialer has, and so does the end of the loop.
func FromDialer(loop protocol.Loop, dialer ContextDialer, network, address string) Client {
	return ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		ctx, cancel := context.WithCancel(context.Background())
		forget, err := memory.WhenStopping(loop, func(error) { cancel() })
		if err != nil {
			cancel()
			return cannotConnect(loop, address, protocol.ErrUser, err)
		}
		a := &dialAttempt{loop: loop, address: address, factory: f}
		a.d = deferred.NewCancellable(loop, func(d *deferred.Deferred[protocol.Protocol]) {
			a.given = true
			cancel()
			d.Errback(canceled(address, deferred.ErrCancelled))
		})
		// The attempt owns this goroutine, which ctx ends.
		go func() {
			defer cancel()
			defer forget()
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				loop.CallFromThread(func() { a.failed(err) })
				return
			}
			taken := make(chan struct{})
			loop.CallFromThread(func() {
				close(taken)
				a.connected(conn)
			})
			select {
			case <-taken:
			case <-loop.Done():
				conn.Close()
			}
		}()
		return a.d
	})
}

// A dialAttempt is a connection that a dialer makes. Loop only.
type dialAttempt struct {
	loop    protocol.Loop
	address string
	factory protocol.Factory
	d       *deferred.Deferred[protocol.Protocol]
	given   bool // given up
}

func (a *dialAttempt) failed(err error) {
	if !a.given {
		a.d.Errback(protocol.NewConnectError(a.address, err))
	}
}

func (a *dialAttempt) connected(conn net.Conn) {
	if a.given {
		conn.Close()
		return
	}
	p, err := buildProtocol(a.factory, conn.RemoteAddr())
	if err == nil && p == nil {
		err = &protocol.ConnectError{Class: protocol.ErrNoProtocol, Addr: a.address}
	}
	if err != nil {
		conn.Close()
		a.failed(err)
		return
	}
	bridge.Attach(a.loop, conn, p)
	a.d.Callback(p)
}
