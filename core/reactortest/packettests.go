// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A packetScript is a datagram protocol made of functions, each of which may be missing.
type packetScript struct {
	start   func(t protocol.DatagramTransport)
	data    func(t protocol.DatagramTransport, p []byte, from protocol.Addr)
	stop    func(t protocol.DatagramTransport, reason error)
	refused func(t protocol.DatagramTransport)
}

func (s *packetScript) StartProtocol(t protocol.DatagramTransport) {
	if s.start != nil {
		s.start(t)
	}
}

func (s *packetScript) DatagramReceived(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
	if s.data != nil {
		s.data(t, p, from)
	}
}

func (s *packetScript) StopProtocol(t protocol.DatagramTransport, reason error) {
	if s.stop != nil {
		s.stop(t, reason)
	}
}

func (s *packetScript) ConnectionRefused(t protocol.DatagramTransport) {
	if s.refused != nil {
		s.refused(t)
	}
}

// packetEcho sends every datagram back.
func packetEcho(g *rig) *packetScript {
	return &packetScript{data: func(t protocol.DatagramTransport, p []byte, from protocol.Addr) {
		if string(p) == "panic" {
			panic("datagram panics")
		}
		g.check(t.WriteTo(p, from))
	}}
}

func testUDP(g *rig) {
	stopped := make(chan error, 1)
	s := packetEcho(g)
	started, over := false, false // the loop's
	s.start = func(t protocol.DatagramTransport) { started = t.LocalAddr().Port() != 0 }
	s.stop = func(_ protocol.DatagramTransport, reason error) { over = true; stopped <- reason }
	port, err := g.r.ListenUDP("127.0.0.1:0", s, reactor.PacketOptions{MaxSize: 100})
	if err != nil {
		g.Fatal(err)
	}
	if !started {
		g.Error("not started when ListenUDP returned")
	}
	if _, err := g.r.ListenUDP(port.LocalAddr().String(), s, reactor.PacketOptions{}); err == nil {
		g.Error("two ports with one address")
	}
	g.run()
	c := g.dial(port.LocalAddr())
	b := make([]byte, 1000)
	for _, tt := range []struct {
		send string
		want int
	}{{"", 0}, {"x", 1}, {"panic", -1}, {strings.Repeat("y", 300), 100}} {
		g.write(c, tt.send)
		if tt.want < 0 {
			continue
		}
		n, err := c.Read(b)
		if err != nil || n != tt.want {
			g.Errorf("sent %d bytes, got %d back, %v", len(tt.send), n, err)
		}
	}
	g.do(func() {
		var invalid *protocol.InvalidAddressError
		for _, to := range []protocol.Addr{{}, protocol.HostnameAddr("localhost", 1), protocol.UDPAddr(netip.MustParseAddrPort("[::1]:9"))} {
			if err := port.WriteTo([]byte("x"), to); !errors.As(err, &invalid) {
				g.Errorf("WriteTo(%v): %v", to, err)
			}
		}
		var long *protocol.MessageLengthError
		if err := port.WriteTo(make([]byte, 70_000), protocol.FromNetAddr(c.LocalAddr())); !errors.As(err, &long) {
			g.Errorf("70,000 bytes: %v", err)
		}
		if err := port.Write([]byte("x")); err == nil {
			g.Error("Write without a peer")
		}
		g.check(port.SetBroadcastAllowed(true))
		fired := false
		port.StopListening().Done(func(struct{}, error) {
			if fired = true; !over {
				g.Error("fired before StopProtocol")
			}
		})
		if fired {
			g.Error("fired inside StopListening")
		}
		if err := port.WriteTo([]byte("x"), protocol.FromNetAddr(c.LocalAddr())); !errors.Is(err, net.ErrClosed) {
			g.Errorf("WriteTo on a closed port: %v", err)
		}
	})
	if reason := receive(g, stopped); !errors.Is(reason, protocol.ErrConnectionDone) {
		g.Errorf("reason %v", reason)
	}
	if !strings.Contains(g.logs.String(), "datagram panics") {
		g.Error("the panic is not logged")
	}
}

