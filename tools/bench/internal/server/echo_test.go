// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

func dial(t *testing.T, network, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(hang))
	return c
}

// random returns n bytes that are the same each time.
func random(n int) []byte {
	p, r := make([]byte, n), rand.New(rand.NewPCG(1, 2))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

// echo sends p in pieces of at most that many bytes and expects it back.
func echo(t *testing.T, c net.Conn, p []byte, piece int) {
	t.Helper()
	sent := make(chan error, 1)
	go func() { // ends with the last piece, or with the connection
		r := rand.New(rand.NewPCG(3, 4))
		for rest := p; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(piece))
			if _, err := c.Write(rest[:n]); err != nil {
				sent <- err
				return
			}
			rest = rest[n:]
		}
		sent <- nil
	}()
	got := make([]byte, len(p))
	if n, err := io.ReadFull(c, got); err != nil {
		t.Fatalf("after %d of %d bytes: %v", n, len(p), err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, p) {
		t.Fatalf("%d bytes came back changed", len(p))
	}
}

func echoSizes(t *testing.T, c net.Conn) {
	t.Helper()
	echo(t, c, random(64), 64)
	echo(t, c, random(4<<10), 4<<10)
	echo(t, c, random(1<<20), 40_000)
	echo(t, c, random(64), 7)
}

func TestTCP(t *testing.T) {
	each(t, TCP, func(t *testing.T, p *process) {
		var conns []net.Conn
		for range 20 {
			conns = append(conns, dial(t, "tcp", p.addr))
		}
		for _, c := range conns {
			echo(t, c, random(64), 64)
		}
		echoSizes(t, conns[0])
		// A client that goes away without reading its echo, by a reset, is no matter for the others.
		rude := conns[1].(*net.TCPConn)
		rude.SetLinger(0)
		if _, err := rude.Write(random(100_000)); err != nil {
			t.Fatal(err)
		}
		rude.Close()
		// The end of what a client sends is the end of the connection.
		if err := conns[2].(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if n, err := conns[2].Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the end the server sent %d bytes, %v", n, err)
		}
		echoSizes(t, conns[3])
		echo(t, dial(t, "tcp", p.addr), random(64), 64)
	})
}

func TestLoops(t *testing.T) {
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) {
			p := start(t, Spec{Engine: e.Name, Work: e.Works[0], Loops: 2})
			if e.Works[0] == HTTP {
				pipelined(t, p, 16)
				return
			}
			if e.Works[0] == WS {
				for range 10 {
					c := webSocket(t, p)
					exchange(t, c, ws.OpBinary, ws.OpBinary, string(random(4<<10)))
				}
				return
			}
			for range 10 {
				echo(t, dial(t, "tcp", p.addr), random(4<<10), 1<<10)
			}
		})
	}
}

func TestPerMessage(t *testing.T) {
	const size = 100
	for _, e := range Engines() {
		if !e.messages {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			c := dial(t, "tcp", start(t, Spec{Engine: e.Name, Work: TCP, Size: size, PerMessage: true}).addr)
			echo(t, c, random(1000*size), 777)
			echo(t, c, random(1000*size), 40_000)
			// A message and a half: the half stays until the rest has come.
			p, got := random(2*size), make([]byte, 2*size)
			c.Write(p[:size*3/2])
			if n, err := c.Read(got); n != size || err != nil {
				t.Fatalf("of a message and a half came back %d bytes, %v", n, err)
			}
			c.Write(p[size*3/2:])
			if _, err := io.ReadFull(c, got[size:]); err != nil || !bytes.Equal(got, p) {
				t.Fatalf("the second message came back changed, %v", err)
			}
		})
	}
}

func TestUDP(t *testing.T) {
	each(t, UDP, func(t *testing.T, p *process) {
		a, b := dial(t, "udp", p.addr), dial(t, "udp", p.addr)
		got := make([]byte, 10_000)
		for i, size := range []int{64, 1, 1400, 8000, 64} {
			for _, c := range []net.Conn{a, b} {
				msg := random(size)
				msg[0] = byte(i)
				if _, err := c.Write(msg); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range []net.Conn{b, a} {
				n, err := c.Read(got)
				if err != nil || n != size || got[0] != byte(i) || !bytes.Equal(got[1:n], random(size)[1:]) {
					t.Fatalf("of %d bytes came back %d, %v", size, n, err)
				}
			}
		}
	})
}

func TestTLS(t *testing.T) {
	each(t, TLS, func(t *testing.T, p *process) {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			c := tls.Client(dial(t, "tcp", p.addr), &tls.Config{InsecureSkipVerify: true, MaxVersion: version}) // its certificate was made a moment ago
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			state := c.ConnectionState()
			if state.Version != version {
				t.Errorf("%s instead of %s", tls.VersionName(state.Version), tls.VersionName(version))
			}
			if key, ok := state.PeerCertificates[0].PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
				t.Errorf("the key of the certificate is a %T", state.PeerCertificates[0].PublicKey)
			}
			echoSizes(t, c)
		}
	})
}
