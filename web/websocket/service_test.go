// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"errors"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// A service connects again after losses and refusals, with a handler of its own each time, and later each time.
func TestService(t *testing.T) {
	var refuse error
	var server *websocket.Conn
	s := websocket.NewServer(func(*web.Request) (websocket.Handler, error) {
		return opener(func(c *websocket.Conn) { server = c }), refuse
	}, websocket.Config{Options: websocket.Options{Logger: quiet}})
	m := connect(t, s, client.HTTP2Off)
	var handlers []*recorder
	config := service.ClientConfig{Logger: quiet, Backoff: service.BackoffPolicy{Initial: time.Second, Factor: 2, Jitter: func() time.Duration { return 0 }}.Delay}
	k := websocket.NewService(m.agent, "ws://site/", func() websocket.Handler {
		handlers = append(handlers, &recorder{})
		return handlers[len(handlers)-1]
	}, websocket.DialConfig{Options: websocket.Options{Logger: quiet}}, config)
	var link *websocket.Link
	k.WhenConnected(0).AddCallback(func(p protocol.Protocol) (protocol.Protocol, error) {
		link = p.(*websocket.Link)
		return p, nil
	})
	k.Start()
	m.settle()
	if len(handlers) != 1 || link == nil || link.Conn() != handlers[0].c || k.Ready() != nil {
		t.Fatalf("%d handlers, %v", len(handlers), k.Ready())
	}
	server.Abort()
	m.settle()
	handlers[0].is(t, "open", `close 1006 "" clean=false`)
	refuse = errors.New("not now")
	m.clock.Advance(2 * time.Second)
	m.settle()
	if len(handlers) != 2 || k.Failures() != 2 {
		t.Fatalf("%d attempts, %d failures", len(handlers), k.Failures())
	}
	handlers[1].is(t)
	refuse = nil
	m.clock.Advance(3 * time.Second)
	m.settle()
	if len(handlers) != 2 {
		t.Error("too early")
	}
	m.clock.Advance(time.Second)
	m.settle()
	if len(handlers) != 3 || k.Ready() != nil {
		t.Fatalf("%d attempts, %v", len(handlers), k.Ready())
	}
	stopped := false
	k.Stop().AddCallback(func(v struct{}) (struct{}, error) { stopped = true; return v, nil })
	m.settle()
	handlers[2].is(t, "open", `close 1000 "" clean=true`)
	if !stopped || s.Stats().Open != 0 {
		t.Errorf("stopped %t, %+v", stopped, s.Stats())
	}
}

// opener is a Handler that looks at the beginning only.
type opener func(c *websocket.Conn)

func (f opener) Open(c *websocket.Conn)                           { f(c) }
func (opener) Message(*websocket.Conn, websocket.Kind, []byte)    {}
func (opener) Close(_ *websocket.Conn, err *websocket.CloseError) {}

func TestRegister(t *testing.T) {
	g := endpoint.NewRegistry()
	if err := websocket.Register(g, nil); err != nil {
		t.Fatal(err)
	}
	if err := websocket.Register(g, nil); err == nil {
		t.Error("registered twice")
	}
	r, _ := run(t, web.NotFound(""), 1)
	for description, url := range map[string]string{
		"ws://example.com/chat":                 "ws://example.com/chat",
		"wss://example.com:8443/a/b":            "wss://example.com:8443/a/b",
		"wss://[\\:\\:1]:8443/?x\\=1":           "wss://[::1]:8443/?x=1",
		"ws:example.com":                        "ws://example.com/",
		"ws:example.com:8080:path=/chat":        "ws://example.com:8080/chat",
		"wss:host=example.com:protocols=a,b":    "wss://example.com/",
		"ws:host=\\:\\:1:port=80:path=/x?y\\=z": "ws://[::1]:80/x?y=z",
	} {
		c, err := g.ClientFromString(r, description)
		if err != nil {
			t.Errorf("%s: %v", description, err)
		} else if e := c.(*websocket.Endpoint); e.URL != url || len(e.Config.Protocols) == 2 != (description == "wss:host=example.com:protocols=a,b") {
			t.Errorf("%s: %s, %q", description, e.URL, e.Config.Protocols)
		}
	}
	for _, description := range []string{"ws:", "ws://", "ws:a:b:c:d", "ws://a/#b", "ws:a:color=red"} {
		if _, err := g.ClientFromString(r, description); err == nil {
			t.Errorf("%s is accepted", description)
		}
	}
}

// A description leads to a server.
func TestRegisterConnects(t *testing.T) {
	r, addr := run(t, websocket.NewServer(websocket.Factory(protocol.ForProtocol(func() protocol.Protocol {
		return &protocoltest.Accumulating{OnData: func(t protocol.Transport, p []byte) { t.Write(p); t.LoseConnection() }}
	})), websocket.Config{Options: websocket.Options{Logger: quiet}}), 1)
	g := endpoint.NewRegistry()
	websocket.Register(g, func(loop protocol.Loop) (client.Doer, error) { return client.New(loop, client.Config{Logger: quiet}) })
	lost := make(chan error, 1) // one connection
	await(t, r, func() *deferred.Deferred[protocol.Protocol] {
		e, err := g.ClientFromString(r, "ws://"+addr+"/")
		if err != nil {
			return deferred.FailOn[protocol.Protocol](r, err)
		}
		return e.Connect(protocol.ForProtocol(func() protocol.Protocol {
			return &protocoltest.Accumulating{OnMade: func(t protocol.Transport) { t.Write([]byte("x")) }, OnLost: func(_ protocol.Transport, err error) { lost <- err }}
		}))
	})
	if err := <-lost; !errors.Is(err, protocol.ErrConnectionDone) {
		t.Error(err)
	}
}
