// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

func TestBodyHoldsItsLength(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name   string
		length int64
		writes []string
		err    error
		sent   string
		phase  string
	}{
		{"as said", 5, []string{"abc", "de"}, nil, "Content-Length: 5|abcde", "none"},
		{"chunks", -1, []string{"abc", "de"}, nil, "Transfer-Encoding: chunked|3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n", "none"},
		{"too much", 4, []string{"abc", "de"}, nil, "Content-Length: 4|abc", "request body"},
		{"too little", 6, []string{"abc", "de"}, nil, "Content-Length: 6|abcde", "request body"},
		{"broken", -1, []string{"abc"}, broken, "Transfer-Encoding: chunked|3\r\nabc\r\n", "request body"},
	} {
		g := newRig(t, client.Config{})
		s := &source{length: tt.length}
		var told []string
		x := g.send(&client.Request{
			Method: "POST", Body: s, Trailer: func() web.Header { return header("X-Sum", "5", "Content-Length", "7") },
			Progress: func(sent, total int64) { told = append(told, fmt.Sprint(sent, "/", total)) },
		}, false)
		for _, p := range tt.writes {
			s.c.Write([]byte(p))
		}
		if tt.err != nil {
			s.d.Errback(tt.err)
		} else if s.cancels == 0 {
			s.d.Callback(struct{}{})
		}
		head, body, _ := strings.Cut(g.conns[0].Value(), "\r\n\r\n")
		framing, _, _ := strings.Cut(head[strings.Index(head, "User-Agent"):], "\r\nConnection")
		_, framing, _ = strings.Cut(framing, "\r\n")
		if got := framing + "|" + body; got != tt.sent {
			t.Errorf("%s: sent %q", tt.name, got)
		}
		if g.conns[0].FeedString(ok); tt.phase == "none" && !slices.Equal(told, []string{fmt.Sprint("3/", tt.length), fmt.Sprint("5/", tt.length)}) && len(told) != 2 {
			t.Errorf("%s: progress %q", tt.name, told)
		}
		g.settle()
		if x.phase() != tt.phase || x.over != 1 || tt.err != nil && !errors.Is(x.err, tt.err) {
			t.Errorf("%s: %v (%s)", tt.name, x.err, x.phase())
		}
		if tt.phase != "none" && g.Stats().Open != 0 {
			t.Errorf("%s: the connection is used again", tt.name)
		}
		if _, err := s.c.Write([]byte("x")); err == nil {
			t.Errorf("%s: a write after the end succeeded", tt.name)
		}
	}
}

// RFC 9110 section 10.1.1.
func TestExpect(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  string
		after   time.Duration
		started bool
	}{
		{"continue", "HTTP/1.1 100 Continue\r\n\r\n", 0, true},
		{"another interim head", "HTTP/1.1 102 Processing\r\n\r\n", 0, false},
		{"no answer", "", time.Second, true},
		{"not yet", "", time.Second - 1, false},
		{"refused", "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", time.Hour, false},
	} {
		g := newRig(t, client.Config{})
		s := &source{length: 3}
		interims := 0
		x := g.send(&client.Request{Method: "POST", Body: s, Expect: true, Interim: func(int, web.Header) { interims++ }}, false)
		if s.c != nil || !strings.Contains(g.conns[0].Value(), "\r\nExpect: 100-continue\r\n") {
			t.Errorf("%s: sent %q", tt.name, g.conns[0].Value())
		}
		g.conns[0].FeedString(tt.answer)
		g.clock.Advance(tt.after)
		g.settle()
		if started := s.c != nil; started != tt.started {
			t.Errorf("%s: started is %v", tt.name, started)
		}
		if tt.name == "refused" && (x.err != nil || x.res.Status != 417 || g.Stats().Open != 0) {
			t.Errorf("%s: %v, %+v", tt.name, x.err, g.Stats())
		}
		if want := strings.Count(tt.answer, "HTTP/1.1 10"); interims != want {
			t.Errorf("%s: %d interim heads", tt.name, interims)
		}
	}
}

