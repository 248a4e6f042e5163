// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// file returns the descriptor of a socket of package net.
func file[T interface{ File() (*os.File, error) }](g *rig, s T) *os.File {
	g.Helper()
	f, err := s.File()
	if err != nil {
		g.Skip(err)
	}
	g.Cleanup(func() { f.Close() })
	return f
}

func testAdoptPort(g *rig) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		g.Fatal(err)
	}
	defer l.Close()
	f := file(g, l.(*net.TCPListener))
	port, err := g.r.AdoptStreamPort(int(f.Fd()), protocol.ForProtocol(echo), reactor.ListenOptions{})
	if errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	}
	if err != nil {
		g.Fatal(err)
	}
	if _, err := g.r.AdoptStreamPort(-1, protocol.ForProtocol(echo), reactor.ListenOptions{}); err == nil {
		g.Error("a bad descriptor was adopted")
	}
	f.Close()
	if port.Addr().String() != l.Addr().String() {
		g.Errorf("address %v", port.Addr())
	}
	g.run()
	c := g.dial(port.Addr())
	g.write(c, "x")
	g.read(c, 1)
	g.do(func() { port.StopListening() })
	// The socket that was given goes on listening.
	accepted := make(chan net.Conn, 1)
	go func() { // ends with l
		if s, err := l.Accept(); err == nil {
			accepted <- s
		}
	}()
	g.dial(port.Addr())
	receive(g, accepted).Close()
}

func testAdoptConnection(g *rig) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		g.Fatal(err)
	}
	defer l.Close()
	c := g.dial(protocol.FromNetAddr(l.Addr()))
	s, err := l.Accept()
	if err != nil {
		g.Fatal(err)
	}
	defer s.Close()
	f := file(g, s.(*net.TCPConn))
	peers := make(chan net.Addr, 1)
	_, err = g.r.AdoptStreamConnection(int(f.Fd()), protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
		peers <- peer
		return echo(), nil
	}))
	if errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	}
	g.check(err)
	f.Close()
	if _, err := g.r.AdoptStreamConnection(1<<20, protocol.ForProtocol(echo)); err == nil {
		g.Error("a bad descriptor was adopted")
	}
	g.run()
	g.write(c, "x")
	g.read(c, 1)
	if peer := receive(g, peers); peer.String() != c.LocalAddr().String() {
		g.Errorf("peer %v", peer)
	}
}

func testAdoptDatagramPort(g *rig) {
	s, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		g.Fatal(err)
	}
	defer s.Close()
	f := file(g, s.(*net.UDPConn))
	port, err := g.r.AdoptDatagramPort(int(f.Fd()), packetEcho(g), reactor.PacketOptions{})
	if errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	}
	if err != nil {
		g.Fatal(err)
	}
	f.Close()
	g.run()
	c := g.dial(port.LocalAddr())
	g.write(c, "x")
	if got := g.read(c, 1); got != "x" {
		g.Errorf("got %q", got)
	}
}

// A pipeEnd is a descriptor to be watched.
type pipeEnd struct {
	f    *os.File
	do   func() error
	lost func(reason error)
}

func (p *pipeEnd) FileDescriptor() int         { return int(p.f.Fd()) }
func (p *pipeEnd) DoRead() error               { return p.do() }
func (p *pipeEnd) DoWrite() error              { return p.do() }
func (p *pipeEnd) ConnectionLost(reason error) { p.lost(reason) }

func testWatch(g *rig) {
	r, w, err := os.Pipe()
	if err != nil {
		g.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	got, lost := make(chan string, 10), make(chan error, 10)
	reader := &pipeEnd{f: r, lost: func(reason error) { lost <- reason }}
	b := make([]byte, 10)
	reader.do = func() error {
		n, err := r.Read(b)
		if err != nil {
			return protocol.Done(err)
		}
		got <- string(b[:n])
		return nil
	}
	writes := 0
	writer := &pipeEnd{f: w, lost: func(error) { g.Error("the writer was lost") }}
	writer.do = func() error {
		if writes++; writes == 2 {
			g.r.RemoveWriter(writer)
			io.WriteString(w, "x")
		}
		return nil
	}
	if err := g.r.AddReader(reader); errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	} else if err != nil {
		g.Fatal(err)
	}
	g.check(g.r.AddReader(reader))
	g.check(g.r.AddWriter(writer))
	g.r.RemoveWriter(reader) // is none
	if rs, ws := g.r.Readers(), g.r.Writers(); len(rs) != 1 || rs[0] != reader || len(ws) != 1 || ws[0] != writer {
		g.Errorf("readers %v, writers %v", rs, ws)
	}
	g.run()
	if s := receive(g, got); s != "x" {
		g.Errorf("got %q", s)
	}
	g.do(func() {
		if all := g.r.RemoveAll(); len(all) != 1 || all[0] != reader {
			g.Errorf("removed %v", all)
		}
		g.check(g.r.AddReader(reader))
	})
	w.Close()
	if reason := receive(g, lost); !errors.Is(reason, io.EOF) {
		g.Errorf("reason %v", reason)
	}
	g.do(func() {
		if rs := g.r.Readers(); len(rs) != 0 {
			g.Errorf("still watched: %v", rs)
		}
	})
}
