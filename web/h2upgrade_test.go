// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// open sends an extended CONNECT.
func (p *h2peer) open(stream uint32, proto, path string, pairs ...string) {
	p.fields(stream, false, append([]string{":method", "CONNECT", ":protocol", proto, ":scheme", "https", ":path", path, ":authority", "a.example"}, pairs...)...)
}

// opening takes each stream for what proto returns.
func opening(t testing.TB, proto func() protocol.Protocol) web.Resource {
	return web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("X-Asked", r.Method+" "+r.Protocol()+" "+r.Path)
		r.ResponseHeader().Set("Upgrade", "x")
		if err := r.Upgrade(proto()); err != nil {
			t.Error(err)
		}
		if err := r.Upgrade(new(taker)); !errors.Is(err, web.ErrNotUpgradable) {
			t.Errorf("taken twice: %v", err)
		}
		if _, err := io.WriteString(r, "x"); !errors.Is(err, web.ErrFinished) {
			t.Errorf("Write: %v", err)
		}
	})
}

// RFC 8441: a stream is the transport of another protocol.
func TestH2ExtendedConnect(t *testing.T) {
	last := shout()
	p := newH2peer(t, opening(t, func() protocol.Protocol { last = shout(); return last }), web.Config{})
	p.open(1, "websocket", "/chat?x", "sec-websocket-version", "13")
	p.data(1, "early ", false)
	p.run()
	p.data(1, "late", false)
	p.run()
	a := p.answer(1)
	if want := "x-asked: CONNECT websocket /chat\nserver: Torsion\ndate: Sat, 01 Jan 2000 00:00:00 GMT\n"; a.status != "200" || a.header != want || a.body != "READY;EARLY LATE" || a.ended {
		t.Errorf("got %v", a)
	}
	if s := p.site.Stats(); s.Upgraded != 1 || s.Open != 1 {
		t.Errorf("stats %+v", s)
	}
	p.data(1, "x", true)
	p.run()
	if !a.ended || a.reset != "" || !errors.Is(last.Reason(), io.EOF) || !errors.Is(last.Reason(), protocol.ErrConnectionDone) {
		t.Errorf("after the client's end: %v, %v", a, last.Reason())
	}
}

// A plain CONNECT opens a stream as well, and a Detach is an Upgrade there.
func TestH2ConnectOpensAStream(t *testing.T) {
	last := shout()
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Protocol() != "" || r.Path != "" || r.Host != "b.example:443" {
			t.Errorf("asked for %q, %q, %q", r.Protocol(), r.Path, r.Host)
		}
		r.SetStatus(404)
		if err := r.Detach(last); err != nil {
			t.Error(err)
		}
	}), web.Config{})
	p.fields(1, false, ":method", "CONNECT", ":authority", "b.example:443")
	p.run()
	if a := p.answer(1); a.status != "200" || a.body != "READY;" {
		t.Errorf("got %v", a)
	}
	last.Transport().AbortConnection()
	p.run()
	if a := p.answer(1); a.reset != "CANCEL" || !errors.Is(last.Reason(), protocol.ErrConnectionAborted) {
		t.Errorf("got %v, %v", a, last.Reason())
	}
}

