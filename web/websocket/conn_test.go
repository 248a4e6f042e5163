// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
)

func duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestEcho(t *testing.T) {
	for _, lines := range []string{"", deflate} {
		h := &recorder{on: echo}
		s := serve(h, websocket.Config{})
		p := open(t, s, lines)
		p.send(websocket.Text, "hello")
		p.is(`text "hello"`)
		for _, n := range []int{0, 125, 126, 511, 512, 4095, 4096, 65535, 65536, 1 << 20} {
			p.send(websocket.Binary, strings.Repeat("x", n))
			got := p.got()
			if len(got) != 1 || !strings.HasPrefix(got[0], "binary") {
				t.Errorf("%d: %q", n, got)
			}
		}
		p.ping("are you there")
		p.is(`pong "are you there"`)
		h.c.Ping([]byte("and you"))
		p.Settle()
		p.is(`ping "and you"`)
		h.events = nil
		p.pong("and you")
		h.is(t, `pong "and you"`)
		p.close(ws.NormalClosure)
		p.gone(`close 1000 ""`)
		h.is(t, `close 1000 "" clean=true`)
		if got := s.Stats(); got != (websocket.Stats{Opened: 1}) {
			t.Errorf("%+v", got)
		}
	}
}

func TestSendKinds(t *testing.T) {
	h := &recorder{}
	p := open(t, serve(h, websocket.Config{}), "")
	c := h.c
	c.SendText("a")
	c.Write([]byte("b"))
	c.SendPart(websocket.Text, []byte("c"), false)
	for _, err := range []error{c.SendText("no"), c.SendPrepared(websocket.Prepare(websocket.Text, nil)), c.SendPart(websocket.Binary, nil, true)} {
		if !errors.Is(err, websocket.ErrParts) {
			t.Error(err)
		}
	}
	c.Ping([]byte("p"))
	c.SendPart(websocket.Text, []byte("d"), true)
	c.SendPrepared(websocket.Prepare(websocket.Binary, []byte("e")))
	p.Settle()
	p.is(`text "a"`, `binary "b"`, `ping "p"`, `text "cd"`, `binary "e"`)
	if err := c.Ping(make([]byte, 126)); !errors.Is(err, websocket.ErrControl) {
		t.Error(err)
	}
}

