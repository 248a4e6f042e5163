// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A server plays the other side: it makes connections when they are asked for, or later.
type server struct {
	t     *testing.T
	clock *protocoltest.Clock
	pool  *exchange.Pool
	conns []*protocoltest.StringTransport
	hold  bool // leave attempts open
	fail  error
	tries []func(err error)
	slow  *slow // stands before the transport, which is stalled, if it is not nil
}

// A slow transport is one whose peer takes a part of what it is sent.
type slow struct {
	protocol.Protocol
	protocol.Transport
	taken int
}

func (s *slow) Buffered() int {
	b, _ := protocol.As[protocol.BufferedTransport](s.Transport)
	return b.Buffered() - s.taken
}

func (s *slow) SetMaxBuffered(int) {}

func (s *slow) ConnectionMade(t protocol.Transport) {
	s.Transport = t
	s.Protocol.ConnectionMade(s)
}

func newServer(t *testing.T, cfg exchange.Config) *server {
	s := &server{t: t, clock: protocoltest.NewClock()}
	s.pool = exchange.NewPool(s.clock, endpoint.ClientFunc(s.connect), cfg)
	return s
}

func (s *server) connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	if s.fail != nil {
		return deferred.FailOn[protocol.Protocol](s.clock, s.fail)
	}
	d := deferred.New[protocol.Protocol](s.clock)
	made := func(err error) {
		if err != nil {
			d.Errback(err)
			return
		}
		p, err := f.BuildProtocol(nil)
		if err != nil {
			s.t.Fatal(err)
		}
		tr := protocoltest.NewStringTransport()
		tr.Clock = s.clock
		s.conns = append(s.conns, tr)
		if s.slow != nil {
			tr.Stalled, s.slow.Protocol = true, p
			tr.Connect(s.slow)
		} else {
			tr.Connect(p)
		}
		d.Callback(p)
	}
	if s.hold {
		s.tries = append(s.tries, made)
	} else {
		made(nil)
	}
	return d
}

// settle turns the loop without moving the time.
func (s *server) settle() {
	for range 10 {
		s.clock.Advance(0)
		s.clock.Settle()
	}
}

// A log is a handler that writes down what it gets.
type log struct {
	strings.Builder
	x        *exchange.Exchange
	err      error
	over     int
	inside   bool // a call of the package is under way
	onHead   func(h *h1.ResponseHead)
	onData   func()
	interims int
}

func (l *log) Interim(h *h1.ResponseHead) { l.interims++; fmt.Fprintf(l, "(%d)", h.Status) }
func (l *log) Response(h *h1.ResponseHead) {
	if l.inside {
		panic("a handler was called inside a call")
	}
	fmt.Fprintf(l, "%d[", h.Status)
	if l.onHead != nil {
		l.onHead(h)
	}
}
func (l *log) Data(p []byte) {
	l.Write(p)
	if l.onData != nil {
		l.onData()
	}
}
func (l *log) Flush() { l.WriteString("|") }
func (l *log) Done(err error) {
	if l.inside {
		panic("a handler was called inside a call")
	}
	l.err, l.over = err, l.over+1
	l.WriteString("]")
}

func (s *server) do(r exchange.Request) *log {
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Target == "" {
		r.Target = "/"
	}
	if r.Host == "" {
		r.Host = "a"
	}
	l := new(log)
	l.x = &exchange.Exchange{Request: r, Handler: l}
	l.inside = true
	s.pool.Do(l.x)
	l.inside = false
	return l
}

