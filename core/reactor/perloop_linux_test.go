// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// listeners counts the listening sockets on a local port.
func listeners(t *testing.T, addr protocol.Addr) (n int) {
	t.Helper()
	table, err := os.ReadFile("/proc/self/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	local := fmt.Sprintf(":%04X", addr.AddrPort().Port())
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); strings.HasSuffix(f[1], local) && f[3] == "0A" {
			n++
		}
	}
	return n
}

// listenPerLoop listens on a running reactor.
func listenPerLoop(t *testing.T, r *reactor.Reactor, f protocol.Factory, opt reactor.ListenOptions) *reactor.Port {
	t.Helper()
	opt.Accept = reactor.AcceptPerLoop
	var port *reactor.Port
	var err error
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer close(done)
		port, err = r.ListenTCP("127.0.0.1:0", f, opt)
	})
	<-done
	if err != nil {
		t.Fatal(err)
	}
	settle(r)
	return port
}

// stop waits for StopListening.
func stop(t *testing.T, port *reactor.Port) {
	t.Helper()
	if _, err := deferred.BlockingCallFromThread(t.Context(), port.Loop(), port.StopListening); err != nil {
		t.Error(err)
	}
}

// dial connects, and pong makes sure that the connection is served.
func dial(t *testing.T, port *reactor.Port) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

func pong(t *testing.T, c net.Conn) {
	t.Helper()
	b := make([]byte, 4)
	if _, err := io.WriteString(c, "ping"); err != nil {
		t.Error(err)
	} else if _, err := io.ReadFull(c, b); err != nil || string(b) != "ping" {
		t.Errorf("got %q, %v", b, err)
	}
}

func echoes() protocol.Factory { return protocol.ForProtocol(func() echo { return echo{} }) }

func TestAcceptPerLoop(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) {
			r := running(t, reactor.Config{Poller: poller, Loops: 2})
			port := listenPerLoop(t, r, echoes(), reactor.ListenOptions{Loops: 4})
			if n := listeners(t, port.Addr()); n != 2 {
				t.Errorf("%d sockets for 2 loops", n)
			}
			for range 100 {
				pong(t, dial(t, port))
			}
			for i, l := range r.Loops() {
				if l.Connections() == 0 { // once in 2^99 times by chance
					t.Errorf("loop %d got none of 100 connections", i)
				}
			}
			r.CallFromThread(func() {
				if err := r.EnsureLoops(4); err != nil {
					t.Error(err)
				}
			})
			settle(r)
			if n := listeners(t, port.Addr()); n != 4 {
				t.Errorf("%d sockets for 4 loops", n)
			}
			stop(t, port)
			if n := listeners(t, port.Addr()); n != 0 || port.Listening() {
				t.Errorf("%d sockets after the stop", n)
			}
			r.CallFromThread(func() { // a stop that nobody waits for
				for range 3 {
					if err := port.StartListening(); err != nil {
						t.Error(err)
					}
					port.StopListening()
				}
				if err := port.StartListening(); err != nil {
					t.Error(err)
				}
			})
			settle(r)
			if n := listeners(t, port.Addr()); n != 4 {
				t.Errorf("%d sockets after the restart", n)
			}
			pong(t, dial(t, port))
		})
	}
}

