// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

// A listener is a Source and what it has been told.
type listener struct {
	*sse.Source
	clock  *protocoltest.Clock
	events []string
	lost   []string
	waits  []time.Duration
	opened int
	err    error
	over   bool
}

func settle(c *protocoltest.Clock) {
	for range 50 {
		c.Advance(0)
		c.Settle()
	}
}

// listen connects to site.
func listen(site web.Resource, http2 client.HTTP2, config sse.SourceConfig, req client.Request) *listener {
	l := &listener{clock: protocoltest.NewClock()}
	a := webtest.NewAgent(l.clock, web.NewSite(site, web.Config{}), client.Config{HTTP2: http2})
	req.URL, _ = url.Parse("http://user:secret@example.com/events?secret")
	config.Opened = func(*client.Response) { l.opened++ }
	config.Lost = func(err error, wait time.Duration) {
		l.lost, l.waits = append(l.lost, err.Error()), append(l.waits, wait)
	}
	l.Source = sse.NewSource(a, &req, config, func(e sse.Event) { l.events = append(l.events, e.Name+":"+e.Data) })
	l.Done().Done(func(_ struct{}, err error) { l.err, l.over = err, true })
	settle(l.clock)
	return l
}

func (l *listener) advance(d time.Duration) {
	l.clock.Advance(d)
	settle(l.clock)
}

// took returns the events that have come since the last call.
func (l *listener) took() string {
	s := strings.Join(l.events, " ")
	l.events = nil
	return s
}

// A stub answers with what the test says.
func stream(body string) webtest.Answer {
	return webtest.Answer{Header: http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, Body: body, Times: 1}
}

func TestSourceHub(t *testing.T) {
	for _, version := range []client.HTTP2{client.HTTP2Off, client.HTTP2PriorKnowledge} {
		t.Run(version.String(), func(t *testing.T) {
			hub := sse.NewHub(sse.HubConfig{Stream: sse.Config{Retry: 2 * time.Second}})
			l := listen(hub, version, sse.SourceConfig{}, client.Request{})
			hub.Publish(sse.Event{Name: "price", Data: "42"})
			hub.Publish(sse.Event{Data: "a\nb"})
			settle(l.clock)
			if got := l.took(); got != "price:42 :a\nb" {
				t.Errorf("events %q", got)
			}
			for range 100 { // with nothing but heartbeats
				l.advance(15 * time.Second)
			}
			if s := l.Stats(); s != (sse.SourceStats{Attempts: 1, Connections: 1, Events: 2}) {
				t.Errorf("%+v", s)
			}
			hub.Close() // who comes back gets 204
			settle(l.clock)
			if len(l.waits) != 1 || l.waits[0] < 2*time.Second || l.waits[0] > 2500*time.Millisecond || l.lost[0] != "EOF" {
				t.Errorf("lost %q, waits %v", l.lost, l.waits)
			}
			l.advance(2500 * time.Millisecond)
			if !l.over || l.err != nil {
				t.Errorf("over %v, %v", l.over, l.err)
			}
		})
	}
}

// A client that was cut off gets what it has missed.
func TestSourceComesBack(t *testing.T) {
	hub := sse.NewHub(sse.HubConfig{})
	first := true
	l := listen(web.Func(func(r *web.Request) {
		hub.Render(r)
		if first {
			first = false
			r.Loop().CallLater(time.Minute, r.Abort)
		}
	}), client.HTTP2Off, sse.SourceConfig{}, client.Request{})
	hub.Publish(sse.Event{Data: "1"})
	l.advance(time.Minute)
	hub.Publish(sse.Event{Data: "2"})
	l.advance(time.Minute)
	hub.Publish(sse.Event{Data: "3"})
	settle(l.clock)
	if got := l.took(); got != ":1 :2 :3" || l.opened != 2 {
		t.Errorf("%q, opened %d times", got, l.opened)
	}
	l.Close()
	l.Close()
	hub.Publish(sse.Event{Data: "4"})
	l.advance(time.Hour)
	if got := l.took(); got != "" || !l.over || l.err != nil || hub.Stats().Clients != 0 {
		t.Errorf("%q, %v, %v, %+v", got, l.over, l.err, hub.Stats())
	}
}

func TestSourceRequest(t *testing.T) {
	stub := webtest.NewStub(stream("retry: 10\nid: é1\ndata: a\n\n"), stream("id: \x01\ndata: b\n\n"), stream(""), webtest.Answer{Status: 204})
	req := client.Request{Method: "POST", Body: client.String("prompt")}
	req.Header.Set("Authorization", "Bearer x")
	l := listen(stub, client.HTTP2Off, sse.SourceConfig{LastEventID: "before"}, req)
	for range 4 {
		l.advance(time.Second)
	}
	if got := l.took(); got != ":a :b" || !l.over || l.err != nil {
		t.Errorf("%q, over %v, %v", got, l.over, l.err)
	}
	var ids []string
	for _, a := range stub.Asked() {
		ids = append(ids, a.Header.Get("Last-Event-Id"))
		if a.Method != "POST" || a.Body != "prompt" || a.Header.Get("Accept") != "text/event-stream" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Authorization") != "Bearer x" {
			t.Errorf("%+v", a)
		}
	}
	if want := []string{"before", "é1", "", ""}; !slices.Equal(ids, want) { // a header cannot hold the last one
		t.Errorf("%q, want %q", ids, want)
	}
	if req.Header.Len() != 1 {
		t.Error("the request was changed")
	}
}

