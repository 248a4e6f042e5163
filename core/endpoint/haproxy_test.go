// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// captured is a server that keeps the factory that it is given.
type captured struct{ f protocol.Factory }

func (c *captured) Listen(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
	c.f = f
	return deferred.Succeed[endpoint.Port](nil)
}

// A watcher notes everything that happens to it, with the addresses.
type watcher struct {
	log  []string
	made func(protocol.Transport)
	data func(protocol.Transport)
	t    protocol.Transport
}

func (w *watcher) ConnectionMade(t protocol.Transport) {
	w.t = t
	w.log = append(w.log, fmt.Sprintf("made %v from %v", t.LocalAddr(), t.RemoteAddr()))
	if w.made != nil {
		w.made(t)
	}
}

func (w *watcher) DataReceived(t protocol.Transport, p []byte) {
	if n := len(w.log) - 1; strings.HasPrefix(w.log[n], "data ") {
		w.log[n] += string(p)
	} else {
		w.log = append(w.log, "data "+string(p))
	}
	if w.data != nil {
		w.data(t)
	}
}

func (w *watcher) ConnectionLost(_ protocol.Transport, reason error) {
	w.log = append(w.log, "lost "+reason.Error())
}

// proxied connects a StringTransport to what s makes of w.
func proxied(t *testing.T, s *endpoint.HAProxyServer, w protocol.Protocol) *protocoltest.StringTransport {
	t.Helper()
	inner := &captured{}
	s.Inner = inner
	if s.Logger == nil {
		s.Logger = quiet()
	}
	s.Listen(protocol.ForProtocol(func() protocol.Protocol { return w }))
	tr := protocoltest.NewStringTransport()
	p, err := inner.f.BuildProtocol(tr.RemoteAddr())
	if err != nil || p == nil {
		t.Fatalf("refused: %v, %v", p, err)
	}
	tr.Connect(p)
	return tr
}

const (
	header1 = "PROXY TCP4 203.0.113.5 203.0.113.6 1234 443\r\n"
	header2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x05\xcb\x00\x71\x06\x04\xd2\x01\xbb"
	local2  = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
)

func TestHAProxy(t *testing.T) {
	const (
		original = "made 203.0.113.6:443 from 203.0.113.5:1234"
		real     = "made 10.0.0.1:12345 from 192.168.1.1:54321"
		bye      = "lost connection closed cleanly by the peer"
	)
	for _, tt := range []struct {
		name, in string
		want     string
	}{
		{"v1", header1 + "hello", original + "; data hello; " + bye},
		{"v1 alone", header1, original + "; " + bye},
		{"v2", header2 + "hello", original + "; data hello; " + bye},
		{"v1 unknown", "PROXY UNKNOWN x\r\nhello", real + "; data hello; " + bye},
		{"v2 local", local2 + "hello", real + "; data hello; " + bye},
		{"nothing", "", ""},
		{"cut short", "PROXY TCP4 1.2", ""},
		{"no header", "GET / HTTP/1.1\r\n\r\n", ""},
		{"bad header", "PROXY TCP4 a b c d\r\nhello", ""},
		{"too long", "PROXY UNKNOWN " + strings.Repeat("x", 200) + "\r\nhello", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string {
				w := &watcher{}
				tr := proxied(t, &endpoint.HAProxyServer{}, w)
				for p := range pieces {
					if !tr.Disconnecting() {
						tr.Feed(p)
						tr.Clock.Settle()
					}
				}
				if !tr.Disconnecting() {
					tr.FeedEOF()
				}
				tr.Clock.Settle()
				if !tr.Disconnected() || len(tr.Clock.Calls()) > 0 {
					t.Errorf("still connected, or a timer is left")
				}
				if got := strings.Join(w.log, "; "); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				return strings.Join(w.log, "; ")
			})
		})
	}
}

