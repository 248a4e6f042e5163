// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// unreadRig has a response whose body has begun, 10 bytes of it, and more, which says more, and passes time in which the server lives.
func unreadRig(t *testing.T, version client.HTTP2, r *client.Request) (g *rig, x *result, more func(), pass func(d time.Duration)) {
	t.Helper()
	g = newRig(t, client.Config{HTTP2: version})
	x = g.send(r, true)
	two := version == client.HTTP2PriorKnowledge
	if two {
		g.conns[0].Feed(h2.AppendData(heads(h2.AppendSettings(nil), 1, false, ":status", "200"), 1, make([]byte, 10), false))
	} else {
		g.conns[0].FeedString("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789")
	}
	g.settle()
	if x.res == nil {
		t.Fatal("no response")
	}
	more = func() {
		if two {
			g.conns[0].Feed(h2.AppendData(nil, 1, make([]byte, 10), false))
		} else {
			g.conns[0].FeedString("0123456789")
		}
		g.settle()
	}
	pass = func(d time.Duration) {
		for ; d > 0; d -= 10 * time.Second {
			g.clock.Advance(min(d, 10*time.Second))
			if two && !g.conns[0].Disconnected() {
				g.conns[0].Feed(h2.AppendPing(nil, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true))
			}
			g.settle()
		}
	}
	return g, x, more, pass
}

// A body that nobody wants, and does not say so, gives its connection back in the end.
func TestUnread(t *testing.T) {
	for _, version := range []client.HTTP2{client.HTTP2Off, client.HTTP2PriorKnowledge} {
		for _, paused := range []bool{false, true} {
			for _, limit := range []time.Duration{0, time.Minute, -1} {
				g, x, more, pass := unreadRig(t, version, &client.Request{Timeouts: client.Timeouts{Unread: limit}})
				var err error
				ends := 0
				read := func() { x.res.StreamBody(func([]byte) { x.res.PauseBody() }, func(e error) { err, ends = e, ends+1 }) }
				if paused {
					read()
					g.settle()
					more() // what comes meanwhile is no sign of life of the reader
				}
				name := func() string { return version.String() + map[bool]string{true: ", paused, "}[paused] + limit.String() }
				at := limit
				if at == 0 {
					at = 5 * time.Minute
				}
				if limit < 0 {
					pass(time.Hour)
					if ends != 0 || g.Stats().Open != 1 || g.Stats().Failed != 0 {
						t.Errorf("%s: %v, %+v", name(), err, g.Stats())
					}
					continue
				}
				if pass(at - 10*time.Second); g.Stats().Failed != 0 {
					t.Errorf("%s: too early: %v", name(), err)
				}
				if pass(10 * time.Second); g.Stats().Failed != 1 {
					t.Errorf("%s: not there in time", name())
				}
				if !paused {
					read()
					g.settle()
				}
				e, ok := errors.AsType[*client.Error](err)
				if !ok || e.Phase != client.PhaseResponse || ends != 1 || !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "nobody reads") {
					t.Errorf("%s: %v, %d times", name(), err, ends)
				}
				if s := g.Stats(); s.Open != s.Idle {
					t.Errorf("%s: %+v", name(), s)
				}
			}
		}
	}
}

// One who reads slowly, and each time in time, is not hurried; then the server's silence counts again.
func TestUnreadSlowly(t *testing.T) {
	for _, version := range []client.HTTP2{client.HTTP2Off, client.HTTP2PriorKnowledge} {
		g, x, more, pass := unreadRig(t, version, &client.Request{})
		var err error
		x.res.StreamBody(func([]byte) { x.res.PauseBody() }, func(e error) { err = e })
		g.settle()
		for range 10 {
			pass(4 * time.Minute)
			x.res.ResumeBody()
			g.settle()
			more()
		}
		if err != nil {
			t.Errorf("%v: %v", version, err)
		}
		x.res.ResumeBody()
		if pass(time.Minute - time.Second); err != nil {
			t.Errorf("%v: too early: %v", version, err)
		}
		if pass(time.Second); err == nil || strings.Contains(err.Error(), "nobody reads") || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v: the server's silence: %v", version, err)
		}
	}
}
