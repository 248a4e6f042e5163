// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
)

// A message that comes in drops is given up, whatever the peer sends in between; one that comes in time is not (class 17).
func TestMessageTimeout(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options websocket.Options
		each    string // between two pieces
		pieces  int
		closed  bool
	}{
		{"default", websocket.Options{}, "10s", 12, true},
		{"in time", websocket.Options{}, "10s", 11, false},
		{"shorter than Ping", websocket.Options{MessageTimeout: time.Second}, "500ms", 2, true},
		{"no Ping", websocket.Options{MessageTimeout: time.Minute, Ping: -1}, "20s", 3, true},
		{"no limit", websocket.Options{MessageTimeout: -1}, "10s", 100, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &recorder{}
			s := serve(h, websocket.Config{Options: tt.options})
			p := open(t, s, "")
			h.events = nil
			p.feed(p.w.AppendFragment(nil, ws.Text, []byte("a"), false))
			for range tt.pieces {
				p.advance(tt.each)
				p.feed(p.w.AppendPing(p.w.AppendFragment(nil, ws.Text, []byte("b"), false), nil))
			}
			if got := p.got(); tt.closed {
				if got[len(got)-1] != `close 1008 "the message takes too long"` || s.Stats().Limited != 1 {
					t.Errorf("%q", got)
				}
			} else {
				p.feed(p.w.AppendFragment(nil, ws.Text, nil, true))
				if len(h.events) != 1 {
					t.Errorf("%q", h.events)
				}
				p.advance("15s")
				p.closed(false)
			}
			if s.Stats().Held != 0 {
				t.Errorf("%+v", s.Stats())
			}
		})
	}
}

// A peer that is always in the middle of some message, and one whose messages the handler holds up, are no offenders.
func TestMessageTimeoutIsForOne(t *testing.T) {
	h := &recorder{}
	p := open(t, serve(h, websocket.Config{}), "")
	p.feed(p.w.AppendFragment(nil, ws.Text, []byte("a"), false))
	for range 100 {
		p.advance("10s")
		p.feed(p.w.AppendFragment(p.w.AppendFragment(nil, ws.Text, nil, true), ws.Text, []byte("a"), false))
	}
	if p.closed(false); len(h.events) != 101 {
		t.Error(len(h.events))
	}
	h.c.Pause()
	p.advance("10m")
	h.c.Resume()
	p.advance("119s")
	p.feed(p.w.AppendFragment(nil, ws.Text, nil, true))
	p.closed(false)
	// In parts nothing is held, and there is no limit.
	parts := &parts{}
	p = open(t, serve(parts, websocket.Config{}), "")
	for range 100 {
		p.feed(p.w.AppendFragment(nil, ws.Text, []byte("a"), false))
		p.advance("10s")
	}
	p.closed(false)
}

// What messages that are half received hold is bounded for all connections of a server together (class 17).
func TestMaxHeld(t *testing.T) {
	s := serve(websocket.Base{}, websocket.Config{MaxHeld: 20_000})
	a, b := open(t, s, ""), open(t, s, "")
	a.feed(a.w.AppendFragment(nil, ws.Binary, make([]byte, 10_000), false))
	if n := s.Stats().Held; n < 10_000 || n > 20_000 {
		t.Errorf("%d bytes", n)
	}
	b.feed(b.w.AppendFragment(nil, ws.Binary, make([]byte, 10_000), false))
	b.is(`close 1013 "too many long messages at once"`)
	a.feed(a.w.AppendFragment(nil, ws.Binary, nil, true))
	if st := s.Stats(); st.Held != 0 || st.Limited != 1 {
		t.Errorf("%+v", st)
	}
	c := open(t, s, "")
	c.feed(c.w.AppendFragment(nil, ws.Binary, make([]byte, 10_000), false))
	if c.Lose(); s.Stats().Held != 0 {
		t.Errorf("%+v", s.Stats())
	}
}

// The rate of control frames is by the clock of the loop.
func TestControlRate(t *testing.T) {
	p := open(t, serve(websocket.Base{}, websocket.Config{Options: websocket.Options{MaxControls: 5, ControlRate: 1}}), "")
	for range 5 {
		p.ping("")
	}
	for range 20 {
		p.advance("1s")
		p.ping("")
	}
	p.closed(false)
	p.got()
	p.ping("")
	if got := p.got(); len(got) != 1 || got[0][:10] != "close 1008" {
		t.Errorf("%q", got)
	}
}