func TestSourceRefused(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for _, tt := range []struct {
		name   string
		answer webtest.Answer
		err    string // "" means that it goes on
		cause  error
	}{
		{"not found", webtest.Answer{Status: 404, Header: html}, "client: GET http://example.com/events: response head: sse: the answer is no event stream: status 404, type \"text/html\"", sse.ErrNotStream},
		{"a page", webtest.Answer{Header: html}, "client: GET http://example.com/events: response head: sse: the answer is no event stream: status 200, type \"text/html\"", sse.ErrNotStream},
		{"a redirect", webtest.Answer{Status: 302}, "client: GET http://example.com/events: response head: sse: the answer is no event stream: status 302, type \"\"", sse.ErrNotStream},
		{"another 2xx", webtest.Answer{Status: 202, Header: http.Header{"Content-Type": {"text/event-stream"}}}, "client: GET http://example.com/events: response head: sse: the answer is no event stream: status 202, type \"text/event-stream\"", sse.ErrNotStream},
		{"too large", stream("data: 1\n\ndata: " + strings.Repeat("x", 100)), "client: GET http://example.com/events: response: sse: the event is too large", sse.ErrTooLarge},
		{"busy", webtest.Answer{Status: 503, Header: http.Header{"Retry-After": {"20"}}}, "", nil},
		{"busy until", webtest.Answer{Status: 429, Header: http.Header{"Retry-After": {protocoltest.Epoch.Add(20 * time.Second).Format(http.TimeFormat)}}}, "", nil},
		{"cut off", webtest.Answer{Abort: true}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := listen(webtest.NewStub(tt.answer), client.HTTP2Off, sse.SourceConfig{MaxEvent: 50}, client.Request{})
			if tt.err == "" {
				if l.over || len(l.waits) != 1 {
					t.Fatalf("over %v, %v, %v", l.over, l.err, l.waits)
				}
				if tt.answer.Header != nil && (l.waits[0] < 20*time.Second || l.waits[0] > 25*time.Second) {
					t.Errorf("waits %v", l.waits)
				}
				return
			}
			if !l.over || l.err == nil || l.err.Error() != tt.err || !errors.Is(l.err, tt.cause) {
				t.Errorf("over %v\n got %v\nwant %s", l.over, l.err, tt.err)
			}
			if e, ok := errors.AsType[*client.Error](l.err); !ok || e.Response == nil {
				t.Errorf("%#v", l.err)
			}
			l.advance(time.Hour)
			if s := l.Stats(); s.Attempts != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// The wait doubles up to MaxRetry, and begins anew when something has come.
func TestSourceBackOff(t *testing.T) {
	down := []webtest.Answer{{Abort: true, Times: 5}, stream(": here\n"), {Abort: true, Times: 2}, stream("retry: 100000\n"), {Abort: true}}
	l := listen(webtest.NewStub(down...), client.HTTP2Off, sse.SourceConfig{Retry: time.Second, MaxRetry: 6 * time.Second}, client.Request{})
	for range 9 {
		l.advance(130 * time.Second)
	}
	want := []time.Duration{1, 2, 4, 6, 6, 1, 2, 4, 100, 100}
	if len(l.waits) != len(want) {
		t.Fatalf("%v", l.waits)
	}
	for i, w := range l.waits {
		if w < want[i]*time.Second || w > want[i]*time.Second*5/4 {
			t.Errorf("wait %d: %v, want %d s and up to a quarter more", i, w, want[i])
		}
	}
}

// A server cannot have its clients come back without a pause.
func TestSourceHastyServer(t *testing.T) {
	for _, tt := range []struct{ own, want time.Duration }{{0, 500 * time.Millisecond}, {100 * time.Millisecond, 100 * time.Millisecond}} {
		l := listen(webtest.NewStub(stream("retry: 0\ndata: a\n\n"), webtest.Answer{Abort: true}), client.HTTP2Off, sse.SourceConfig{Retry: tt.own}, client.Request{})
		if len(l.waits) != 1 || l.waits[0] < tt.want || l.waits[0] > tt.want*5/4 {
			t.Errorf("%v, want %v", l.waits, tt.want)
		}
		l.Close()
	}
}

func TestSourceAttempts(t *testing.T) {
	l := listen(webtest.NewStub(webtest.Answer{Abort: true, Times: 2}, stream("data: a\n\n"), webtest.Answer{Abort: true}), client.HTTP2Off, sse.SourceConfig{Attempts: 3}, client.Request{})
	for range 10 {
		l.advance(time.Minute * 2)
	}
	if s := l.Stats(); l.err == nil || s.Attempts != 6 || s.Events != 1 {
		t.Errorf("%+v, %v", s, l.err)
	}
	if _, ok := errors.AsType[*client.Error](l.err); !ok {
		t.Errorf("%#v", l.err)
	}
}

// Nothing comes any more, not even a heartbeat: a server that is gone without a word.
func TestSourceIdle(t *testing.T) {
	silent := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/event-stream")
		r.NotDoneYet()
		fmt.Fprint(r, "data: a\n\n")
		r.Flush()
	})
	l := listen(silent, client.HTTP2Off, sse.SourceConfig{Idle: 40 * time.Second}, client.Request{})
	l.advance(39 * time.Second)
	if l.took() != ":a" || len(l.waits) != 0 {
		t.Errorf("%v", l.lost)
	}
	l.advance(time.Second)
	if s := l.Stats(); len(l.waits) != 1 || s.Idle != 1 || !strings.Contains(l.lost[0], os.ErrDeadlineExceeded.Error()) {
		t.Errorf("%+v, %v", s, l.lost)
	}
	l.advance(5 * time.Second)
	if l.took() != ":a" {
		t.Error("it has not come back")
	}
	l.Pause()
	l.advance(time.Hour) // it is not the server's fault
	if s := l.Stats(); s.Idle != 1 {
		t.Errorf("%+v", s)
	}
	l.Resume()
	l.advance(40 * time.Second)
	if s := l.Stats(); s.Idle != 2 {
		t.Errorf("%+v", s)
	}
	never := listen(silent, client.HTTP2Off, sse.SourceConfig{Idle: -1}, client.Request{})
	never.advance(24 * time.Hour)
	if s := never.Stats(); s.Attempts != 1 {
		t.Errorf("%+v", s)
	}
}

// A Source that is paused holds the server up, and loses nothing.
func TestSourcePause(t *testing.T) {
	const events, size = 200, 10000
	written, finished := 0, false
	var paused *sse.Source
	clock := protocoltest.NewClock()
	n := 0
	site := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/event-stream")
		r.Stream(func(yield func([]byte, error) bool) {
			for i := range events {
				written++
				if !yield(fmt.Appendf(nil, "data: %d%s\n\n", i, strings.Repeat("x", size)), nil) {
					return
				}
			}
			finished = true
		})
	})
	u, _ := url.Parse("http://example.com/")
	lost := 0
	paused = sse.NewSource(webtest.NewAgent(clock, web.NewSite(site, web.Config{}), client.Config{}), &client.Request{URL: u},
		sse.SourceConfig{Lost: func(err error, _ time.Duration) {
			if lost++; err != io.EOF {
				t.Error(err)
			}
		}}, func(e sse.Event) {
			if !strings.HasPrefix(e.Data, fmt.Sprint(n)+"x") || len(e.Data) < size {
				t.Errorf("event %d: %.20q", n, e.Data)
			}
			n++
			paused.Pause()
		})
	settle(clock)
	if n != 1 || finished || written > events/2 {
		t.Errorf("%d events, %d written, finished %v", n, written, finished)
	}
	for range events - 1 {
		paused.Resume()
		settle(clock)
	}
	if n != events || lost != 0 {
		t.Errorf("%d events, lost %d times", n, lost)
	}
	paused.Resume()
	settle(clock)
	if lost != 1 {
		t.Errorf("lost %d times", lost)
	}
	paused.Close()
}

