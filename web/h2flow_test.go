// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A response waits for both windows, and goes on as they open, frame by frame of the client's size.
func TestH2SendWindows(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789"), 20000)
	p := newH2peer(t, web.Func(func(r *web.Request) { r.Write(big) }), web.Config{})
	p.get(1, "/")
	p.run()
	a := p.answer(1)
	if len(a.body) != 65535 || a.ended {
		t.Fatalf("got %v", a)
	}
	p.window(1, 100000)
	p.run()
	if len(a.body) != 65535 {
		t.Fatalf("%d bytes with the connection's window closed", len(a.body))
	}
	p.window(0, 50000)
	p.run()
	if len(a.body) != 115535 {
		t.Fatalf("%d bytes, want 115535", len(a.body))
	}
	p.window(0, 200000)
	p.run()
	if len(a.body) != 165535 {
		t.Fatalf("%d bytes, want 165535: the stream's window is closed", len(a.body))
	}
	p.out = h2.AppendSettings(p.out, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 65535 + 100000}) // opens the stream's too
	p.run()
	if !a.ended || a.body != string(big) {
		t.Fatalf("got %v", a)
	}
	if p.tr.Disconnecting() {
		t.Error("the connection ended")
	}
}

// A push producer is paused at a closed window and resumed when everything has left.
func TestH2PushProducer(t *testing.T) {
	f := new(feeder)
	var req *web.Request
	p := newH2peer(t, web.Func(func(r *web.Request) {
		req = r
		r.RegisterProducer(f, protocol.PushProducer)
	}), web.Config{})
	p.get(1, "/")
	p.run()
	req.Write(make([]byte, 65000))
	if got := fmt.Sprint(f.log); got != "[]" {
		t.Fatalf("the producer was told %s within the window", got)
	}
	req.Write(make([]byte, 1000))
	if got := fmt.Sprint(f.log); got != "[pause]" {
		t.Fatalf("the producer was told %s beyond the window", got)
	}
	p.window(0, 1<<20)
	p.run()
	p.window(1, 100)
	p.run()
	if got := fmt.Sprint(f.log); got != "[pause]" {
		t.Fatalf("the producer was told %s while something waits", got)
	}
	p.window(1, 10000)
	p.run()
	if got := fmt.Sprint(f.log); got != "[pause resume]" {
		t.Fatalf("the producer was told %s", got)
	}
	req.UnregisterProducer()
	req.Finish()
	p.run()
	if a := p.answer(1); len(a.body) != 66000 || !a.ended {
		t.Errorf("got %v", a)
	}
	// A reset stops it.
	p.get(3, "/")
	p.run()
	p.rst(3, h2.Cancel)
	p.run()
	if got := fmt.Sprint(f.log); !strings.HasPrefix(got, "[pause resume stop") {
		t.Errorf("the producer was told %s", got)
	}
}

// A producer that goes on when it is resumed, and whose stream is reset before that, does not write until it is paused, which nobody would do any more.
func TestH2ProducerStopsAtOnce(t *testing.T) {
	var f *torrent
	p := newH2peer(t, web.Func(func(r *web.Request) {
		f = &torrent{r: r}
		r.RegisterProducer(f, protocol.PushProducer)
		r.Loop().CallLater(0, f.pour)
	}), web.Config{})
	p.get(1, "/")
	p.run()
	if !f.held {
		t.Fatal("not held up by the window")
	}
	p.window(0, 1<<20)
	p.window(1, 1<<20)
	p.tr.Feed(p.out)
	p.out = nil
	if f.held {
		t.Fatal("not resumed")
	}
	p.rst(1, h2.Cancel) // before it has gone on
	p.run()
	if !f.over || f.failed != 0 {
		t.Errorf("stopped: %v, after %d writes that failed", f.over, f.failed)
	}
}

// A torrent writes until it is paused or stopped, and takes no notice of errors, but for the test's sake of the hundredth.
type torrent struct {
	r          *web.Request
	held, over bool
	failed     int
}

func (f *torrent) pour() {
	for !f.held && !f.over && f.failed < 100 {
		if _, err := f.r.Write(make([]byte, 16384)); err != nil {
			f.failed++
		}
	}
}

func (f *torrent) Pause() { f.held = true }
func (f *torrent) Resume() {
	f.held = false
	f.r.Loop().CallLater(0, f.pour)
}
func (f *torrent) Stop(error) { f.over = true }

