// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// Class 11: a header that trickles in is cut off after a time in total.
func TestSlowHeaderIsCutOff(t *testing.T) {
	tr, site := serve(t, hello, web.Config{})
	for i := 0; !tr.Disconnecting() && i < 100; i++ {
		tr.FeedString("GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"[i : i+1])
		tr.Clock.Advance(time.Second)
	}
	if e := tr.Clock.Elapsed(); e != 20*time.Second {
		t.Errorf("cut off after %v, want 20 s", e)
	}
	if site.Stats().TimedOut != 1 {
		t.Error("not counted")
	}
}

func TestConnectionWithoutRequestIsCutOff(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{})
	tr.Clock.Advance(20 * time.Second)
	if !tr.Disconnecting() {
		t.Error("still open")
	}
}

func TestKeepAliveTime(t *testing.T) {
	tr, site := serve(t, hello, web.Config{})
	for range 3 {
		tr.FeedString(get)
		tr.Clock.Advance(74 * time.Second)
		if tr.Disconnecting() {
			t.Fatalf("closed after %v", tr.Clock.Elapsed())
		}
	}
	tr.Clock.Advance(time.Second)
	if !tr.Disconnecting() || tr.Aborted() || site.Stats().TimedOut != 0 {
		t.Error("an idle connection was not closed in order after 75 s")
	}

	// The second header has its own 20 s.
	tr, _ = serve(t, hello, web.Config{})
	tr.FeedString(get)
	tr.Clock.Advance(60 * time.Second)
	tr.FeedString("GET")
	tr.Clock.Advance(19 * time.Second)
	if tr.Disconnecting() {
		t.Error("cut off too early")
	}
	tr.Clock.Advance(time.Second)
	if !tr.Disconnecting() {
		t.Error("not cut off")
	}
}

func TestNegativeTimesMeanNoLimit(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{Timeouts: web.Timeouts{Header: -1, KeepAlive: -1}})
	tr.Clock.Advance(24 * time.Hour)
	tr.FeedString(get)
	tr.Clock.Advance(24 * time.Hour)
	if tr.Disconnecting() {
		t.Error("closed")
	}
}

// Class 12: a body has a least rate.
func TestSlowBodyIsCutOff(t *testing.T) {
	var end error
	root := web.Func(func(r *web.Request) { r.ReadBody(func(_ []byte, err error) { end = err }) })
	post := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
	tr, _ := serve(t, root, web.Config{})
	tr.FeedString(post)
	for !tr.Disconnecting() && !tr.WriteClosed() && tr.Clock.Elapsed() < 100*time.Second {
		tr.FeedString(strings.Repeat("x", 100))
		tr.Clock.Advance(time.Second)
	}
	if e := tr.Clock.Elapsed(); e < 24*time.Second || e > 26*time.Second { // 20 s and what 100 of 500 bytes a second earn
		t.Errorf("cut off after %v", e)
	}
	if status(tr.Value()) != "408 Request Timeout" || !errors.Is(end, os.ErrDeadlineExceeded) {
		t.Errorf("got %q, %v", tr.Value(), end)
	}

	tr, _ = serve(t, root, web.Config{})
	tr.FeedString(post)
	for range 100 {
		tr.FeedString(strings.Repeat("x", 501))
		tr.Clock.Advance(time.Second)
	}
	if tr.Disconnecting() || tr.WriteClosed() {
		t.Error("a body that comes fast enough was cut off")
	}
}

// Class 12: a client that does not read is cut off.
func TestSlowReaderIsCutOff(t *testing.T) {
	big := web.Func(func(r *web.Request) { r.Write(make([]byte, 100000)) })
	tr, site := serve(t, big, web.Config{})
	tr.Stalled = true
	tr.FeedString(get)
	tr.Clock.Advance(61 * time.Second)
	tr.Clock.Advance(61 * time.Second)
	if !tr.Aborted() || site.Stats().TimedOut != 1 {
		t.Errorf("aborted %v, counted %d", tr.Aborted(), site.Stats().TimedOut)
	}
}

