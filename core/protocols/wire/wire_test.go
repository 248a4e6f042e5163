// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/wire"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func connected(t testing.TB, f protocol.Factory) *protocoltest.StringTransport {
	p, err := f.BuildProtocol(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := protocoltest.NewStringTransport()
	s.Connect(p)
	return s
}

func TestEcho(t *testing.T) {
	s := connected(t, wire.Echo())
	s.FeedString("hello ")
	s.FeedString("world")
	s.FeedEOF()
	if s.Clock.Pump(0, 0); s.Value() != "hello world" || !s.Disconnected() || s.Aborted() {
		t.Errorf("%q, closed %v", s.Value(), s.Disconnected())
	}
}

// A peer that sends without reading is held up, not buffered (class 12: a slow reader).
func TestEchoHoldsUp(t *testing.T) {
	s := connected(t, wire.Echo())
	s.Stalled = true
	s.FeedString(strings.Repeat("x", protocol.HighWater+1))
	if s.ProducerState() != protocoltest.Paused {
		t.Error("echo reads on though the peer does not")
	}
	s.Stalled = false
	s.Drain()
	if s.Clock.Pump(0, 0); s.ProducerState() != protocoltest.Producing {
		t.Error("echo stays held up")
	}
}

func TestDiscard(t *testing.T) {
	s := connected(t, wire.Discard())
	if s.FeedString("hello"); s.Value() != "" {
		t.Errorf("%q", s.Value())
	}
}

// The pattern is that of RFC 864, without a seam, and a peer that does not read makes it wait.
func TestChargen(t *testing.T) {
	s := connected(t, wire.Chargen())
	for range 3 {
		s.Clock.Pump(0, 0)
	}
	lines := strings.SplitAfter(s.Value(), "\r\n")
	if len(lines) < 200 || !strings.HasPrefix(lines[0], " !\"#$%&'()*+,-./0123456789") {
		t.Fatalf("%d lines, the first is %q", len(lines), lines[0])
	}
	for i, line := range lines[1 : len(lines)-1] {
		if len(line) != 74 || line[:71] != lines[i][1:72] {
			t.Fatalf("line %d: %q after %q", i+1, line, lines[i])
		}
	}
	before := len(s.Value())
	s.Stalled = true
	for range 100 {
		s.FeedString("ignored")
		s.Clock.Pump(0, 0)
	}
	if after := len(s.Value()); after > before+2*95*74 {
		t.Errorf("%d bytes are queued for a peer that does not read", after-before)
	}
	s.Lose(protocol.Aborted())
	s.Clock.Pump(0, 0)
}

func TestTellers(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, tt := range map[string]struct {
		f    protocol.Factory
		want string
	}{
		"quote":       {wire.QOTD(nil), `^An apple a day keeps the doctor away\.\r\n$`},
		"long quote":  {wire.QOTD(func() string { return long }), `^x{511}$`},
		"who":         {wire.Who(nil), `^root\r\n$`},
		"who, really": {wire.Who(func() []string { return []string{"alice", "bob"} }), `^alice\r\nbob\r\n$`},
		"daytime":     {wire.Daytime(), `^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [A-Z][a-z]+ \d+, \d{4} \d\d:\d\d:\d\d-UTC\r\n$`},
	} {
		s := connected(t, tt.f)
		if s.Clock.Pump(0, 0); !regexp.MustCompile(tt.want).MatchString(s.Value()) || !s.Disconnected() {
			t.Errorf("%s: %q, closed %v", name, s.Value(), s.Disconnected())
		}
	}
}

// RFC 868 gives these examples.
func TestTime(t *testing.T) {
	for n, want := range map[uint32]string{
		2208988800: "1970-01-01T00:00:00Z", 2398291200: "1976-01-01T00:00:00Z", 2524521600: "1980-01-01T00:00:00Z", 2629584000: "1983-05-01T00:00:00Z",
		0: "2036-02-07T06:28:16Z",
	} {
		got := wire.ReadTime([4]byte(binary.BigEndian.AppendUint32(nil, n)))
		if got.Format(time.RFC3339) != want {
			t.Errorf("%d is %v, want %s", n, got, want)
		}
		if b := wire.TimeAnswer(nil, got); binary.BigEndian.Uint32(b) != n {
			t.Errorf("%v is told as %x", got, b)
		}
	}
	s := connected(t, wire.Time())
	before := time.Now().Add(-time.Minute)
	if b := s.Value(); len(b) != 4 || wire.ReadTime([4]byte([]byte(b))).Before(before) {
		t.Errorf("%x", b)
	}
}