// A server that does not read holds up whatever makes the body.
func TestUploadIsHeldUp(t *testing.T) {
	g := newRig(t, client.Config{})
	s := &source{length: -1, register: true}
	g.send(&client.Request{Method: "POST", Body: s}, false)
	c := g.conns[0]
	c.Stalled = true
	s.c.Write(make([]byte, protocol.HighWater+1))
	if fmt.Sprint(s.told) != "[pause]" {
		t.Errorf("%v", s.told)
	}
	c.Stalled = false
	c.Drain()
	g.settle()
	if fmt.Sprint(s.told) != "[pause resume]" {
		t.Errorf("%v", s.told)
	}
	// A pull producer is asked for a piece at a time, and only when there is room.
	p := client.String(strings.Repeat("x", 1<<20))
	x := g.send(&client.Request{Method: "POST", Body: p, Expect: true}, false)
	c = g.conns[1]
	c.Stalled = true
	g.clock.Advance(time.Second)
	g.settle()
	if n := c.Buffered(); n > 2*65536 || x.over != 0 {
		t.Errorf("%d bytes wait", n)
	}
}

// A final answer before the end of the body ends the body.
func TestEarlyAnswer(t *testing.T) {
	g := newRig(t, client.Config{})
	s := &source{length: 5, register: true}
	x := g.send(&client.Request{Method: "POST", Body: s}, false)
	s.c.Write([]byte("ab"))
	g.conns[0].FeedString("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
	g.settle()
	if x.err != nil || x.got != "no" || s.cancels != 1 || fmt.Sprint(s.told) != "[stop]" || g.Stats().Open != 0 {
		t.Errorf("%v %q, cancelled %d times, told %v", x.err, x.got, s.cancels, s.told)
	}
}

// The body waits until it is asked for, and holds the server up.
func TestResponseWaits(t *testing.T) {
	g := newRig(t, client.Config{})
	x := g.send(&client.Request{}, true)
	c := g.conns[0]
	c.FeedString("HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX: y\r\nKeep-Alive: z\r\n\r\n2\r\nab\r\n")
	r := x.res
	if r.Status != 200 || r.Phrase != "Fine" || r.Length != -1 || r.Header.Len() != 1 || r.Header.Get("X") != "y" || r.Conn.Len() != 3 || r.Conn.Get("Keep-Alive") != "z" || r.Request.URL.Host != "a" {
		t.Errorf("%+v", r)
	}
	if c.ProducerState() != protocoltest.Paused {
		t.Errorf("the server is not held up: %v", c.ProducerState())
	}
	g.clock.Advance(4 * time.Minute) // our time, not the server's
	var got []string
	r.StreamBody(func(p []byte) {
		got = append(got, string(p))
		r.PauseBody()
	}, func(err error) { got = append(got, fmt.Sprint(err)) })
	if len(got) != 0 {
		t.Errorf("called inside: %q", got)
	}
	g.settle()
	c.FeedString("1\r\nc\r\n0\r\nT: u\r\n\r\n")
	g.settle()
	if fmt.Sprint(got) != "[ab]" {
		t.Errorf("%q", got)
	}
	r.ResumeBody()
	g.settle()
	r.ResumeBody()
	g.settle()
	if fmt.Sprint(got) != "[ab c <nil>]" || r.Trailer().Get("T") != "u" {
		t.Errorf("%q, %v", got, r.Trailer().Get("T"))
	}
	var again error
	r.StreamBody(func([]byte) {}, func(err error) { again = err })
	g.settle()
	if !errors.Is(again, client.ErrBodyTaken) {
		t.Errorf("%v", again)
	}
}

func TestReadBodyLimit(t *testing.T) {
	g := newRig(t, client.Config{})
	for _, tt := range []struct {
		limit, max int64
		long       bool
	}{{5, 0, false}, {4, 0, true}, {-1, 0, false}, {0, 4, true}, {-1, 4, true}, {4, 100, true}} {
		x := g.send(&client.Request{}, true)
		c := g.conns[len(g.conns)-1]
		c.FeedString("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
		x.res.SetMaxBody(tt.max)
		x.read(tt.limit)
		g.settle()
		c.FeedString("abc")
		c.FeedString("de")
		g.settle()
		e, _ := errors.AsType[*client.Error](x.err)
		if long := errors.Is(x.err, client.ErrBodyTooLong); long != tt.long || long && string(e.Partial) != "abc" || !long && x.got != "abcde" {
			t.Errorf("%+v: %q, %v", tt, x.got, x.err)
		}
	}
}

// What is left of a stopped body is read if it is little, so that the connection can be used again.
func TestStopBody(t *testing.T) {
	for _, tt := range []struct {
		length int
		kept   bool
	}{{2, true}, {16384, true}, {16385, false}} {
		g := newRig(t, client.Config{})
		x := g.send(&client.Request{}, true)
		c := g.conns[0]
		c.FeedString(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", tt.length))
		var end error
		x.res.StreamBody(func([]byte) { t.Error("data after StopBody") }, func(err error) { end = err })
		x.res.StopBody()
		x.res.StopBody()
		g.settle()
		c.Feed(make([]byte, tt.length))
		g.settle()
		if s := g.Stats(); s.Idle == 1 != tt.kept || s.Open != s.Idle || !errors.Is(end, client.ErrBodyStopped) {
			t.Errorf("%d: %+v, %v", tt.length, s, end)
		}
	}
}

// A stopped body of unknown length is read for a little while, in bytes and in time, so that its connection can be used again; not one that ends with the connection, nor one whose request
// asked for its end.
func TestStopBodyOfUnknownLength(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, tt := range []struct {
		name       string
		head, rest string
		close      bool
		wait       time.Duration
		open, idle int
	}{
		{"all of it", chunked, "2\r\nab\r\n0\r\nX: y\r\n\r\n", false, 0, 1, 1},
		{"16 KiB", chunked, "4000\r\n" + strings.Repeat("x", 16384) + "\r\n0\r\n\r\n", false, 0, 1, 1},
		{"more", chunked, "4001\r\n" + strings.Repeat("x", 16385), false, 0, 0, 0},
		{"nothing yet", chunked, "", false, 99 * time.Millisecond, 1, 0},
		{"nothing in time", chunked, "2\r\nab\r\n", false, 100 * time.Millisecond, 0, 0},
		{"the connection ends it", "HTTP/1.1 200 OK\r\n\r\n", "", false, 0, 0, 0},
		{"the last request", chunked, "", true, 0, 0, 0},
	} {
		for _, streaming := range []bool{false, true} {
			g := newRig(t, client.Config{})
			x := g.send(&client.Request{Close: tt.close}, true)
			c := g.conns[0]
			c.FeedString(tt.head)
			var ends []error
			if streaming {
				x.res.StreamBody(func([]byte) { t.Error("data after StopBody") }, func(err error) { ends = append(ends, err) })
			}
			x.res.StopBody()
			x.res.StopBody()
			g.settle()
			if streaming && (len(ends) != 1 || !errors.Is(ends[0], client.ErrBodyStopped)) {
				t.Errorf("%s: the ends are %v", tt.name, ends)
			}
			c.FeedString(tt.rest)
			g.clock.Advance(tt.wait)
			g.settle()
			if s := g.Stats(); s.Open != tt.open || s.Idle != tt.idle || s.Failed != 0 {
				t.Errorf("%s: %+v", tt.name, s)
			}
			g.clock.Advance(time.Second)
			g.settle()
			if s := g.Stats(); s.Open != tt.idle {
				t.Errorf("%s: a second later %+v", tt.name, s)
			}
		}
	}
}

// A body can be paused before it is asked for.
func TestPauseBeforeStream(t *testing.T) {
	g := newRig(t, client.Config{})
	x := g.send(&client.Request{}, true)
	c := g.conns[0]
	c.FeedString("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
	x.res.PauseBody()
	var got strings.Builder
	x.res.StreamBody(func(p []byte) { got.Write(p) }, func(err error) { fmt.Fprint(&got, "|", err) })
	c.FeedString("cd")
	g.settle()
	if got.String() != "" {
		t.Errorf("paused, and got %q", &got)
	}
	x.res.ResumeBody()
	g.settle()
	if got.String() != "abcd|<nil>" {
		t.Errorf("got %q", &got)
	}
}

func TestChunks(t *testing.T) {
	for _, stop := range []bool{false, true} {
		g := newRig(t, client.Config{})
		x := g.send(&client.Request{}, true)
		c := g.conns[0]
		c.FeedString("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
		var got []string
		deferred.Go(g.clock, func(co *deferred.Coroutine) (struct{}, error) {
			for p, err := range x.res.Chunks(co) {
				got = append(got, fmt.Sprint(string(p), err))
				if stop {
					break
				}
			}
			got = append(got, "over")
			return struct{}{}, nil
		})
		for _, p := range []string{"ab", "c"} {
			g.settle()
			c.FeedString(p)
		}
		c.Lose(protocol.Lost(errReset))
		g.settle()
		want := "[ab<nil> c<nil> client: GET http://a/: response: connection lost: connection reset by peer over]"
		if stop {
			want = "[ab<nil> over]"
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%v", got)
		}
	}
}

func TestUpgrade(t *testing.T) {
	for _, later := range []bool{false, true} {
		g := newRig(t, client.Config{})
		var p protocoltest.Accumulating
		var err error
		var res *client.Response
		g.Do(&client.Request{URL: parse(t, "http://a/"), Upgrade: "echo"}).Done(func(r *client.Response, _ error) {
			if res = r; !later {
				err = r.Upgrade(&p)
			}
		})
		c := g.conns[0]
		c.Clear()
		c.FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nfirst")
		c.FeedString("second")
		if g.settle(); later {
			err = res.Upgrade(&p)
		}
		g.settle()
		p.Transport().Write([]byte("hello"))
		if err != nil || res.Conn.Get("Upgrade") != "echo" || string(p.Data()) != "firstsecond" || c.Value() != "hello" {
			t.Errorf("later %v: %v, %q, %q", later, err, p.Data(), c.Value())
		}
		closed := false
		g.Close().Done(func(struct{}, error) { closed = true })
		c.Lose(protocol.Lost(errReset))
		if !closed || p.Reason() == nil || res.Upgrade(&p) == nil || g.Stats().Open != 0 {
			t.Errorf("closed %v, %v", closed, p.Reason())
		}
	}
	g := newRig(t, client.Config{})
	x := g.send(&client.Request{Upgrade: "echo"}, false) // refused by the server
	g.conns[0].FeedString(ok)
	if x.got != "ok" || x.res.Upgrade(new(protocoltest.Accumulating)) == nil {
		t.Errorf("%q %v", x.got, x.err)
	}
	y := g.send(&client.Request{Upgrade: "echo"}, true) // not wanted any more
	g.conns[0].FeedString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n")
	y.res.StopBody()
	if g.settle(); g.Stats().Open != 0 {
		t.Errorf("%+v", g.Stats())
	}
}

func TestFileErrors(t *testing.T) {
	if _, err := client.File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := client.File(t.TempDir()); err == nil {
		t.Error("a folder was taken")
	}
}

// What a body reads is closed however the request ends, also if nothing of it was asked for.
func TestUnreadBodiesAreClosed(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    client.Request
		do   func(g *rig, x *result)
	}{
		{"not sent", client.Request{Method: "P T"}, nil},
		{"not connected", client.Request{Method: "POST"}, func(g *rig, x *result) { x.d.Cancel() }},
		{"empty", client.Request{Method: "POST"}, func(g *rig, _ *result) { g.tries[0].Cancel() }},
		{"not expected", client.Request{Method: "POST", Expect: true}, func(g *rig, _ *result) {
			g.conns[0].FeedString("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
		}},
	} {
		g := newRig(t, client.Config{})
		g.hold = tt.do != nil && !tt.r.Expect
		closed := make(closing, 10)
		r := tt.r
		r.Body = client.Reader(closed, int64(5))
		if tt.name == "empty" {
			r.Body = client.Reader(closed, 0)
		}
		x := g.send(&r, false)
		if tt.do != nil {
			tt.do(g, x)
		}
		g.settle()
		<-closed // or the test hangs
		if x.over != 1 || len(closed) != 0 {
			t.Errorf("%s: %v, %d times, closed %d times more", tt.name, x.err, x.over, len(closed))
		}
	}
}

// closing is a body that tells when it is closed.
type closing chan struct{}

func (c closing) Read([]byte) (int, error) { return 0, io.EOF }

func (c closing) Close() error {
	c <- struct{}{}
	return nil
}