func testUDPConnected(g *rig) {
	refused, got := make(chan struct{}, 100), make(chan string, 10)
	s := &packetScript{
		refused: func(protocol.DatagramTransport) { refused <- struct{}{} },
		data:    func(_ protocol.DatagramTransport, p []byte, _ protocol.Addr) { got <- string(p) },
	}
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		g.Fatal(err)
	}
	port, err := g.r.ListenUDP("127.0.0.1:0", s, reactor.PacketOptions{})
	if err != nil {
		g.Fatal(err)
	}
	g.check(port.Connect(protocol.FromNetAddr(peer.LocalAddr())))
	if err := port.Connect(protocol.FromNetAddr(peer.LocalAddr())); err != protocol.ErrAlreadyConnected {
		g.Errorf("second Connect: %v", err)
	}
	g.run()
	g.do(func() { g.check(port.Write([]byte("hello"))) })
	b := make([]byte, 10)
	n, from, err := peer.ReadFrom(b)
	if err != nil || string(b[:n]) != "hello" {
		g.Fatalf("got %q, %v", b[:n], err)
	}
	_, err = peer.WriteTo([]byte("answer"), from)
	g.check(err)
	if s := receive(g, got); s != "answer" {
		g.Errorf("got %q", s)
	}
	peer.Close()
	nobody := func() { g.do(func() { g.check(port.Write([]byte("nobody"))) }) }
	nobody()
	for sys.Wine() && g.r.PollerName() == "portable" && len(refused) == 0 {
		nobody() // wine 8 loses the error of a socket that comes while nothing is being received, as between two reads of this poller
	}
	receive(g, refused)
}

func testMulticast(g *rig) {
	group := netip.MustParseAddr("239.255.77.7")
	got := make(chan string, 10)
	listen := func(addr string) *reactor.MulticastPort {
		p, err := g.r.ListenMulticast(addr, &packetScript{data: func(_ protocol.DatagramTransport, p []byte, _ protocol.Addr) { got <- string(p) }},
			reactor.MulticastOptions{ListenMultiple: true})
		if err != nil {
			g.Fatal(err)
		}
		return p
	}
	first := listen(":0")
	second := listen(first.LocalAddr().String())
	lo := loopback()
	for _, p := range []*reactor.MulticastPort{first, second} {
		if err := p.JoinGroup(group, lo); err != nil {
			g.Skipf("no multicast on this machine: %v", err)
		}
	}
	var joinError *protocol.MulticastJoinError
	if err := first.JoinGroup(netip.MustParseAddr("127.0.0.1"), lo); !errors.As(err, &joinError) {
		g.Errorf("joining what is no group: %v", err)
	}
	if n, err := first.TTL(); n != 1 || err != nil {
		g.Errorf("TTL %d, %v", n, err)
	}
	g.check(first.SetTTL(3))
	if n, err := first.TTL(); n != 3 || err != nil {
		g.Errorf("TTL %d, %v", n, err)
	}
	if on, err := first.LoopbackMode(); !on || err != nil {
		g.Errorf("loopback %v, %v", on, err)
	}
	g.check(first.SetLoopbackMode(true))
	g.check(first.SetOutgoingInterface(lo))
	g.run()
	g.do(func() {
		g.check(first.WriteTo([]byte("to all"), protocol.UDPAddr(netip.AddrPortFrom(group, uint16(first.LocalAddr().Port())))))
	})
	for range 2 {
		if s := receive(g, got); s != "to all" {
			g.Errorf("got %q", s)
		}
	}
	g.do(func() { g.check(second.LeaveGroup(group, lo)) })
}

// loopback returns the name of the loopback interface.
func loopback() string {
	all, _ := net.Interfaces()
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return i.Name
		}
	}
	return ""
}

func testUNIXDatagram(g *rig) {
	dir := tempdir.Short(g)
	server, client := filepath.Join(dir, "s"), filepath.Join(dir, "c")
	port, err := g.r.ListenUNIXDatagram(server, packetEcho(g), reactor.UNIXDatagramOptions{Mode: 0o600})
	if errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	}
	if err != nil {
		g.Fatal(err)
	}
	if info, err := os.Stat(server); err != nil || info.Mode().Perm() != 0o600 {
		g.Errorf("mode %v, %v", info.Mode(), err)
	}
	got := make(chan string, 1)
	peer, err := g.r.ConnectUNIXDatagram(server, &packetScript{
		start: func(t protocol.DatagramTransport) { g.check(t.Write([]byte("hello"))) },
		data:  func(_ protocol.DatagramTransport, p []byte, _ protocol.Addr) { got <- string(p) },
	}, reactor.UNIXDatagramOptions{Bind: client})
	if err != nil {
		g.Fatal(err)
	}
	if peer.RemoteAddr().Name() != server {
		g.Errorf("peer %v", peer.RemoteAddr())
	}
	g.run()
	if s := receive(g, got); s != "hello" {
		g.Errorf("got %q", s)
	}
	g.do(func() { port.LoseConnection(); peer.LoseConnection() })
	for _, name := range []string{server, client} {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			g.Errorf("%s is still there: %v", name, err)
		}
	}
	g.do(func() {
		if _, err := g.r.ConnectUNIXDatagram(server, &packetScript{}, reactor.UNIXDatagramOptions{}); !errors.Is(err, protocol.ErrConnect) {
			g.Errorf("connecting to nobody: %v", err)
		}
	})
}
