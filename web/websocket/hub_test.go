// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
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

// A hub has members on four loops, and is told from as many goroutines: each member hears everything, in one order.
func TestHubOnLoops(t *testing.T) {
	const members, speakers, words = 40, 4, 50
	h := websocket.NewHub(websocket.HubConfig{Backlog: speakers * words})
	var mu sync.Mutex
	loops := map[protocol.Loop]int{} // guarded by mu
	server := websocket.NewServer(func(*web.Request) (websocket.Handler, error) {
		return opener(func(c *websocket.Conn) {
			if err := h.Join(c); err != nil {
				t.Error(err)
			}
			mu.Lock()
			loops[c.Loop()]++
			mu.Unlock()
			c.SendText("welcome")
		}), nil
	}, websocket.Config{Options: websocket.Options{Logger: quiet}})
	_, addr := run(t, server, 4)
	clients, _ := run(t, server, 1) // on the server's loops they would count when connections are spread
	agent, err := client.New(clients, client.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]*websocket.BlockingConn, members)
	for i := range conns {
		if conns[i], err = websocket.DialBlocking(t.Context(), agent, "ws://"+addr+"/", websocket.DialConfig{}); err != nil {
			t.Fatal(err)
		}
		if _, p, err := conns[i].Read(t.Context()); err != nil || string(p) != "welcome" {
			t.Fatal(err, p)
		}
	}
	var all sync.WaitGroup
	for i := range speakers {
		all.Go(func() {
			for j := range words {
				if err := h.Send(websocket.Text, fmt.Append(nil, i, " ", j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	heard := make([]string, members)
	for i, c := range conns {
		all.Go(func() {
			for range speakers * words {
				_, p, err := c.Read(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				heard[i] += string(p) + ";"
			}
		})
	}
	all.Wait()
	for _, s := range heard {
		if s != heard[0] {
			t.Errorf("%s\n%s", s, heard[0])
		}
	}
	if st := h.Stats(); st.Members != members || st.Sent != speakers*words || st.Slow+st.Dropped > 0 {
		t.Errorf("%+v", st)
	}
	mu.Lock()
	if len(loops) != 4 {
		t.Errorf("members are on %d loops", len(loops))
	}
	mu.Unlock()
	h.Close()
	for _, c := range conns {
		if _, _, err := c.Read(t.Context()); !closedWith(err, websocket.GoingAway) {
			t.Error(err)
		}
	}
}