func TestHandlerMayTakeItsTime(t *testing.T) {
	var held *web.Request
	tr, _ := serve(t, web.Func(func(r *web.Request) { held = r; r.NotDoneYet() }), web.Config{})
	tr.FeedString(get)
	for range 100 {
		tr.Clock.Advance(time.Minute)
	}
	held.Finish()
	settle(tr)
	if status(tr.Value()) != "200 OK" || tr.Disconnecting() {
		t.Errorf("got %q", tr.Value())
	}
}

func TestCloseIsForced(t *testing.T) {
	page := web.Func(func(r *web.Request) { r.Write(make([]byte, 50000)) })
	tr, _ := serve(t, page, web.Config{})
	tr.Stalled = true
	tr.FeedString("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	settle(tr)
	tr.Clock.Advance(14 * time.Second)
	if tr.Aborted() {
		t.Error("aborted too early")
	}
	tr.Clock.Advance(time.Second)
	if !tr.Aborted() {
		t.Error("the client does not read the rest, and the connection stays")
	}
}

func TestLingeringEnds(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{})
	tr.FeedString("nonsense\r\n")
	settle(tr)
	if !tr.WriteClosed() || tr.Disconnecting() {
		t.Fatal("no lingering")
	}
	tr.Clock.Advance(5 * time.Second)
	settle(tr)
	if !tr.Disconnecting() {
		t.Error("it lingers for ever")
	}
}

// A client that sends a lot after the answer is held up, and not reset: it could not read the answer any more.
func TestLingeringHoldsUp(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{Limits: web.Limits{Drain: 1000}})
	tr.FeedString("nonsense\r\n")
	settle(tr)
	tr.FeedString(strings.Repeat("x", 1000))
	settle(tr)
	if tr.ProducerState() != protocoltest.Producing {
		t.Error("what may be skipped is not read")
	}
	tr.FeedString("x")
	settle(tr)
	if tr.ProducerState() != protocoltest.Paused || tr.Disconnecting() {
		t.Errorf("after too much: %v, closed %v", tr.ProducerState(), tr.Disconnecting())
	}
	tr.Clock.Advance(5 * time.Second)
	settle(tr)
	if !tr.Disconnecting() {
		t.Error("it lingers for ever")
	}
}

func TestDrain(t *testing.T) {
	var held *web.Request
	root := web.Func(func(r *web.Request) {
		if r.Path == "/held" {
			held = r
			r.NotDoneYet()
		}
	})
	site := web.NewSite(root, web.Config{Logger: quiet})
	idle, busy := connect(t, site), connect(t, site)
	idle.FeedString(get)
	busy.FeedString("GET /held HTTP/1.1\r\nHost: a\r\n\r\n" + get)
	site.Drain()
	settle(idle)
	settle(busy)
	idle.Clock.Advance(time.Second - 1)
	settle(idle)
	if idle.Disconnecting() || busy.Disconnecting() {
		t.Fatalf("idle closed %v, busy closed %v", idle.Disconnecting(), busy.Disconnecting())
	}
	idle.Clock.Advance(1)
	settle(idle)
	if !idle.Disconnected() {
		t.Fatal("the idle connection stays open")
	}
	held.Finish()
	settle(busy)
	if got := busy.Value(); header(got, "Connection") != "close" || strings.Count(got, "HTTP/1.1") != 1 || !busy.WriteClosed() {
		t.Errorf("got %q", got)
	}
	late := connect(t, site)
	late.FeedString(get)
	settle(late)
	if header(late.Value(), "Connection") != "close" {
		t.Errorf("a late connection got %q", late.Value())
	}
}