// What is no extended CONNECT is malformed (class 25), and everything is when the site does not offer it.
func TestH2MalformedExtendedConnect(t *testing.T) {
	good := []string{":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "/", ":authority", "a"}
	for name, fields := range map[string][]string{
		"not CONNECT":  {":method", "GET", ":protocol", "websocket", ":scheme", "https", ":path", "/", ":authority", "a"},
		"no scheme":    {":method", "CONNECT", ":protocol", "websocket", ":path", "/", ":authority", "a"},
		"no path":      {":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":authority", "a"},
		"no authority": {":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "/", "host", "a"},
		"twice":        append([]string{":protocol", "x"}, good...),
		"no token":     {":method", "CONNECT", ":protocol", "web\r\nsocket", ":scheme", "https", ":path", "/", ":authority", "a"},
		"bad path":     {":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "chat", ":authority", "a"},
		"not offered":  good,
		"upgrade too":  append(good[:len(good):len(good)], "upgrade", "websocket"),
	} {
		t.Run(name, func(t *testing.T) {
			p := newH2peer(t, opening(t, func() protocol.Protocol { return shout() }), web.Config{HTTP2: web.HTTP2{NoExtendedConnect: name == "not offered"}})
			p.fields(1, false, fields...)
			p.run()
			if a := p.answer(1); a.reset != "PROTOCOL_ERROR" || a.status != "" {
				t.Errorf("got %v", a)
			}
		})
	}
}

// What cannot be taken is told, and leaves the request to be answered: no success but Upgrade's.
func TestH2NotUpgradable(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) {
		switch r.Path {
		case "/flushed":
			r.SetStatus(403)
			r.Flush()
		case "/finished":
			r.SetStatus(403)
			r.Finish()
		case "/fields":
			r.ResponseHeader().Set("X", "a\r\nb")
		}
		if r.Upgrade(shout()) == nil {
			t.Error("taken: ", r.Path)
		}
		if r.Path == "/fields" {
			r.ResponseHeader().Del("X")
		}
		if r.Path == "/404" {
			r.Error(404, "")
		}
	}), web.Config{})
	p.get(1, "/get")
	p.open(3, "x", "/flushed")
	p.open(5, "x", "/finished")
	p.run()
	for id, want := range map[uint32]string{1: "200", 3: "403", 5: "403"} {
		if a := p.answer(id); a.status != want {
			t.Errorf("stream %d: %v", id, a)
		}
	}
	if n := p.site.Stats().Upgraded; n != 0 {
		t.Errorf("%d upgrades", n)
	}
	p = newH2peer(t, web.Func(func(r *web.Request) {
		if r.Path == "/404" {
			r.Error(404, "")
		}
	}), web.Config{})
	p.open(1, "x", "/404")
	p.open(3, "x", "/ok")
	p.run()
	if a, b := p.answer(1), p.answer(3); a.status != "404" || b.status != "501" {
		t.Errorf("got %v, %v", a, b)
	}
}

// Both directions are held back by the windows and by producers; what is queued without end is an end (class 24).
func TestH2TunnelFlow(t *testing.T) {
	last := shout()
	last.OnMade, last.OnData = nil, nil
	p := newH2peer(t, opening(t, func() protocol.Protocol { return last }), web.Config{})
	p.open(1, "x", "/")
	p.run()
	tr := last.Transport()
	tr.Pause()
	p.data(1, "held", false)
	p.run()
	if last.Len() != 0 {
		t.Error("input came during a pause")
	}
	tr.Resume()
	p.run()
	if string(last.Data()) != "held" {
		t.Errorf("got %q", string(last.Data()))
	}
	var said []string
	tr.RegisterProducer(&saying{&said}, protocol.PushProducer)
	tr.Write(make([]byte, 200000))
	p.run()
	b, _ := protocol.As[protocol.BufferedTransport](tr)
	if n := b.Buffered(); n != 200000-65535 || fmt.Sprint(said) != "[pause]" {
		t.Errorf("%d bytes wait, %q", n, said)
	}
	p.window(0, 1<<20)
	p.window(1, 1<<20)
	p.run()
	p.run()
	if len(p.answer(1).body) != 200000 || fmt.Sprint(said) != "[pause resume]" {
		t.Errorf("%d bytes came, %q", len(p.answer(1).body), said)
	}
	b.SetMaxBuffered(1000)
	tr.Write(make([]byte, 3<<20))
	p.run()
	if a := p.answer(1); a.reset != "CANCEL" || !errors.Is(last.Reason(), protocol.ErrBufferOverflow) {
		t.Errorf("got %v, %v", a, last.Reason())
	}
	if fmt.Sprint(said) != "[pause resume stop]" {
		t.Errorf("%q", said)
	}
}

// saying notes what a producer is told.
type saying struct{ said *[]string }

func (s *saying) Pause()     { *s.said = append(*s.said, "pause") }
func (s *saying) Resume()    { *s.said = append(*s.said, "resume") }
func (s *saying) Stop(error) { *s.said = append(*s.said, "stop") }

// The ends of a stream are those of a connection.
func TestH2TunnelEnds(t *testing.T) {
	for name, test := range map[string]struct {
		do     func(p *h2peer, tr protocol.Transport)
		reason error
		reset  string
		ended  bool
	}{
		"reset":      {func(p *h2peer, _ protocol.Transport) { p.rst(1, h2.Cancel) }, protocol.ErrConnectionLost, "", false},
		"connection": {func(p *h2peer, _ protocol.Transport) { p.tr.Lose(protocol.Lost(io.ErrUnexpectedEOF)) }, io.ErrUnexpectedEOF, "", false},
		"violation":  {func(p *h2peer, _ protocol.Transport) { p.data(9, "x", false) }, protocol.ErrConnectionClosed, "", false},
		"fields":     {func(p *h2peer, _ protocol.Transport) { p.fields(1, true, "a", "b") }, protocol.ErrConnectionLost, "PROTOCOL_ERROR", false},
		"lose":       {func(p *h2peer, tr protocol.Transport) { tr.LoseConnection() }, net.ErrClosed, "", true},
		"lose, data": {func(p *h2peer, tr protocol.Transport) {
			tr.LoseConnection()
			for range 30 {
				p.data(1, strings.Repeat("x", 16000), false)
			}
		}, net.ErrClosed, "CANCEL", true},
		"lose, time": {func(p *h2peer, tr protocol.Transport) {
			tr.LoseConnection()
			p.run()
			p.tr.Clock.Advance(11 * time.Second)
		}, net.ErrClosed, "CANCEL", true},
		"both": {func(p *h2peer, tr protocol.Transport) { tr.LoseConnection(); p.data(1, "", true) }, net.ErrClosed, "", true},
		"eof":  {func(p *h2peer, tr protocol.Transport) { p.data(1, "", true) }, io.EOF, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			last := shout()
			p := newH2peer(t, opening(t, func() protocol.Protocol { return last }), web.Config{Limits: web.Limits{Drain: 200000}, HTTP2: web.HTTP2{StreamWindow: 1 << 20}})
			p.open(1, "x", "/")
			p.run()
			test.do(p, last.Transport())
			p.run()
			a := p.answer(1)
			if !errors.Is(last.Reason(), test.reason) || a.reset != test.reset || a.ended != test.ended {
				t.Errorf("got %v, %v", a, last.Reason())
			}
			if _, err := last.Transport().Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write after the end: %v", err)
			}
		})
	}
}

