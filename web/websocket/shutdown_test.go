// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// Shutdown closes the connections of both versions with 1001 and waits for them: until they have answered, or their time to do so is over, or its own.
func TestShutdown(t *testing.T) {
	const clean, lost = `close 1001 "" clean=true`, `close 1006 "" clean=false`
	for name, version := range versions {
		for _, tt := range []struct {
			name   string
			paused bool          // the clients do not read
			later  bool          // until then
			after  time.Duration // passes
			cancel bool          // Shutdown is
			want   string
		}{
			{name: "they answer", want: clean},
			{name: "they answer late", paused: true, later: true, want: clean},
			{name: "they do not answer", paused: true, after: time.Minute, want: lost},
			{name: "there is no time", paused: true, cancel: true, want: lost},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				var servers []*recorder
				m := connect(t, websocket.NewServer(func(*web.Request) (websocket.Handler, error) {
					servers = append(servers, &recorder{})
					return servers[len(servers)-1], nil
				}, websocket.Config{Options: websocket.Options{Logger: quiet}}), version)
				var clients []*recorder
				for range 3 {
					h := &recorder{}
					if r := m.dial(h, websocket.DialConfig{}); r.err != nil || r.proto != name {
						t.Fatal(r.err, r.proto)
					}
					if clients = append(clients, h); tt.paused {
						h.c.Pause()
					}
				}
				patience, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				ctx, cancel := context.WithCancel(patience)
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- m.site.Shutdown(ctx) }() // the test waits for it
				until := func(what string, cond func() bool) {
					t.Helper()
					if err := m.clock.Until(patience, func() bool { m.settle(); return cond() }); err != nil {
						t.Fatal(what, err, m.site.Stats(), m.agent.Stats())
					}
				}
				until("the drain", func() bool { return servers[2].c.Closing() && servers[1].c.Closing() && servers[0].c.Closing() })
				if open := m.site.Stats().Open; tt.paused != (open > 0) {
					t.Errorf("%d connections are open", open)
				}
				if m.clock.Advance(tt.after); tt.later {
					for _, h := range clients {
						h.c.Resume()
					}
				}
				if tt.cancel {
					cancel()
				}
				until("the end", func() bool { return m.site.Stats().Open == 0 })
				if err := <-done; errors.Is(err, context.Canceled) != tt.cancel || err != nil && !tt.cancel {
					t.Error(err)
				}
				for i := range clients {
					clients[i].is(t, "open", tt.want)
					servers[i].is(t, "open", tt.want)
				}
				if s := m.agent.Stats(); s.Open != 0 {
					t.Errorf("the client: %+v", s)
				}
			})
		}
	}
}

// One that begins while the site drains, on a connection that another request holds open, is closed too.
func TestShutdownOfALateOne(t *testing.T) {
	var root web.Tree
	var held []*web.Request
	root.PutChild("slow", web.Func(func(r *web.Request) {
		held = append(held, r)
		r.NotDoneYet()
	}))
	h := &recorder{}
	ws := serve(h, websocket.Config{})
	root.PutChild("chat", web.Func(func(r *web.Request) {
		held = append(held, r)
		r.NotDoneYet()
	}))
	m := connect(t, &root, client.HTTP2PriorKnowledge)
	got := ""
	u, err := client.ParseURL("http://site/slow")
	if err != nil {
		t.Fatal(err)
	}
	m.agent.Do(&client.Request{URL: u}).Done(func(res *client.Response, err error) { got = fmt.Sprint(res != nil, err) })
	m.settle()
	c := &recorder{}
	m.dial(c, websocket.DialConfig{})
	if len(held) != 2 {
		t.Fatalf("%d requests came", len(held))
	}
	m.site.Drain()
	m.settle()
	if err := ws.Upgrade(held[1], h); err != nil {
		t.Fatal(err)
	}
	m.settle()
	c.is(t, "open", `close 1001 "" clean=true`)
	h.is(t, "open", `close 1001 "" clean=true`)
	if m.site.Stats().Open != 1 || got != "" {
		t.Errorf("%+v, %s", m.site.Stats(), got)
	}
	held[0].Finish()
	if m.settle(); m.site.Stats().Open != 0 || got != "true <nil>" {
		t.Errorf("%+v, %s", m.site.Stats(), got)
	}
}

// The same on loops that run by themselves, over TLS.
func TestShutdownOnAReactor(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			const n = 10
			site := web.NewSite(serve(websocket.Func(echo), websocket.Config{}), web.Config{Logger: quiet})
			r, agent, addr := secureSite(t, site, version)
			ended := make(chan *websocket.CloseError, n) // one a connection
			for range n {
				await(t, r, func() *deferred.Deferred[*websocket.Conn] {
					return websocket.Dial(agent, "wss://"+addr+"/", closing(ended), websocket.DialConfig{})
				})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := site.Shutdown(ctx); err != nil {
				t.Errorf("%v, %+v", err, site.Stats())
			}
			for range n {
				if e := <-ended; !e.Clean || e.Code != websocket.GoingAway {
					t.Error(e)
				}
			}
		})
	}
}

// closing is a Handler that looks at the end only.
type closing chan *websocket.CloseError

func (closing) Open(*websocket.Conn)                                 {}
func (closing) Message(*websocket.Conn, websocket.Kind, []byte)      {}
func (c closing) Close(_ *websocket.Conn, err *websocket.CloseError) { c <- err }
