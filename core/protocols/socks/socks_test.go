// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/core/resolver"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const proxyAddr = "127.0.0.1:1080"

// A rig is one attempt through a proxy that the test plays.
type rig struct {
	m     *reactortest.Memory
	proxy *reactortest.Peer
	acc   *protocoltest.Accumulating
	d     *deferred.Deferred[protocol.Protocol]
	ended bool
	err   error
}

func connect(t testing.TB, c socks.Client) *rig {
	g := &rig{m: reactortest.NewMemory(t), acc: &protocoltest.Accumulating{}}
	c.Loop, c.Inner = g.m, &endpoint.TCPClient{Reactor: g.m, Host: "127.0.0.1", Port: 1080}
	g.d = c.Connect(protocol.ForProtocol(func() protocol.Protocol { return g.acc }))
	g.d.Done(func(_ protocol.Protocol, err error) { g.ended, g.err = true, err })
	g.m.Settle()
	g.answer()
	return g
}

// answer accepts the connection to the proxy.
func (g *rig) answer() {
	g.proxy = g.m.Answer(proxyAddr)
	g.m.Settle()
}

// play has the conversation: what begins with '>' is expected, what begins with '<' is answered.
func (g *rig) play(t testing.TB, script ...string) {
	t.Helper()
	for _, line := range script {
		if line[0] == '<' {
			g.proxy.Write([]byte(line[1:]))
			g.m.Settle()
			continue
		}
		if got := string(g.proxy.Received()); got != line[1:] {
			t.Errorf("said %q, want %q", got, line[1:])
		}
	}
}

const granted5 = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"