// A pull producer is asked when there is room, and no sooner.
func TestH2PullProducer(t *testing.T) {
	pieces := 0
	p := newH2peer(t, web.Func(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for range 20 {
				pieces++
				if !yield(make([]byte, 10000), nil) {
					return
				}
			}
		})
	}), web.Config{})
	p.get(1, "/")
	p.run()
	a := p.answer(1)
	if len(a.body) != 65535 || pieces != 7 {
		t.Fatalf("%d bytes of %d pieces, want 65535 of 7", len(a.body), pieces)
	}
	p.window(0, 1<<20)
	p.window(1, 1<<20)
	p.run()
	if len(a.body) != 200000 || !a.ended || pieces != 20 {
		t.Errorf("%d bytes of %d pieces", len(a.body), pieces)
	}
}

// While the transport is full what is written waits on its stream, where its priority counts.
func TestH2FullTransport(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) { r.Write(make([]byte, 30000)) }), web.Config{})
	p.window(0, 1<<20)
	p.run()
	p.tr.Clear()
	p.seen = 0
	for i := range 4 {
		p.get(uint32(2*i+1), "/", "priority", fmt.Sprintf("u=%d", 7-i))
	}
	p.run()
	// All requests came in one pass: the order is that of the urgencies.
	want := []uint32{7, 7, 5, 5, 3, 3, 1, 1}
	if !slices.Equal(p.order, want) {
		t.Errorf("frames of streams %v, want %v", p.order, want)
	}
}

// Urgencies come first; those that are incremental share, others come one after the other (RFC 9218).
func TestH2Priorities(t *testing.T) {
	for _, tt := range []struct {
		name string
		prio []string // of the streams 1, 3, 5
		want []uint32
	}{
		{"default", []string{"", "", ""}, []uint32{1, 1, 3, 3, 5, 5}},
		{"urgency", []string{"u=5", "u=3", "u=0"}, []uint32{5, 5, 3, 3, 1, 1}},
		{"incremental", []string{"i", "i", "i"}, []uint32{1, 3, 5, 1, 3, 5}},
		{"both", []string{"i", "i", "u=1"}, []uint32{5, 5, 1, 3, 1, 3}},
		{"of the response", []string{"", "", "response"}, []uint32{5, 5, 1, 1, 3, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newH2peer(t, web.Func(func(r *web.Request) {
				if r.Header.Get("Priority") == "response" {
					r.ResponseHeader().Set("Priority", "u=2")
				}
				r.Write(make([]byte, 32768))
			}), web.Config{})
			p.window(0, 1<<20)
			for i, prio := range tt.prio {
				p.get(uint32(2*i+1), "/", "priority", prio)
			}
			p.run()
			if !slices.Equal(p.order, tt.want) {
				t.Errorf("frames of streams %v, want %v", p.order, tt.want)
			}
		})
	}
}

// PRIORITY_UPDATE changes a priority, also before the request comes.
func TestH2PriorityUpdate(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) { r.Write(make([]byte, 100000)) }), web.Config{})
	p.out = h2.AppendPriorityUpdate(p.out, 5, "u=0")
	p.get(1, "/")
	p.get(3, "/")
	p.get(5, "/", "priority", "u=7")
	p.run()
	if p.order[0] != 5 || len(p.answer(1).body) > 0 || len(p.answer(5).body) != 65535 {
		t.Errorf("frames of streams %v", p.order)
	}
	p.order = nil
	p.out = h2.AppendPriorityUpdate(p.out, 3, "u=1")
	p.window(0, 32768)
	p.run()
	if !slices.Equal(p.order, []uint32{3, 3}) {
		t.Errorf("then of %v, want 3", p.order)
	}
}

// The windows for a request's body open as the resource takes it, and not while it does not.
func TestH2ReceiveWindows(t *testing.T) {
	var req *web.Request
	got := 0
	p := newH2peer(t, web.Func(func(r *web.Request) {
		req = r
		r.StreamBody(func(b []byte) { got += len(b) }, func(err error) { fmt.Fprint(r, got, err) })
		r.PauseBody()
	}), web.Config{})
	p.headers(1, false, "POST", "/")
	p.run()
	p.frames = nil
	for range 4 {
		p.data(1, strings.Repeat("x", 16384), false)
	}
	p.run()
	if got != 0 || len(p.frames) > 0 {
		t.Fatalf("%d bytes delivered, frames %q while the body is held up", got, p.frames)
	}
	req.ResumeBody()
	p.run()
	if got != 65536 || !slices.Contains(p.frames, `type 8 flags 0 stream 1 "\x00\x01\x00\x00"`) {
		t.Fatalf("%d bytes delivered, frames %q", got, p.frames)
	}
	p.data(1, "", true)
	p.run()
	if a := p.answer(1); a.body != "65536 <nil>" {
		t.Errorf("got %v", a)
	}
	// More than the window is an error of the stream.
	p.headers(3, false, "POST", "/")
	p.run()
	for range 5 {
		p.data(3, strings.Repeat("x", 16384), false)
	}
	p.run()
	if a := p.answer(3); a.reset != "FLOW_CONTROL_ERROR" {
		t.Errorf("got %v", a)
	}
}