// A request that is on its way when the site drains is answered, and told that it was the last.
func TestDrainAnswersWhatIsOnItsWay(t *testing.T) {
	tests := []struct {
		name           string
		before, after  string
		wait           time.Duration
		drain          time.Duration
		answers        int
		closed, closes bool // by Drain itself, after the last answer
	}{
		{"idle", get, get, time.Second - 1, 0, 2, false, true},
		{"new", "", get, time.Second - 1, 0, 1, false, true},
		{"longer", get, get, 9 * time.Second, 10 * time.Second, 2, false, true},
		{"begun", get + get[:5], get[5:], time.Second * 5, 0, 2, false, true},
		{"at once", get, "", 0, -1, 1, true, false},
		{"two", get, get + get, 0, 0, 2, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr, site := serve(t, hello, web.Config{Timeouts: web.Timeouts{Drain: tt.drain}})
			tr.FeedString(tt.before)
			site.Drain()
			settle(tr)
			if tr.Disconnected() != tt.closed {
				t.Fatalf("closed: %v", tr.Disconnected())
			}
			tr.Clock.Advance(tt.wait)
			if tt.after != "" {
				tr.FeedString(tt.after)
			}
			settle(tr)
			got := tr.Value()
			last := got[strings.LastIndex(got, "HTTP/1.1"):]
			if n := strings.Count(got, "HTTP/1.1 200"); n != tt.answers || (header(last, "Connection") == "close") != tt.closes {
				t.Errorf("%d answers: %q", n, got)
			}
			if tt.closes && !tr.Disconnecting() && !tr.WriteClosed() {
				t.Error("it stays open")
			}
		})
	}
}

// A client that was told that the connection goes on, before the site began to drain, is told otherwise by the next answer.
func TestDrainAfterTheHeadWasSent(t *testing.T) {
	var held *web.Request
	root := web.Func(func(r *web.Request) {
		if r.Path == "/held" {
			held = r
			r.NotDoneYet()
			r.Flush()
		}
	})
	tr, site := serve(t, root, web.Config{})
	tr.FeedString("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
	site.Drain()
	settle(tr)
	held.Finish()
	settle(tr)
	if tr.Disconnecting() || tr.WriteClosed() {
		t.Fatal("closed without notice")
	}
	tr.Clear()
	tr.FeedString(get)
	settle(tr)
	if got := tr.Value(); header(got, "Connection") != "close" {
		t.Errorf("got %q", got)
	}
}

// A request that has come, and waits for the client to read the answer before it, is not dropped.
func TestDrainWhileTheClientDoesNotRead(t *testing.T) {
	for _, drain := range []time.Duration{0, -1} {
		root := web.Func(func(r *web.Request) { r.Write(make([]byte, protocol.HighWater+1)) })
		tr, site := serve(t, root, web.Config{Timeouts: web.Timeouts{Drain: drain}})
		tr.FeedString(get + get)
		site.Drain()
		settle(tr)
		tr.Clock.Advance(2 * time.Second)
		if n := strings.Count(tr.Value(), "HTTP/1.1 200"); n != 2 || !tr.Disconnecting() {
			t.Errorf("drain %v: %d answers, closed %v", drain, n, tr.Disconnecting())
		}
	}
}

func TestShutdownWaitsAndThenAborts(t *testing.T) {
	root := web.Func(func(r *web.Request) { r.NotDoneYet() })
	tr, site := serve(t, root, web.Config{})
	tr.FeedString(get)
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error)
	go func() { result <- site.Shutdown(ctx) }() // ended by the receive below
	reason := errors.New("enough")
	cancel(reason)
	if err := <-result; err != reason {
		t.Errorf("Shutdown: %v", err)
	}
	tr.Clock.Advance(0)
	settle(tr)
	if !tr.Aborted() {
		t.Error("not aborted")
	}
	if err := site.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown without connections: %v", err)
	}
}

func TestOneConnectionNeedsOneTimer(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{})
	for range 100 {
		tr.FeedString(get)
	}
	if n := len(tr.Clock.Calls()); n != 1 {
		t.Errorf("%d delayed calls, want 1", n)
	}
}
