// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// stages are the points at which a request can be ended, and how it gets there.
var stages = []struct {
	name  string
	phase string
	lead  func(g *rig) (x *result, s *source)
}{
	{"queued", "connect", func(g *rig) (*result, *source) {
		g.get("http://a/busy")
		return g.get("http://a/"), nil
	}},
	{"connecting", "connect", func(g *rig) (*result, *source) {
		g.hold = true
		return g.get("http://a/"), nil
	}},
	{"sending", "send", func(g *rig) (*result, *source) {
		s := &source{length: -1, register: true}
		x := g.send(&client.Request{Method: "POST", Body: s}, false)
		s.c.Write([]byte("abc"))
		return x, s
	}},
	{"waiting for 100", "send", func(g *rig) (*result, *source) {
		s := &source{length: 3, register: true}
		return g.send(&client.Request{Method: "POST", Body: s, Expect: true}, false), nil
	}},
	{"waiting", "wait", func(g *rig) (*result, *source) { return g.get("http://a/"), nil }},
	{"head", "response head", func(g *rig) (*result, *source) {
		x := g.get("http://a/")
		g.conns[0].FeedString("HTTP/1.1 200")
		return x, nil
	}},
	{"body", "response", func(g *rig) (*result, *source) {
		x := g.get("http://a/")
		g.conns[0].FeedString("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nab")
		return x, nil
	}},
}

// Cancelling ends a request wherever it stands: at once for the caller, its connection is cut, its body stopped, and nobody else is disturbed.
func TestCancel(t *testing.T) {
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			g := newRig(t, client.Config{Pool: client.PoolLimits{PerHost: 1}})
			x, s := st.lead(g)
			if x.over != 0 {
				t.Fatalf("over: %v", x.err)
			}
			before := g.Stats()
			if x.body != nil {
				x.body.Cancel()
			} else {
				x.d.Cancel()
			}
			if x.over != 1 || !errors.Is(x.err, deferred.ErrCancelled) || !errors.Is(x.err, context.Canceled) || x.phase() != st.phase {
				t.Errorf("%v (%s), %d times", x.err, x.phase(), x.over)
			}
			x.d.Cancel()
			g.settle()
			if s != nil && (s.cancels != 1 || !slices.Contains(s.told, "stop")) {
				t.Errorf("the body: cancelled %d times, told %v", s.cancels, s.told)
			}
			after := g.Stats()
			switch st.name {
			case "queued":
				if before.Waiting != 1 || after.Waiting != 0 || after.Open != 1 {
					t.Errorf("%+v, then %+v", before, after)
				}
			default:
				if before.Open != 1 || after.Open != 0 || g.gaveUp+len(g.conns) != 1 || len(g.conns) == 1 && !g.conns[0].Disconnected() {
					t.Errorf("%+v, then %+v", before, after)
				}
			}
			g.hold = false // the next request works
			y := g.get("http://a/")
			for _, c := range g.conns {
				if !c.Disconnected() {
					c.FeedString(ok)
				}
			}
			if st.name == "queued" {
				g.conns[0].FeedString(ok)
			}
			if y.got != "ok" || len(g.clock.Calls()) > 1 { // but for the connection's own
				t.Errorf("%q %v, %d calls left", y.got, y.err, len(g.clock.Calls()))
			}
		})
	}
}

// Each time limit strikes at its own stage, and Whole at all.
func TestTimeouts(t *testing.T) {
	limits := map[string]client.Timeouts{
		"queued": {Wait: time.Second}, "connecting": {Connect: time.Second}, "waiting": {Headers: time.Second}, "head": {Idle: time.Second}, "body": {Idle: time.Second},
	}
	for _, st := range stages {
		for _, whole := range []bool{false, true} {
			own, limited := limits[st.name]
			if whole {
				own = client.Timeouts{Wait: -1, Connect: -1, Headers: -1, Idle: -1, Whole: time.Second}
			} else if !limited {
				continue
			}
			t.Run(fmt.Sprint(st.name, whole), func(t *testing.T) {
				g := newRig(t, client.Config{Pool: client.PoolLimits{PerHost: 1}, Timeouts: own})
				if st.name == "queued" && whole {
					t.Skip("the busy one ends at the same time")
				}
				x, _ := st.lead(g)
				g.clock.Advance(time.Second - 1)
				g.settle()
				if x.over != 0 {
					t.Fatalf("too early: %v", x.err)
				}
				g.clock.Advance(1)
				g.settle()
				if x.over != 1 || !errors.Is(x.err, os.ErrDeadlineExceeded) || !errors.Is(x.err, context.DeadlineExceeded) || x.phase() != st.phase {
					t.Errorf("%v (%s), %d times", x.err, x.phase(), x.over)
				}
				if st.name != "queued" && g.Stats().Open != 0 {
					t.Errorf("%+v", g.Stats())
				}
			})
		}
	}
}

// The limits of a request go before those of the Agent, and a negative one is none.
func TestTimeoutsOfARequest(t *testing.T) {
	g := newRig(t, client.Config{Timeouts: client.Timeouts{Headers: time.Second}})
	x := g.send(&client.Request{Timeouts: client.Timeouts{Headers: time.Minute}}, false)
	y := g.send(&client.Request{Timeouts: client.Timeouts{Headers: -1}}, false)
	g.clock.Advance(59 * time.Second)
	g.settle()
	if x.over != 0 || y.over != 0 {
		t.Errorf("%v, %v", x.err, y.err)
	}
	g.clock.Advance(time.Second)
	g.clock.Advance(24 * time.Hour)
	g.settle()
	if x.phase() != "wait" || y.over != 0 {
		t.Errorf("%v, %v", x.err, y.err)
	}
}

// A cancelled request is not sent again.
func TestNoRetryAfterCancel(t *testing.T) {
	g := newRig(t, client.Config{})
	g.get("http://a/")
	g.conns[0].FeedString(ok)
	x := g.get("http://a/")
	x.d.Cancel()
	g.conns[0].Lose(protocol.Lost(errReset))
	g.settle()
	if len(g.dialed) != 1 || !errors.Is(x.err, deferred.ErrCancelled) {
		t.Errorf("%v, %v", g.dialed, x.err)
	}
}

// A body that fails as soon as it is asked for, on a connection that is there, ends its request and nothing else.
func TestBodyFailsAtOnce(t *testing.T) {
	for _, version := range []client.HTTP2{client.HTTP2Off, client.HTTP2PriorKnowledge} {
		g := newRig(t, client.Config{HTTP2: version})
		if version == client.HTTP2Off {
			g.get("http://a/")
			g.conns[0].FeedString(ok)
		}
		x := g.send(&client.Request{Method: "POST", Body: filled{source: &source{length: 3}, more: 1}}, false)
		g.settle()
		if x.phase() != "request body" || x.over != 1 {
			t.Errorf("%v: %v, %d times", version, x.err, x.over)
		}
	}
}
