// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactor_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A generation is a reactor that runs, and that inherits from another one as a successor process would.
type generation struct {
	*testing.T
	r     *reactor.Reactor
	name  string
	left  *reactor.Inherited
	ended chan error
	conns atomic.Int64 // accepted
}

func newGeneration(t *testing.T, name string, cfg reactor.Config) *generation {
	t.Helper()
	cfg.Logger = quietLog
	r, err := reactor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := &generation{T: t, r: r, name: name, left: cfg.Inherited, ended: make(chan error, 1)}
	go func() { g.ended <- r.Run(context.Background()) }() // ended by end
	t.Cleanup(g.end)
	return g
}

func (g *generation) end() {
	if g.r.Stop() == nil {
		if err := <-g.ended; err != nil {
			g.Error(err)
		}
	}
}

// do calls f on the main loop.
func (g *generation) do(f func()) {
	g.Helper()
	done := make(chan struct{})
	g.r.CallFromThread(func() { defer close(done); f() })
	<-done
}

// BuildProtocol returns a protocol that says which generation it is of, and echoes.
func (g *generation) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	g.conns.Add(1)
	return &heir{name: g.name}, nil
}

type heir struct {
	protocol.Base
	name string
}

func (p *heir) ConnectionMade(t protocol.Transport)         { io.WriteString(t, p.name) }
func (p *heir) DataReceived(t protocol.Transport, b []byte) { t.Write(b) }

// A namer answers each datagram with its generation's name.
type namer struct {
	protocol.DatagramBase
	name string
}

func (p *namer) DatagramReceived(t protocol.DatagramTransport, b []byte, from protocol.Addr) {
	t.WriteTo([]byte(p.name+string(b)), from)
}

func (g *generation) tcp(addr string, opt reactor.ListenOptions) (p *reactor.Port) {
	g.Helper()
	g.do(func() {
		var err error
		if p, err = g.r.ListenTCP(addr, g, opt); err != nil {
			g.Error(err)
		}
	})
	if p == nil {
		g.FailNow()
	}
	settle(g.r)
	return p
}

func (g *generation) unix(path string) (p *reactor.Port) {
	g.Helper()
	g.do(func() {
		var err error
		if p, err = g.r.ListenUNIX(path, g, reactor.UNIXListenOptions{LockFile: true}); err != nil {
			g.Error(err)
		}
	})
	if p == nil {
		g.FailNow()
	}
	return p
}

func (g *generation) udp(open func(protocol.DatagramProtocol) (*reactor.DatagramPort, error)) (p *reactor.DatagramPort) {
	g.Helper()
	g.do(func() {
		var err error
		if p, err = open(&namer{name: g.name}); err != nil {
			g.Error(err)
		}
	})
	if p == nil {
		g.FailNow()
	}
	return p
}

// bequeath returns what a successor inherits.
func (g *generation) bequeath() (*reactor.Handover, *reactor.Inherited) {
	g.Helper()
	h, err := deferred.BlockingCallFromThread(g.Context(), g.r.Loop, g.r.HandOver)
	if err != nil {
		g.Fatal(err)
	}
	var lent []reactor.Socket
	for _, s := range h.Sockets {
		if s.FD, err = unix.FcntlInt(uintptr(s.FD), unix.F_DUPFD_CLOEXEC, 3); err != nil { // as in a child
			g.Fatal(err)
		}
		lent = append(lent, s)
	}
	return h, reactor.NewInherited(lent)
}

func (g *generation) stopPort(stop func() *deferred.Deferred[struct{}]) {
	g.Helper()
	if _, err := deferred.BlockingCallFromThread(g.Context(), g.r.Loop, stop); err != nil {
		g.Error(err)
	}
}

// greeting connects and returns who answers.
func greeting(t *testing.T, network, addr string) string {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return greeted(t, c)
}

func greeted(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetDeadline(time.Now().Add(time.Minute))
	b := make([]byte, 1)
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func pollersAndLoops(t *testing.T, f func(t *testing.T, cfg reactor.Config)) {
	for _, poller := range reactor.Pollers() {
		for _, loops := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", poller, loops), func(t *testing.T) { f(t, reactor.Config{Poller: poller, Loops: loops}) })
		}
	}
}

