// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
)

// net is a site and an Agent in memory, on one clock.
type memory struct {
	clock *protocoltest.Clock
	agent *client.Agent
	site  *web.Site
}

func connect(t *testing.T, root web.Resource, version client.HTTP2) *memory {
	t.Helper()
	return connectOn(t, protocoltest.NewClock(), root, version)
}

func connectOn(t *testing.T, clock *protocoltest.Clock, root web.Resource, version client.HTTP2) *memory {
	t.Helper()
	m := &memory{clock: clock, site: web.NewSite(root, web.Config{Logger: quiet})}
	var network endpoint.MemoryNetwork
	(&endpoint.MemoryServer{Loop: m.clock, Name: "site", Network: &network}).Listen(m.site)
	agent, err := client.New(m.clock, client.Config{HTTP2: version, Logger: quiet, Endpoint: func(protocol.Loop, *url.URL) (endpoint.Client, error) {
		return &endpoint.MemoryClient{Loop: m.clock, Name: "site", Network: &network}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.agent = agent
	t.Cleanup(m.clock.End)
	return m
}

// settle lets everything happen that takes no time.
func (m *memory) settle() {
	for range 20 {
		m.clock.Advance(0)
		m.clock.Settle()
	}
}

func (m *memory) dial(h websocket.Handler, config websocket.DialConfig) *result {
	if config.Logger == nil {
		config.Logger = quiet
	}
	r := &result{}
	r.d = websocket.Dial(watched{m.agent, &r.proto}, "ws://site/chat?x=1", h, config)
	r.d.AddBoth(func(c *websocket.Conn, err error) (*websocket.Conn, error) {
		r.c, r.err = c, err
		return nil, nil
	})
	m.settle()
	return r
}

type result struct {
	d     *deferred.Deferred[*websocket.Conn]
	c     *websocket.Conn
	err   error
	proto string // of the answer
}

// watched is a Doer that remembers by which version it was answered.
type watched struct {
	client.Doer
	proto *string
}

func (w watched) Do(r *client.Request) *deferred.Deferred[*client.Response] {
	return w.Doer.Do(r).AddCallback(func(res *client.Response) (*client.Response, error) {
		*w.proto = res.Proto
		return res, nil
	})
}

var versions = map[string]client.HTTP2{"HTTP/1.1": client.HTTP2Off, "HTTP/2.0": client.HTTP2PriorKnowledge}

func TestDial(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			h, s := &recorder{}, &recorder{on: echo}
			var facts string
			server := websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
				facts = r.Proto + " " + r.Path + " " + r.Arg("x") + " " + r.Header.Get("Cookie")
				return s, nil
			}, websocket.Config{Options: websocket.Options{Protocols: []string{"b", "a"}, Logger: quiet}})
			m := connect(t, server, version)
			var head web.Header
			head.Set("Cookie", "k=v")
			r := m.dial(h, websocket.DialConfig{Header: head, Options: websocket.Options{Protocols: []string{"a", "b"}}})
			if r.err != nil || facts != name+" /chat 1 k=v" || r.proto != name || r.c.Protocol() != "b" || s.c.Protocol() != "b" || r.c != h.c {
				t.Fatalf("%+v %q", r, facts)
			}
			h.is(t, "open")
			long := strings.Repeat("long ", 1000)
			r.c.SendText("hello")
			r.c.SendText(long)
			r.c.SendPrepared(websocket.Prepare(websocket.Binary, []byte("p")))
			m.settle()
			h.is(t, `text "hello"`, `text "long long long long "`, `binary "p"`)
			r.c.Ping([]byte("x"))
			m.settle()
			h.is(t, `pong "x"`)
			s.events = nil
			r.c.Close(websocket.GoingAway, "bye")
			m.settle()
			h.is(t, `close 1001 "" clean=true`)
			s.is(t, `close 1001 "bye" clean=true`)
			// The site drains: 1001, by both versions.
			h.events = nil
			if r = m.dial(h, websocket.DialConfig{}); r.err != nil || r.proto != name {
				t.Fatal(r.err, r.proto)
			}
			m.site.Drain()
			m.settle()
			h.is(t, "open", `close 1001 "" clean=true`)
			if st := server.Stats(); st.Open != 0 || st.Opened != 2 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestDialRefused(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			root := web.Func(func(r *web.Request) {
				switch r.Arg("x") {
				default:
					r.SetStatus(302)
					r.ResponseHeader().Set("Location", "/elsewhere")
					r.WriteString("go away")
				}
			})
			m := connect(t, root, version)
			r := m.dial(&recorder{}, websocket.DialConfig{})
			e, ok := errors.AsType[*websocket.HandshakeError](r.err)
			if !ok || e.Response.Status != 302 || string(e.Body) != "go away" || e.URL != "ws://site/chat" || r.proto != name {
				t.Fatalf("%+v %s", r.err, r.proto)
			}
		})
	}
}