// A half-closed stream goes on in the other direction.
func TestH2TunnelHalfClose(t *testing.T) {
	h := new(halfway)
	p := newH2peer(t, opening(t, func() protocol.Protocol { return h }), web.Config{})
	p.open(1, "x", "/")
	p.run()
	half, ok := protocol.As[protocol.HalfCloseTransport](h.Transport())
	if !ok {
		t.Fatal("no half-close")
	}
	h.Transport().Write([]byte("bye"))
	half.LoseWriteConnection()
	p.run()
	p.data(1, "more", true)
	p.run()
	if a := p.answer(1); a.body != "bye" || !a.ended || string(h.Data()) != "more" || !errors.Is(h.Reason(), io.EOF) {
		t.Errorf("%v, %q, %v, %q", a, string(h.Data()), h.Reason(), h.Events())
	}
	if got := fmt.Sprint(h.Events()); got != "[made write lost data read lost lost]" && !strings.Contains(got, "write lost") {
		t.Errorf("events %s", got)
	}
}

// Drain and Shutdown do not wait for streams that belong to others, and do not end them.
func TestH2TunnelOutlivesTheSite(t *testing.T) {
	last := shout()
	p := newH2peer(t, opening(t, func() protocol.Protocol { return last }), web.Config{})
	p.open(1, "x", "/")
	p.run()
	p.tr.Clock.Advance(3 * time.Hour / 1000)
	p.site.Drain()
	p.run()
	p.tr.Clock.Advance(2 * time.Second)
	p.run()
	if err := p.site.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	p.data(1, "still", false)
	p.run()
	if a := p.answer(1); a.body != "READY;STILL" || len(p.goaway) != 2 {
		t.Errorf("%v, %q", a, p.goaway)
	}
	p.data(1, "", true)
	p.run()
	if !p.tr.WriteClosed() && !p.tr.Disconnecting() {
		t.Error("the connection stays without streams")
	}
}

// A quiet stream costs little: the request and what it had are gone.
func TestH2TunnelMemory(t *testing.T) {
	const conns, streams = 20, 100
	var keep []*h2peer
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for range conns {
		p := newH2peer(t, web.Func(func(r *web.Request) { r.Upgrade(new(idler)) }), web.Config{})
		p.run()
		keep = append(keep, p)
	}
	for _, p := range keep {
		p.answers = nil
	}
	before := heap()
	for _, p := range keep {
		for i := range streams {
			p.open(uint32(2*i+1), "websocket", "/chat")
		}
		out := p.out
		p.out = nil
		p.tr.Feed(out)
		settle(p.tr)
		p.tr.Take()
		if p.tr.Clock.Settle(); p.site.Stats().Upgraded != streams {
			t.Fatal("not all were taken")
		}
	}
	per := (int64(heap()) - int64(before)) / (conns * streams)
	t.Logf("%d bytes a stream", per)
	if per > 2000 {
		t.Errorf("%d bytes for a quiet stream", per)
	}
	runtime.KeepAlive(keep)
}

type idler struct{ protocol.Base }
