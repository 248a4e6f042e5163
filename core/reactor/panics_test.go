// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A bomb panics in the callback that it is named for, and half-closes, so that all of them are called.
type bomb struct {
	at   string
	lost chan error
}

func (b *bomb) tick(at string) {
	if at == b.at {
		panic("bomb in " + at)
	}
}

func (b *bomb) ConnectionMade(t protocol.Transport) {
	b.tick("ConnectionMade")
	if b.at == "Producer.Resume" {
		t.RegisterProducer(b, protocol.PullProducer)
	}
	if b.at == "Producer.Pause" {
		t.RegisterProducer(b, protocol.PushProducer)
	}
}

func (b *bomb) DataReceived(t protocol.Transport, p []byte) {
	b.tick("DataReceived")
	if b.at == "Producer.Pause" {
		for range 1000 { // the system takes some
			t.Write(make([]byte, protocol.HighWater))
		}
	}
	t.Write(p)
	t.(protocol.HalfCloseTransport).LoseWriteConnection()
}

func (b *bomb) WriteConnectionLost(protocol.Transport) { b.tick("WriteConnectionLost") }
func (b *bomb) ReadConnectionLost(protocol.Transport)  { b.tick("ReadConnectionLost") }

func (b *bomb) ConnectionLost(_ protocol.Transport, reason error) {
	b.lost <- reason
	b.tick("ConnectionLost")
}

func (b *bomb) Pause()  { b.tick("Producer.Pause") }
func (b *bomb) Resume() { b.tick("Producer.Resume") }
func (b *bomb) Stop(error) {
	b.tick("Producer.Stop")
}

// TestPanicsEndOneConnection: wherever a protocol panics, its own connection ends for that reason, its stack is in the log and the panic is counted; the connection
// beside it goes on.
func TestPanicsEndOneConnection(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, at := range []string{"ConnectionMade", "DataReceived", "WriteConnectionLost", "ReadConnectionLost", "ConnectionLost", "Producer.Resume", "Producer.Pause"} {
			t.Run(poller+"/"+at, func(t *testing.T) {
				log, lost := &logtest.Book{}, make(chan error, 1000)
				r, err := reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.NewTextHandler(log, nil))})
				if err != nil {
					t.Fatal(err)
				}
				good, bad := listenTCP(t, r, func() protocol.Protocol { return echo{} }), listenTCP(t, r, func() protocol.Protocol { return &bomb{at, lost} })
				ended := make(chan error, 1)
				go func() { ended <- r.Run(context.Background()) }() // ends by Stop
				g := dialTCP(t, good)
				echoed(t, g)
				c, err := net.Dial("tcp", bad)
				if err == nil { // else the server was faster than the return of connect
					c.SetDeadline(time.Now().Add(time.Minute))
					io.WriteString(c, "x")
					if at != "Producer.Pause" {
						io.Copy(io.Discard, c)
					}
				}
				var reason error
				if at != "Producer.Pause" && c != nil {
					c.Close() // for ReadConnectionLost
				}
				select {
				case reason = <-lost:
				case <-time.After(30 * time.Second): // says nothing about speed
					t.Fatalf("the connection is not lost; the log:\n%s", log)
				}
				if c != nil {
					c.Close()
				}
				if p, ok := errors.AsType[*protocol.PanicError](reason); at != "ConnectionLost" && (!ok || p.Value != "bomb in "+at || !errors.Is(reason, protocol.ErrConnectionLost)) {
					t.Errorf("lost by %v", reason)
				}
				echoed(t, g)
				if err := r.Stop(); err != nil {
					t.Error(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if s := log.String(); !strings.Contains(s, "bomb in "+at) || !strings.Contains(s, "panics_test.go") || r.Stats().Panics == 0 {
					t.Errorf("%d panics are counted; the log:\n%s", r.Stats().Panics, s)
				}
			})
		}
	}
}

func listenTCP(t *testing.T, r *reactor.Reactor, build func() protocol.Protocol) string {
	t.Helper()
	p, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(build), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Addr().String()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

func echoed(t *testing.T, c net.Conn) {
	t.Helper()
	io.WriteString(c, "x")
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Errorf("a connection that did nothing suffers: %v", err)
	}
}

// A datagramBomb panics in the callback that it is named for, and answers otherwise.
type datagramBomb struct{ at string }

func (b *datagramBomb) tick(at string) {
	if at == b.at {
		b.at = "" // once
		panic("bomb in " + at)
	}
}

func (b *datagramBomb) StartProtocol(protocol.DatagramTransport) { b.tick("StartProtocol") }
func (b *datagramBomb) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	b.tick("DatagramReceived")
	t.WriteTo(p, from)
}
func (b *datagramBomb) StopProtocol(protocol.DatagramTransport, error) { b.tick("StopProtocol") }

// TestPanicsOfDatagramProtocols: a port that belongs to many peers goes on after a panic; the datagram is lost.
func TestPanicsOfDatagramProtocols(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		for _, at := range []string{"StartProtocol", "DatagramReceived", "StopProtocol"} {
			t.Run(poller+"/"+at, func(t *testing.T) {
				log := &logtest.Book{}
				r, err := reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.NewTextHandler(log, nil))})
				if err != nil {
					t.Fatal(err)
				}
				port, err := r.ListenUDP("127.0.0.1:0", &datagramBomb{at}, reactor.PacketOptions{})
				if err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- r.Run(context.Background()) }() // ends by Stop
				c, err := net.Dial("udp", port.LocalAddr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(c, "first")
				io.WriteString(c, "second")
				want := "first"
				if at == "DatagramReceived" {
					want = "second"
				}
				b := make([]byte, 100)
				if n, err := c.Read(b); string(b[:n]) != want {
					t.Errorf("got %q, %v", b[:n], err)
				}
				if err := r.Stop(); err != nil {
					t.Error(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if s := log.String(); !strings.Contains(s, "bomb in "+at) || !strings.Contains(s, "panics_test.go") || r.Stats().Panics != 1 {
					t.Errorf("%d panics are counted; the log:\n%s", r.Stats().Panics, s)
				}
			})
		}
	}
}
