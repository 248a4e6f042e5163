// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/core/resolver"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A secureRig is an Agent on a reactor in memory that speaks TLS to servers played by the test, from the name on.
type secureRig struct {
	t       *testing.T
	m       *reactortest.Memory
	a       *client.Agent
	layer   *tlswrap.Layer // the servers'
	held    bool           // names are not looked up
	lookups []*lookup
	fars    []*far
	auto    bool // servers accept, and answer what they are asked
}

const (
	farName = "a.example"
	farAddr = "10.0.0.1:443"
)

func newSecureRig(t *testing.T, cfg client.Config, alpn ...string) *secureRig {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := key.SelfSigned(certificate.Template{Names: []string{farName}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	g := &secureRig{t: t, m: reactortest.NewMemory(t)}
	if g.layer, err = tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert.TLS()}, NextProtos: alpn}, Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	cfg.Logger = quiet
	cfg.TLS.Options.Roots = certificate.Pool(cert.Certificate)
	if g.a, err = client.New(g.m, cfg); err != nil {
		t.Fatal(err)
	}
	g.m.Resolvers().InstallName(resolver.NameResolverFunc(func(_ protocol.Loop, q resolver.Query, r resolver.Receiver) resolver.Resolution {
		l := &lookup{q: q, r: r}
		r.Began(l)
		if g.lookups = append(g.lookups, l); !g.held {
			l.answer()
		}
		return l
	}))
	return g
}

var quiet = slog.New(slog.DiscardHandler)

// A lookup is a question to the resolver.
type lookup struct {
	q        resolver.Query
	r        resolver.Receiver
	given    bool // up
	answered bool
}

func (l *lookup) Name() string { return l.q.Name }
func (l *lookup) Cancel()      { l.given = true }

func (l *lookup) answer() {
	if !l.given && !l.answered {
		l.answered = true
		l.r.Resolved(protocol.TCPAddr(netip.AddrPortFrom(netip.MustParseAddrPort(farAddr).Addr(), l.q.Port)))
		l.r.Complete()
	}
}

// step lets happen what can happen without the test's help.
func (g *secureRig) step() {
	for range 1000 {
		g.m.Settle()
		moved := false
		for g.auto && len(g.m.Attempts()) > 0 {
			g.accept()
			moved = true
		}
		for _, f := range g.fars {
			moved = f.flow() || g.auto && f.answer() || moved
		}
		if !moved {
			return
		}
	}
	g.t.Fatal("there is no end to it")
}

// until steps until cond is true.
func (g *secureRig) until(what string, cond func() bool) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	err := g.m.Until(ctx, func() bool {
		g.step()
		return cond()
	})
	if err != nil {
		g.t.Fatalf("%s: %v, %+v", what, err, g.a.Stats())
	}
}

// A far is the server's end of a connection: TLS, and frames of HTTP/2, or HTTP/1.1, inside.
type far struct {
	g     *secureRig
	peer  *reactortest.Peer
	raw   *protocoltest.StringTransport // below its TLS
	app   protocoltest.Accumulating     // above it
	limit int                           // bytes that may go to the client, negative for all
	back  []byte                        // of raw's, that wait for that
	count int                           // bytes that went
	read  int                           // of app.Data
	log   []string                      // frames that came
	got   map[uint32]int                // bytes of data, by stream
	asked []uint32                      // streams with a request that is complete and not answered
	said  int                           // answers of HTTP/1.1
	begun bool                          // settings were sent
	rest  []byte                        // of a frame that has begun
	ended bool
}

