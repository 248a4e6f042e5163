// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

// reading has a goroutine read the events of site until each returns false. wait runs the loop until the goroutine has ended, the time going on by steps unless step is 0, and returns the error that came.
func reading(ctx context.Context, t *testing.T, clock *protocoltest.Clock, site web.Resource, each func(n int, e sse.Event) bool) (wait func(step time.Duration) error) {
	t.Helper()
	a := webtest.NewAgent(clock, web.NewSite(site, web.Config{}), client.Config{})
	u, err := url.Parse("http://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1) // one end
	go func() {                  // wait waits for it
		var last error
		n := 0
		for e, err := range sse.Events(ctx, a, &client.Request{URL: u}, sse.SourceConfig{MaxEvent: 20000}) {
			if last != nil {
				t.Errorf("%q, %v after %v", e.Data, err, last)
			}
			if last = err; err != nil {
				continue
			}
			if !each(n, e) {
				break
			}
			n++
		}
		ended <- last
		clock.CallFromThread(func() {}) // Until looks
	}()
	return func(step time.Duration) error {
		t.Helper()
		for step > 0 && len(ended) == 0 {
			clock.Advance(step)
			settle(clock)
			runtime.Gosched()
		}
		err := clock.Until(t.Context(), func() bool { settle(clock); return len(ended) > 0 })
		if err != nil && !clock.Ended() {
			t.Fatal(err)
		}
		err = <-ended
		settle(clock)
		return err
	}
}

// A goroutine that is slow holds the server up, and gets everything, in order. Class 15 (what a peer makes grow).
func TestEvents(t *testing.T) {
	const events = 1000
	written := 0
	clock := protocoltest.NewClock()
	site := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/event-stream")
		r.Stream(func(yield func([]byte, error) bool) {
			for written < events {
				written++
				if !yield(fmt.Appendf(nil, "data: %d %s\n\n", written-1, strings.Repeat("x", 10000)), nil) {
					return
				}
			}
		})
	})
	begun, proceed := false, make(chan struct{})
	wait := reading(t.Context(), t, clock, site, func(n int, e sse.Event) bool {
		if n == 0 {
			clock.CallFromThread(func() { begun = true })
			<-proceed
		}
		if !strings.HasPrefix(e.Data, fmt.Sprint(n, " x")) {
			t.Errorf("event %d: %.20q", n, e.Data)
		}
		return n < events-1
	})
	if err := clock.Until(t.Context(), func() bool { settle(clock); return begun }); err != nil {
		t.Fatal(err)
	}
	settle(clock)
	if written < 65 || written > events/2 {
		t.Errorf("%d of %d events are written for a client that has taken one", written, events)
	}
	close(proceed)
	if err := wait(0); err != nil || written != events {
		t.Errorf("%d written, %v", written, err)
	}
}

// How it ends.
func TestEventsEnd(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []webtest.Answer
		want    string
		err     error
	}{
		{"nothing more", []webtest.Answer{stream("data: a\n\ndata: b\n\n"), stream("data: c\n\n"), {Status: 204}}, "abc", nil},
		{"no stream", []webtest.Answer{{Status: 404}}, "", sse.ErrNotStream},
		{"no stream any more", []webtest.Answer{stream("data: a\n\n"), {Header: http.Header{"Content-Type": {"text/html"}}}}, "a", sse.ErrNotStream},
		{"too large", []webtest.Answer{stream("data: a\n\ndata: b\n\ndata: " + strings.Repeat("x", 30000))}, "ab", sse.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			wait := reading(t.Context(), t, protocoltest.NewClock(), webtest.NewStub(tt.answers...), func(_ int, e sse.Event) bool {
				got += e.Data
				return true
			})
			err := wait(time.Second)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%q, %v", got, err)
			}
			if _, ok := errors.AsType[*client.Error](err); ok != (tt.err != nil) {
				t.Errorf("%#v", err)
			}
		})
	}
}

// Whoever reads no more lets go of the connection.
func TestEventsLeave(t *testing.T) {
	why := errors.New("enough")
	for _, tt := range []struct {
		name string
		each func(cancel func()) bool // is called with the event
		err  error
	}{
		{"break", func(func()) bool { return false }, nil},
		{"context", func(cancel func()) bool { cancel(); return true }, why},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock, hub := protocoltest.NewClock(), sse.NewHub(sse.HubConfig{})
			ctx, cancel := context.WithCancelCause(t.Context())
			wait := reading(ctx, t, clock, hub, func(_ int, e sse.Event) bool {
				if e.Data != "a" {
					t.Errorf("%q", e.Data)
				}
				return tt.each(func() { cancel(why) })
			})
			if err := clock.Until(t.Context(), func() bool { settle(clock); return hub.Stats().Clients == 1 }); err != nil {
				t.Fatal(err)
			}
			hub.Publish(sse.Event{Data: "a"})
			err := wait(0)
			clock.Advance(time.Minute) // for a moment, the rest might have been short and the connection of use
			settle(clock)
			if err != tt.err {
				t.Error(err)
			}
			if n := hub.Stats().Clients; n != 0 {
				t.Errorf("%d clients are there", n)
			}
			cancel(nil)
		})
	}
	t.Run("context that is over", func(t *testing.T) {
		hub := sse.NewHub(sse.HubConfig{})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		err := reading(ctx, t, protocoltest.NewClock(), hub, func(int, sse.Event) bool { return true })(0)
		if err != why || hub.Stats().Clients != 0 {
			t.Errorf("%v, %+v", err, hub.Stats())
		}
	})
}

// The loop ends before the events do.
func TestEventsLoop(t *testing.T) {
	clock, hub := protocoltest.NewClock(), sse.NewHub(sse.HubConfig{})
	wait := reading(t.Context(), t, clock, hub, func(int, sse.Event) bool { return true })
	if err := clock.Until(t.Context(), func() bool { settle(clock); return hub.Stats().Clients == 1 }); err != nil {
		t.Fatal(err)
	}
	clock.End()
	if err := wait(0); !errors.Is(err, deferred.ErrLoopEnded) {
		t.Error(err)
	}
	if err := reading(t.Context(), t, clock, hub, func(int, sse.Event) bool { return true })(0); !errors.Is(err, deferred.ErrLoopEnded) {
		t.Error(err)
	}

	defer func() {
		if recover() == nil {
			t.Error("the loop waits for itself")
		}
	}()
	clock = protocoltest.NewClock()
	for range sse.Events(t.Context(), webtest.NewAgent(clock, web.NewSite(hub, web.Config{}), client.Config{}), &client.Request{}, sse.SourceConfig{}) {
		t.Error("an event")
	}
}