// The header has to be complete in time; the time ends with the header.
func TestHAProxyHeaderTimeout(t *testing.T) {
	for _, tt := range []struct{ set, want time.Duration }{{0, endpoint.ProxyHeaderTimeout}, {time.Second, time.Second}} {
		var log bytes.Buffer
		w := &watcher{}
		tr := proxied(t, &endpoint.HAProxyServer{HeaderTimeout: tt.set, Logger: slog.New(slog.NewTextHandler(&log, nil))}, w)
		tr.FeedString("PROXY ")
		tr.Clock.Advance(tt.want - 1)
		if tr.Disconnecting() {
			t.Fatal("too early")
		}
		tr.Clock.Advance(1)
		tr.Clock.Settle()
		if !tr.Aborted() || !tr.Disconnected() || len(w.log) > 0 || !strings.Contains(log.String(), "no complete PROXY header in time") {
			t.Errorf("aborted %v, %q, log %q", tr.Aborted(), w.log, log.String())
		}
		tr = proxied(t, &endpoint.HAProxyServer{HeaderTimeout: tt.set}, w)
		tr.FeedString(header1)
		tr.Clock.Settle()
		tr.Clock.Advance(time.Hour)
		if tr.Disconnecting() {
			t.Error("the timeout goes on after the header")
		}
	}
}

