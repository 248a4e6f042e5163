// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestConnectTimeout(t *testing.T) {
	for _, tt := range []struct{ timeout, want time.Duration }{{0, protocol.ConnectTimeout}, {time.Second, time.Second}, {-1, 0}} {
		m := reactortest.NewMemory(t)
		c := m.ConnectTCP("192.0.2.1:80", protocol.ForProtocol(func() echo { return echo{} }), reactor.ConnectOptions{Timeout: tt.timeout})
		var got error
		c.WhenConnected().Done(func(_ protocol.Protocol, err error) { got = err })
		if tt.want == 0 {
			m.Advance(24 * time.Hour)
			if got != nil || c.State() != reactor.Connecting {
				t.Errorf("without a timeout: %v, %v", got, c.State())
			}
			continue
		}
		m.Advance(tt.want - 1)
		if got != nil {
			t.Errorf("timeout %v: too early: %v", tt.timeout, got)
		}
		m.Advance(1)
		if !errors.Is(got, protocol.ErrTimeout) || !errors.Is(got, os.ErrDeadlineExceeded) {
			t.Errorf("timeout %v: %v", tt.timeout, got)
		}
		if len(m.Attempts()) != 0 {
			t.Error("the attempt goes on")
		}
	}
}

func TestReconnecting(t *testing.T) {
	m := reactortest.NewMemory(t)
	const addr = "192.0.2.1:80"
	f := &reactor.ReconnectingClientFactory{Factory: protocol.ForProtocol(func() echo { return echo{} }), Jitter: -1, MaxDelay: 30 * time.Second}
	c := m.ConnectTCP(addr, f, reactor.ConnectOptions{Timeout: -1})
	// attempts waits for the next attempt and returns how long that took.
	attempt := func() time.Duration {
		start := m.Time()
		for m.Settle(); len(m.Attempts()) == 0; {
			m.Advance(10 * time.Millisecond)
			if m.Time().Sub(start) > time.Hour {
				t.Fatal("no attempt")
			}
		}
		return m.Time().Sub(start)
	}
	attempt()
	for _, want := range []float64{math.E, math.E * math.E, math.E * math.E * math.E, 30, 30} {
		m.Refuse(addr, syscall.ECONNREFUSED)
		if got := attempt().Seconds(); got < want || got > want+0.02 {
			t.Errorf("waited %v s, want %v", got, want)
		}
	}
	peer := m.Answer(addr)
	m.Settle()
	if c.State() != reactor.Connected {
		t.Fatalf("state %v", c.State())
	}
	f.ResetDelay()
	peer.Close()
	if got := attempt().Seconds(); got < math.E || got > math.E+0.02 {
		t.Errorf("after ResetDelay: waited %v s", got)
	}
	f.StopTrying()
	m.Advance(time.Hour)
	if len(m.Attempts()) != 0 || c.State() != reactor.Disconnected {
		t.Errorf("after StopTrying: %v, %v", m.Attempts(), c.State())
	}

	f = &reactor.ReconnectingClientFactory{Factory: f.Factory, MaxRetries: 2}
	m.ConnectTCP(addr, f, reactor.ConnectOptions{})
	for range 3 {
		attempt()
		m.Refuse(addr, syscall.ECONNREFUSED)
	}
	m.Advance(24 * time.Hour)
	if len(m.Attempts()) != 0 {
		t.Error("more than MaxRetries")
	}
}

// TestShutdownGrace holds that the grace ends when its time is over, and no earlier.
func TestShutdownGrace(t *testing.T) {
	m := reactortest.NewMemory(t)
	var lost error
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return &greeter{size: 100, lost: &lost} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	peer.SetWindow(10)
	m.Settle()
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	m.Advance(reactor.DefaultShutdownGrace - 1)
	if lost != nil {
		t.Fatalf("lost too early: %v", lost)
	}
	m.Advance(1)
	if !errors.Is(lost, protocol.ErrConnectionLost) || !errors.Is(lost, reactor.ErrStopped) {
		t.Errorf("reason %v", lost)
	}
	if err := m.Turn(); err != reactor.ErrNotRunning {
		t.Errorf("after the end: %v", err)
	}
}

type greeter struct {
	protocol.Base
	size int
	lost *error
}

func (g *greeter) ConnectionMade(t protocol.Transport)               { t.Write(make([]byte, g.size)) }
func (g *greeter) ConnectionLost(_ protocol.Transport, reason error) { *g.lost = reason }

// A witness counts what happens to its connections.
type witness struct {
	made, lost int
	errors     []error
}

func (w *witness) BuildProtocol(net.Addr) (protocol.Protocol, error) { return &watched{w: w}, nil }

type watched struct {
	w    *witness
	over bool
}

func (p *watched) ConnectionMade(t protocol.Transport) {
	p.w.made++
	t.Write([]byte("hello"))
}

func (p *watched) DataReceived(t protocol.Transport, b []byte) {
	if p.over {
		p.w.errors = append(p.w.errors, errors.New("data after the end"))
	}
	t.Write(b[:1])
	if h, ok := t.(protocol.HalfCloseTransport); ok {
		h.LoseWriteConnection()
	}
}

func (p *watched) ConnectionLost(_ protocol.Transport, reason error) {
	if p.over || reason == nil {
		p.w.errors = append(p.w.errors, fmt.Errorf("lost twice, or for no reason: %v", reason))
	}
	p.over = true
	p.w.lost++
}