// The handler may do what it wants.
func TestSourceWithin(t *testing.T) {
	clock := protocoltest.NewClock()
	stub := webtest.NewStub(stream("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"))
	u, _ := url.Parse("http://example.com/")
	var s *sse.Source
	var got []string
	s = sse.NewSource(webtest.NewAgent(clock, web.NewSite(stub, web.Config{}), client.Config{}), &client.Request{URL: u}, sse.SourceConfig{}, func(e sse.Event) {
		got = append(got, e.Data)
		s.Pause()
		s.Resume()
		if e.Data == "3" {
			s.Close()
		}
	})
	_, err := webtest.Result(clock, s.Done())
	if !slices.Equal(got, []string{"1", "2", "3"}) || err != nil {
		t.Errorf("%q, %v", got, err)
	}

	s = sse.NewSource(webtest.NewAgent(clock, web.NewSite(webtest.NewStub(), web.Config{}), client.Config{}), &client.Request{URL: u}, sse.SourceConfig{}, nil)
	s.Done().Cancel() // while it connects
	if _, err := webtest.Result(clock, s.Done()); err == nil {
		t.Error("not cancelled")
	}
	settle(clock)
	s = sse.NewSource(webtest.NewAgent(clock, web.NewSite(webtest.NewStub(), web.Config{}), client.Config{}), &client.Request{URL: u, Body: client.Reader(strings.NewReader("x"), 1), Method: "POST"}, sse.SourceConfig{}, nil)
	s.Close()
}
