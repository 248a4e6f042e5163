// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// conns returns the two ends of a connection as net.Conns over attached transports.
func conns(t testing.TB, r *reactor.Reactor) (*bridge.Conn, *bridge.Conn) {
	t.Helper()
	s, c := sockets(t)
	made := make(chan *bridge.Conn, 2) // one for each end
	r.CallFromThread(func() {
		bridge.Attach(r, s, bridge.NewProtocol(func(c *bridge.Conn) { made <- c }, nil))
		bridge.Attach(r, c, bridge.NewProtocol(func(c *bridge.Conn) { made <- c }, nil))
	})
	return <-made, <-made
}

func TestConn(t *testing.T) {
	r := running(t)
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := conns(t, r)
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

// The addresses are those that users of package net look for.
func TestConnAddrs(t *testing.T) {
	a, b := conns(t, running(t))
	if _, ok := a.LocalAddr().(*net.TCPAddr); !ok || a.LocalAddr().String() != b.RemoteAddr().String() || a.RemoteAddr().String() != b.LocalAddr().String() {
		t.Errorf("%T %v %v, %v %v", a.LocalAddr(), a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr())
	}
	a.Close()
	b.Close()
}

// A reader that does not read holds the writer up: what is on its way is bounded.
func TestConnBackPressure(t *testing.T) {
	a, b := conns(t, running(t))
	a.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	chunk := make([]byte, 1<<16)
	sent := 0
	for {
		n, err := a.Write(chunk)
		sent += n
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
		if sent > 64<<20 {
			t.Fatal("Write never blocks")
		}
	}
	a.SetWriteDeadline(time.Time{})
	// Every byte that was taken arrives, and then the end.
	a.Close()
	n, err := io.Copy(io.Discard, b)
	if int(n) != sent || err != nil {
		t.Errorf("%d of %d bytes, %v", n, sent, err)
	}
	b.Close()
}

func TestConnErrors(t *testing.T) {
	r := running(t)
	a, b := conns(t, r)
	a.CloseWrite()
	if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after CloseWrite: %v", err)
	}
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read: %v", err)
	}
	if _, err := b.Write([]byte("still")); err != nil {
		t.Errorf("write after the peer's end: %v", err)
	}
	buf := make([]byte, 5)
	if _, err := io.ReadFull(a, buf); err != nil || string(buf) != "still" {
		t.Errorf("read %q, %v", buf, err)
	}
	b.Abort()
	var op *net.OpError
	if _, err := a.Read(buf); !errors.As(err, &op) || op.Op != "read" || !errors.Is(err, protocol.ErrConnectionLost) {
		t.Errorf("read after a reset: %v", err)
	}
	a.Close()
	for what, err := range map[string]error{
		"close": a.Close(), "abort": a.Abort(), "half": a.CloseWrite(), "deadline": a.SetDeadline(time.Time{}),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A call that would wait for the loop on the loop says so instead of hanging.
func TestConnOnTheLoop(t *testing.T) {
	r := running(t)
	a, b := conns(t, r)
	defer b.Close()
	defer a.Close()
	said := make(chan any)
	r.CallFromThread(func() {
		defer func() { said <- recover() }()
		a.Read(make([]byte, 1))
	})
	if v := <-said; !strings.Contains(fmt.Sprint(v), "would have to wait on the loop") {
		t.Errorf("got %v", v)
	}
}

func ExampleBlocking() {
	clock := protocoltest.NewClock()
	upper := bridge.Blocking(func(_ context.Context, conn net.Conn) error {
		text, err := io.ReadAll(conn)
		if err == nil {
			_, err = conn.Write(bytes.ToUpper(text))
		}
		return err
	})
	server, _ := upper.BuildProtocol(nil)
	tr := protocoltest.NewStringTransport()
	tr.Clock = clock
	tr.Connect(server)
	tr.FeedString("ordinary code")
	tr.FeedEOF()
	clock.Until(context.Background(), func() bool { return tr.Disconnected() })
	fmt.Println(tr.Value())
	// Output: ORDINARY CODE
}

// What came before an upgrade to TLS, and was not read, is dropped: it must not pass for what the peer has sent under its protection (CVE-2011-0411).
func TestDiscardBuffered(t *testing.T) {
	var c *bridge.Conn
	p := bridge.NewProtocol(func(made *bridge.Conn) { c = made }, nil)
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	injected := strings.Repeat("injected", 10000) // so much that reading is stopped
	tr.FeedString("greeting" + injected)
	greeting := make([]byte, 8)
	if _, err := io.ReadFull(c, greeting); err != nil || string(greeting) != "greeting" {
		t.Fatalf("got %q, %v", greeting, err)
	}
	d, ok := protocol.As[protocol.BufferDiscarder](p)
	if !ok {
		t.Fatal("the protocol buffers and is no BufferDiscarder")
	}
	if n := d.DiscardBuffered(); n != len(injected) {
		t.Errorf("%d bytes were dropped, want %d", n, len(injected))
	}
	tr.Clock.Settle()
	tr.FeedString("protected")
	buf := make([]byte, 100)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "protected" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}