func TestHandover(t *testing.T) {
	pollersAndLoops(t, func(t *testing.T, cfg reactor.Config) {
		dir := tempdir.Short(t)
		stream, packets := filepath.Join(dir, "s"), filepath.Join(dir, "d")
		a := newGeneration(t, "a", cfg)
		first, second := a.tcp("127.0.0.1:0", reactor.ListenOptions{}), a.tcp("127.0.0.1:0", reactor.ListenOptions{})
		file := a.unix(stream)
		udp := a.udp(func(p protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
			return a.r.ListenUDP("127.0.0.1:0", p, reactor.PacketOptions{})
		})
		a.udp(func(p protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
			return a.r.ListenUNIXDatagram(packets, p, reactor.UNIXDatagramOptions{})
		})

		h, lent := a.bequeath()
		cfg.Inherited = lent
		b := newGeneration(t, "b", cfg)
		first2, second2 := b.tcp("127.0.0.1:0", reactor.ListenOptions{}), b.tcp("127.0.0.1:0", reactor.ListenOptions{})
		file2 := b.unix(stream)
		udp2 := b.udp(func(p protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
			return b.r.ListenUDP("127.0.0.1:0", p, reactor.PacketOptions{})
		})
		b.udp(func(p protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
			return b.r.ListenUNIXDatagram(packets, p, reactor.UNIXDatagramOptions{})
		})
		if first.Addr() != first2.Addr() || second.Addr() != second2.Addr() || udp.LocalAddr() != udp2.LocalAddr() {
			t.Errorf("%v %v %v became %v %v %v", first.Addr(), second.Addr(), udp.LocalAddr(), first2.Addr(), second2.Addr(), udp2.LocalAddr())
		}
		for range 20 { // the successor is not ready: it takes none
			if got := greeting(t, "tcp", first.Addr().String()); got != "a" {
				t.Errorf("served by %q", got)
			}
		}
		if unused := lent.Ready(); len(unused) != 0 {
			t.Errorf("unused: %v", unused)
		}
		a.do(func() { h.Done(os.Getpid()) })
		for _, p := range []*reactor.Port{first, second, file} {
			a.stopPort(p.StopListening)
		}
		a.stopPort(udp.StopListening)
		a.end()
		for _, addr := range []string{first.Addr().String(), second.Addr().String()} {
			if got := greeting(t, "tcp", addr); got != "b" {
				t.Errorf("served by %q", got)
			}
		}
		if got := greeting(t, "unix", stream); got != "b" {
			t.Errorf("served by %q", got)
		}
		c, err := net.Dial("udp", udp.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte("x"))
		if got := greeted(t, c); got != "b" {
			t.Errorf("served by %q", got)
		}
		b.stopPort(file2.StopListening)
		b.end()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%d files are left, such as %s", len(left), left[0].Name())
		}
	})
}

