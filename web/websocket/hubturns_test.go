// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/websocket"
	"github.com/torsion-go/torsion/web/webtest"
)

// A room is a hub with members on one loop.
type room struct {
	*websocket.Hub
	clock   *protocoltest.Clock
	peers   []*peer
	members []*recorder
}

func fill(t *testing.T, n int) *room {
	t.Helper()
	r := &room{Hub: websocket.NewHub(websocket.HubConfig{}), clock: protocoltest.NewClock()}
	for range n {
		m := &recorder{}
		r.peers = append(r.peers, openOn(t, r.clock, serve(m, websocket.Config{}), ""))
		r.members = append(r.members, m)
		if err := r.Join(m.c); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// say sends a message to all, and returns a member whose turn has not come.
func (r *room) say(t *testing.T, text string) (*peer, *websocket.Conn) {
	t.Helper()
	if err := r.Send(websocket.Text, []byte(text)); err != nil {
		t.Fatal(err)
	}
	for i, p := range r.peers {
		if p.Transport.Value() == "" {
			return p, r.members[i].c
		}
	}
	t.Fatal("all have it at once")
	return nil, nil
}

// waiting returns how many were sent nothing yet.
func (r *room) waiting() (n int) {
	for _, p := range r.peers {
		if p.Transport.Value() == "" {
			n++
		}
	}
	return n
}

// A message to many members leaves the loop to others between (class 12).
func TestHubTurns(t *testing.T) {
	r := fill(t, 1000)
	served := 0
	page := web.Get(func(q *web.Request) {
		served++
		q.WriteString("here")
	})
	other := webtest.Connect(web.NewSite(page, web.Config{Logger: quiet}), webtest.Config{Clock: r.clock})
	r.say(t, "all")
	for waited := 1000; waited > 0; {
		now := r.waiting()
		if now >= waited || waited-now > 200 {
			t.Fatalf("%d waited, and %d still do", waited, now)
		}
		if waited = now; waited == 0 {
			break
		}
		before := served
		other.Transport.FeedString("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
		r.clock.Turn()
		if served != before+1 || !strings.HasSuffix(other.Transport.Take(), "here") {
			t.Fatalf("no answer while %d members wait", waited)
		}
	}
	if served < 4 {
		t.Errorf("%d requests were served between", served)
	}
	for _, p := range r.peers {
		p.Settle()
		p.is(`text "all"`)
	}
}

// What a member is sent or told otherwise comes behind what the hub was told before.
func TestHubTurnsOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(h *websocket.Hub, c *websocket.Conn) error
		want []string
	}{
		"Send": {func(_ *websocket.Hub, c *websocket.Conn) error { return c.SendText("you") }, []string{`text "all"`, `text "you"`}},
		"prepared": {func(_ *websocket.Hub, c *websocket.Conn) error {
			return c.SendPrepared(websocket.Prepare(websocket.Text, []byte("you")))
		}, []string{`text "all"`, `text "you"`}},
		"part": {func(_ *websocket.Hub, c *websocket.Conn) error {
			return c.SendPart(websocket.Text, []byte("you"), true)
		}, []string{`text "all"`, `text "you"`}},
		"Close": {func(_ *websocket.Hub, c *websocket.Conn) error { return c.Close(websocket.NormalClosure, "") }, []string{`text "all"`, `close 1000 ""`}},
		"Leave": {func(h *websocket.Hub, c *websocket.Conn) error {
			h.Leave(c)
			return nil
		}, []string{`text "all"`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := fill(t, 200)
			p, c := r.say(t, "all")
			if err := tt.do(r.Hub, c); err != nil {
				t.Fatal(err)
			}
			p.Settle()
			p.is(tt.want...)
		})
	}
}

// What was sent before Close arrives before the end.
func TestHubTurnsClose(t *testing.T) {
	r := fill(t, 300)
	r.say(t, "bye")
	r.Close()
	for _, p := range r.peers {
		p.Settle()
		p.is(`text "bye"`, `close 1001 ""`)
	}
}

// Members that read miss nothing because it is not their turn.
func TestHubTurnsPressed(t *testing.T) {
	r := fill(t, 200)
	for range 1000 {
		if err := r.Send(websocket.Text, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range r.peers {
		p.Settle()
		if n := len(p.got()); n != 1000 {
			t.Fatalf("%d messages", n)
		}
	}
	if st := r.Stats(); st.Slow+st.Dropped > 0 {
		t.Errorf("%+v", st)
	}
}
