// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A source is a producer that writes down what it is told.
type source struct{ told []string }

func (p *source) Pause()     { p.told = append(p.told, "pause") }
func (p *source) Resume()    { p.told = append(p.told, "resume") }
func (p *source) Stop(error) { p.told = append(p.told, "stop") }

func TestUpload(t *testing.T) {
	for _, tt := range []struct {
		name   string
		length int64
		want   string
	}{
		{"length", 5, "Content-Length: 5\r\n\r\nabcde"},
		{"chunked", -1, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"},
	} {
		s := newServer(t, exchange.Config{})
		s.hold = true
		l := s.do(exchange.Request{Method: "POST", Length: tt.length})
		p := new(source)
		l.x.RegisterProducer(p, protocol.PushProducer)
		if l.x.Started() || fmt.Sprint(p.told) != "[pause]" {
			t.Errorf("before the connection: %v", p.told)
		}
		s.tries[0](nil)
		if !l.x.Started() || fmt.Sprint(p.told) != "[pause resume]" {
			t.Errorf("with it: %v", p.told)
		}
		l.x.Write([]byte("abc"))
		l.x.Write([]byte("de"))
		if tt.length > 0 {
			if _, err := l.x.Write([]byte("f")); err == nil {
				t.Error("more than the length was taken")
			}
		}
		l.x.Finish([]h1.Field{{Name: "T", Value: "u"}})
		if got := s.conns[0].Value(); got != "POST / HTTP/1.1\r\nHost: a\r\n"+tt.want {
			t.Errorf("%s: sent %q", tt.name, got)
		}
		s.conns[0].FeedString(ok)
		if l.err != nil || s.pool.Idle() != 1 {
			t.Errorf("%s: %v, %d idle", tt.name, l.err, s.pool.Idle())
		}
	}
}

// Class 12: a server that does not read holds the producer up, and is given up in the end.
func TestUploadIsHeldUp(t *testing.T) {
	s := newServer(t, exchange.Config{Response: time.Second, Between: time.Second})
	l := s.do(exchange.Request{Method: "POST", Length: -1})
	p := new(source)
	l.x.RegisterProducer(p, protocol.PushProducer)
	tr := s.conns[0]
	tr.Stalled = true
	l.x.Write(make([]byte, protocol.HighWater+1))
	if fmt.Sprint(p.told) != "[pause]" {
		t.Fatalf("%v", p.told)
	}
	tr.Stalled = false
	tr.Drain()
	s.settle()
	if fmt.Sprint(p.told) != "[pause resume]" {
		t.Fatalf("%v", p.told)
	}
	s.clock.Advance(time.Hour) // the producer's time, not the server's
	s.settle()
	if l.over != 0 {
		t.Fatalf("a slow producer ended the exchange: %v", l.err)
	}
	tr.Stalled = true
	l.x.Write(make([]byte, protocol.HighWater+1))
	s.clock.Advance(time.Second)
	s.clock.Advance(time.Second)
	s.settle()
	if l.phase() != "sent" || fmt.Sprint(p.told) != "[pause resume pause stop]" || s.pool.Open() != 0 {
		t.Errorf("%v %v", l.err, p.told)
	}
}

// An answer before the end of the request ends the exchange; the connection cannot be used again.
func TestEarlyAnswer(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Method: "POST", Length: 5})
	p := new(source)
	l.x.RegisterProducer(p, protocol.PushProducer)
	l.x.Write([]byte("ab"))
	s.conns[0].FeedString("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
	s.settle()
	if l.String() != "413[]" || l.err != nil || s.pool.Open() != 0 || fmt.Sprint(p.told) != "[stop]" {
		t.Errorf("%q %v %v, %d open", l, l.err, p.told, s.pool.Open())
	}
	if _, err := l.x.Write([]byte("c")); err == nil {
		t.Error("a write after the end succeeded")
	}
}

func TestShortUpload(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Method: "POST", Length: 5})
	l.x.Write([]byte("ab"))
	l.x.Finish(nil)
	s.settle()
	if l.phase() != "sent" || !s.conns[0].Aborted() {
		t.Errorf("%v", l.err)
	}
}