var conversations = []struct {
	name   string
	c      socks.Client
	script []string
	remote string
}{
	{"name", socks.Client{Host: "far.example", Port: 80}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x03\x0bfar.example\x00\x50", "<" + granted5}, "far.example:80"},
	{"international name", socks.Client{Host: "bücher.example", Port: 443}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x03\x15xn--bcher-kva.example\x01\xbb", "<\x05\x00\x00\x03\x02ab\x00\x01"}, "xn--bcher-kva.example:443"},
	{"underscore", socks.Client{Host: "my_host", Port: 1}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x03\x07my_host\x00\x01", "<\x05\x00\x00\x03\x00\x00\x01"}, "my_host:1"},
	{"IPv4", socks.Client{Host: "192.0.2.1", Port: 80}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", "<" + granted5}, "192.0.2.1:80"},
	{"IPv6", socks.Client{Host: "2001:db8::1", Port: 80}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x04\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x00\x50", "<\x05\x00\x00\x04" + strings.Repeat("\x00", 18)}, "[2001:db8::1]:80"},
	{"mapped", socks.Client{Host: "::ffff:192.0.2.1", Port: 80}, []string{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50", "<" + granted5}, "192.0.2.1:80"},
	{"login", socks.Client{Host: "a", Port: 80, Username: "joe", Password: "secret"}, []string{">\x05\x02\x00\x02", "<\x05\x02", ">\x01\x03joe\x06secret", "<\x01\x00", ">\x05\x01\x00\x03\x01a\x00\x50", "<" + granted5}, "a:80"},
	{"login not wanted", socks.Client{Host: "a", Port: 80, Username: "joe"}, []string{">\x05\x02\x00\x02", "<\x05\x00", ">\x05\x01\x00\x03\x01a\x00\x50", "<" + granted5}, "a:80"},
	{"4", socks.Client{Version: socks.SOCKS4, Host: "192.0.2.1", Port: 80, Username: "joe"}, []string{">\x04\x01\x00\x50\xc0\x00\x02\x01joe\x00", "<\x00\x5a\x00\x00\x00\x00\x00\x00"}, "192.0.2.1:80"},
	{"4a", socks.Client{Version: socks.SOCKS4A, Host: "far.example", Port: 80}, []string{">\x04\x01\x00\x50\x00\x00\x00\x01\x00far.example\x00", "<\x00\x5a\x01\x02\x03\x04\x05\x06"}, "far.example:80"},
	{"4a with an address", socks.Client{Version: socks.SOCKS4A, Host: "192.0.2.1", Port: 80}, []string{">\x04\x01\x00\x50\xc0\x00\x02\x01\x00", "<\x00\x5a\x00\x00\x00\x00\x00\x00"}, "192.0.2.1:80"},
}

func TestConversations(t *testing.T) {
	for _, tt := range conversations {
		t.Run(tt.name, func(t *testing.T) {
			g := connect(t, tt.c)
			last := len(tt.script) - 1
			g.play(t, tt.script[:last]...)
			if g.ended || g.acc.Transport() != nil {
				t.Fatal("connected before the proxy has answered")
			}
			g.play(t, tt.script[last]+"early")
			if !g.ended || g.err != nil {
				t.Fatal(g.err)
			}
			if got := g.acc.Transport().RemoteAddr().String(); got != tt.remote {
				t.Errorf("the peer is %s, want %s", got, tt.remote)
			}
			g.play(t, "< and late")
			if got := string(g.acc.Data()); got != "early and late" {
				t.Errorf("received %q", got)
			}
			io.WriteString(g.acc.Transport(), "bye")
			g.acc.Transport().LoseConnection()
			g.m.Settle()
			g.play(t, ">bye")
		})
	}
}

// A proxy's words may be cut up anywhere.
func TestSplits(t *testing.T) {
	for _, tt := range conversations {
		var said string
		for _, line := range tt.script {
			if line[0] == '<' {
				said += line[1:]
			}
		}
		protocoltest.Splits(t, []byte(said+"data"), func(pieces iter.Seq[[]byte]) string {
			transport := protocoltest.NewStringTransport()
			var log strings.Builder
			c := tt.c
			c.Loop = transport.Clock
			c.Inner = endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
				p, _ := f.BuildProtocol(nil)
				transport.Connect(p)
				return deferred.SucceedOn(transport.Clock, p)
			})
			acc := &protocoltest.Accumulating{}
			c.Connect(protocol.ForProtocol(func() protocol.Protocol { return acc })).Done(func(_ protocol.Protocol, err error) { fmt.Fprintln(&log, err) })
			for piece := range pieces {
				transport.Feed(piece)
			}
			return fmt.Sprintf("%s %q %q", log.String(), transport.Value(), acc.Data())
		})
	}
}

func reply5(code byte) string {
	return "<\x05" + string([]byte{code}) + "\x00\x01\x00\x00\x00\x00\x00\x00"
}

// What a proxy can refuse, and what it can get wrong (class 15).
func TestRefusals(t *testing.T) {
	v5, login := socks.Client{Host: "a", Port: 80}, socks.Client{Host: "a", Port: 80, Username: "joe", Password: "secret"}
	v4 := socks.Client{Host: "192.0.2.1", Port: 80, Version: socks.SOCKS4}
	v4a := socks.Client{Host: "a", Port: 80, Version: socks.SOCKS4A}
	for _, tt := range []struct {
		name   string
		c      socks.Client
		script []string
		want   error
		code   socks.Code
	}{
		{"general failure", v5, []string{"<\x05\x00", reply5(1)}, protocol.ErrConnect, socks.GeneralFailure},
		{"not allowed", v5, []string{"<\x05\x00", reply5(2)}, protocol.ErrConnect, socks.NotAllowed},
		{"network", v5, []string{"<\x05\x00", reply5(3)}, protocol.ErrNoRoute, socks.NetworkUnreachable},
		{"host", v5, []string{"<\x05\x00", reply5(4)}, protocol.ErrNoRoute, socks.HostUnreachable},
		{"refused", v5, []string{"<\x05\x00", reply5(5)}, protocol.ErrConnectionRefused, socks.ConnectionRefused},
		{"TTL", v5, []string{"<\x05\x00", reply5(6)}, protocol.ErrConnect, socks.TTLExpired},
		{"command", v5, []string{"<\x05\x00", reply5(7)}, protocol.ErrConnect, socks.CommandNotSupported},
		{"address", v5, []string{"<\x05\x00", reply5(8)}, protocol.ErrConnect, socks.AddressNotSupported},
		{"unknown", v5, []string{"<\x05\x00", reply5(200)}, protocol.ErrConnect, 200},
		{"short refusal", v5, []string{"<\x05\x00", "<\x05\x05"}, protocol.ErrConnectionRefused, socks.ConnectionRefused},
		{"4 rejected", v4, []string{"<\x00\x5b\x00\x00\x00\x00\x00\x00"}, protocol.ErrConnect, socks.Rejected},
		{"4a no ident", v4a, []string{"<\x00\x5c\x00\x00\x00\x00\x00\x00"}, protocol.ErrConnect, socks.NoIdent},
		{"4a wrong ident", v4a, []string{"<\x00\x5d"}, protocol.ErrConnect, socks.WrongIdent},
		{"no method", v5, []string{"<\x05\xff"}, socks.ErrMethod, 0},
		{"a login is wanted", v5, []string{"<\x05\x02"}, socks.ErrMalformed, 0},
		{"GSSAPI", login, []string{"<\x05\x01"}, socks.ErrMalformed, 0},
		{"wrong password", login, []string{"<\x05\x02", "<\x01\x01"}, socks.ErrLogin, 0},
		{"garbage for the login", login, []string{"<\x05\x02", "<\x05\x00"}, socks.ErrMalformed, 0},
		{"HTTP", v5, []string{"<HTTP/1.1 400 Bad Request\r\n"}, socks.ErrMalformed, 0},
		{"HTTP for 4", v4, []string{"<HTTP/1.1 400 Bad Request\r\n"}, socks.ErrMalformed, 0},
		{"version 4 for 5", v5, []string{"<\x00\x5a"}, socks.ErrMalformed, 0},
		{"version changes", v5, []string{"<\x05\x00", "<\x04\x00"}, socks.ErrMalformed, 0},
		{"reserved", v5, []string{"<\x05\x00", "<\x05\x00\x01"}, socks.ErrMalformed, 0},
		{"kind of address", v5, []string{"<\x05\x00", "<\x05\x00\x00\x02"}, socks.ErrMalformed, 0},
		{"kind of address, all at once", v5, []string{"<\x05\x00", "<\x05\x00\x00\x02\x00\x00\x00\x00"}, socks.ErrMalformed, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := connect(t, tt.c)
			g.play(t, tt.script...)
			e, _ := errors.AsType[*socks.ReplyError](g.err)
			if !errors.Is(g.err, tt.want) || !errors.Is(g.err, protocol.ErrConnect) || tt.code != 0 && (e == nil || e.Code != tt.code) {
				t.Errorf("%v, want %v and code %d", g.err, tt.want, tt.code)
			}
			if tt.code == 0 && e != nil {
				t.Errorf("%v has a code", g.err)
			}
			if g.proxy.Err() == nil || g.acc.Transport() != nil {
				t.Error("the connection stays, or was handed over")
			}
			if strings.Contains(fmt.Sprint(g.err), "secret") {
				t.Errorf("%v tells the password", g.err)
			}
		})
	}
}

// A proxy that closes, in whatever state, or says nothing, ends the attempt; nothing is left behind.
func TestLosses(t *testing.T) {
	c := socks.Client{Host: "a", Port: 80, Username: "joe", Password: "secret", Timeout: 5 * time.Second}
	script := []string{"<\x05", "<\x02", "<\x01", "<\x00", "<\x05\x00", "<\x00\x03\x09", "<proxy.exa"}
	for n := range len(script) + 1 {
		for what, do := range map[string]func(g *rig){
			"closes":   func(g *rig) { g.proxy.CloseWrite() },
			"resets":   func(g *rig) { g.proxy.Abort() },
			"is slow":  func(g *rig) { g.m.Advance(5 * time.Second) },
			"given up": func(g *rig) { g.d.Cancel() },
		} {
			g := connect(t, c)
			for _, line := range script[:n] {
				g.play(t, line)
			}
			if g.ended {
				t.Fatalf("over after %d steps: %v", n, g.err)
			}
			do(g)
			g.m.Settle()
			want := map[string]error{"closes": io.ErrUnexpectedEOF, "resets": protocol.ErrConnectionLost, "is slow": os.ErrDeadlineExceeded, "given up": protocol.ErrConnectingCanceled}[what]
			if !errors.Is(g.err, want) || !errors.Is(g.err, protocol.ErrConnect) || g.acc.Transport() != nil {
				t.Errorf("%s after %d steps: %v, want %v", what, n, g.err, want)
			}
			if what != "resets" && g.proxy.Err() == nil {
				t.Errorf("%s after %d steps: the connection stays", what, n)
			}
		}
	}
}

func TestUnusable(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, c := range []socks.Client{
		{Host: "a", Port: 0},
		{Host: "a", Port: 65536},
		{Host: "", Port: 80},
		{Host: "..", Port: 80},
		{Host: "a b", Port: 80},
		{Host: "a\x00b", Port: 80},
		{Host: long, Port: 80},
		{Host: "fe80::1%lo", Port: 80},
		{Host: "a", Port: 80, Version: 9},
		{Host: "a", Port: 80, Username: long},
		{Host: "a", Port: 80, Username: "joe", Password: long},
		{Host: "a", Port: 80, Password: "secret"},
		{Host: "a", Port: 80, Version: socks.SOCKS4A, Username: "joe", Password: "secret"},
		{Host: "a", Port: 80, Version: socks.SOCKS4A, Username: "joe\x00evil"},
		{Host: "2001:db8::1", Port: 80, Version: socks.SOCKS4A},
	} {
		g := connect(t, c)
		if !errors.Is(g.err, protocol.ErrConnect) || g.proxy != nil {
			t.Errorf("%+v: %v, dialled: %v", c, g.err, g.proxy != nil)
		}
	}
}

// Names that are looked up here have each of their addresses tried.
func TestResolveLocally(t *testing.T) {
	hosts := resolver.Hosts{"two.example": {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.7")}}
	for _, tt := range []struct {
		version socks.Version
		local   bool
		scripts [][]string
	}{
		{socks.SOCKS5, true, [][]string{
			{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x04\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x00\x50", reply5(4)},
			{">\x05\x01\x00", "<\x05\x00", ">\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50", "<" + granted5},
		}},
		{socks.SOCKS4, false, [][]string{{">\x04\x01\x00\x50\xc0\x00\x02\x07\x00", "<\x00\x5a\x00\x00\x00\x00\x00\x00"}}},
	} {
		g := connect(t, socks.Client{Version: tt.version, ResolveLocally: tt.local, Host: "two.example", Port: 80, Resolver: hosts})
		for i, script := range tt.scripts {
			if i > 0 {
				g.answer()
			}
			g.play(t, script...)
		}
		if !g.ended || g.err != nil || g.acc.Transport().RemoteAddr().String() != "192.0.2.7:80" {
			t.Errorf("%v: ended %v, %v", tt.version, g.ended, g.err)
		}
	}
	bare := protocoltest.NewClock()
	c := socks.Client{Loop: bare, ResolveLocally: true, Host: "a", Port: 80}
	if _, err := result(bare, c.Connect(nil)); err == nil {
		t.Error("a loop that cannot look names up did")
	}
}

func result(clock *protocoltest.Clock, d *deferred.Deferred[protocol.Protocol]) (p protocol.Protocol, err error) {
	d.Done(func(v protocol.Protocol, e error) { p, err = v, e })
	clock.Until(context.Background(), func() bool { return p != nil || err != nil })
	return p, err
}