// What nobody reads of a body is given back to the connection's window.
func TestH2UnreadBodiesDoNotCloseTheConnectionsWindow(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) { io.WriteString(r, "no") }), web.Config{HTTP2: web.HTTP2{ConnWindow: 65535, ConnWindowMax: 65535}})
	for i := range 20 {
		p.headers(uint32(2*i+1), false, "POST", "/")
		p.data(uint32(2*i+1), strings.Repeat("x", 16000), i%2 == 0)
		p.run()
	}
	if len(p.goaway) > 0 || p.answer(39).status != "200" {
		t.Errorf("%q, %v", p.goaway, p.answer(39))
	}
}

// A body that is larger than allowed gets 413, and is not waited for (class 12).
func TestH2BodyTooLarge(t *testing.T) {
	p := newH2peer(t, echo, web.Config{Limits: web.Limits{Body: 10}})
	p.headers(1, false, "POST", "/", "content-length", "11")
	p.headers(3, false, "POST", "/")
	p.data(3, "0123456789", false)
	p.data(3, "x", false)
	p.run()
	for _, id := range []uint32{1, 3} {
		if a := p.answer(id); a.status != "413" || !a.ended || a.reset != "NO_ERROR" {
			t.Errorf("stream %d: %v", id, a)
		}
	}
	if n := p.site.Stats().Refused; n != 2 {
		t.Errorf("%d refused", n)
	}
}

// Bodies that come too slowly end with 408, each for itself (class 12).
func TestH2SlowBody(t *testing.T) {
	var ended error
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Path == "/wait" {
			r.NotDoneYet()
			return
		}
		r.ReadBody(func(b []byte, err error) { ended = err })
	}), web.Config{Timeouts: web.Timeouts{Body: 10 * time.Second, BodyRate: 100}})
	p.get(1, "/wait")
	p.headers(3, false, "POST", "/")
	p.run()
	for range 9 { // 50 bytes a second: half of what is wanted
		p.data(3, strings.Repeat("x", 50), false)
		p.run()
		p.tr.Clock.Advance(time.Second)
	}
	if a := p.answer(3); a.status != "" {
		t.Fatalf("after 9 s: %v", a)
	}
	for range 10 {
		p.tr.Clock.Advance(time.Second)
		p.run()
	}
	if a := p.answer(3); a.status != "408" || !errors.Is(ended, protocol.ErrConnectionTimeout) {
		t.Errorf("got %v, %v", a, ended)
	}
	if a := p.answer(1); a.reset != "" || len(p.goaway) > 0 || p.site.Stats().TimedOut != 1 {
		t.Errorf("the other: %v, %q, %+v", a, p.goaway, p.site.Stats())
	}
}

func advance(tr *protocoltest.StringTransport, d time.Duration) {
	for range 20 {
		tr.Clock.Advance(d / 20)
		settle(tr)
	}
}

// An idle connection is told to go away, and closed.
func TestH2Idle(t *testing.T) {
	p := newH2peer(t, hello, web.Config{Timeouts: web.Timeouts{KeepAlive: 30 * time.Second}})
	p.get(1, "/")
	p.run()
	advance(p.tr, 29*time.Second)
	p.get(3, "/")
	p.run()
	advance(p.tr, 29*time.Second)
	if p.read(); len(p.goaway) > 0 {
		t.Fatalf("%q", p.goaway)
	}
	advance(p.tr, 2*time.Second)
	p.read()
	if !slices.Equal(p.goaway, []string{"3 NO_ERROR "}) || !p.tr.WriteClosed() && !p.tr.Disconnecting() {
		t.Errorf("%q", p.goaway)
	}
	advance(p.tr, 6*time.Second)
	if !p.tr.Disconnecting() {
		t.Error("the connection is open")
	}
}

