// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/client"
)

func TestPoolKeys(t *testing.T) {
	g := newRig(t, client.Config{})
	for _, u := range []string{"http://a/", "http://A:80/x", "http://a:81/", "http://b/", "http://user@a/"} {
		g.get(u)
		for _, c := range g.conns {
			if strings.HasSuffix(c.Value(), "\r\n\r\n") {
				c.Clear()
				c.FeedString(ok)
			}
		}
	}
	if s := g.Stats(); fmt.Sprint(g.dialed) != "[a a:81 b]" || s.Origins != 3 || s.Idle != 3 {
		t.Errorf("%v, %+v", g.dialed, s)
	}
}

// The connection that was used last is used next, those beyond the limit and those that were idle for too long are closed.
func TestIdle(t *testing.T) {
	g := newRig(t, client.Config{Pool: client.PoolLimits{IdlePerHost: 2, Idle: 4 * time.Second}})
	for range 3 {
		g.get("http://a/")
	}
	for _, c := range g.conns {
		c.FeedString(ok)
		g.clock.Advance(time.Second)
	}
	g.settle()
	if s := g.Stats(); s.Idle != 2 || s.Open != 2 || !g.conns[0].Disconnected() {
		t.Fatalf("%+v", s)
	}
	g.get("http://a/")
	if strings.Count(g.conns[2].Value(), "GET") != 2 {
		t.Error("not the connection that was used last")
	}
	g.conns[2].FeedString(ok)
	g.clock.Advance(2 * time.Second)
	g.settle()
	if !g.conns[1].Disconnected() || g.conns[2].Disconnected() {
		t.Errorf("idle connections end at the wrong time: %v %v", g.conns[1].Disconnected(), g.conns[2].Disconnected())
	}
	g.clock.Advance(2 * time.Second)
	if s := g.Stats(); s.Open != 0 {
		t.Errorf("%+v", s)
	}
	one := newRig(t, client.Config{Pool: client.PoolLimits{IdlePerHost: -1}})
	one.get("http://a/")
	one.conns[0].FeedString(ok)
	if !strings.Contains(one.conns[0].Value(), "Connection: close") || one.Stats().Open != 0 {
		t.Errorf("%q", one.conns[0].Value())
	}
}

// A connection that the server closes is noticed while it is idle.
func TestClosedWhileIdle(t *testing.T) {
	for _, how := range []func(c *protocoltest.StringTransport){
		func(c *protocoltest.StringTransport) { c.FeedEOF() },
		func(c *protocoltest.StringTransport) { c.Lose(protocol.Lost(errReset)) },
	} {
		g := newRig(t, client.Config{})
		g.get("http://a/")
		g.conns[0].FeedString(ok)
		how(g.conns[0])
		if x := g.send(&client.Request{Method: "POST"}, false); len(g.conns) != 2 || x.err != nil {
			t.Errorf("%d connections, %v", len(g.conns), x.err)
		}
	}
}

// Class 62: the number of connections is bounded, to one host and to all. Who comes first is served first.
func TestBounds(t *testing.T) {
	g := newRig(t, client.Config{Pool: client.PoolLimits{PerHost: 2, Total: 3, MaxWaiting: 3}})
	var order []string
	get := func(u string) *result {
		x := g.get(u)
		x.d.AddBoth(func(r *client.Response, err error) (*client.Response, error) {
			order = append(order, strings.TrimPrefix(u, "http://"))
			return r, err
		})
		return x
	}
	get("http://a/1")
	get("http://a/2")
	get("http://a/3") // waits for one to a
	get("http://b/4")
	get("http://b/5") // waits for one of all
	get("http://c/6")
	get("http://b/7")
	if s := g.Stats(); s.Open != 3 || s.Waiting != 4 {
		t.Fatalf("%+v", s)
	}
	for range 20 {
		for _, c := range g.conns {
			if !c.Disconnected() && strings.HasSuffix(c.Value(), "\r\n\r\n") {
				c.Clear()
				c.FeedString(ok)
				break
			}
		}
		g.settle()
		if s := g.Stats(); s.Open > 3 {
			t.Fatalf("%+v", s)
		}
	}
	if slices.Sort(order); fmt.Sprint(order) != "[a/1 a/2 a/3 b/4 b/5 b/7 c/6]" {
		t.Errorf("%v", order)
	}
	// An idle connection to another host makes room.
	before := g.Stats()
	get("http://d/8")
	if s := g.Stats(); before.Open != 3 || s.Open != 3 || s.Waiting != 0 || g.dialed[len(g.dialed)-1] != "d" {
		t.Errorf("%+v, then %+v", before, s)
	}
}

