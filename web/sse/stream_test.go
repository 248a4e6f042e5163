// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// open makes a request to a resource that opens a stream.
func open(t *testing.T, config sse.Config, method string) (*webtest.Conn, *webtest.Response, *sse.Stream, error) {
	t.Helper()
	var s *sse.Stream
	var err error
	c := webtest.Connect(web.NewSite(web.Get(func(r *web.Request) { s, err = sse.Open(r, config) }), web.Config{}), webtest.Config{})
	return c, c.Do(webtest.Request{Method: method, Header: map[string][]string{"Last-Event-Id": {"7"}}}), s, err
}

func TestStream(t *testing.T) {
	c, res, s, err := open(t, sse.Config{Retry: 3 * time.Second}, "GET")
	if err != nil || res.Status != 200 || res.Finished || res.Body != "retry: 3000\n\n" || s.LastEventID() != "7" {
		t.Fatalf("%v %+v", err, res)
	}
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if err := s.Send(sse.Event{Data: "a"}); err != nil {
		t.Error(err)
	}
	if err := s.Send(sse.Event{ID: "\n"}); !errors.Is(err, sse.ErrInvalid) {
		t.Error(err)
	}
	c.Settle()
	if !strings.HasSuffix(res.Body, "\ndata: a\n\n") {
		t.Errorf("%q", res.Body)
	}
	s.Close()
	s.Close()
	c.Settle()
	if !res.Finished || !errors.Is(s.Send(sse.Event{}), net.ErrClosed) {
		t.Errorf("%+v", res)
	}
	if next := c.Do(webtest.Request{Method: "HEAD"}); next.Status != 200 || !next.Finished {
		t.Errorf("%+v", next)
	}
	c.Advance(time.Minute) // no heartbeat after the end
	if got := c.Take(); got != "" {
		t.Errorf("%q", got)
	}
}

func TestHead(t *testing.T) {
	_, res, _, err := open(t, sse.Config{}, "HEAD")
	if !errors.Is(err, web.ErrNoBody) || !res.Finished || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v %+v", err, res)
	}
}

func TestHeartbeat(t *testing.T) {
	c, res, s, _ := open(t, sse.Config{Heartbeat: 10 * time.Second}, "GET")
	c.Advance(9 * time.Second)
	if res.Body != "" {
		t.Errorf("%q", res.Body)
	}
	c.Advance(time.Second)
	if res.Body != ":\n\n" {
		t.Errorf("%q", res.Body)
	}
	s.Send(sse.Event{Data: "x"})
	c.Advance(10 * time.Second) // there was an event meanwhile
	if res.Body != ":\n\ndata: x\n\n" {
		t.Errorf("%q", res.Body)
	}
	c.Advance(10 * time.Second)
	if res.Body != ":\n\ndata: x\n\n:\n\n" {
		t.Errorf("%q", res.Body)
	}
	c, res, _, _ = open(t, sse.Config{Heartbeat: -1}, "GET")
	if c.Advance(time.Hour); res.Body != "" {
		t.Errorf("%q", res.Body)
	}
}

// A client that does not read costs Config.Queue bytes (class 12), and gets what was queued when it goes on.
func TestSlowClient(t *testing.T) {
	c, res, s, _ := open(t, sse.Config{Queue: 1000}, "GET")
	c.StopReading()
	big := strings.Repeat("x", 1<<20)
	if err := s.Send(sse.Event{Data: big}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	sent := 0
	for ; sent < 1000; sent++ {
		if err := s.Send(sse.Event{Data: "y"}); err != nil {
			if !errors.Is(err, sse.ErrSlow) {
				t.Error(err)
			}
			break
		}
	}
	if sent != 1000/len("data: y\n\n") {
		t.Errorf("%d events queued", sent)
	}
	c.StartReading()
	c.Settle()
	if got := strings.Count(res.Body, "data: y\n\n"); got != sent || s.Send(sse.Event{Data: "z"}) != nil {
		t.Errorf("%d events came", got)
	}
	c.Lose()
	if !errors.Is(s.Send(sse.Event{}), net.ErrClosed) {
		t.Error("the end was not noticed")
	}
}

// One that never reads again is cut off by the site.
func TestVanishedClient(t *testing.T) {
	c, _, s, _ := open(t, sse.Config{}, "GET")
	c.StopReading()
	for range 10 {
		c.Advance(15 * time.Second)
	}
	if !c.Closed() || !errors.Is(s.Send(sse.Event{}), net.ErrClosed) {
		t.Error("still there")
	}
}