// accept makes the oldest connection that is asked for.
func (g *secureRig) accept() *far {
	g.t.Helper()
	f := &far{g: g, peer: g.m.Answer(farAddr), raw: protocoltest.NewStringTransport(), limit: -1, got: map[uint32]int{}}
	if f.peer == nil {
		g.t.Fatalf("nobody connects, but to %v", g.m.Attempts())
	}
	p, err := g.layer.Wrap(protocol.ForProtocol(func() protocol.Protocol { return &f.app })).BuildProtocol(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	f.raw.Connect(p)
	g.fars = append(g.fars, f)
	return f
}

// flow moves bytes in both directions, and reports whether there were any.
func (f *far) flow() bool {
	in := f.peer.Received()
	if len(in) > 0 && !f.raw.Disconnected() {
		f.raw.Feed(in)
	}
	if f.peer.Err() != nil && !f.ended {
		f.ended = true
		if !f.raw.Disconnected() {
			f.raw.FeedEOF()
		}
	}
	settle(f.raw.Clock)
	f.back = append(f.back, f.raw.Take()...)
	n := len(f.back)
	if f.limit >= 0 {
		n = min(n, f.limit)
		f.limit -= n
	}
	f.count += n
	f.peer.Write(f.back[:n])
	f.back = f.back[n:]
	f.look()
	if f.raw.Disconnected() && len(f.back) == 0 {
		f.peer.Close()
	}
	return n > 0 || len(in) > 0
}

// look reads the frames that have come.
func (f *far) look() {
	b := f.app.Data()[f.read:]
	if f.read == 0 {
		if len(b) < len(h2.Preface) || !bytes.HasPrefix(b, []byte(h2.Preface)) {
			return
		}
		f.read = len(h2.Preface)
		b = b[f.read:]
	}
	for {
		h, p, n, err := h2.ParseFrame(b, h2.MinFrameSize)
		if err != nil {
			f.g.t.Fatal(err)
		}
		if n == 0 {
			return
		}
		f.read, b = f.read+n, b[n:]
		switch h.Type {
		case h2.TypeHeaders:
			f.log = append(f.log, fmt.Sprintf("HEADERS %d", h.Stream))
		case h2.TypeData:
			f.got[h.Stream] += len(p)
			f.log = append(f.log, fmt.Sprintf("DATA %d", h.Stream))
		case h2.TypeRSTStream:
			code, _ := h2.ParseRSTStream(h, p)
			f.log = append(f.log, fmt.Sprintf("RST %d %v", h.Stream, code))
		}
		if (h.Type == h2.TypeHeaders || h.Type == h2.TypeData) && h.Flags.Has(h2.FlagEndStream) {
			f.asked = append(f.asked, h.Stream)
		}
	}
}

// says sends frames.
func (f *far) says(b []byte) {
	f.app.Transport().Write(b)
	f.g.step()
}

// settings sends those of the server.
func (f *far) settings(s ...h2.Setting) {
	f.begun = true
	f.says(h2.AppendSettings(nil, s...))
}

// answer answers what is asked, and reports whether there was anything.
func (f *far) answer() bool {
	f.limit = -1
	if f.app.Transport() == nil || f.raw.Disconnected() {
		return false
	}
	out := f.rest
	f.rest = nil
	if f.read == 0 { // HTTP/1.1
		for ; f.said < strings.Count(string(f.app.Data()), "\r\n\r\n"); f.said++ {
			out = append(out, ok...)
		}
	} else if !f.begun {
		f.begun = true
		out = h2.AppendSettings(out)
	}
	for _, stream := range f.asked {
		out = h2.AppendData(heads(out, stream, false, ":status", "200", "content-length", "2"), stream, []byte("ok"), true)
	}
	f.asked = nil
	if len(out) == 0 {
		return false
	}
	f.app.Transport().Write(out)
	return true
}

// saw reports whether such a frame has come.
func (f *far) saw(frame string) bool {
	for _, s := range f.log {
		if s == frame {
			return true
		}
	}
	return false
}

// gone reports whether the client has closed or cut the connection.
func (f *far) gone() bool {
	f.g.step()
	return f.peer.Err() != nil
}

// finish closes what idles, and looks at what is left.
func (g *secureRig) finish() {
	g.t.Helper()
	for range 3 { // the pool's time, then that of TLS for the end of a connection
		g.m.Advance(2 * time.Minute)
		g.step()
	}
	if s := g.a.Stats(); s.Open != 0 || s.Waiting != 0 || g.m.Connections() != 0 || len(g.m.Attempts()) != 0 {
		g.t.Errorf("left: %+v, %d connections, attempts to %v", s, g.m.Connections(), g.m.Attempts())
	}
	for _, c := range g.m.DelayedCalls() {
		g.t.Errorf("a call is left for %v", c.Time().Sub(g.m.Time()))
	}
	for _, l := range g.lookups {
		if !l.given && !l.answered {
			g.t.Errorf("%s is still looked up", l.Name())
		}
	}
}

// A noting body counts how often it was closed.
type noting struct {
	io.Reader
	m      *reactortest.Memory
	closed atomic.Int32
}

func (n *noting) Close() error {
	n.closed.Add(1)
	n.m.CallFromThread(func() {}) // until looks again
	return nil
}
