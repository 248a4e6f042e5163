// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// Each limit that strikes is counted, and told once.
func TestH2LimitsAreToldOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		root   web.Resource
		config web.Config
		do     func(p *h2peer)
		stats  func(web.Stats) int64
		line   string
	}{
		{"streams", never, web.Config{HTTP2: web.HTTP2{Streams: 1}}, func(p *h2peer) {
			p.get(1, "/")
			p.get(3, "/")
		}, func(s web.Stats) int64 { return s.Refused }, "too many streams"},
		{"malformed", never, web.Config{}, func(p *h2peer) {
			p.get(1, "/", "Upper", "1")
		}, func(s web.Stats) int64 { return s.Refused }, "not a token in lower case"},
		{"stream error", never, web.Config{}, func(p *h2peer) {
			p.get(1, "/")
			p.window(1, h2.MaxWindow)
		}, func(s web.Stats) int64 { return s.Refused }, "window too large"},
		{"queue", web.Func(func(r *web.Request) {
			r.NotDoneYet()
			for range 20 {
				r.Write(make([]byte, 10000))
			}
		}), web.Config{Limits: web.Limits{Queue: 100000}}, func(p *h2peer) { p.get(1, "/") }, func(s web.Stats) int64 { return s.Overflowed }, "too much unsent data"},
		{"answers to control frames", web.Func(func(r *web.Request) { r.Write(make([]byte, 60000)) }), web.Config{HTTP2: web.HTTP2{ControlQueue: 100}}, func(p *h2peer) {
			p.window(0, 1<<20)
			p.run()
			p.tr.Stalled = true
			p.get(1, "/")
			p.get(3, "/")
			p.run()
			for range 20 {
				p.out = h2.AppendPing(p.out, [8]byte{}, false)
			}
		}, func(s web.Stats) int64 { return s.Overflowed }, "answers to its control frames"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			tt.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			p := newH2peer(t, tt.root, tt.config)
			tt.do(p)
			p.run()
			if n := tt.stats(p.site.Stats()); n != 1 || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), tt.line) {
				t.Errorf("counted %d times; log %s", n, &log)
			}
		})
	}
}

// The settings have to be acknowledged (RFC 9113 section 6.5.3).
func TestH2SettingsTimeout(t *testing.T) {
	var ended error
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) { r.NotifyEnd(func(err error) { ended = err }); r.NotDoneYet() }), web.Config{})
	p.out = bytes.TrimSuffix(p.out, h2.AppendSettingsAck(nil))
	p.get(1, "/")
	p.run()
	advance(p.tr, 19*time.Second)
	if p.run(); len(p.goaway) > 0 {
		t.Fatalf("too early: %q", p.goaway)
	}
	advance(p.tr, 2*time.Second)
	if p.run(); !slices.Equal(p.goaway, []string{"1 SETTINGS_TIMEOUT settings not acknowledged"}) || ended == nil || p.site.Stats().TimedOut != 1 {
		t.Errorf("GOAWAY %q, request %v, %+v", p.goaway, ended, p.site.Stats())
	}
}

// Answers without a body know no window: a client that does not read them gets no more than what it lets pile up anyhow (class 24).
func TestClass24AnswersWithoutBodyAreNotRead(t *testing.T) {
	n := 0
	p := newH2peer(t, web.Func(func(r *web.Request) {
		n++
		r.ResponseHeader().Set("Location", strings.Repeat("x", 4000))
		r.SetStatus(304)
	}), web.Config{})
	p.run()
	p.tr.Stalled = true
	for i := range 4000 {
		p.get(uint32(2*i+1), "/")
	}
	p.tr.Feed(p.out)
	settle(p.tr)
	if got := p.tr.Buffered(); got > 3*protocol.HighWater || n == 0 {
		t.Errorf("%d answers of %d bytes wait", n, got)
	}
	for range 100 {
		p.tr.Stalled = false
		p.tr.Drain()
		settle(p.tr)
	}
	if n != 4000 {
		t.Errorf("%d of 4000 were answered in the end", n)
	}
}

// A response that closes the connection may be begun while another wants to go on: each header is encoded by itself.
func TestH2HeadsDoNotMix(t *testing.T) {
	asked := make(map[string]*web.Request)
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		r.NotDoneYet()
		asked[r.Path] = r
	}), web.Config{})
	p.get(1, "/pull")
	p.get(3, "/close")
	p.run()
	r := asked["/pull"]
	r.RegisterProducer(&pullOnce{r}, protocol.PullProducer)
	r = asked["/close"]
	r.ResponseHeader().Set("X-A", "one")
	r.ResponseHeader().Set("Connection", "close")
	r.ResponseHeader().Set("X-B", "two")
	r.Write([]byte("closed"))
	r.Finish()
	p.run()
	if a := p.answer(1); a.body != "pulled" || a.trailer != "x-sum: 1\n" || a.field("x-a") != "" {
		t.Errorf("1: %v", a)
	}
	if a := p.answer(3); a.body != "closed" || a.field("x-a") != "one" || a.field("x-b") != "two" {
		t.Errorf("3: %v", a)
	}
}

type pullOnce struct{ r *web.Request }

func (p *pullOnce) Pause()     {}
func (p *pullOnce) Stop(error) {}
func (p *pullOnce) Resume() {
	p.r.Write([]byte("pulled"))
	p.r.ResponseTrailer().Set("X-Sum", "1")
	p.r.UnregisterProducer()
	p.r.Finish()
}
