// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bufio"
	"context"
	"io"
	"net"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// engines start an echo server at an address and return when it accepts.
var engines = map[string]func(addr string, size int, perMessage bool) error{
	"torsion":          torsion("epoll"),
	"torsion-portable": torsion("portable"),
	"net":              goNet,
	"gnet":             goGnet,
}

type torsionEcho struct{ protocol.Base }

// ConnectionMade turns Nagle's algorithm off, as the other engines do by default.
func (torsionEcho) ConnectionMade(t protocol.Transport) { noDelay(t) }

func noDelay(t protocol.Transport) {
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true)
	}
}

func (torsionEcho) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

type torsionMessages struct {
	protocol.Base
	size int
	part []byte
}

func (e *torsionMessages) ConnectionMade(t protocol.Transport) { noDelay(t) }

func (e *torsionMessages) DataReceived(t protocol.Transport, p []byte) {
	if len(e.part) > 0 {
		n := min(e.size-len(e.part), len(p))
		e.part, p = append(e.part, p[:n]...), p[n:]
		if len(e.part) < e.size {
			return
		}
		t.Write(e.part)
		e.part = e.part[:0]
	}
	for len(p) >= e.size {
		t.Write(p[:e.size])
		p = p[e.size:]
	}
	e.part = append(e.part, p...)
}

func torsion(poller string) func(addr string, size int, perMessage bool) error {
	return func(addr string, size int, perMessage bool) error {
		r, err := reactor.New(reactor.Config{Poller: poller})
		if err != nil {
			return err
		}
		f := protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
			if perMessage {
				return &torsionMessages{size: size}, nil
			}
			return torsionEcho{}, nil
		})
		if _, err := r.ListenTCP(addr, f, reactor.ListenOptions{Backlog: 4096}); err != nil {
			return err
		}
		go r.Run(context.Background()) // runs to the end of the process
		return nil
	}
}

func goNet(addr string, size int, perMessage bool) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	serve := func(c net.Conn) {
		defer c.Close()
		if !perMessage {
			buf := make([]byte, 64<<10)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return
				}
			}
		}
		r, w, msg := bufio.NewReader(c), bufio.NewWriter(c), make([]byte, size)
		for {
			if _, err := io.ReadFull(r, msg); err != nil {
				return
			}
			w.Write(msg)
			if r.Buffered() < size && w.Flush() != nil {
				return
			}
		}
	}
	go func() { // runs to the end of the process
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c) // ends with its connection
		}
	}()
	return nil
}

type gnetEcho struct {
	gnet.BuiltinEventEngine
	size       int
	perMessage bool
	ready      chan struct{}
}

func (e *gnetEcho) OnBoot(gnet.Engine) gnet.Action {
	close(e.ready)
	return gnet.None
}

func (e *gnetEcho) OnTraffic(c gnet.Conn) gnet.Action {
	if !e.perMessage {
		p, _ := c.Next(-1)
		c.Write(p)
		return gnet.None
	}
	for c.InboundBuffered() >= e.size {
		p, _ := c.Next(e.size)
		c.Write(p)
	}
	return gnet.None
}

func goGnet(addr string, size int, perMessage bool) error {
	e := &gnetEcho{size: size, perMessage: perMessage, ready: make(chan struct{})}
	failed := make(chan error, 1) // Run returns once
	go func() {
		failed <- gnet.Run(e, "tcp://"+addr, gnet.WithNumEventLoop(1), gnet.WithLogLevel(logging.ErrorLevel))
	}() // runs to the end of the process
	select {
	case <-e.ready:
		return nil
	case err := <-failed:
		return err
	}
}
