// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A clumsy protocol panics with what it receives.
type clumsy struct{ protocol.Base }

func (clumsy) DataReceived(_ protocol.Transport, p []byte) { panic(string(p)) }

// A wrapped factory hides the one with the name, as a TLS factory does.
type wrapped struct{ protocol.Factory }

func (w wrapped) Unwrap() protocol.Factory { return w.Factory }

func newLogged(t *testing.T) (*reactortest.Memory, *logtest.Book) {
	t.Helper()
	book := new(logtest.Book)
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: book.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, book
}

// tells checks that exactly one line has the text, and all else.
func tells(t *testing.T, book *logtest.Book, text string, all ...string) {
	t.Helper()
	lines := book.Lines(text)
	if len(lines) != 1 {
		t.Fatalf("%d lines have %q:\n%s", len(lines), text, book)
	}
	for _, part := range all {
		if !strings.Contains(lines[0], part) {
			t.Errorf("no %q in %s", part, lines[0])
		}
	}
}

func TestLinesTellWhichConnectionOfWhichService(t *testing.T) {
	m, book := newLogged(t)
	f := wrapped{protocol.WithServiceName(protocol.ForProtocol(func() clumsy { return clumsy{} }), "shop")}
	port, err := m.ListenTCP("127.0.0.1:80", f, reactor.ListenOptions{MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	tells(t, book, "reactor: listening", "service=shop")
	p := m.Dial("127.0.0.1:80")
	m.Settle()
	tells(t, book, "too many connections", "service=shop", "addr=127.0.0.1:80")
	p.Write([]byte("oops"))
	m.Settle()
	tells(t, book, "panic in a callback", "conn=1", "peer=", "local=127.0.0.1:80", "protocol=reactor_test.clumsy", "service=shop", "panic=oops", "stack=", "lines_test.go")
	port.StopListening()
	m.Settle()
	tells(t, book, "stopped listening", "service=shop")
}

func TestLinesOfFactories(t *testing.T) {
	m, book := newLogged(t)
	boom := false
	build := protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		if boom {
			panic("oops")
		}
		return nil, errors.New("no room")
	})
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.WithServiceName(build, "shop"), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	m.Dial("127.0.0.1:80")
	m.Settle()
	tells(t, book, "no room", "service=shop", "peer=")
	boom = true
	m.Dial("127.0.0.1:80")
	m.Settle()
	tells(t, book, "panic in BuildProtocol", "service=shop", "peer=", "panic=oops", "lines_test.go")
}

// A fragile datagram protocol panics with what it receives.
type fragile struct{ protocol.DatagramBase }

func (fragile) DatagramReceived(_ protocol.DatagramTransport, p []byte, _ protocol.Addr) {
	panic(string(p))
}
func (fragile) ServiceName() string { return "clock" }

func TestLinesOfDatagramPorts(t *testing.T) {
	book := new(logtest.Book)
	r, err := reactor.New(reactor.Config{Logger: book.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	port, err := r.ListenUDP("127.0.0.1:0", fragile{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.ListenUDP("127.0.0.1:0", &protocol.DatagramBase{}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.WriteTo([]byte("oops"), port.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); book.Lines("panic") == nil && time.Now().Before(end); {
		if err := r.Iterate(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	tells(t, book, "panic in DatagramReceived", "local="+port.LocalAddr().String(), "protocol=reactor_test.fragile", "service=clock", "panic=oops", "lines_test.go")
}

func TestLinesOfConnectors(t *testing.T) {
	m, book := newLogged(t)
	f := protocol.WithServiceName(protocol.ForProtocol(func() clumsy { return clumsy{} }), "crawler")
	m.ConnectTCP("127.0.0.1:81", f, reactor.ConnectOptions{})
	m.Refuse("127.0.0.1:81", syscall.ECONNREFUSED)
	m.Settle()
	tells(t, book, "cannot connect", "service=crawler", "127.0.0.1:81")
}

// TestPanicsDoNotFloodTheLog (class 61): peers may bring a panic about as often as they like, and each has a stack: ten a second are logged, and the next line tells how
// many were not.
func TestPanicsDoNotFloodTheLog(t *testing.T) {
	m, book := newLogged(t)
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() clumsy { return clumsy{} }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	oops := func() {
		m.Dial("127.0.0.1:80").Write([]byte("oops"))
		m.Settle()
	}
	for range 15 {
		oops()
		m.CallLater(0, func() { panic("oops") })
		m.Settle()
	}
	if n := len(book.Lines("stack=")); n != 10 {
		t.Errorf("30 panics in a second were logged in %d lines", n)
	}
	m.Advance(time.Second)
	book.Reset()
	oops()
	tells(t, book, "stack=", "unlogged=20")
	if n := m.Stats().Panics; n != 31 {
		t.Errorf("%d panics were counted", n)
	}
}
