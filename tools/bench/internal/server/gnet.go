// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
)

// gnetEngine keeps gnet's defaults, which its documentation advises against changing without need: level-triggered, buffers of 64 KiB, Nagle's algorithm off.
var gnetEngine = Engine{
	Name:     "gnet",
	About:    "gnet v2.10.0, its defaults; HTTP by a minimal parser, as in its example",
	Works:    []Work{TCP, UDP, HTTP},
	Why:      always,
	messages: true,
	start:    startGnet,
}

func startGnet(s Spec) (string, error) {
	addr, err := freeAddr(s.Work)
	if err != nil {
		return "", err
	}
	url := "tcp://" + addr
	booted := gnetBoot{ready: make(chan struct{})}
	var handler gnet.EventHandler
	switch {
	case s.Work == UDP:
		url = "udp://" + addr
		handler = &gnetEcho{gnetBoot: booted}
	case s.Work == HTTP:
		handler = &gnetHello{gnetBoot: booted}
	case s.PerMessage:
		handler = &gnetMessages{gnetBoot: booted, size: s.Size}
	default:
		handler = &gnetEcho{gnetBoot: booted}
	}
	failed := make(chan error, 1) // Run returns once
	go func() {
		failed <- gnet.Run(handler, url, gnet.WithNumEventLoop(s.Loops), gnet.WithLogLevel(logging.ErrorLevel))
	}() // runs to the end of the process
	select {
	case <-booted.ready:
		return addr, nil
	case err := <-failed:
		return "", err
	}
}

// gnetBoot tells when the engine has started.
type gnetBoot struct {
	gnet.BuiltinEventEngine
	ready chan struct{}
}

func (b *gnetBoot) OnBoot(gnet.Engine) gnet.Action {
	close(b.ready)
	return gnet.None
}

type gnetEcho struct{ gnetBoot }

func (e *gnetEcho) OnTraffic(c gnet.Conn) gnet.Action {
	p, _ := c.Next(-1)
	c.Write(p)
	return gnet.None
}

type gnetMessages struct {
	gnetBoot
	size int
}

func (e *gnetMessages) OnTraffic(c gnet.Conn) gnet.Action {
	for c.InboundBuffered() >= e.size {
		p, _ := c.Next(e.size)
		c.Write(p)
	}
	return gnet.None
}

// gnetHello gathers the answers to all requests that have arrived and writes them at once. Each loop of gnet calls OnTraffic, so the buffer is the connection's.
type gnetHello struct{ gnetBoot }

func (e *gnetHello) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(new([]byte))
	return nil, gnet.None
}

func (e *gnetHello) OnTraffic(c gnet.Conn) gnet.Action {
	in, _ := c.Peek(-1)
	out := c.Context().(*[]byte)
	n, done := 0, false
	*out = (*out)[:0]
	for !done {
		size, last := requestHead(in[n:])
		if size == 0 {
			break
		}
		*out = appendHello(*out, "gnet", last)
		n, done = n+size, last
	}
	c.Discard(n)
	if len(*out) > 0 {
		c.Write(*out)
	}
	if done {
		return gnet.Close
	}
	return gnet.None
}