// What a server may not answer. The connection is given up.
func TestDialBadAnswers(t *testing.T) {
	for _, tt := range []struct{ name, accept, head, reason string }{
		{"no accept", "", "", "Sec-WebSocket-Accept"},
		{"another accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "", "Sec-WebSocket-Accept"},
		{"another protocol", "ok", "Sec-WebSocket-Protocol: z", "protocol"},
		{"another extension", "ok", "Sec-WebSocket-Extensions: x-zip", "extension"},
		{"bad extension data", "ok", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99", "parameters"},
		{"malformed extensions", "ok", "Sec-WebSocket-Extensions: ;;", "xtension"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wrong := web.Func(func(r *web.Request) {
				head := r.ResponseHeader()
				switch head.Set("Upgrade", "websocket"); tt.accept {
				case "":
				case "ok":
					head.Set("Sec-WebSocket-Accept", ws.AcceptKey(r.Header.Get("Sec-WebSocket-Key")))
				default:
					head.Set("Sec-WebSocket-Accept", tt.accept)
				}
				if field, value, ok := strings.Cut(tt.head, ": "); ok {
					head.Set(field, value)
				}
				if err := r.Upgrade(new(protocoltest.Accumulating)); err != nil {
					t.Error(err)
				}
			})
			m := connect(t, wrong, client.HTTP2Off)
			h := &recorder{}
			r := m.dial(h, websocket.DialConfig{})
			if e, ok := errors.AsType[*websocket.HandshakeError](r.err); !ok || !strings.Contains(e.Reason, tt.reason) {
				t.Errorf("%+v", r.err)
			}
			if h.is(t); m.agent.Stats().Open != 0 {
				t.Errorf("%+v", m.agent.Stats())
			}
		})
	}
}

func TestDialErrors(t *testing.T) {
	m := connect(t, web.Func(func(r *web.Request) { r.NotDoneYet() }), client.HTTP2Off)
	for _, u := range []string{"http:", "ws://", "ftp://a", "ws://a/#f", "ws://a:b:c", "::"} {
		var got error
		websocket.Dial(m.agent, u, &recorder{}, websocket.DialConfig{}).AddErrback(func(err error) (*websocket.Conn, error) { got = err; return nil, nil })
		if got == nil {
			t.Errorf("%s is accepted", u)
		}
	}
	r := m.dial(&recorder{}, websocket.DialConfig{})
	if r.err != nil {
		t.Fatal(r.err)
	}
	r.d.Cancel()
	m.settle()
	if !errors.Is(r.err, deferred.ErrCancelled) {
		t.Errorf("%v", r.err)
	}
	if _, ok := errors.AsType[*client.Error](r.err); !ok {
		t.Errorf("%T", r.err)
	}
	if n := m.site.Stats().Open; n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// Class 12: a server that refuses, and never comes to the end of what it says, is left.
func TestDialRefusedSlowly(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			root := web.Func(func(r *web.Request) {
				r.NotDoneYet()
				r.SetStatus(403)
				var drip func()
				drip = func() {
					if _, err := r.WriteString("x"); err == nil {
						r.Flush()
						r.Loop().CallLater(time.Second, drip)
					}
				}
				drip()
			})
			m := connect(t, root, version)
			r := m.dial(&recorder{}, websocket.DialConfig{})
			for range 4 {
				m.clock.Advance(time.Second)
				m.settle()
			}
			if r.err != nil {
				t.Fatalf("too early: %v", r.err)
			}
			m.clock.Advance(time.Second)
			m.settle()
			e, ok := errors.AsType[*websocket.HandshakeError](r.err)
			if !ok || e.Response.Status != 403 || len(e.Body) < 5 || strings.Trim(string(e.Body), "x") != "" {
				t.Errorf("%v", r.err)
			}
			m.clock.Advance(100 * time.Millisecond) // in which the rest may come to its end
			m.settle()
			if s := m.agent.Stats(); s.Open != s.Idle {
				t.Errorf("%+v", s)
			}
		})
	}
}