func TestInterim(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Method: "POST", Length: 1, Expect: true})
	if !strings.Contains(s.conns[0].Value(), "\r\nExpect: 100-continue\r\n") {
		t.Errorf("sent %q", s.conns[0].Value())
	}
	s.conns[0].FeedString("HTTP/1.1 100 Continue\r\n\r\n")
	if l.String() != "(100)|" {
		t.Fatalf("got %q", l)
	}
	l.x.Write([]byte("a"))
	l.x.Finish(nil)
	s.conns[0].FeedString(ok)
	if l.String() != "(100)|200[ok]" || l.err != nil {
		t.Errorf("got %q, %v", l, l.err)
	}
	l = s.do(exchange.Request{})
	s.conns[0].FeedString(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 33))
	if l.phase() != "response" || l.interims != 32 {
		t.Errorf("%d interim responses: %v", l.interims, l.err)
	}
}

func TestUpgrade(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Upgrade: "echo"})
	if !strings.HasSuffix(s.conns[0].Take(), "Connection: Upgrade\r\nUpgrade: echo\r\n\r\n") {
		t.Error("no Upgrade")
	}
	var p protocoltest.Accumulating
	l.onHead = func(*h1.ResponseHead) {
		if err := l.x.Upgrade(&p); err != nil {
			t.Error(err)
		}
	}
	s.conns[0].FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nfirst")
	s.conns[0].FeedString("second")
	p.Transport().Write([]byte("hello"))
	s.clock.Advance(time.Hour) // no time limit of ours
	s.settle()
	if string(p.Data()) != "firstsecond" || s.conns[0].Value() != "hello" || l.over != 0 || s.pool.Open() != 1 {
		t.Errorf("%q %q, %d open", p.Data(), s.conns[0].Value(), s.pool.Open())
	}
	s.conns[0].FeedEOF()
	s.settle()
	if p.Reason() == nil || s.pool.Open() != 0 {
		t.Errorf("%v, %d open", p.Reason(), s.pool.Open())
	}
}

// The end of stream is the end for a protocol that takes no part in half-close, even if its producer is registered.
func TestUpgradeEnd(t *testing.T) {
	for _, half := range []bool{false, true} {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{Upgrade: "echo"})
		acc := new(protocoltest.Accumulating)
		var p protocol.Protocol = acc
		if half {
			p = &halfCloser{acc}
		}
		l.onHead = func(*h1.ResponseHead) { l.x.Upgrade(p) }
		s.conns[0].FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n")
		producer := new(source)
		acc.Transport().RegisterProducer(producer, protocol.PushProducer)
		s.conns[0].FeedEOF()
		s.settle()
		if half {
			if got := fmt.Sprint(acc.Events()); got != "[made read-end]" || len(producer.told) > 0 {
				t.Errorf("half-close: %v %v", got, producer.told)
			}
			acc.Transport().AbortConnection()
			continue
		}
		if !errors.Is(acc.Reason(), io.EOF) || fmt.Sprint(producer.told) != "[stop]" || s.pool.Open() != 0 {
			t.Errorf("%v %v, %d open", acc.Reason(), producer.told, s.pool.Open())
		}
	}
}

// A halfCloser notes the ends of both directions.
type halfCloser struct{ *protocoltest.Accumulating }

func (h *halfCloser) ReadConnectionLost(protocol.Transport)  { h.Note("read-end") }
func (h *halfCloser) WriteConnectionLost(protocol.Transport) { h.Note("write-end") }

// Nothing is handed over while the protocol has paused its transport.
func TestUpgradePause(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Upgrade: "echo"})
	p := new(protocoltest.Accumulating)
	p.OnMade = func(t protocol.Transport) { t.Pause() }
	l.onHead = func(*h1.ResponseHead) { l.x.Pause() }
	s.conns[0].FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nfirst")
	if err := l.x.Upgrade(p); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if got := p.Data(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	p.Transport().Resume()
	s.settle()
	s.conns[0].FeedString("second")
	s.settle()
	if got := string(p.Data()); got != "firstsecond" {
		t.Errorf("got %q", got)
	}
	p.Transport().AbortConnection()
	s.settle()
}