// A client with open requests that falls silent is asked whether it is there.
func TestH2Ping(t *testing.T) {
	var ended error
	p := newH2peer(t, web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.NotifyFinish(func(err error) { ended = err })
	}), web.Config{HTTP2: web.HTTP2{Ping: 10 * time.Second}})
	p.get(1, "/")
	p.run()
	p.frames = nil
	advance(p.tr, 11*time.Second)
	if p.read(); !slices.Equal(p.frames, []string{`type 6 flags 0 stream 0 "torsion\x00"`}) {
		t.Fatalf("frames %q", p.frames)
	}
	p.out = h2.AppendPing(p.out, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true)
	p.run()
	advance(p.tr, 9*time.Second)
	if p.tr.Disconnecting() {
		t.Fatal("cut off although it answered")
	}
	advance(p.tr, 30*time.Second)
	if !p.tr.Aborted() || !errors.Is(ended, protocol.ErrConnectionTimeout) {
		t.Errorf("aborted %v, the request ended with %v", p.tr.Aborted(), ended)
	}
}

// Drain lets the client begin no more, answers what is on its way, and closes.
func TestH2Drain(t *testing.T) {
	var slow *web.Request
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Path == "/slow" {
			slow = r
			r.NotDoneYet()
			return
		}
		io.WriteString(r, "ok")
	}), web.Config{})
	p.get(1, "/slow")
	p.run()
	p.frames = nil
	p.site.Drain()
	p.run()
	if !slices.Equal(p.goaway, []string{"2147483647 NO_ERROR "}) || len(p.frames) != 1 {
		t.Fatalf("%q, %q", p.goaway, p.frames)
	}
	p.get(3, "/") // was on its way
	p.out = h2.AppendPing(p.out, [8]byte{'t', 'o', 'r', 's', 'i', 'o', 'n'}, true)
	p.run()
	if a := p.answer(3); a.body != "ok" || len(p.goaway) != 2 || p.goaway[1] != "3 NO_ERROR " {
		t.Fatalf("%v, %q", a, p.goaway)
	}
	p.get(5, "/") // too late
	p.run()
	if p.answer(5).status != "" || p.tr.WriteClosed() {
		t.Fatalf("%v", p.answer(5))
	}
	io.WriteString(slow, "done")
	slow.Finish()
	p.run()
	if a := p.answer(1); a.body != "done" || !p.tr.WriteClosed() && !p.tr.Disconnecting() {
		t.Errorf("%v", a)
	}
}

// A connection that does not answer the PING is drained when the time is over.
func TestH2DrainTime(t *testing.T) {
	p := newH2peer(t, hello, web.Config{})
	p.get(1, "/")
	p.run()
	p.site.Drain()
	p.run()
	advance(p.tr, 2*time.Second)
	p.read()
	if len(p.goaway) != 2 || !p.tr.WriteClosed() && !p.tr.Disconnecting() {
		t.Errorf("%q", p.goaway)
	}
}

// After so many requests the connection ends.
func TestH2RequestsLimit(t *testing.T) {
	p := newH2peer(t, hello, web.Config{Limits: web.Limits{Requests: 2}})
	p.get(1, "/")
	p.get(3, "/")
	p.run()
	if !p.answer(3).ended || !slices.Equal(p.goaway, []string{"3 NO_ERROR "}) {
		t.Errorf("%v, %q", p.answer(3), p.goaway)
	}
}

// The loss of the connection is the end of every request.
func TestH2ConnectionLost(t *testing.T) {
	n := 0
	p := newH2peer(t, web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.NotifyFinish(func(err error) {
			if errors.Is(err, protocol.ErrConnectionLost) {
				n++
			}
		})
	}), web.Config{})
	p.get(1, "/")
	p.get(3, "/")
	p.run()
	p.tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	if settle(p.tr); n != 2 || p.site.Stats().Open != 0 {
		t.Errorf("%d told, %+v", n, p.site.Stats())
	}
}

// A client that closes its side still gets the answers to what was complete.
func TestH2HalfClose(t *testing.T) {
	var slow *web.Request
	p := newH2peer(t, web.Func(func(r *web.Request) {
		slow = r
		r.NotDoneYet()
	}), web.Config{})
	p.get(1, "/")
	p.run()
	p.tr.FeedEOF()
	settle(p.tr)
	io.WriteString(slow, "done")
	slow.Finish()
	p.run()
	if a := p.answer(1); a.body != "done" || !p.tr.Disconnecting() {
		t.Errorf("%v", a)
	}
}