// TestAcceptPerLoopIdle opens and closes the sockets of loops that do not run.
func TestAcceptPerLoopIdle(t *testing.T) {
	r, err := reactor.New(reactor.Config{Loops: 3, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	var addrs [2]protocol.Addr
	for i := range addrs {
		port, err := r.ListenTCP("127.0.0.1:0", echoes(), reactor.ListenOptions{Accept: reactor.AcceptPerLoop})
		if err != nil {
			t.Fatal(err)
		}
		addrs[i] = port.Addr()
		if n := listeners(t, port.Addr()); n != 3 {
			t.Errorf("%d sockets", n)
		}
		if i == 0 {
			port.StopListening()
			if n := listeners(t, port.Addr()); n != 0 {
				t.Errorf("%d sockets after the stop", n)
			}
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if n := listeners(t, addrs[1]); n != 0 {
		t.Errorf("%d sockets after the reactor's end", n)
	}
}

// TestAcceptPerLoopFallsBack: a socket that cannot be shared is dealt from, and that is said.
func TestAcceptPerLoopFallsBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var log logtest.Book
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.AdoptStreamPort(int(f.Fd()), echoes(), reactor.ListenOptions{Accept: reactor.AcceptPerLoop})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()
	for range 4 {
		pong(t, dial(t, port))
	}
	if a, b := r.Loops()[0].Connections(), r.Loops()[1].Connections(); a != 2 || b != 2 {
		t.Errorf("the loops got %d and %d of 4 connections", a, b)
	}
	if !strings.Contains(log.String(), "an adopted socket") {
		t.Errorf("the log:\n%s", log.String())
	}
	r.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A census counts the connections that there are, and the most there ever were.
type census struct{ now, most atomic.Int64 }

type counted struct {
	echo
	c *census
}

func (p *counted) ConnectionMade(protocol.Transport) {
	n := p.c.now.Add(1)
	for most := p.c.most.Load(); n > most && !p.c.most.CompareAndSwap(most, n); most = p.c.most.Load() {
	}
}

func (p *counted) ConnectionLost(protocol.Transport, error) { p.c.now.Add(-1) }

// TestAcceptPerLoopBounds: bounds are those of the port, not of each socket.
func TestAcceptPerLoopBounds(t *testing.T) {
	const bound = 3
	for _, poller := range reactor.Pollers() {
		for name, set := range map[string]func(*reactor.Config, *reactor.ListenOptions){
			"Config.MaxConnections":        func(c *reactor.Config, _ *reactor.ListenOptions) { c.MaxConnections = bound },
			"ListenOptions.MaxConnections": func(_ *reactor.Config, o *reactor.ListenOptions) { o.MaxConnections = bound },
		} {
			t.Run(poller+" "+name, func(t *testing.T) {
				cfg, opt := reactor.Config{Poller: poller, Loops: 4}, reactor.ListenOptions{Backlog: 100}
				set(&cfg, &opt)
				r := running(t, cfg)
				var c census
				port := listenPerLoop(t, r, protocol.ForProtocol(func() *counted { return &counted{c: &c} }), opt)
				served := make(chan net.Conn)
				for range 60 {
					conn := dial(t, port)
					go func() { // ends by the deadline at the latest
						pong(t, conn)
						served <- conn
					}()
				}
				for range 60 {
					(<-served).Close()
				}
				if n := c.most.Load(); n != bound {
					t.Errorf("%d connections at a time, the bound is %d", n, bound)
				}
				stop(t, port)
			})
		}
	}
}

func TestAcceptPerLoopPeers(t *testing.T) {
	r := running(t, reactor.Config{Loops: 4})
	port := listenPerLoop(t, r, echoes(), reactor.ListenOptions{MaxPerPeer: 2})
	refused := 0
	for range 20 {
		c := dial(t, port)
		if _, err := c.Write([]byte("x")); err != nil {
			refused++
		} else if _, err := c.Read(make([]byte, 1)); err != nil {
			refused++
		}
	}
	if refused != 18 {
		t.Errorf("%d of 20 were refused", refused)
	}
}

// TestAcceptPerLoopRate: what all sockets accept in a second counts.
func TestAcceptPerLoopRate(t *testing.T) {
	var clock atomic.Int64 // in seconds
	r, err := reactor.New(reactor.Config{Loops: 4, Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	reactor.SetNow(r, func() time.Time { return time.Unix(clock.Load(), 0) })
	port, err := r.ListenTCP("127.0.0.1:0", echoes(), reactor.ListenOptions{Backlog: 100, AcceptRate: 5, Accept: reactor.AcceptPerLoop})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()
	for range 22 {
		dial(t, port)
	}
	for _, want := range []int{5, 10, 15, 20, 22} {
		for port.Connections() < want {
			settle(r)
		}
		settle(r)
		if n := port.Connections(); n != want {
			t.Errorf("%d connections in second %d, want %d", n, clock.Load(), want)
		}
		clock.Add(1)
		settle(r)
	}
	r.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestAcceptPerLoopDrains: what waits in the queues of all sockets when the port stops is served, not reset.
func TestAcceptPerLoopDrains(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		if poller == "portable" { // it has no hand on the queue
			continue
		}
		t.Run(poller, func(t *testing.T) {
			r := running(t, reactor.Config{Poller: poller, Loops: 4})
			port := listenPerLoop(t, r, echoes(), reactor.ListenOptions{Backlog: 100})
			goOn, stopped := make(chan struct{}), make(chan struct{})
			for i, l := range r.Loops() {
				held := make(chan struct{})
				l.CallFromThread(func() {
					close(held)
					<-goOn
					if i == 0 {
						port.StopListening().Done(func(_ struct{}, err error) {
							if err != nil {
								t.Error(err)
							}
							close(stopped)
						})
					}
				})
				<-held
			}
			var conns []net.Conn
			for range 50 {
				conns = append(conns, dial(t, port))
			}
			close(goOn)
			<-stopped
			for _, c := range conns {
				pong(t, c)
			}
			if n := listeners(t, port.Addr()); n != 0 {
				t.Errorf("%d sockets are left", n)
			}
		})
	}
}

func TestAcceptMode(t *testing.T) {
	var b bytes.Buffer
	fmt.Fprint(&b, reactor.AcceptDeal, reactor.AcceptPerLoop, reactor.AcceptMode(7))
	if got := b.String(); got != "deal perloop AcceptMode(7)" {
		t.Errorf("got %q", got)
	}
}
