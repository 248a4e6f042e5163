// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A panicker panics where it is told to.
type panicker struct {
	protocol.Base
	inMade, inLost bool
}

func (p panicker) ConnectionMade(protocol.Transport) {
	if p.inMade {
		panic("made")
	}
}
func (panicker) DataReceived(protocol.Transport, []byte) { panic("data") }
func (p panicker) ConnectionLost(protocol.Transport, error) {
	if p.inLost {
		panic("lost")
	}
}

// TestFailuresLeakNothing (class 62): after a thousand connections that fail in one way, for each way, neither a descriptor nor a goroutine is left, while the
// reactor and its port go on.
func TestFailuresLeakNothing(t *testing.T) {
	certFiles(t)
	r := running(t)
	layer := func(timeout time.Duration) *tlswrap.Layer {
		pair, err := tls.LoadX509KeyPair("cert.pem", "key.pem")
		if err != nil {
			t.Fatal(err)
		}
		l, err := tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{pair}}, HandshakeTimeout: timeout, Logger: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	panics := func(p panicker) protocol.Factory { return protocol.ForProtocol(func() panicker { return p }) }
	plain := func(f protocol.Factory) func() (endpoint.Server, protocol.Factory) {
		return func() (endpoint.Server, protocol.Factory) {
			return build(t, r, "tcp:0:interface=127.0.0.1:backlog=1024"), f
		}
	}
	secure := func(f protocol.Factory, timeout time.Duration) func() (endpoint.Server, protocol.Factory) {
		return func() (endpoint.Server, protocol.Factory) {
			return &endpoint.TLSServer{Inner: build(t, r, "tcp:0:interface=127.0.0.1:backlog=1024"), Layer: layer(timeout)}, f
		}
	}
	proxied := func(timeout time.Duration) func() (endpoint.Server, protocol.Factory) {
		return func() (endpoint.Server, protocol.Factory) {
			return &endpoint.HAProxyServer{Inner: build(t, r, "tcp:0:interface=127.0.0.1:backlog=1024"), HeaderTimeout: timeout, Logger: quiet()}, echoes
		}
	}
	// says is a peer that sends text and waits for the end.
	says := func(text string) func(t *testing.T, p endpoint.Port) {
		return func(t *testing.T, p endpoint.Port) {
			c := raw(t, p)
			defer c.Close()
			io.WriteString(c, text)
			io.Copy(io.Discard, c)
		}
	}
	overflows := make(chan error, 1)
	var first net.Conn // of a peer that may have one
	// resets is a peer that sends text and breaks the connection off.
	resets := func(text string) func(t *testing.T, p endpoint.Port) {
		return func(t *testing.T, p endpoint.Port) {
			c := raw(t, p)
			io.WriteString(c, text)
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}
	client := func(description string, f protocol.Factory) func(t *testing.T, p endpoint.Port) {
		return func(t *testing.T, p endpoint.Port) {
			if _, err := connect(t, r, buildClient(t, r, description, p), f); err == nil {
				t.Error("connected")
			}
		}
	}
	const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	for _, tt := range []struct {
		name   string
		server func() (endpoint.Server, protocol.Factory)
		peer   func(t *testing.T, p endpoint.Port)
	}{
		{"the peer resets", plain(echoes), resets("")},
		{"the peer resets after data", plain(echoes), resets("hello")},
		{"the factory refuses", plain(nobody), says("x")},
		{"the factory fails", plain(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return nil, errors.New("no") })), says("x")},
		{"the factory panics", plain(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { panic("no") })), says("x")},
		{"ConnectionMade panics", plain(panics(panicker{inMade: true})), says("x")},
		{"DataReceived panics", plain(panics(panicker{})), says("x")},
		{"ConnectionLost panics", plain(panics(panicker{inLost: true})), says("x")},
		{"the peer does not read", plain(protocol.ForProtocol(func() protocol.Protocol {
			f := newFlooder(false)
			f.lost = overflows
			return f
		})), func(t *testing.T, p endpoint.Port) {
			c, err := net.Dial("tcp", p.Addr().String())
			if reason := <-overflows; !errors.Is(reason, protocol.ErrBufferOverflow) {
				t.Error(reason)
			}
			if err == nil {
				c.Close()
			} else if !errors.Is(err, syscall.ECONNRESET) { // the server was faster than the return of connect
				t.Fatal(err)
			}
		}},
		{"no TLS", secure(echoes, 0), says("GET / HTTP/1.0\r\n\r\n")},
		{"silence in place of TLS", secure(echoes, time.Millisecond), says("")},
		{"part of a TLS handshake", secure(echoes, time.Millisecond), says(hello)},
		{"a reset in a TLS handshake", secure(echoes, 0), resets(hello)},
		{"panic under TLS", secure(panics(panicker{}), 0), func(t *testing.T, p endpoint.Port) {
			c := tls.Client(raw(t, p), &tls.Config{InsecureSkipVerify: true})
			defer c.Close()
			io.WriteString(c, "x")
			io.Copy(io.Discard, c)
		}},
		{"a bad certificate", secure(echoes, 0), client("tls:127.0.0.1:PORT:waitHandshake=yes", echoes)},
		{"a server without TLS", plain(echoes), client("tls:127.0.0.1:PORT:waitHandshake=yes", echoes)},
		{"no PROXY header", proxied(0), says("GET / HTTP/1.0\r\n\r\n")},
		{"silence in place of a PROXY header", proxied(time.Millisecond), says("")},
		{"a peer with too many", func() (endpoint.Server, protocol.Factory) {
			return endpoint.ServerFunc(func(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
				p, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{MaxPerPeer: 1})
				if err != nil {
					return deferred.Fail[endpoint.Port](err)
				}
				return deferred.Succeed[endpoint.Port](p)
			}), echoes
		}, func(t *testing.T, p endpoint.Port) {
			if first == nil { // stays
				first = raw(t, p)
				io.WriteString(first, "x")
				io.ReadFull(first, make([]byte, 1))
			}
			says("x")(t, p)
		}},
		{"no protocol for a client", plain(echoes), client("tcp:127.0.0.1:PORT", nobody)},
		{"a client gives up", plain(echoes), func(t *testing.T, p endpoint.Port) {
			c := buildClient(t, r, "tcp:127.0.0.1:PORT", p)
			if _, err := on(t, r, func() *deferred.Deferred[protocol.Protocol] {
				d := c.Connect(echoes)
				d.Cancel()
				return d
			}); err == nil {
				t.Error("connected")
			}
		}},
		{"nobody listens", nil, client("tcp:127.0.0.1:PORT", echoes)},
		{"no such host", nil, client("host:127.0.0.1:PORT", echoes)},
		{"nobody has the memory name", nil, client("memory:nobody", echoes)},
		{"no socket file", nil, client("unix:none", echoes)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var port endpoint.Port
			if tt.server != nil {
				s, f := tt.server()
				port = listen(t, r, s, f)
				defer stop(t, r, port)
			} else {
				port = listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1:backlog=1024"), echoes)
				stop(t, r, port)
			}
			tt.peer(t, port) // what is made once is made now
			rounds := 1000
			if raceEnabled || tt.name == "the peer does not read" { // much to do
				rounds = 100
			}
			t.Run(fmt.Sprint(rounds), func(t *testing.T) {
				leaktest.Check(t)
				for range rounds {
					tt.peer(t, port)
				}
			})
		})
	}
	first.Close()
	for last := time.Now().Add(30 * time.Second); r.Connections() > 0; { // which says nothing about speed
		if time.Now().After(last) {
			t.Fatalf("%d connections are still counted", r.Connections())
		}
		on(t, r, func() *deferred.Deferred[struct{}] { return deferred.Succeed(struct{}{}) })
	}
}

// raw connects an ordinary socket, with a deadline that only a broken server reaches.
func raw(t *testing.T, p endpoint.Port) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	for errors.Is(err, syscall.ECONNRESET) { // the server was faster than the return of connect
		c, err = net.Dial("tcp", p.Addr().String())
	}
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}