func (l *log) phase() string {
	if e, ok := errors.AsType[*exchange.Error](l.err); ok {
		return e.Phase.String()
	}
	return fmt.Sprint(l.err)
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestExchangesShareAConnection(t *testing.T) {
	s := newServer(t, exchange.Config{})
	for i := range 3 {
		l := s.do(exchange.Request{Target: fmt.Sprint("/", i), Fields: []h1.Field{{Name: "X", Value: "y"}, {Name: "Connection", Value: "x"}, {Name: "Host", Value: "evil"}, {Name: "Expect", Value: "z"}}})
		tr := s.conns[0]
		if got, want := tr.Take(), fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", i); got != want {
			t.Fatalf("sent %q, want %q", got, want)
		}
		tr.FeedString("HTTP/1.1 200 OK\r\nContent-Le")
		tr.FeedString("ngth: 4\r\n\r\nab")
		tr.FeedString("cd")
		if got := l.String(); got != "200[ab|cd]" || l.err != nil || l.over != 1 {
			t.Errorf("got %q, %v", got, l.err)
		}
	}
	if len(s.conns) != 1 || s.pool.Idle() != 1 || s.pool.Open() != 1 {
		t.Errorf("%d connections, %d idle", len(s.conns), s.pool.Idle())
	}
	s.clock.Advance(time.Minute)
	s.settle()
	if !s.conns[0].Disconnected() || s.pool.Open() != 0 {
		t.Error("the idle connection stays")
	}
}

// The outcome does not depend on how the response is cut up.
func TestSplits(t *testing.T) {
	const input = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: u\r\n\r\n"
	for i := range len(input) {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{})
		s.conns[0].FeedString(input[:i])
		s.conns[0].FeedString(input[i:])
		if got := strings.ReplaceAll(l.String(), "|", ""); got != "(103)200[abcdefg]" || l.err != nil || fmt.Sprint(l.x.Trailer) != "[{T u}]" || s.pool.Idle() != 1 {
			t.Fatalf("split at %d: %q %v", i, got, l.err)
		}
	}
}

// What is wrong with a request is found before anything is sent (class 9).
func TestBadRequests(t *testing.T) {
	for _, r := range []exchange.Request{
		{Method: "GET /x HTTP/1.1\r\nA:"}, {Method: "G T"}, {Target: "/a b"}, {Target: "/a\r\nX: y"}, {Target: "/\x7f"}, {Host: "a\r\nX: y"}, {Host: "a b"}, {Host: "a,b"},
		{Fields: []h1.Field{{Name: "X", Value: "a\r\nY: b"}}}, {Fields: []h1.Field{{Name: "X:", Value: "a"}}}, {Fields: []h1.Field{{Name: "", Value: "a"}}}, {Upgrade: "x\r\ny"},
	} {
		s := newServer(t, exchange.Config{})
		l := s.do(r)
		s.settle()
		if l.phase() != "request" || l.over != 1 {
			t.Errorf("%+v: %v", r, l.err)
		}
		if len(s.conns) > 0 && s.conns[0].Value() != "" {
			t.Errorf("%+v: sent %q", r, s.conns[0].Value())
		}
		if s.pool.Idle() != 1 {
			t.Errorf("%+v: the connection is lost", r)
		}
	}
}

// A connection is used again only when nobody can be in doubt about where the next response begins.
func TestNotReused(t *testing.T) {
	for name, input := range map[string]string{
		"close":            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"1.0":              "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"data behind it":   ok + "HTTP/1.1 200 OK\r\n",
		"one byte":         ok + "\n",
		"body to a 204":    "HTTP/1.1 204 x\r\nContent-Length: 2\r\n\r\nok",
		"length too short": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok",
	} {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{})
		s.conns[0].FeedString(input)
		s.settle()
		if l.err != nil || l.over != 1 || s.pool.Idle() != 0 || !s.conns[0].Disconnected() {
			t.Errorf("%s: %v, %d idle", name, l.err, s.pool.Idle())
		}
	}
	// And not when something comes while it is idle.
	s := newServer(t, exchange.Config{})
	s.do(exchange.Request{})
	s.conns[0].FeedString(ok)
	s.conns[0].FeedString(ok)
	s.settle()
	if !s.conns[0].Disconnected() || s.pool.Open() != 0 {
		t.Error("a response that nobody asked for was kept")
	}
}

