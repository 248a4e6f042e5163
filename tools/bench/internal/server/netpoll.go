// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"context"
	"net"

	"github.com/cloudwego/netpoll"
)

// netpollEngine uses the no-copy reader and writer, as netpoll's guide recommends. A handler runs on its pool of goroutines.
var netpollEngine = Engine{
	Name:     "netpoll",
	About:    "CloudWeGo's netpoll v0.7.2, its no-copy reader and writer",
	Works:    []Work{TCP},
	Why:      always,
	messages: true,
	start:    startNetpoll,
}

func startNetpoll(s Spec) (string, error) {
	if err := netpoll.Configure(netpoll.Config{PollerNum: s.Loops}); err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	handler := netpollEcho
	if s.PerMessage {
		handler = netpollMessages(s.Size)
	}
	loop, err := netpoll.NewEventLoop(handler)
	if err != nil {
		return "", err
	}
	go loop.Serve(l) // runs to the end of the process
	return addr, nil
}

func netpollEcho(_ context.Context, c netpoll.Connection) error {
	if err := netpollAnswer(c, c.Reader().Len()); err != nil {
		return err
	}
	return netpollFlush(c)
}

// netpollMessages answers each message by itself and flushes once, as the guide recommends. What is left calls the handler again once more has come.
func netpollMessages(size int) netpoll.OnRequest {
	return func(_ context.Context, c netpoll.Connection) error {
		if _, err := c.Reader().Peek(size); err != nil { // it waits until that many have come
			return err
		}
		for c.Reader().Len() >= size {
			if err := netpollAnswer(c, size); err != nil {
				return err
			}
		}
		return netpollFlush(c)
	}
}

func netpollAnswer(c netpoll.Connection, n int) error {
	p, err := c.Reader().Next(n)
	if err != nil {
		return err
	}
	out, err := c.Writer().Malloc(n)
	copy(out, p)
	return err
}

func netpollFlush(c netpoll.Connection) error {
	if err := c.Reader().Release(); err != nil {
		return err
	}
	return c.Writer().Flush()
}
