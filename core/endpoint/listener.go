// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxUnaccepted is how many connections a Listener keeps until Accept is called. What comes above that is closed.
const maxUnaccepted = 1024

// Listen makes s listen on loop, which is the one that s was made for, and returns the port as a net.Listener, whose connections are *bridge.Conn. It blocks,
// and so must not be called on the loop. Up to 1024 connections wait for Accept. Closing the listener stops the port and closes those that wait.
func Listen(ctx context.Context, loop protocol.Loop, s Server) (net.Listener, error) {
	l := &listener{loop: loop, ready: make(chan *bridge.Conn, maxUnaccepted), closed: make(chan struct{})}
	_, err := deferred.BlockingCallFromThread(ctx, loop, func() *deferred.Deferred[Port] {
		return s.Listen(l).AddCallback(func(p Port) (Port, error) {
			l.port, l.addr = p, p.Addr().NetAddr()
			return p, nil
		})
	})
	if err != nil {
		close(l.closed)
		loop.CallFromThread(func() {
			if l.port != nil { // it was opened just when ctx ended
				l.port.StopListening().Done(func(struct{}, error) {})
			}
			l.drop()
		})
		return nil, err
	}
	return l, nil
}

type listener struct {
	loop   protocol.Loop
	port   Port
	addr   net.Addr
	ready  chan *bridge.Conn
	closed chan struct{}
	once   sync.Once
	lines  loglimit.Limit
}

// BuildProtocol makes listener the port's factory.
func (l *listener) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	return bridge.NewProtocol(func(c *bridge.Conn) {
		select {
		case <-l.closed:
			c.Abort()
			return
		default:
		}
		select {
		case l.ready <- c:
			select {
			case <-l.closed: // meanwhile, by another goroutine, which may not have seen c
				l.drop()
			default:
			}
		default:
			if args, ok := l.lines.Allow(time.Now(), "peer", c.RemoteAddr().String(), "waiting", maxUnaccepted); ok {
				loggerOf(nil, l.loop).Warn("endpoint: nobody accepts: connection closed", args...)
			}
			c.Abort()
		}
	}, nil), nil
}

func (l *listener) Addr() net.Addr { return l.addr }

func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, l.fail("accept", net.ErrClosed)
	default:
	}
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.closed:
	case <-l.loop.Done():
	}
	return nil, l.fail("accept", net.ErrClosed)
}

func (l *listener) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}

func (l *listener) Close() error {
	err := l.fail("close", net.ErrClosed)
	l.once.Do(func() {
		close(l.closed)
		_, e := deferred.BlockingCallFromThread(context.Background(), l.loop, l.port.StopListening)
		err = nil
		if e != nil {
			err = l.fail("close", e)
		}
		l.drop()
	})
	return err
}

// drop closes the connections that wait.
func (l *listener) drop() {
	for {
		select {
		case c := <-l.ready:
			c.Abort()
		default:
			return
		}
	}
}

// DialConn makes c connect on loop, which is the one that c was made for, and returns the connection as a net.Conn, a *bridge.Conn. It blocks, and so must
// not be called on the loop. When ctx ends first, the attempt is given up.
func DialConn(ctx context.Context, loop protocol.Loop, c Client) (net.Conn, error) {
	var conn *bridge.Conn
	_, err := deferred.BlockingCallFromThread(ctx, loop, func() *deferred.Deferred[protocol.Protocol] {
		return c.Connect(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
			return bridge.NewProtocol(func(made *bridge.Conn) { conn = made }, nil), nil
		}))
	})
	if err != nil {
		loop.CallFromThread(func() {
			if conn != nil { // it was made just when ctx ended, or failed later
				conn.Abort()
			}
		})
		return nil, err
	}
	return conn, nil
}
