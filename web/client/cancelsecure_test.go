// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A wish is a request as a stage needs it.
type wish struct {
	body    int // bytes; 0 for a GET
	memory  bool
	ends    bool // else a body that is not in memory does not
	expect  bool
	upgrade string
}

// An attempt is a request that can be given up.
type attempt struct {
	cancel func()
	err    func() error // waits for its end
	body   func() error // what is wrong with the end of its body
}

// ways are those to make one, and to give it up.
var ways = map[string]func(g *secureRig, a wish) *attempt{"Deferred": byDeferred, "context": byContext}

func byDeferred(g *secureRig, a wish) *attempt {
	r := &client.Request{URL: parse(g.t, "https://"+farName+"/"), Expect: a.expect, Upgrade: a.upgrade}
	var s *source
	switch {
	case a.memory:
		r.Method, r.Body = "POST", client.Bytes(make([]byte, a.body))
	case a.body > 0:
		s = &source{length: int64(a.body), register: true}
		r.Method, r.Body = "POST", filled{source: s, ends: a.ends}
	}
	x := new(result)
	x.d = g.a.Do(r)
	x.d.Done(func(res *client.Response, err error) {
		if x.res = res; err != nil {
			x.err, x.over = err, x.over+1
		} else {
			x.read(0)
		}
	})
	return &attempt{
		cancel: func() {
			if x.body != nil {
				x.body.Cancel()
			} else {
				x.d.Cancel()
			}
		},
		err: func() error {
			g.until("the end", func() bool { return x.over > 0 })
			if phase := x.phase(); x.err != nil && (phase == "none" || x.over != 1) {
				return fmt.Errorf("%d ends, %s", x.over, phase)
			}
			return x.err
		},
		body: func() error {
			if s != nil && s.c != nil && !s.d.Called() {
				return fmt.Errorf("it was not told: %v, cancelled %d times", s.told, s.cancels)
			}
			return nil
		},
	}
}

// filled is a source that writes zeros, all at once.
type filled struct {
	*source
	ends bool
	more int // bytes than it has said
}

func (f filled) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	d := f.source.Start(c)
	if c.Write(make([]byte, int(f.length)+f.more)); f.ends {
		d.Callback(struct{}{})
	}
	return d
}