func TestHAProxyStats(t *testing.T) {
	inner := &captured{}
	s := &endpoint.HAProxyServer{Inner: inner, Logger: quiet(), Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}
	s.Listen(echoes)
	inner.f.BuildProtocol(protocol.TCPAddr(netip.MustParseAddrPort("10.0.0.1:1")))
	for _, in := range []string{header1, header2, "GET ", "PROXY "} {
		tr := protocoltest.NewStringTransport()
		p, _ := inner.f.BuildProtocol(tr.RemoteAddr())
		tr.Connect(p)
		tr.FeedString(in)
		tr.Clock.Settle()
		tr.Clock.Advance(time.Minute)
	}
	if got, want := s.Stats(), (endpoint.ProxyStats{Proxied: 2, Refused: 1, Malformed: 1, TimedOut: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What came with the header is held back while the protocol wants nothing, and comes before what follows.
func TestHAProxyPause(t *testing.T) {
	w := &watcher{made: func(t protocol.Transport) { t.Pause() }}
	tr := proxied(t, &endpoint.HAProxyServer{}, w)
	tr.FeedString(header1 + "one ")
	tr.Clock.Settle()
	tr.FeedString("two ")
	tr.Clock.Settle()
	if len(w.log) != 1 {
		t.Fatalf("delivered while paused: %q", w.log)
	}
	w.t.Resume()
	if len(w.log) != 1 {
		t.Error("delivered from inside Resume")
	}
	tr.Clock.Settle()
	if got := w.log[len(w.log)-1]; got != "data one two " {
		t.Errorf("got %q", got)
	}
}

// After LoseConnection or AbortConnection in ConnectionMade nothing is delivered.
func TestHAProxyCloseAtOnce(t *testing.T) {
	for _, end := range []func(protocol.Transport){
		protocol.Transport.LoseConnection, protocol.Transport.AbortConnection, func(t protocol.Transport) { t.Stop(nil) },
	} {
		w := &watcher{made: end}
		tr := proxied(t, &endpoint.HAProxyServer{}, w)
		tr.FeedString(header1 + "one")
		tr.Clock.Settle()
		if got := strings.Join(w.log, "; "); strings.Contains(got, "data") || !strings.Contains(got, "lost") {
			t.Errorf("got %q", got)
		}
	}
}

// A protocol that knows half-close gets the end of the input; one that does not loses the connection, and its producer is told.
func TestHAProxyHalfClose(t *testing.T) {
	half := &halfWatcher{}
	tr := proxied(t, &endpoint.HAProxyServer{}, half)
	tr.FeedString(header1 + "x")
	tr.FeedEOF()
	tr.Clock.Settle()
	half.t.Write([]byte("answer"))
	tr.Clock.Settle()
	half.t.(protocol.Unwrapper[protocol.Transport]).Unwrap().(protocol.HalfCloseTransport).LoseWriteConnection()
	tr.Clock.Settle()
	if got := strings.Join(half.log[1:], "; "); got != "data x; read end; write end; lost connection closed cleanly by the peer" || tr.Value() != "answer" {
		t.Errorf("got %q, wrote %q", got, tr.Value())
	}

	w := &watcher{}
	tr = proxied(t, &endpoint.HAProxyServer{}, w)
	tr.FeedString(header1)
	tr.Clock.Settle()
	p := &stopped{}
	w.t.RegisterProducer(p, protocol.PushProducer)
	tr.FeedEOF()
	tr.Clock.Settle()
	if !errors.Is(p.reason, io.EOF) || w.log[len(w.log)-1] != "lost connection closed cleanly by the peer" {
		t.Errorf("producer stopped with %v; %q", p.reason, w.log)
	}
}

type halfWatcher struct{ watcher }

func (w *halfWatcher) ReadConnectionLost(protocol.Transport)  { w.log = append(w.log, "read end") }
func (w *halfWatcher) WriteConnectionLost(protocol.Transport) { w.log = append(w.log, "write end") }

type stopped struct{ reason error }

func (*stopped) Pause()              {}
func (*stopped) Resume()             {}
func (s *stopped) Stop(reason error) { s.reason = reason }

// What came with the header goes to a layer that is put on in ConnectionMade, as TLS may be.
func TestHAProxyInterpose(t *testing.T) {
	var outer *layer
	w := &watcher{}
	w.made = func(t protocol.Transport) {
		i, _ := protocol.As[protocol.Interposer](t)
		i.Interpose(func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
			outer = &layer{self: self, inner: inner, same: self == t && inner == protocol.Protocol(w)}
			return outer, raw, nil
		})
	}
	tr := proxied(t, &endpoint.HAProxyServer{}, w)
	tr.FeedString(header1 + "one ")
	tr.FeedString("two")
	tr.Clock.Settle()
	tr.FeedEOF()
	tr.Clock.Settle()
	if got := strings.Join(w.log[1:], "; "); got != "data ONE TWO; lost connection closed cleanly by the peer" || !outer.same {
		t.Errorf("got %q, same %v", got, outer.same)
	}
}

// A layer makes capitals.
type layer struct {
	protocol.Base
	self  protocol.Transport
	inner protocol.Protocol
	same  bool
}

func (l *layer) DataReceived(_ protocol.Transport, p []byte) {
	l.inner.DataReceived(l.self, bytes.ToUpper(p))
}
func (l *layer) ConnectionLost(_ protocol.Transport, reason error) {
	l.inner.ConnectionLost(l.self, reason)
}

// The factory is asked with the original address, and may refuse.
func TestHAProxyFactory(t *testing.T) {
	for _, fail := range []error{nil, errors.New("no")} {
		inner := &captured{}
		s := &endpoint.HAProxyServer{Inner: inner, Logger: quiet()}
		var asked net.Addr
		s.Listen(protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
			asked = peer
			return nil, fail
		}))
		tr := protocoltest.NewStringTransport()
		p, _ := inner.f.BuildProtocol(tr.RemoteAddr())
		tr.Connect(p)
		tr.FeedString(header1 + "x")
		tr.Clock.Settle()
		if asked == nil || asked.String() != "203.0.113.5:1234" || !tr.Disconnected() {
			t.Errorf("asked for %v, disconnected %v", asked, tr.Disconnected())
		}
	}
}

func TestHAProxyTrust(t *testing.T) {
	peer := func(s string) net.Addr { return protocol.TCPAddr(netip.MustParseAddrPort(s)) }
	for _, tt := range []struct {
		trusted string
		pass    bool
		peer    net.Addr
		want    string // "proxy", "plain" or "refused"
	}{
		{"", false, peer("10.0.0.1:1"), "proxy"},
		{"127.0.0.0/8", false, peer("127.0.0.9:1"), "proxy"},
		{"127.0.0.0/8", false, peer("[::ffff:127.0.0.9]:1"), "proxy"},
		{"127.0.0.0/8", false, peer("10.0.0.1:1"), "refused"},
		{"127.0.0.0/8", true, peer("10.0.0.1:1"), "plain"},
		{"fe80::/10", false, peer("[fe80::1%lo]:1"), "proxy"},
		{"127.0.0.0/8", false, protocol.UNIXAddr(""), "proxy"},
		{"127.0.0.0/8", false, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, "proxy"},
	} {
		inner := &captured{}
		s := &endpoint.HAProxyServer{Inner: inner, PassUntrusted: tt.pass, Logger: quiet()}
		if tt.trusted != "" {
			s.Trusted = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
		}
		s.Listen(echoes)
		p, err := inner.f.BuildProtocol(tt.peer)
		got := "proxy"
		if p == nil {
			got = "refused"
		} else if _, plain := p.(echo); plain {
			got = "plain"
		}
		if got != tt.want || err != nil {
			t.Errorf("%v from %v: %s, %v; want %s", tt.trusted, tt.peer, got, err, tt.want)
		}
	}
}

