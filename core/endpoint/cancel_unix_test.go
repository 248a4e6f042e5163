// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// silent is a listening socket that accepts nothing: its queue is full, so attempts to connect stay without an answer.
func silent(t *testing.T) net.Addr {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*syscall.SockaddrInet4).Port}
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return addr
}

// Cancelling an attempt that has no answer fails it and closes it.
func TestCancelConnect(t *testing.T) {
	certFiles(t)
	r := running(t)
	port := silent(t).(*net.TCPAddr).Port
	for _, c := range []endpoint.Client{
		&endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: port},
		&endpoint.Hostname{Reactor: r, Host: "127.0.0.1", Port: port},
	} {
		_, err := on(t, r, func() *deferred.Deferred[protocol.Protocol] {
			d := c.Connect(echoes)
			r.CallLater(0, d.Cancel)
			return d
		})
		var ce *protocol.ConnectError
		if !errors.Is(err, protocol.ErrConnectingCanceled) || !errors.Is(err, context.Canceled) || !errors.As(err, &ce) || ce.Addr != fmt.Sprintf("127.0.0.1:%d", port) {
			t.Errorf("%s: got %v", describe(c), err)
		}
	}
	// A memory connection and a handshake that waits can be given up, too.
	listen(t, r, build(t, r, "memory:"+t.Name()), nobody)
	plain := listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1"), protocol.ForProtocol(func() protocol.Base { return protocol.Base{} }))
	for _, c := range []endpoint.Client{
		buildClient(t, r, "memory:"+t.Name(), nil),
		buildClient(t, r, `tls:localhost:1:waitHandshake=yes:endpoint=tcp\:127.0.0.1\:PORT`, plain),
	} {
		made := make(chan struct{})
		acc := &protocoltest.Accumulating{}
		_, err := on(t, r, func() *deferred.Deferred[protocol.Protocol] {
			d := c.Connect(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { close(made); return acc, nil }))
			if _, mem := c.(*endpoint.MemoryClient); mem {
				d.Cancel()
			} else {
				go func() { <-made; r.CallFromThread(func() { r.CallLater(0, d.Cancel) }) }()
			}
			return d
		})
		if !errors.Is(err, protocol.ErrConnectingCanceled) {
			t.Errorf("%s: got %v", describe(c), err)
		}
	}
}