func byContext(g *secureRig, a wish) *attempt {
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", "https://"+farName+"/", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	body := &noting{Reader: bytes.NewReader(make([]byte, a.body)), m: g.m}
	if a.body > 0 {
		req.Method, req.Body, req.ContentLength = "POST", body, int64(a.body)
	}
	if a.expect {
		req.Header.Set("Expect", "100-continue")
	}
	if a.upgrade != "" {
		req.Header.Set("Upgrade", a.upgrade)
	}
	ended := make(chan error, 1)
	before := g.a.Stats().Requests
	go func() { // ends with the request, for which the test waits
		res, err := g.a.RoundTripper().RoundTrip(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		ended <- err
		g.m.CallFromThread(func() {}) // until looks again
	}()
	g.until("the beginning", func() bool { return g.a.Stats().Requests > before })
	return &attempt{
		cancel: cancel,
		err: func() error {
			g.until("the end", func() bool { return len(ended) > 0 })
			cancel()
			return <-ended
		},
		body: func() error {
			if a.body > 0 {
				g.until("its end", func() bool { return body.closed.Load() > 0 })
			}
			if n := body.closed.Load(); n > 1 {
				return fmt.Errorf("it was closed %d times", n)
			}
			return nil
		},
	}
}

// A secureStage is a point at which a request over TLS can be given up.
type secureStage struct {
	name  string
	ask   wish
	alpn  string // "" for h2
	prior bool   // knowledge of HTTP/2
	phase client.Phase
	lead  func(g *secureRig)
	// kept is set where the connection is to stay, and the server to be told by RST_STREAM; queued where the server never heard of it
	kept, queued bool
}

// shaken leads behind the handshake.
func shaken(g *secureRig) *far {
	f := g.accept()
	g.until("the request", func() bool { return len(f.log) > 0 })
	return f
}

// settled leads behind the settings.
func settled(g *secureRig, s ...h2.Setting) *far {
	f := shaken(g)
	f.settings(s...)
	return f
}

var secureStages = []secureStage{
	{name: "resolving", phase: client.PhaseConnect, lead: func(g *secureRig) {
		g.until("the question", func() bool { return len(g.lookups) > 0 })
	}},
	{name: "connecting", phase: client.PhaseConnect, lead: func(g *secureRig) {
		g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
	}},
	{name: "TLS: no answer", phase: client.PhaseConnect, lead: func(g *secureRig) {
		f := g.accept()
		f.limit = 0
		g.until("the hello", func() bool { return len(f.back) > 0 })
	}},
	{name: "TLS: half an answer", phase: client.PhaseConnect, lead: func(g *secureRig) {
		f := g.accept()
		f.limit = 200
		g.until("the hello", func() bool { return f.count == 200 })
	}},
	{name: "TLS: half an answer, HTTP/1.1", alpn: "http/1.1", phase: client.PhaseConnect, lead: func(g *secureRig) {
		f := g.accept()
		f.limit = 200
		g.until("the hello", func() bool { return f.count == 200 })
	}},
	{name: "waiting, HTTP/1.1", alpn: "http/1.1", phase: client.PhaseWait, lead: func(g *secureRig) {
		f := g.accept()
		g.until("the request", func() bool { return f.app.Len() > 0 })
	}},
	{name: "before the settings", phase: client.PhaseWait, kept: true, lead: func(g *secureRig) { shaken(g) }},
	{name: "before the settings, for an upgrade", ask: wish{upgrade: "websocket"}, prior: true, phase: client.PhaseConnect, kept: true, queued: true, lead: func(g *secureRig) {
		f := g.accept()
		g.until("the preface", func() bool { return f.read > 0 })
	}},
	{name: "sending: the stream's window, streamed", ask: wish{body: 200000}, phase: client.PhaseSend, kept: true, lead: streamWindow},
	{name: "sending: the stream's window, in memory", ask: wish{body: 200000, memory: true}, phase: client.PhaseWait, kept: true, lead: streamWindow},
	{name: "sending: the connection's window, streamed", ask: wish{body: 200000}, phase: client.PhaseSend, kept: true, lead: connectionWindow},
	{name: "sending: the connection's window, in memory", ask: wish{body: 200000, memory: true}, phase: client.PhaseWait, kept: true, lead: connectionWindow},
	{name: "waiting for 100", ask: wish{body: 10, expect: true}, phase: client.PhaseSend, kept: true, lead: func(g *secureRig) { settled(g) }},
	{name: "waiting", phase: client.PhaseWait, kept: true, lead: func(g *secureRig) { settled(g) }},
	{name: "behind an interim head", phase: client.PhaseHead, kept: true, lead: func(g *secureRig) {
		settled(g).says(heads(nil, 1, false, ":status", "103"))
	}},
	{name: "in the head", phase: client.PhaseWait, kept: true, lead: func(g *secureRig) {
		b := heads(nil, 1, false, ":status", "200")
		f := settled(g)
		f.says(b[:len(b)-2])
		f.rest = b[len(b)-2:]
	}},
	{name: "reading", phase: client.PhaseResponse, kept: true, lead: func(g *secureRig) {
		settled(g).says(h2.AppendData(heads(nil, 1, false, ":status", "200"), 1, make([]byte, 1000), false))
	}},
}

func streamWindow(g *secureRig) {
	f := settled(g)
	f.says(h2.AppendWindowUpdate(nil, 0, 1<<20))
	g.until("the window", func() bool { return f.got[1] == 65535 })
}

func connectionWindow(g *secureRig) {
	f := settled(g, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 1 << 20})
	g.until("the window", func() bool { return f.got[1] == 65535 })
}