func TestTooManyWait(t *testing.T) {
	g := newRig(t, client.Config{Pool: client.PoolLimits{PerHost: 1, MaxWaiting: 1}})
	g.get("http://a/")
	g.get("http://a/")
	x := g.get("http://a/")
	g.settle()
	if x.phase() != "connect" || !errors.Is(x.err, client.ErrBusy) {
		t.Errorf("%v", x.err)
	}
}

// Class 62: what is kept of origins that are not in use is bounded, however many there are.
func TestManyOrigins(t *testing.T) {
	g := newRig(t, client.Config{Pool: client.PoolLimits{Total: 100}})
	most := 0
	for i := range 5000 {
		g.get(fmt.Sprintf("http://host%d/", i))
		c := g.conns[len(g.conns)-1]
		c.FeedString(ok)
		g.conns = g.conns[:0]
		s := g.Stats()
		most = max(most, s.Origins)
		if s.Open > 100 {
			t.Fatalf("%+v", s)
		}
	}
	if most > 300 {
		t.Errorf("%d origins at a time", most)
	}
}

// RFC 9112 section 9.3.1: a request on a connection that was idle is sent again, once, if it does no harm twice.
func TestRetry(t *testing.T) {
	file := func(length int64) *source { return &source{length: length} }
	for _, tt := range []struct {
		name   string
		r      client.Request
		before string // what comes before the end
		again  bool
		phase  string
	}{
		{"GET", client.Request{}, "", true, "none"},
		{"HEAD", client.Request{Method: "HEAD"}, "", true, "none"},
		{"DELETE", client.Request{Method: "DELETE"}, "", true, "none"},
		{"PUT", client.Request{Method: "PUT", Body: client.String("abc")}, "", true, "none"},
		{"PUT, rewound", client.Request{Method: "PUT", Body: rewindable{file(3)}}, "", true, "none"},
		{"PUT, gone", client.Request{Method: "PUT", Body: file(3)}, "", false, "send"},
		{"POST", client.Request{Method: "POST"}, "", false, "wait"},
		{"POST with a body", client.Request{Method: "POST", Body: client.String("abc")}, "", false, "wait"},
		{"PATCH, rewindable", client.Request{Method: "PATCH", Body: rewindable{file(3)}}, "", false, "send"},
		{"GET, after a byte", client.Request{}, "H", false, "response head"},
	} {
		g := newRig(t, client.Config{})
		g.get("http://a/")
		g.conns[0].FeedString(ok)
		g.conns[0].Clear()
		r := tt.r
		x := g.send(&r, false)
		sent := g.conns[0].Value()
		g.conns[0].FeedString(tt.before)
		g.conns[0].Lose(protocol.Lost(errReset))
		g.settle()
		if again := len(g.conns) == 2; again != tt.again {
			t.Errorf("%s: %d connections, %v", tt.name, len(g.conns), x.err)
			continue
		}
		if tt.again {
			if got := g.conns[1].Value(); got != sent {
				t.Errorf("%s: %q, then %q", tt.name, sent, got)
			}
			if body, isSource := tt.r.Body.(rewindable); isSource {
				body.c.Write([]byte("abc"))
				body.d.Callback(struct{}{})
				if body.rewinds != 1 || !strings.HasSuffix(g.conns[1].Value(), "\r\n\r\nabc") {
					t.Errorf("%s: rewound %d times, sent %q", tt.name, body.rewinds, g.conns[1].Value())
				}
			}
			g.conns[1].FeedString("HTTP/1.1 204 No Content\r\n\r\n")
			g.settle()
		}
		if x.phase() != tt.phase || x.over != 1 {
			t.Errorf("%s: %v (%s), %d times", tt.name, x.err, x.phase(), x.over)
		}
	}
	// The second time is the last.
	g := newRig(t, client.Config{})
	g.get("http://a/")
	g.conns[0].FeedString(ok)
	x := g.get("http://a/")
	g.conns[0].Lose(protocol.Lost(errReset))
	g.settle()
	g.conns[1].Lose(protocol.Lost(errReset))
	g.settle()
	if x.phase() != "wait" || len(g.conns) != 2 {
		t.Errorf("%v, %d connections", x.err, len(g.conns))
	}
}