func TestEndOfStream(t *testing.T) {
	for _, tt := range []struct {
		name, input, want string
		phase             string
		end               error // of the connection; nil means the server's end of stream
	}{
		{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", "200[abc|]", "<nil>", nil},
		{"until close, reset", "HTTP/1.1 200 OK\r\n\r\nabc", "200[abc|]", "body", protocol.Lost(errors.New("reset"))},
		{"short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "200[abc|]", "body", nil},
		{"chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "200[abc|]", "body", nil},
		{"head", "HTTP/1.1 200 O", "]", "response", nil},
		{"nothing", "", "]", "sent", nil},
	} {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{})
		if tt.input != "" {
			s.conns[0].FeedString(tt.input)
		}
		if tt.end != nil {
			s.conns[0].Lose(tt.end)
		} else {
			s.conns[0].FeedEOF()
		}
		s.settle()
		if l.String() != tt.want || l.phase() != tt.phase || l.over != 1 || s.pool.Open() != 0 {
			t.Errorf("%s: %q, %v, %d open", tt.name, l, l.err, s.pool.Open())
		}
		if tt.phase == "body" && tt.end == nil && !errors.Is(l.err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", tt.name, l.err)
		}
	}
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request exchange.Request
		partial string
		want    string
	}{
		{"idempotent", exchange.Request{}, "", "again"},
		{"POST", exchange.Request{Method: "POST"}, "", "sent"},
		{"body", exchange.Request{Method: "PUT", Length: 1}, "", "sent"},
		{"a byte came", exchange.Request{}, "H", "response"},
	} {
		s := newServer(t, exchange.Config{})
		s.do(exchange.Request{})
		s.conns[0].FeedString(ok)
		l := s.do(tt.request)
		if tt.partial != "" {
			s.conns[0].FeedString(tt.partial)
		}
		s.conns[0].FeedEOF()
		s.settle()
		if tt.want != "again" {
			if l.phase() != tt.want || len(s.conns) != 1 {
				t.Errorf("%s: %v", tt.name, l.err)
			}
			continue
		}
		if len(s.conns) != 2 {
			t.Fatalf("%s: no new connection", tt.name)
		}
		s.conns[1].FeedEOF() // a second time it is an error
		s.settle()
		if l.phase() != "sent" || l.over != 1 || len(s.conns) != 2 {
			t.Errorf("%s: %v", tt.name, l.err)
		}
	}
}

// Class 62: what a pool holds is bounded.
func TestQueue(t *testing.T) {
	s := newServer(t, exchange.Config{MaxConns: 1, MaxWaiting: 2, Wait: 5 * time.Second})
	first := s.do(exchange.Request{Target: "/1"})
	second, third, fourth := s.do(exchange.Request{Target: "/2"}), s.do(exchange.Request{Target: "/3"}), s.do(exchange.Request{Target: "/4"})
	s.settle()
	if !errors.Is(fourth.err, exchange.ErrBusy) || fourth.phase() != "connect" {
		t.Errorf("the fourth: %v", fourth.err)
	}
	s.conns[0].FeedString(ok)
	s.settle()
	if first.err != nil || !strings.Contains(s.conns[0].Value(), "GET /2 ") {
		t.Errorf("the second was not sent: %q", s.conns[0].Value())
	}
	s.clock.Advance(5 * time.Second)
	s.settle()
	if !errors.Is(third.err, exchange.ErrBusy) {
		t.Errorf("the third: %v", third.err)
	}
	fifth := s.do(exchange.Request{Target: "/5"})
	s.conns[0].Lose(protocol.Lost(errors.New("reset")))
	s.settle()
	if second.over != 0 || len(s.conns) != 2 || !strings.Contains(s.conns[1].Value(), "GET /5 ") {
		t.Fatalf("the second: %v, %d connections", second.err, len(s.conns))
	}
	s.conns[1].FeedString(ok)
	s.settle()
	if fifth.err != nil || fifth.over != 1 || len(s.conns) != 3 || !strings.Contains(s.conns[2].Value(), "GET /2 ") {
		t.Fatalf("the fifth: %v", fifth.err)
	}
	s.conns[2].FeedString(ok)
	if second.err != nil || second.over != 1 {
		t.Errorf("the second: %v", second.err)
	}
}

func TestMaxIdle(t *testing.T) {
	s := newServer(t, exchange.Config{MaxIdle: 1})
	s.do(exchange.Request{})
	s.do(exchange.Request{})
	s.conns[0].FeedString(ok)
	s.conns[1].FeedString(ok)
	s.settle()
	if s.pool.Idle() != 1 || s.pool.Open() != 1 || !s.conns[0].Disconnected() {
		t.Errorf("%d idle, %d open", s.pool.Idle(), s.pool.Open())
	}
}

func TestTimeouts(t *testing.T) {
	limits := exchange.Config{Connect: time.Second, Response: 2 * time.Second, Between: 3 * time.Second}
	for _, tt := range []struct {
		name  string
		input string
		after time.Duration
		phase string
	}{
		{"response", "", 2 * time.Second, "sent"},
		{"half a head", "HTTP/1.1 2", 2 * time.Second, "response"},
		{"body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", 3 * time.Second, "body"},
	} {
		s := newServer(t, limits)
		l := s.do(exchange.Request{})
		if tt.input != "" {
			s.conns[0].FeedString(tt.input)
		}
		s.clock.Advance(tt.after - time.Millisecond)
		s.settle()
		if l.over != 0 {
			t.Errorf("%s: too early: %v", tt.name, l.err)
		}
		s.clock.Advance(time.Millisecond)
		s.settle()
		if !errors.Is(l.err, os.ErrDeadlineExceeded) || l.phase() != tt.phase || !s.conns[0].Aborted() {
			t.Errorf("%s: %v", tt.name, l.err)
		}
	}
	s := newServer(t, limits)
	s.hold = true
	l := s.do(exchange.Request{})
	s.clock.Advance(time.Second)
	s.settle()
	if !errors.Is(l.err, os.ErrDeadlineExceeded) || l.phase() != "connect" || s.pool.Open() != 0 {
		t.Errorf("connect: %v", l.err)
	}
	s.tries[0](nil) // an endpoint that cannot be cancelled
	s.settle()
	if !s.conns[0].Disconnected() || s.pool.Open() != 0 {
		t.Errorf("a connection that came too late stays, %d open", s.pool.Open())
	}
}

// Class 11: a server that sends its head byte by byte has no more time than one that sends none. An interim head begins the time anew, and there are not many of them.
func TestSlowHead(t *testing.T) {
	cfg := exchange.Config{Response: 10 * time.Second, Between: 3 * time.Second}
	for _, tt := range []struct {
		name, each string
		body       bool // of the request, which ends after the first second
		least      int
		most       int // seconds
	}{
		{"a byte a second", "", false, 10, 10},
		{"behind a body", "", true, 11, 11},
		{"interim heads", "HTTP/1.1 102 Processing\r\n\r\n", false, 32, 43},
	} {
		s := newServer(t, cfg)
		r := exchange.Request{}
		if tt.body {
			r.Method, r.Length = "POST", 1
		}
		l := s.do(r)
		s.conns[0].FeedString("HTTP/1.1 ")
		if tt.each == "" {
			s.conns[0].FeedString("200 OK\r\nX: ")
		} else {
			s.conns[0].FeedString("102 Processing\r\n\r\n")
		}
		n := 0
		for ; l.over == 0 && n < 1000; n++ {
			s.clock.Advance(time.Second)
			s.settle()
			if tt.body && n == 0 {
				l.x.Write([]byte("x"))
				l.x.Finish(nil)
			}
			if l.over == 0 && tt.each != "" {
				s.conns[0].FeedString(tt.each)
			} else if l.over == 0 {
				s.conns[0].FeedString("y")
			}
		}
		if l.err == nil || n < tt.least || n > tt.most || s.pool.Open() != 0 {
			t.Errorf("%s: %v after %d s", tt.name, l.err, n)
		}
	}
}

func TestConnectFails(t *testing.T) {
	s := newServer(t, exchange.Config{})
	s.fail = errors.New("refused")
	l := s.do(exchange.Request{})
	s.settle()
	if l.phase() != "connect" || !errors.Is(l.err, s.fail) || l.over != 1 || s.pool.Open() != 0 {
		t.Errorf("%v", l.err)
	}
}

func TestCancel(t *testing.T) {
	for _, at := range []string{"connecting", "sent", "body", "inside", "queued"} {
		s := newServer(t, exchange.Config{MaxConns: 1})
		s.hold = at == "connecting"
		var other *log
		if at == "queued" {
			other = s.do(exchange.Request{})
		}
		l := s.do(exchange.Request{})
		if at == "inside" {
			l.onData = l.x.Cancel
		}
		if at == "body" || at == "inside" {
			s.conns[0].FeedString("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
		}
		l.inside = true
		l.x.Cancel()
		l.x.Cancel()
		l.inside = false
		s.settle()
		if !errors.Is(l.err, exchange.ErrCancelled) || l.over != 1 {
			t.Errorf("%s: %v, %d times", at, l.err, l.over)
		}
		if other != nil {
			s.conns[0].FeedString(ok)
			if other.err != nil || other.over != 1 {
				t.Errorf("the other: %v", other.err)
			}
		} else if s.pool.Open() != 0 {
			t.Errorf("%s: %d open", at, s.pool.Open())
		}
	}
}

func TestPauseHoldsTheServer(t *testing.T) {
	s := newServer(t, exchange.Config{Between: time.Second})
	l := s.do(exchange.Request{})
	tr := s.conns[0]
	l.onData = l.x.Pause
	tr.FeedString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n")
	if l.String() != "200[a|" || tr.ProducerState() != protocoltest.Paused {
		t.Fatalf("got %q, %v", l, tr.ProducerState())
	}
	s.clock.Advance(time.Hour) // the client's time, not the server's
	s.settle()
	l.onData = nil
	l.x.Resume()
	s.settle()
	if l.String() != "200[a|b|" || tr.ProducerState() != protocoltest.Producing {
		t.Fatalf("got %q, %v", l, tr.ProducerState())
	}
	l.x.Pause()
	tr.FeedString("0\r\n\r\n")
	tr.FeedEOF()
	s.settle()
	l.x.Resume()
	s.settle()
	if l.String() != "200[a|b|]" || l.err != nil {
		t.Errorf("got %q, %v", l, l.err)
	}
}

// What has arrived before the connection was lost is still delivered to a handler that had paused.
func TestPauseOutlivesTheConnection(t *testing.T) {
	s := newServer(t, exchange.Config{})
	l := s.do(exchange.Request{})
	l.onData = l.x.Pause
	s.conns[0].FeedString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
	s.conns[0].Lose(protocol.Lost(errors.New("reset")))
	s.settle()
	if l.String() != "200[a|" {
		t.Fatalf("got %q", l)
	}
	l.onData = nil
	l.x.Resume()
	s.settle()
	if l.String() != "200[a|b]" || l.err != nil {
		t.Errorf("got %q, %v", l, l.err)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	s := newServer(t, exchange.Config{MaxConns: 2})
	s.do(exchange.Request{})
	busy := s.do(exchange.Request{})
	s.conns[0].FeedString(ok)
	s.pool.Close()
	s.settle()
	if !s.conns[0].Disconnected() || busy.over != 0 {
		t.Error("Close ended the wrong connection")
	}
	s.conns[1].FeedString(ok)
	late := s.do(exchange.Request{})
	s.settle()
	if busy.err != nil || !s.conns[1].Disconnected() || !errors.Is(late.err, exchange.ErrCancelled) || s.pool.Open() != 0 {
		t.Errorf("%v, %v, %d open", busy.err, late.err, s.pool.Open())
	}
}

// A server that has got all that it was told of may answer before the producer notices that this was all: the connection is kept.
func TestAnswerBeforeFinish(t *testing.T) {
	for written, kept := range map[string]bool{"body": true, "bod": false} {
		s := newServer(t, exchange.Config{})
		l := s.do(exchange.Request{Method: "POST", Length: 4})
		l.x.RegisterProducer(&feeder{x: l.x}, protocol.PushProducer)
		l.x.Write([]byte(written))
		s.conns[0].FeedString("HTTP/1.1 204 No Content\r\n\r\n")
		s.settle()
		if l.over != 1 || l.err != nil || (s.pool.Idle() == 1) != kept || s.conns[0].Disconnected() == kept {
			t.Errorf("%s: %v, %d idle", written, l.err, s.pool.Idle())
		}
	}
}