// Over TLS and HTTP/2 a request can be given up at every stage, by its Deferred and by its context: it ends at once, another that waits behind it goes on, what it held is free, and the connection, if the server
// can be told by RST_STREAM, carries the next one.
func TestCancelSecure(t *testing.T) {
	for way, begin := range ways {
		for _, st := range secureStages {
			for _, another := range []bool{false, true} {
				t.Run(fmt.Sprint(st.name, ", by ", way, map[bool]string{true: ", another waits"}[another]), func(t *testing.T) {
					st.test(t, begin, another)
				})
			}
		}
	}
}

func (st *secureStage) test(t *testing.T, begin func(g *secureRig, a wish) *attempt, another bool) {
	cfg := client.Config{Pool: client.PoolLimits{PerHost: 1}}
	if st.prior {
		cfg.HTTP2 = client.HTTP2PriorKnowledge
	}
	alpn := st.alpn
	if alpn == "" {
		alpn = "h2"
	}
	g := newSecureRig(t, cfg, alpn)
	g.held = st.name == "resolving"
	x := begin(g, st.ask)
	var y *attempt
	if another {
		y = begin(g, wish{})
	}
	st.lead(g)
	var f *far
	if len(g.fars) > 0 {
		f = g.fars[0]
	}
	before := g.a.Stats()
	if before.Open != 1 {
		t.Fatalf("%+v", before)
	}
	x.cancel()
	err := x.err()
	if e, ok := errors.AsType[*client.Error](err); ok && e.Phase != st.phase || !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := x.body(); err != nil {
		t.Errorf("the body: %v", err)
	}
	open := 0
	if st.kept || another {
		open = 1
	}
	g.until("the place in the pool", func() bool {
		s := g.a.Stats()
		return s.Waiting == 0 && s.Open == open || another && s.Waiting == 1 && s.Open == 1
	})
	switch {
	case f == nil:
	case st.kept && !st.queued:
		g.until("RST_STREAM", func() bool { return f.saw("RST 1 CANCEL") })
	case !st.kept:
		g.until("the end of the connection", func() bool { return f.gone() })
	}
	data := 0
	if f != nil {
		data = f.got[1]
	}
	g.held, g.auto = false, true
	for _, l := range g.lookups {
		l.answer()
	}
	if another {
		if err := y.err(); err != nil {
			t.Errorf("the one behind it: %v", err)
		}
	}
	next := begin(g, wish{})
	if err := next.err(); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if st.kept {
		f.says(h2.AppendWindowUpdate(nil, 0, 1<<20))
		post := begin(g, wish{body: 100, ends: true})
		if err := post.err(); err != nil {
			t.Errorf("the next one with a body: %v", err)
		}
		if f.got[1] != data && !st.queued {
			t.Errorf("%d more bytes of a body that nobody wants", f.got[1]-data)
		}
	}
	conns := 1
	if !st.kept && f != nil {
		conns = 2
	}
	if s := g.a.Stats(); len(g.fars) != conns || s.Open != s.Idle || s.Waiting != 0 {
		t.Errorf("%d connections were made: %+v", len(g.fars), s)
	}
	g.finish()
}

// The same after each few bytes of the server's handshake.
func TestCancelWithinHandshake(t *testing.T) {
	for n := 0; ; n += 40 {
		g := newSecureRig(t, client.Config{}, "h2")
		x := byDeferred(g, wish{})
		g.until("the attempt", func() bool { return len(g.m.Attempts()) > 0 })
		f := g.accept()
		f.limit = n
		g.until("the hello", func() bool { return f.count == n || len(f.log) > 0 })
		x.cancel()
		if len(f.log) > 0 || f.saw("HEADERS 1") {
			break // the handshake is over
		}
		if err := x.err(); !errors.Is(err, deferred.ErrCancelled) {
			t.Errorf("after %d bytes: %v", n, err)
		}
		if !f.gone() || g.a.Stats().Open != 0 {
			t.Errorf("after %d bytes: %+v", n, g.a.Stats())
		}
		g.finish()
		if n > 10000 {
			t.Fatal("the handshake has no end")
		}
	}
}
