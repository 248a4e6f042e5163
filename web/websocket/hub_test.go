// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
)

// member is a connection that joins a hub.
func member(t *testing.T, h *websocket.Hub, lines string) (*peer, *recorder) {
	t.Helper()
	r := &recorder{}
	p := open(t, serve(r, websocket.Config{}), lines)
	for range 2 {
		if err := h.Join(r.c); err != nil {
			t.Fatal(err)
		}
	}
	p.Settle()
	return p, r
}

func TestHub(t *testing.T) {
	h := websocket.NewHub(websocket.HubConfig{Replay: 2})
	say := func(text string) {
		t.Helper()
		if err := h.Send(websocket.Text, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	a, ra := member(t, h, "")
	b, _ := member(t, h, deflate)
	say("1")
	say("2")
	say("3")
	for _, p := range []*peer{a, b} {
		p.Settle()
		p.is(`text "1"`, `text "2"`, `text "3"`)
	}
	c, _ := member(t, h, "")
	c.is(`text "2"`, `text "3"`)
	h.Leave(ra.c)
	h.Leave(ra.c)
	b.close(ws.GoingAway)
	say("4")
	a.Settle()
	c.Settle()
	a.is()
	c.is(`text "4"`)
	if got := h.Stats(); got != (websocket.HubStats{Members: 1, Sent: 4}) {
		t.Errorf("%+v", got)
	}
	// A message in parts is not interrupted.
	d, rd := member(t, h, "")
	d.got()
	rd.c.SendPart(websocket.Text, []byte("on"), false)
	say("5")
	d.Settle()
	d.is()
	rd.c.SendPart(websocket.Text, []byte("e"), true)
	d.Settle()
	d.is(`text "one"`, `text "5"`)
	rd.c.Close(1000, "")
	if err := h.Join(rd.c); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if err := h.Send(websocket.Binary, make([]byte, 1<<20+1)); !errors.Is(err, websocket.ErrTooLarge) {
		t.Error(err)
	}
	h.Close()
	c.Settle()
	c.is(`text "5"`, `close 1001 ""`)
	if err := h.Send(websocket.Text, nil); !errors.Is(err, websocket.ErrHubClosed) {
		t.Error(err)
	}
	if err := h.Join(ra.c); !errors.Is(err, websocket.ErrHubClosed) {
		t.Error(err)
	}
}

func TestHubLimit(t *testing.T) {
	h := websocket.NewHub(websocket.HubConfig{Members: 1})
	member(t, h, "")
	r := &recorder{}
	open(t, serve(r, websocket.Config{}), "")
	if err := h.Join(r.c); !errors.Is(err, websocket.ErrHubFull) || h.Stats().Refused != 1 {
		t.Error(err)
	}
}

// A message is compressed once for all.
func TestPreparedCompression(t *testing.T) {
	text := strings.Repeat("tell me more ", 1000)
	m := websocket.Prepare(websocket.Text, []byte(text))
	if m.Len() != len(text) || m.Kind() != websocket.Text {
		t.Error(m.Len(), m.Kind())
	}
	for _, takeover := range []bool{false, true} {
		r := &recorder{}
		config := websocket.Config{Options: websocket.Options{Compression: websocket.Compression{SendTakeover: takeover}}}
		p := open(t, serve(r, config), deflate)
		r.c.SendPrepared(m)
		p.Settle()
		p.in = append(p.in, p.Take()...)
		if n := len(p.in); n < 1000 == takeover {
			t.Errorf("takeover %t: %d bytes", takeover, n)
		}
		p.is(fmt.Sprintf("text %.20q", text))
	}
}

// Members that do not read hold no copies; those too far behind are left without, or cut off. The others do not notice.
func TestHubSlow(t *testing.T) {
	for _, policy := range []websocket.Policy{websocket.Disconnect, websocket.Drop} {
		h := websocket.NewHub(websocket.HubConfig{Slow: policy, Backlog: 3})
		slow, _ := member(t, h, "")
		quick, _ := member(t, h, "")
		slow.StopReading()
		big := make([]byte, 100_000)
		h.Send(websocket.Binary, big)
		for i := range 3 {
			h.Send(websocket.Text, fmt.Append(nil, i))
			slow.Settle()
			quick.Settle()
		}
		if st := h.Stats(); slow.Closed() || st.Slow+st.Dropped > 0 {
			t.Fatalf("%+v", st)
		}
		for i := 3; i < 5; i++ {
			h.Send(websocket.Text, fmt.Append(nil, i))
		}
		quick.Settle()
		if got := quick.got(); len(got) != 6 {
			t.Errorf("%q", got)
		}
		st := h.Stats()
		if policy == websocket.Disconnect {
			if st.Slow != 1 || st.Members != 1 {
				t.Errorf("%+v", st)
			}
			slow.advance("5.1s")
			slow.closed(true)
			continue
		}
		slow.StartReading()
		slow.Settle()
		if got := slow.got(); st.Members != 2 || len(got) != 4 || got[1] != `text "2"` {
			t.Errorf("%q %+v", got, h.Stats())
		}
	}
}