// Datagram services do not serve those who attack others through them (class 54).
func TestDatagrams(t *testing.T) {
	question := strings.Repeat("q", 100)
	lan := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, tt := range map[string]struct {
		d    *wire.Datagrams
		from string
		n    int // datagrams sent
		sent int // answers
		size int // of each, at most
	}{
		"echo":                      {&wire.Datagrams{Answer: wire.EchoAnswer}, "127.0.0.1:5000", 1, 1, 100},
		"echo, IPv6":                {&wire.Datagrams{Answer: wire.EchoAnswer}, "[::1]:5000", 1, 1, 100},
		"a forged sender":           {&wire.Datagrams{Answer: wire.EchoAnswer}, "192.0.2.1:5000", 1, 0, 0},
		"a service at another port": {&wire.Datagrams{Answer: wire.EchoAnswer}, "127.0.0.1:19", 1, 0, 0},
		"port 0":                    {&wire.Datagrams{Answer: wire.EchoAnswer}, "127.0.0.1:0", 1, 0, 0},
		"allowed":                   {&wire.Datagrams{Answer: wire.EchoAnswer, Allowed: lan}, "10.1.2.3:5000", 1, 1, 100},
		"not allowed":               {&wire.Datagrams{Answer: wire.EchoAnswer, Allowed: lan}, "127.0.0.1:5000", 1, 0, 0},
		"chargen amplifies nothing": {&wire.Datagrams{Answer: wire.ChargenAnswer}, "127.0.0.1:5000", 1, 1, 100},
		"a flood":                   {&wire.Datagrams{Answer: wire.DaytimeAnswer}, "127.0.0.1:5000", 1000, wire.DefaultRate, 60},
		"an own rate":               {&wire.Datagrams{Answer: wire.TimeAnswer, Rate: 3}, "127.0.0.1:5000", 10, 3, 4},
		"quote":                     {&wire.Datagrams{Answer: wire.QuoteAnswer(nil)}, "127.0.0.1:5000", 1, 1, wire.MaxQuote},
		"discard":                   {&wire.Datagrams{Answer: wire.DiscardAnswer}, "127.0.0.1:5000", 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := protocoltest.NewFakeDatagramTransport()
			from := protocol.UDPAddr(netip.MustParseAddrPort(tt.from))
			if from.AddrPort().Addr().Is6() {
				s.Local = protocol.UDPAddr(netip.MustParseAddrPort("[::1]:7"))
			}
			for range tt.n {
				tt.d.DatagramReceived(s, []byte(question), from)
			}
			sent := s.Written()
			if len(sent) != tt.sent {
				t.Errorf("%d answers, want %d", len(sent), tt.sent)
			}
			for _, d := range sent {
				if len(d.Data) > tt.size || d.To != from {
					t.Errorf("%d bytes to %v", len(d.Data), d.To)
				}
			}
			answered, refused := tt.d.Counts()
			if answered != int64(tt.sent) || name != "discard" && answered+refused != int64(tt.n) {
				t.Errorf("%d answered, %d refused", answered, refused)
			}
		})
	}
}

// The rate is that of a second.
func TestDatagramsGoOn(t *testing.T) {
	d := &wire.Datagrams{Answer: wire.EchoAnswer, Rate: 2}
	s := protocoltest.NewFakeDatagramTransport()
	s.Start(d)
	for second := range 3 {
		for range 5 {
			s.Feed([]byte("x"), protocol.UDPAddr(netip.MustParseAddrPort("127.0.0.1:5000")))
		}
		if n := len(s.Written()); n != 2*(second+1) {
			t.Errorf("after %d seconds: %d answers", second, n)
		}
		s.Clock.Advance(time.Second)
	}
}

// nc talks to the services over TCP and UDP.
func TestWithNc(t *testing.T) {
	path, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("nc is not installed")
	}
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	port := func(f protocol.Factory) string {
		p, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(p.Addr().Port())
	}
	echo, who := port(wire.Echo()), port(wire.Who(nil))
	u, err := r.ListenUDP("127.0.0.1:0", &wire.Datagrams{Answer: wire.EchoAnswer}, reactor.PacketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	defer func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, tt := range []struct{ args, in, want string }{
		{"-N 127.0.0.1 " + echo, strings.Repeat("echo\n", 50000), strings.Repeat("echo\n", 50000)},
		{"127.0.0.1 " + who, "", "root\r\n"},
	} {
		cmd := exec.CommandContext(ctx, path, strings.Fields(tt.args)...)
		cmd.Stdin = strings.NewReader(tt.in)
		if out, err := cmd.Output(); err != nil || string(out) != tt.want {
			t.Errorf("nc %s: %d bytes, %v; want %d", tt.args, len(out), err, len(tt.want))
		}
	}
	c, err := net.Dial("udp", u.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	c.Write([]byte("datagram"))
	b := make([]byte, 100)
	if n, err := c.Read(b); err != nil || string(b[:n]) != "datagram" {
		t.Errorf("%q, %v", b[:n], err)
	}
}

func ExampleEcho() {
	m, err := reactortest.NewMemoryOf(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	m.ListenTCP("127.0.0.1:7", wire.Echo(), reactor.ListenOptions{})
	peer := m.Dial("127.0.0.1:7")
	io.WriteString(peer, "hello")
	m.Settle()
	fmt.Printf("%s\n", bytes.ToUpper(peer.Received()))
	// Output: HELLO
}