// Every way in which a connection ends.
func TestClose(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(p *peer, h *recorder)
		peer []string
		told string
	}{
		{"the peer closes", func(p *peer, h *recorder) { p.feed(p.w.AppendClose(nil, 4001, "bye")) }, []string{`close 4001 ""`}, `close 4001 "bye" clean=true`},
		{"without a code", func(p *peer, h *recorder) { p.close(ws.NoStatus) }, []string{`close 1005 ""`}, `close 1005 "" clean=true`},
		{"the server closes", func(p *peer, h *recorder) {
			h.c.Close(4002, "enough")
			p.Settle()
			p.closed(false)
			p.close(4002)
		}, []string{`close 4002 "enough"`}, `close 4002 "" clean=true`},
		{"both", func(p *peer, h *recorder) {
			h.c.Close(websocket.NoStatus, "")
			p.close(ws.GoingAway)
		}, []string{`close 1005 ""`}, `close 1001 "" clean=true`},
		{"the peer never answers", func(p *peer, h *recorder) {
			h.c.Close(1000, "")
			p.advance("4.9s")
			p.closed(false)
			p.advance("0.2s")
		}, []string{`close 1000 ""`}, `close 1006 "" clean=false`},
		{"the peer goes on to send", func(p *peer, h *recorder) {
			h.c.Close(1000, "")
			for range 5 {
				p.send(websocket.Text, "and another thing")
				p.advance("1s")
			}
			h.events = h.events[len(h.events)-1:]
		}, []string{`close 1000 ""`}, `close 1006 "" clean=false`},
		{"the connection is lost", func(p *peer, h *recorder) { p.Lose() }, nil, `close 1006 "" clean=false`},
		{"abort", func(p *peer, h *recorder) { h.c.Abort(); p.Settle() }, nil, `close 1006 "" clean=false`},
		{"the site drains", func(p *peer, h *recorder) {
			p.site.Drain()
			p.Settle()
			p.close(ws.GoingAway)
		}, []string{`close 1001 ""`}, `close 1001 "" clean=true`},
		{"in Message", func(p *peer, h *recorder) {
			h.on = func(c *websocket.Conn, _ websocket.Kind, _ []byte) { c.Close(1000, "") }
			p.send(websocket.Text, "x")
			p.close(1000)
			h.events = h.events[1:]
		}, []string{`close 1000 ""`}, `close 1000 "" clean=true`},
		{"a panic", func(p *peer, h *recorder) {
			h.on = func(*websocket.Conn, websocket.Kind, []byte) { panic("oh") }
			p.send(websocket.Text, "x")
			p.Transport.FeedEOF()
			p.Settle()
			h.events = h.events[1:]
		}, []string{`close 1011 ""`}, `close 1011 "" clean=false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &recorder{}
			p := open(t, serve(h, websocket.Config{}), "")
			h.events = nil
			tt.do(p, h)
			p.Settle()
			p.gone(tt.peer...)
			h.is(t, tt.told)
			c := h.c
			if err := c.SendText("x"); !errors.Is(err, net.ErrClosed) || !c.Closing() {
				t.Errorf("Send: %v", err)
			}
			if err := c.Close(1000, ""); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Close: %v", err)
			}
			if calls := p.Clock.Calls(); len(calls) > 0 && p.Transport.Disconnected() {
				t.Errorf("%d calls are left", len(calls))
			}
		})
	}
	h := &recorder{}
	open(t, serve(h, websocket.Config{}), "")
	for _, code := range []websocket.Code{0, 999, 1004, 1006, 1015, 2999, 5000} {
		if err := h.c.Close(code, ""); !errors.Is(err, websocket.ErrCode) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// A peer that is silent is asked, and given up (half-open connections).
func TestPingPolicy(t *testing.T) {
	h := &recorder{}
	s := serve(h, websocket.Config{})
	p := open(t, s, "")
	p.advance("29.9s")
	p.is()
	p.advance("0.2s")
	p.is(`ping ""`)
	p.advance("19s")
	p.pong("")
	p.advance("2s")
	p.closed(false)
	for range 10 { // who speaks is not asked
		p.advance("29s")
		p.send(websocket.Text, "x")
	}
	p.is()
	p.advance("31s")
	p.advance("30s")
	p.is(`ping ""`)
	h.events = nil
	p.advance("20s")
	p.gone()
	h.is(t, `close 1006 "" clean=false`)
	if s.Stats().TimedOut != 1 {
		t.Errorf("%+v", s.Stats())
	}
	h = &recorder{}
	p = open(t, serve(h, websocket.Config{Options: websocket.Options{Ping: -1}}), "")
	if p.advance("100h"); len(p.Clock.Calls()) > 0 {
		t.Error("a timer")
	}
	p.is()
	p.closed(false)
}

// What is against the protocol or a limit ends this connection, and no other (classes 26 and 27).
func TestHostile(t *testing.T) {
	frame := func(h ws.Header) []byte { return h.Append(nil) }
	small := websocket.Options{MaxMessage: 1000, MaxFrame: 500, MaxFragments: 3, MaxRatio: 2}
	for _, tt := range []struct {
		name  string
		lines string
		in    func(w *ws.Writer) []byte
		code  ws.Code
		limit bool
	}{
		{name: "not masked", in: func(*ws.Writer) []byte { return []byte{0x81, 0} }, code: 1002},
		{name: "reserved bit", in: func(*ws.Writer) []byte { return []byte{0xc1, 0x80, 0, 0, 0, 0} }, code: 1002},
		{name: "not UTF-8", in: func(w *ws.Writer) []byte { return w.AppendMessage(nil, ws.Text, []byte{0xff}) }, code: 1007},
		{name: "a huge frame is announced", in: func(*ws.Writer) []byte {
			return frame(ws.Header{Opcode: ws.Binary, Final: true, Masked: true, Length: 1 << 60})
		}, code: 1009, limit: true},
		{name: "a huge message", in: func(w *ws.Writer) (b []byte) {
			for range 3 {
				b = w.AppendFragment(b, ws.Binary, make([]byte, 400), false)
			}
			return b
		}, code: 1009, limit: true},
		{name: "many fragments", in: func(w *ws.Writer) (b []byte) {
			for range 4 {
				b = w.AppendFragment(b, ws.Binary, nil, false)
			}
			return b
		}, code: 1008, limit: true},
		{name: "ping flood", in: func(w *ws.Writer) (b []byte) {
			for range 1000 {
				b = w.AppendPing(b, nil)
			}
			return b
		}, code: 1008, limit: true},
		{name: "bomb", lines: deflate, in: func(w *ws.Writer) (b []byte) { return w.AppendMessage(b, ws.Binary, make([]byte, 400_000)) }, code: 1009, limit: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, other := &recorder{}, &recorder{on: echo}
			s := serve(h, websocket.Config{Options: small})
			p := open(t, s, tt.lines)
			o := open(t, serve(other, websocket.Config{}), "")
			h.events = nil
			p.feed(tt.in(&p.w))
			got := p.got()
			if last := got[len(got)-1]; !strings.HasPrefix(last, "close "+tt.code.String()[:4]) {
				t.Fatalf("%q", got)
			}
			p.feed(make([]byte, 1000)) // is dropped
			if !p.Transport.WriteClosed() {
				t.Error("the sending side is open")
			}
			if p.Transport.Disconnected() {
				t.Error("closed before the peer could read why")
			}
			p.advance("5.1s") // and it does not close
			p.closed(true)
			if len(h.events) != 1 || !strings.HasPrefix(h.events[0], "close "+tt.code.String()[:4]) {
				t.Errorf("%q", h.events)
			}
			if st := s.Stats(); st.Open != 0 || st.Limited == 1 != tt.limit || st.Violations == 1 == tt.limit {
				t.Errorf("%+v", st)
			}
			o.send(websocket.Text, "hello")
			o.is(`text "hello"`)
		})
	}
	h := &recorder{}
	p := open(t, serve(h, websocket.Config{}), "")
	p.feed([]byte{0x81, 0})
	for range 20 {
		p.feed(make([]byte, 100_000))
	}
	if !p.Transport.Aborted() {
		t.Error("one that goes on to send is not cut off")
	}
}

// A peer that does not read: the queue is bounded.
func TestSlowPeer(t *testing.T) {
	for _, policy := range []websocket.Policy{websocket.Disconnect, websocket.Drop} {
		h := &recorder{}
		s := serve(h, websocket.Config{Options: websocket.Options{Queue: 100_000, Slow: policy}})
		p := open(t, s, "")
		p.StopReading()
		h.events = nil
		c := h.c
		big := make([]byte, 200_000)
		if err := c.Send(websocket.Binary, big); err != nil { // nothing waits
			t.Fatal(err)
		}
		if err := c.Send(websocket.Binary, big[:1]); !errors.Is(err, websocket.ErrSlow) || s.Stats().Slow != 1 {
			t.Fatal(err)
		}
		if policy == websocket.Drop {
			for range 30 { // of many pings the last one is answered
				p.ping("1")
			}
			p.ping("2")
			p.StartReading()
			p.Settle()
			if c.Send(websocket.Text, []byte("on")) != nil {
				t.Error("it cannot send")
			}
			p.Settle()
			p.is("binary "+`"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"`, `pong "2"`, `text "on"`)
			continue
		}
		p.advance("5.1s")
		p.closed(true)
		h.is(t, `close 1013 "too slow" clean=false`)
	}
}

type puller struct {
	c    *websocket.Conn
	left int
	stop error
}

func (p *puller) Pause() {}
func (p *puller) Resume() {
	if p.left--; p.left < 0 {
		p.c.UnregisterProducer()
		return
	}
	p.c.SendText("x")
}
func (p *puller) Stop(err error) { p.stop = err }

type pusher struct {
	paused bool
	stop   error
}

func (p *pusher) Pause()         { p.paused = true }
func (p *pusher) Resume()        { p.paused = false }
func (p *pusher) Stop(err error) { p.stop = err }

func TestProducers(t *testing.T) {
	h := &recorder{}
	p := open(t, serve(h, websocket.Config{}), "")
	pull := &puller{c: h.c, left: 3}
	if err := h.c.RegisterProducer(pull, protocol.PullProducer); err != nil {
		t.Fatal(err)
	}
	if err := h.c.RegisterProducer(pull, protocol.PullProducer); !errors.Is(err, protocol.ErrProducerRegistered) {
		t.Error(err)
	}
	h.c.Close(1000, "done") // waits for the producer
	for range 5 {
		p.Settle()
	}
	p.is(`text "x"`, `text "x"`, `text "x"`, `close 1000 "done"`)
	p.close(1000)
	p.closed(true)

	h = &recorder{}
	p = open(t, serve(h, websocket.Config{}), "")
	push := &pusher{}
	h.c.RegisterProducer(push, protocol.PushProducer)
	p.StopReading()
	h.c.Write(make([]byte, 70_000))
	if !push.paused {
		t.Error("not paused")
	}
	p.StartReading()
	p.Settle()
	if push.paused {
		t.Error("not resumed")
	}
	if p.Lose(); push.stop == nil {
		t.Error("not stopped")
	}
	late := &pusher{}
	if err := h.c.RegisterProducer(late, protocol.PushProducer); !errors.Is(err, net.ErrClosed) || late.stop == nil {
		t.Error(err)
	}
}

func TestPause(t *testing.T) {
	h := &recorder{}
	p := open(t, serve(h, websocket.Config{}), "")
	h.on = func(c *websocket.Conn, _ websocket.Kind, _ []byte) { c.Pause() }
	var b []byte
	for _, s := range []string{"1", "2", "3"} {
		b = p.w.AppendMessage(b, ws.Text, []byte(s))
	}
	p.feed(b)
	h.is(t, "open", `text "1"`)
	h.c.Resume()
	h.is(t)
	p.Advance(0)
	h.is(t, `text "2"`)
	p.advance("10m") // no Ping: the answer could not be seen
	p.closed(false)
	h.c.Resume()
	p.Advance(0)
	h.is(t, `text "3"`)
	h.on = func(c *websocket.Conn, _ websocket.Kind, _ []byte) { c.Pause(); c.Resume() }
	h.c.Resume()
	p.Advance(0)
	p.feed(b)
	h.is(t, `text "1"`, `text "2"`, `text "3"`)
	p.send(websocket.Text, "4")
	h.is(t, `text "4"`)
}

type parts struct{ recorder }

func (p *parts) Part(_ *websocket.Conn, kind websocket.Kind, b []byte, last bool) {
	p.note("%s %q %t", kind, b, last)
}

func TestParts(t *testing.T) {
	h := &parts{}
	p := open(t, serve(h, websocket.Config{Options: websocket.Options{MaxMessage: -1}}), "")
	p.feed(p.w.AppendFragment(nil, ws.Text, []byte("a"), false))
	b := p.w.AppendFragment(nil, ws.Text, []byte("bc"), true)
	p.feed(b[:len(b)-1])
	p.feed(b[len(b)-1:])
	h.is(t, "open", `text "a" false`, `text "b" false`, `text "c" true`)
}