// What waits in the backlog when the predecessor closes is served, and so is what the predecessor has taken from there.
func TestHandoverLosesNoConnection(t *testing.T) {
	pollersAndLoops(t, func(t *testing.T, cfg reactor.Config) {
		opt := reactor.ListenOptions{Accept: reactor.AcceptPerLoop, Backlog: 200}
		a := newGeneration(t, "a", cfg)
		pa := a.tcp("127.0.0.1:0", opt)
		h, lent := a.bequeath()
		cfg.Inherited = lent
		cfg.Loops = 2 // one less, or one more
		b := newGeneration(t, "b", cfg)
		b.tcp("127.0.0.1:0", opt)

		var conns []net.Conn
		connect := func(n int) {
			for range n {
				c, err := net.Dial("tcp", pa.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				conns = append(conns, c)
			}
		}
		a.stopPort(func() *deferred.Deferred[struct{}] { // nothing is accepted meanwhile on this loop
			connect(50)
			h.Done(os.Getpid())
			return pa.StopListening()
		})
		connect(50)
		lent.Ready()
		for i, c := range conns {
			if got := greeted(t, c); got != "a" && got != "b" {
				t.Errorf("connection %d: served by %q", i, got)
			}
		}
		if n := b.conns.Load(); n < 50 {
			t.Errorf("the successor has accepted %d", n)
		}
	})
}

// A successor that ends without having been ready leaves no trace.
func TestSuccessorThatFails(t *testing.T) {
	pollersAndLoops(t, func(t *testing.T, cfg reactor.Config) {
		path := filepath.Join(tempdir.Short(t), "s")
		a := newGeneration(t, "a", cfg)
		port := a.tcp("127.0.0.1:0", reactor.ListenOptions{})
		a.unix(path)
		h, lent := a.bequeath()
		cfg.Inherited = lent
		b := newGeneration(t, "b", cfg)
		b.tcp("127.0.0.1:0", reactor.ListenOptions{})
		b.unix(path)
		b.end()
		a.do(h.Close)
		for range 20 {
			if got := greeting(t, "tcp", port.Addr().String()) + greeting(t, "unix", path); got != "aa" {
				t.Errorf("served by %q", got)
			}
		}
		if target, err := os.Readlink(path + ".lock"); err != nil || target != fmt.Sprint(os.Getpid()) {
			t.Errorf("the lock: %q, %v", target, err)
		}
	})
}

func TestUnusedSocketsAreClosed(t *testing.T) {
	a := newGeneration(t, "a", reactor.Config{})
	port := a.tcp("127.0.0.1:0", reactor.ListenOptions{})
	h, lent := a.bequeath()
	b := newGeneration(t, "b", reactor.Config{Inherited: lent})
	b.tcp("127.0.0.2:0", reactor.ListenOptions{})
	unused := lent.Ready()
	if len(unused) != 1 || unused[0].Network != "tcp" || unused[0].Address != "127.0.0.1:0" {
		t.Fatalf("unused: %v", unused)
	}
	if err := syscall.SetNonblock(unused[0].FD, true); err == nil {
		t.Error("it is open")
	}
	a.do(func() { h.Done(os.Getpid()) })
	a.stopPort(port.StopListening)
	if c, err := net.Dial("tcp", port.Addr().String()); err == nil {
		c.Close()
		t.Error("somebody still listens")
	}
}

// Sockets that were adopted are named by their number, connected datagram ports are left out.
func TestWhatIsHandedOver(t *testing.T) {
	a := newGeneration(t, "a", reactor.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fd := -1
	rc, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := rc.Control(func(n uintptr) { fd = int(n) }); err != nil {
		t.Fatal(err)
	}
	a.do(func() {
		if _, err := a.r.AdoptStreamPort(fd, a, reactor.ListenOptions{}); err != nil {
			t.Error(err)
		}
	})
	p := a.udp(func(p protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
		return a.r.ListenUDP("127.0.0.1:0", p, reactor.PacketOptions{})
	})
	a.do(func() {
		if err := p.Connect(p.LocalAddr()); err != nil {
			t.Error(err)
		}
	})
	h, err := deferred.BlockingCallFromThread(t.Context(), a.r.Loop, a.r.HandOver)
	if err != nil {
		t.Fatal(err)
	}
	lent := reactor.NewInherited(h.Sockets)
	if len(h.Sockets) != 1 || h.Sockets[0].Network != "fd" || h.Sockets[0].Address != fmt.Sprint(fd) {
		t.Errorf("%v", h.Sockets)
	}
	if unused := lent.Ready(); len(unused) != 0 {
		t.Errorf("the set has an adopted one: %v", unused)
	}
	a.do(func() { h.Close(); h.Close() })
	a.end()
	a.r.Close()
	if (*reactor.Inherited)(nil).Ready() != nil {
		t.Error("nil has sockets")
	}
	if s := strings.TrimSpace(fmt.Sprint(reactor.NewInherited(nil).Ready())); s != "[]" {
		t.Errorf("an empty set has %s", s)
	}
}