// An upgrade that nobody asked for, or that the handler does not take, is an error.
func TestUpgradeRefused(t *testing.T) {
	for _, upgrade := range []string{"", "echo"} {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{Upgrade: upgrade})
		s.conns[0].FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nfirst")
		s.settle()
		if l.over != 1 || l.err == nil || strings.Contains(l.String(), "first") || s.pool.Open() != 0 {
			t.Errorf("%q: %q %v", upgrade, l, l.err)
		}
	}
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{Upgrade: "echo"}) // refused by the server
	s.conns[0].FeedString(ok)
	if l.String() != "200[ok]" || s.pool.Idle() != 1 || l.x.Upgrade(new(protocoltest.Accumulating)) == nil {
		t.Errorf("%q %v", l, l.err)
	}
}

func TestRequestAllocs(t *testing.T) {
	s := newServer(t, exchange.Config{})
	s.do(exchange.Request{})
	s.conns[0].FeedString(ok)
	r := exchange.Request{Method: "GET", Target: "/", Host: "a", Fields: []h1.Field{{Name: "X", Value: "y"}}}
	l := new(log)
	l.onData = l.Reset
	feed := []byte(ok)
	x := new(exchange.Exchange)
	n := testing.AllocsPerRun(200, func() {
		*x = exchange.Exchange{Request: r, Handler: quiet{}}
		s.pool.Do(x)
		s.conns[0].Clear()
		s.conns[0].Feed(feed)
	})
	// The head's text, and what the test's transport makes: two copies of input and output each.
	if n > 6 {
		t.Errorf("%v allocations for an exchange", n)
	}
}

type quiet struct{}

func (quiet) Interim(*h1.ResponseHead)  {}
func (quiet) Response(*h1.ResponseHead) {}
func (quiet) Data([]byte)               {}
func (quiet) Flush()                    {}
func (quiet) Done(error)                {}

// A large body that is in memory has time as long as the server takes some of it, and the server has its time from when all has left. The body may be one that was written and finished.
func TestLargeContentLeavesSlowly(t *testing.T) {
	content := make([]byte, 2*protocol.HighWater)
	for _, tt := range []struct {
		name     string
		streamed bool
		takes    int // times that the server takes some of it
		rest     bool
		phase    string
		after    time.Duration
	}{
		{"all", false, 3, true, "sent", 27 * time.Second},
		{"a part", false, 3, false, "sent", 34 * time.Second},
		{"nothing", false, 0, false, "sent", 4 * time.Second},
		{"nothing of what was written", true, 0, false, "sent", 10 * time.Second},
		{"all that was written", true, 2, true, "sent", 17 * time.Second},
	} {
		s := newServer(t, exchange.Config{Response: 4 * time.Second, Between: 10 * time.Second})
		s.slow = new(slow)
		r := exchange.Request{Method: "POST", Length: int64(len(content)), Content: content}
		if tt.streamed {
			r.Content = nil
		}
		l := s.do(r)
		tr := s.conns[0]
		if tt.streamed {
			l.x.RegisterProducer(new(source), protocol.PushProducer)
			l.x.Write(content)
			l.x.Finish(nil)
		}
		began, taken := s.clock.Now(), 0
		for l.over == 0 && s.clock.Now().Sub(began) < time.Minute {
			s.clock.Advance(time.Second)
			s.settle()
			if taken < tt.takes && int(s.clock.Now().Sub(began)/time.Second)%10 == 3 {
				taken++
				if tt.rest && taken == tt.takes {
					tr.Stalled = false
					s.slow.taken = 0
					tr.Drain()
				} else {
					s.slow.taken += 1000
				}
			}
		}
		if after := s.clock.Now().Sub(began); l.phase() != tt.phase || after != tt.after || s.pool.Open() != 0 {
			t.Errorf("%s: %v after %v", tt.name, l.err, after)
		}
	}
}