// The wrapped transport keeps every rule.
func TestHAProxyIsATransport(t *testing.T) {
	r := running(t)
	n := 0
	protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
		return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
			n++
			name := fmt.Sprintf("%s %d", t.Name(), n)
			s := &endpoint.HAProxyServer{Inner: &endpoint.MemoryServer{Loop: r, Name: name}}
			listen(t, r, s, protocol.ForProtocol(func() protocol.Protocol { return server }))
			c := &endpoint.MemoryClient{Loop: r, Name: name}
			if _, err := connect(t, r, c, protocol.ForProtocol(func() protocol.Protocol { return &sayFirst{"PROXY UNKNOWN\r\n", client} })); err != nil {
				t.Error(err)
			}
		}}
	})
}

// sayFirst writes something before its protocol begins.
type sayFirst struct {
	words string
	protocol.Protocol
}

func (s *sayFirst) Unwrap() protocol.Protocol { return s.Protocol }

func (s *sayFirst) ConnectionMade(t protocol.Transport) {
	t.Write([]byte(s.words))
	s.Protocol.ConnectionMade(t)
}

// Over real sockets the header comes first in plain text, then TLS if there is any.
func TestHAProxyOverSockets(t *testing.T) {
	certFiles(t)
	r := running(t)
	for server, client := range map[string]string{
		"haproxy:trust=127.0.0.1:tcp:0:interface=127.0.0.1": `tcp:127.0.0.1:PORT`,
		"haproxy:ssl:0:interface=127.0.0.1":                 `tls:localhost:1:trustRoots=ca:endpoint=tcp\:127.0.0.1\:PORT`,
		"haproxy:tls:0:interface=127.0.0.1:cert=server.pem": `tls:localhost:1:trustRoots=ca:endpoint=tcp\:127.0.0.1\:PORT`,
	} {
		port := listen(t, r, build(t, r, server), protocol.ForProtocol(func() protocol.Protocol {
			return &watcher{made: func(t protocol.Transport) {
				fmt.Fprintf(t, "%v %v", t.RemoteAddr(), t.LocalAddr())
				t.LoseConnection()
			}}
		}))
		var c endpoint.Client
		if plain := buildClient(t, r, client, port); strings.HasPrefix(client, "tls") {
			tls := *plain.(*endpoint.TLSClient)
			tls.Inner = saying{tls.Inner}
			c = &tls
		} else {
			c = saying{plain}
		}
		acc := &protocoltest.Accumulating{}
		if _, err := connect(t, r, c, protocol.ForProtocol(func() *protocoltest.Accumulating { return acc })); err != nil {
			t.Fatal(err)
		}
		wait(t, acc.WhenLost())
		if got := string(acc.Data()); got != "203.0.113.5:1234 203.0.113.6:443" {
			t.Errorf("%s: got %q", server, got)
		}
	}
}

// saying is a client that sends a PROXY header before anything else.
type saying struct{ inner endpoint.Client }

func (s saying) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	d := s.inner.Connect(protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
		p, err := f.BuildProtocol(peer)
		if p == nil || err != nil {
			return nil, err
		}
		return &sayFirst{header1, p}, nil
	}))
	return deferred.Then(d, func(p protocol.Protocol) (protocol.Protocol, error) { return p.(*sayFirst).Protocol, nil })
}