// Close waits for requests under way, ends those that have none, and can be made to cut off what is left.
func TestClose(t *testing.T) {
	g := newRig(t, client.Config{Pool: client.PoolLimits{PerHost: 2}})
	idle := g.get("http://b/")
	g.conns[0].FeedString(ok)
	x, y := g.get("http://a/"), g.get("http://a/")
	waits := g.get("http://a/")
	closed := 0
	d := g.Close()
	d.Done(func(struct{}, error) { closed++ })
	g.settle()
	late := g.get("http://a/")
	g.settle()
	if idle.err != nil || !g.conns[0].Disconnected() || !errors.Is(waits.err, client.ErrClosed) || !errors.Is(late.err, client.ErrClosed) || late.phase() != "request" || closed != 0 {
		t.Errorf("%v, %v, %v, closed %d", idle.err, waits.err, late.err, closed)
	}
	g.conns[1].FeedString(ok)
	g.settle()
	if x.got != "ok" || !g.conns[1].Disconnected() || closed != 0 {
		t.Errorf("%v, closed %d", x.err, closed)
	}
	d.Cancel()
	g.settle()
	if y.phase() != "wait" || !errors.Is(y.err, client.ErrClosed) || !g.conns[2].Disconnected() || closed != 1 || g.Stats().Open != 0 {
		t.Errorf("%v, closed %d, %+v", y.err, closed, g.Stats())
	}
	again := false
	g.Close().Done(func(struct{}, error) { again = true })
	if !again {
		t.Error("the second Close waits for nothing")
	}
}

// Each loop has an Agent of its own; Close is for all.
func TestOn(t *testing.T) {
	one, two := protocoltest.NewClock(), protocoltest.NewClock()
	var loops []protocol.Loop
	a, err := client.New(one, client.Config{Endpoint: func(loop protocol.Loop, _ *url.URL) (endpoint.Client, error) {
		loops = append(loops, loop)
		return nil, errReset
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := a.On(two)
	if a.On(one) != a || b == a || a.On(two) != b || b.On(one) != a || b.Loop() != two {
		t.Error("On returns the wrong Agents")
	}
	b.Do(&client.Request{URL: parse(t, "http://a/")}).Done(func(_ *client.Response, err error) {
		if !errors.Is(err, errReset) {
			t.Error(err)
		}
	})
	if len(loops) != 1 || loops[0] != two {
		t.Errorf("%v", loops)
	}
	closed := false
	a.Close().Done(func(struct{}, error) { closed = true })
	for range 3 {
		one.Settle()
		two.Settle()
	}
	b.Do(&client.Request{URL: parse(t, "http://a/")}).Done(func(_ *client.Response, err error) {
		if !closed || !errors.Is(err, client.ErrClosed) {
			t.Error(closed, err)
		}
	})
}