// TestEveryFault makes the first, the second, the third ... operation of the network fail, until nothing fails any more. Each time nothing may leak and the
// next connection has to work.
func TestEveryFault(t *testing.T) {
	for nth := 1; ; nth++ {
		m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		failed, ops := "", 0
		m.Fault = func(op string) error {
			if ops++; ops != nth {
				return nil
			}
			failed = op
			return syscall.ENOBUFS
		}
		server, client := &witness{}, &witness{}
		scenario := func() error {
			port, err := m.ListenTCP("127.0.0.1:0", server, reactor.ListenOptions{})
			if err != nil {
				return err
			}
			c := m.ConnectTCP(port.Addr().String(), client, reactor.ConnectOptions{})
			c.WhenConnected().Done(func(_ protocol.Protocol, e error) { err = e })
			m.Advance(time.Minute)
			port.StopListening()
			c.Disconnect()
			m.Settle()
			return err
		}
		first := scenario()
		m.Fault = nil
		if e, ok := errors.AsType[*protocol.CannotListenError](first); failed == "listen" && (!ok || !errors.Is(e, syscall.ENOBUFS)) {
			t.Errorf("fault %d in %s: %v", nth, failed, first)
		}
		if err := scenario(); err != nil {
			t.Errorf("after fault %d in %s: %v", nth, failed, err)
		}
		if n := m.Connections(); n != 0 {
			t.Errorf("fault %d in %s: %d connections leaked", nth, failed, n)
		}
		for name, w := range map[string]*witness{"server": server, "client": client} {
			if w.made != w.lost || w.made == 0 || len(w.errors) > 0 {
				t.Errorf("fault %d in %s: %s: %d made, %d lost, %v", nth, failed, name, w.made, w.lost, w.errors)
			}
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if failed == "" {
			if nth < 5 {
				t.Errorf("only %d operations", nth-1)
			}
			return
		}
	}
}

// TestLoopsOption holds that connections are dealt to the loops that a port may use, and to new ones.
func TestLoopsOption(t *testing.T) {
	m, err := reactortest.NewMemoryOf(reactor.Config{Loops: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	loops := map[protocol.Loop]int{}
	f := protocol.ForProtocol(func() protocol.Protocol { return placed{loops: loops} })
	for _, tt := range []struct{ option, want int }{{1, 1}, {2, 2}, {0, 4}} {
		clear(loops)
		port, err := m.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{Loops: tt.option})
		if err != nil {
			t.Fatal(err)
		}
		var peers []*reactortest.Peer
		for range 16 {
			peers = append(peers, m.Dial(port.Addr().String()))
			m.Settle()
		}
		if len(loops) != tt.want {
			t.Errorf("Loops %d: used %d", tt.option, len(loops))
		}
		for _, n := range loops {
			if n != 16/tt.want {
				t.Errorf("Loops %d: dealt %v", tt.option, loops)
			}
		}
		for _, p := range peers {
			p.Close()
		}
		port.StopListening()
		m.Settle()
	}
	if err := m.EnsureLoops(6); err != nil || len(m.Loops()) != 6 {
		t.Errorf("EnsureLoops: %d loops, %v", len(m.Loops()), err)
	}
}

type placed struct {
	protocol.Base
	loops map[protocol.Loop]int
}

func (p placed) ConnectionMade(t protocol.Transport) { p.loops[t.Loop()]++ }

// TestFairness holds that a producer whose peer takes everything does not keep others waiting.
func TestFairness(t *testing.T) {
	m := reactortest.NewMemory(t)
	p := &endless{}
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return p }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	peer.SetWindow(1 << 30)
	ticks := 0
	m.CallLater(0, func() { ticks++ })
	for range 10 {
		if err := m.Turn(); err != nil {
			t.Fatal(err)
		}
	}
	if ticks != 1 || p.resumes < 5 || p.resumes > 20 {
		t.Errorf("in 10 passes: %d ticks, %d resumes", ticks, p.resumes)
	}
	peer.Abort()
}

type endless struct {
	protocol.Base
	t       protocol.Transport
	resumes int
}

func (e *endless) ConnectionMade(t protocol.Transport) {
	e.t = t
	t.RegisterProducer(e, protocol.PullProducer)
}
func (e *endless) Pause()     {}
func (e *endless) Stop(error) {}
func (e *endless) Resume() {
	e.resumes++
	e.t.Write(make([]byte, 100))
}

// TestPanickingProducer holds that a producer's panic ends its connection only, wherever it was called from.
func TestPanickingProducer(t *testing.T) {
	var text strings.Builder
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var lost error
	g := &greeter{size: 10, lost: &lost}
	port, err := m.ListenTCP("127.0.0.1:0", protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return badProducer{g}, nil }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	m.Settle()
	if e, ok := errors.AsType[*protocol.PanicError](lost); !ok || e.Value != "bad producer" {
		t.Errorf("reason %v", lost)
	}
	if peer.Err() == nil || !strings.Contains(text.String(), "bad producer") {
		t.Errorf("peer %v, log %s", peer.Err(), text.String())
	}
}

type badProducer struct{ *greeter }

func (p badProducer) ConnectionMade(t protocol.Transport) {
	t.RegisterProducer(quiet{}, protocol.PushProducer)
	t.UnregisterProducer()
	t.RegisterProducer(p, protocol.PullProducer)
}

type quiet struct{}

func (quiet) Pause()     {}
func (quiet) Resume()    {}
func (quiet) Stop(error) {}

func (badProducer) Pause()     {}
func (badProducer) Resume()    { panic("bad producer") }
func (badProducer) Stop(error) {}

// TestIdleConnectionIsSmall bounds what a connection without traffic costs apart from its poller and its protocol.
func TestIdleConnectionIsSmall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes sizes")
	}
	if size := reactor.ConnSize; size > 400 {
		t.Errorf("a connection has %d bytes", size)
	}
}
