// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

var quiet = slog.New(slog.DiscardHandler)

// serve connects a memory transport to a site.
func serve(t testing.TB, root web.Resource, config web.Config) (*protocoltest.StringTransport, *web.Site) {
	t.Helper()
	if config.Logger == nil {
		config.Logger = quiet
	}
	site := web.NewSite(root, config)
	return connect(t, site), site
}

func connect(t testing.TB, site *web.Site) *protocoltest.StringTransport {
	t.Helper()
	tr := protocoltest.NewStringTransport()
	p, err := site.BuildProtocol(tr.Remote)
	if err != nil {
		t.Fatal(err)
	}
	tr.Connect(p)
	return tr
}

// exchange feeds input to a fresh connection and returns what was written when everything has settled.
func exchange(t testing.TB, root web.Resource, input string) (string, *protocoltest.StringTransport) {
	t.Helper()
	tr, _ := serve(t, root, web.Config{})
	tr.FeedString(input)
	settle(tr)
	return tr.Value(), tr
}

// settle turns the loop until nothing is left to do, without moving the time.
func settle(tr *protocoltest.StringTransport) {
	for range 50 {
		tr.Clock.Advance(0)
		tr.Clock.Settle()
	}
}

// body returns what follows the header of the first response.
func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}

func status(response string) string {
	line, _, _ := strings.Cut(response, "\r\n")
	return strings.TrimPrefix(line, "HTTP/1.1 ")
}

// header returns a field of the first response, or "".
func header(response, name string) string {
	head, _, _ := strings.Cut(response, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

var hello = web.Func(func(r *web.Request) { io.WriteString(r, "hello") })

// echo answers with method, path and body.
var echo = web.Func(func(r *web.Request) {
	r.ReadBody(func(body []byte, err error) {
		if err == nil {
			fmt.Fprintf(r, "%s %s %q\n", r.Method, r.Path, body)
		}
	})
})

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

func TestWholeResponse(t *testing.T) {
	got, tr := exchange(t, hello, get)
	want := "HTTP/1.1 200 OK\r\nServer: Torsion\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n" +
		"Content-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := len(tr.Writes()); n != 1 {
		t.Errorf("%d writes for a small response, want 1", n)
	}
	if tr.Disconnecting() {
		t.Error("the connection closed")
	}
	if on, _ := tr.NoDelay(); !on {
		t.Error("Nagle's algorithm is on")
	}
}

// A piece too long to be gathered leaves together with the head.
func TestLongResponseIsOneWrite(t *testing.T) {
	long := strings.Repeat("x", 20000)
	page := web.Func(func(r *web.Request) {
		if r.Path == "/length" {
			r.ResponseHeader().Set("Content-Length", "20000")
		}
		io.WriteString(r, long)
	})
	for path, want := range map[string]string{"/length": long, "/": "4e20\r\n" + long + "\r\n0\r\n\r\n"} {
		got, tr := exchange(t, page, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if body(got) != want {
			t.Errorf("%s: got %d bytes, %.300q", path, len(got), got)
		}
		if n := len(tr.Writes()); path == "/length" && n != 1 {
			t.Errorf("%d writes, want 1", n)
		}
	}
}

func TestPipelinedThousandInOrder(t *testing.T) {
	var in, want strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&in, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
		fmt.Fprintf(&want, "GET /%d \"\"\n", i)
	}
	got, _ := exchange(t, echo, in.String())
	var bodies strings.Builder
	for _, r := range strings.Split(got, "HTTP/1.1 200 OK\r\n")[1:] {
		bodies.WriteString(body(r))
	}
	if bodies.String() != want.String() {
		t.Errorf("answers are missing or out of order: %d bytes, want %d", bodies.Len(), want.Len())
	}
}

func TestPersistence(t *testing.T) {
	tests := []struct {
		name, in   string
		connection string
		closes     bool
	}{
		{"1.1", get, "", false},
		{"1.1 close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", true},
		{"1.1 list", "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n", "close", true},
		{"1.1 two fields", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", "close", true},
		{"1.0", "GET / HTTP/1.0\r\n\r\n", "close", true},
		{"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, tr := exchange(t, hello, tt.in)
			if c := header(got, "Connection"); c != tt.connection || tr.Disconnecting() != tt.closes {
				t.Errorf("Connection %q, closed %v; want %q, %v", c, tr.Disconnecting(), tt.connection, tt.closes)
			}
		})
	}
}

func TestBytesAfterTheLastRequestAreIgnored(t *testing.T) {
	got, tr := exchange(t, hello, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"+get)
	if n := strings.Count(got, "HTTP/1.1"); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
	if !tr.WriteClosed() {
		t.Error("the sending side is open")
	}
	tr.FeedEOF()
	settle(tr)
	if !tr.Disconnected() {
		t.Error("the connection is open after the client has closed too")
	}
}

func TestRequestsLimit(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{Limits: web.Limits{Requests: 2}})
	tr.FeedString(get + get + get)
	settle(tr)
	if n := strings.Count(tr.Value(), "HTTP/1.1"); n != 2 {
		t.Errorf("%d answers, want 2", n)
	}
}

func TestHeadAndBodilessStatuses(t *testing.T) {
	page := web.Func(func(r *web.Request) {
		switch r.Path {
		case "/204":
			r.SetStatus(204)
		case "/205":
			r.SetStatus(205)
		case "/304":
			r.SetStatus(304)
		case "/long":
			r.Write(make([]byte, 20000))
		}
		io.WriteString(r, "some text")
	})
	tests := []struct {
		line, status, length, coding string
	}{
		{"HEAD /", "200 OK", "9", ""},
		{"HEAD /long", "200 OK", "", "chunked"},
		{"GET /204", "204 No Content", "", ""},
		{"GET /205", "205 Reset Content", "0", ""},
		{"GET /304", "304 Not Modified", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			tr, _ := serve(t, page, web.Config{})
			tr.FeedString(tt.line + " HTTP/1.1\r\nHost: a\r\n\r\n")
			settle(tr)
			got := tr.Take()
			if status(got) != tt.status || header(got, "Content-Length") != tt.length && tt.status != "304 Not Modified" || header(got, "Transfer-Encoding") != tt.coding || body(got) != "" {
				t.Errorf("got %q", got)
			}
			tr.FeedString(get)
			settle(tr)
			if got := tr.Value(); status(got) != "200 OK" || body(got) != "some text" {
				t.Errorf("the next answer is %q", got)
			}
		})
	}
}

func TestChunkedAndCloseDelimited(t *testing.T) {
	page := web.Func(func(r *web.Request) {
		io.WriteString(r, "one")
		r.Flush()
		io.WriteString(r, "two, ")
		io.WriteString(r, "three")
		r.Flush()
		r.ResponseTrailer().Set("Checksum", "42")
	})
	got, tr := exchange(t, page, get)
	if want := "3\r\none\r\n5\r\ntwo, \r\n5\r\nthree\r\n0\r\nChecksum: 42\r\n\r\n"; body(got) != want || header(got, "Transfer-Encoding") != "chunked" {
		t.Errorf("got %q", got)
	}
	if tr.Disconnecting() {
		t.Error("the connection closed")
	}
	got, tr = exchange(t, page, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if body(got) != "onetwo, three" || header(got, "Transfer-Encoding") != "" || header(got, "Connection") != "close" || !tr.Disconnecting() {
		t.Errorf("HTTP/1.0: got %q, closed %v", got, tr.Disconnecting())
	}
}

func TestContentLengthIsHeld(t *testing.T) {
	var second error
	page := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "4")
		io.WriteString(r, "ab")
		r.Flush()
		io.WriteString(r, "cd")
		_, second = io.WriteString(r, "e")
	})
	if got, _ := exchange(t, page, get); body(got) != "abcd" || second != web.ErrContentLength {
		t.Errorf("got %q, %v", got, second)
	}
	short := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "4")
		r.Flush()
		io.WriteString(r, "ab")
	})
	if _, tr := exchange(t, short, get); !tr.Aborted() {
		t.Error("a response shorter than its Content-Length was ended as if it were whole")
	}
	wrong := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "4")
		io.WriteString(r, "ab")
	})
	if got, _ := exchange(t, wrong, get); status(got) != "500 Internal Server Error" {
		t.Errorf("got %q", got)
	}
}

// Class 8: what a client sends cannot split a response.
func TestResponseSplittingIsRefused(t *testing.T) {
	for _, v := range []string{"a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\x00b"} {
		page := web.Func(func(r *web.Request) {
			r.ResponseHeader().Set("X-Echo", v)
			io.WriteString(r, "secret")
		})
		got, _ := exchange(t, page, get)
		if status(got) != "500 Internal Server Error" || strings.Contains(got, "Set-Cookie") || strings.Contains(got, "secret") {
			t.Errorf("value %q: got %q", v, got)
		}
	}
	page := web.Func(func(r *web.Request) { r.ResponseHeader().Set("X: y\r\nA", "b") })
	if got, _ := exchange(t, page, get); status(got) != "500 Internal Server Error" {
		t.Errorf("name: got %q", got)
	}
}

func TestPanicIsContained(t *testing.T) {
	page := web.Func(func(r *web.Request) {
		if r.Path == "/late" {
			r.Flush()
		}
		io.WriteString(r, "half a page")
		panic("the <secret> reason")
	})
	tr, site := serve(t, page, web.Config{})
	tr.FeedString(get)
	settle(tr)
	got := tr.Value()
	if status(got) != "500 Internal Server Error" || strings.Contains(got, "secret") || strings.Contains(got, "half") || tr.Disconnecting() {
		t.Errorf("got %q", got)
	}
	tr.FeedString("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
	settle(tr)
	if !tr.Aborted() {
		t.Error("the response that had begun was not cut off")
	}
	if n := site.Stats().Panics; n != 2 {
		t.Errorf("%d panics counted, want 2", n)
	}
}

func TestAsynchronousAnswersKeepTheOrder(t *testing.T) {
	var held []*web.Request
	page := web.Func(func(r *web.Request) {
		if r.Path == "/slow" {
			r.NotDoneYet()
			held = append(held, r)
			return
		}
		io.WriteString(r, "fast")
	})
	tr, _ := serve(t, page, web.Config{})
	tr.FeedString("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + get)
	settle(tr)
	if tr.Value() != "" || len(held) != 1 {
		t.Fatalf("got %q before the first answer", tr.Value())
	}
	io.WriteString(held[0], "slow")
	if got := tr.Take(); body(got) != "4\r\nslow\r\n" {
		t.Errorf("what was written later is %q", got)
	}
	if err := held[0].Finish(); err != nil {
		t.Fatal(err)
	}
	if got := tr.Take(); got != "0\r\n\r\n" {
		t.Errorf("Finish wrote %q: the next resource ran inside it", got)
	}
	settle(tr)
	if got := tr.Value(); body(got) != "fast" {
		t.Errorf("got %q", got)
	}
	if _, err := io.WriteString(held[0], "x"); err != web.ErrFinished {
		t.Errorf("Write after Finish: %v", err)
	}
	if err := held[0].Finish(); err != web.ErrFinished {
		t.Errorf("second Finish: %v", err)
	}
}

func TestReadAheadIsBounded(t *testing.T) {
	var held *web.Request
	page := web.Func(func(r *web.Request) {
		if held == nil {
			held = r
			r.NotDoneYet()
		}
	})
	tr, _ := serve(t, page, web.Config{})
	tr.FeedString(get)
	fed := 0
	for tr.ProducerState() == protocoltest.Producing && fed < 1<<20 {
		tr.FeedString(strings.Repeat("x", 1000))
		fed += 1000
	}
	if fed < 16384 || fed > 18000 {
		t.Errorf("reading stopped after %d bytes, want about 16384", fed)
	}
	held.Finish()
	settle(tr)
	if tr.ProducerState() == protocoltest.Paused {
		t.Error("reading did not go on")
	}
}

func TestClientThatDoesNotReadHoldsUpReadingAndAnswering(t *testing.T) {
	big := web.Func(func(r *web.Request) { r.Write(make([]byte, 50000)) })
	tr, _ := serve(t, big, web.Config{})
	tr.Stalled = true
	tr.FeedString(strings.Repeat(get, 20))
	settle(tr)
	if n := strings.Count(tr.Value(), "HTTP/1.1 200"); n != 2 {
		t.Errorf("%d answers were written to a client that reads none, want 2", n)
	}
	if tr.ProducerState() != protocoltest.Paused {
		t.Error("its requests are still read")
	}
	tr.Stalled = false
	tr.Drain()
	settle(tr)
	if n := strings.Count(tr.Value(), "HTTP/1.1 200"); n != 20 {
		t.Errorf("%d answers at the end, want 20", n)
	}
	if tr.ProducerState() != protocoltest.Producing {
		t.Error("reading did not go on")
	}
}

func TestDisconnectNotification(t *testing.T) {
	var held *web.Request
	var reason error
	page := web.Func(func(r *web.Request) {
		held = r
		r.NotDoneYet()
		r.NotifyFinish(func(err error) { reason = err })
	})
	tr, _ := serve(t, page, web.Config{})
	tr.FeedString(get)
	ctx := held.Context()
	lost := io.ErrUnexpectedEOF
	tr.Lose(lost)
	if reason != lost || ctx.Err() == nil {
		t.Errorf("reason %v, context %v", reason, ctx.Err())
	}
	if _, err := held.Write([]byte("x")); err != net.ErrClosed {
		t.Errorf("Write: %v", err)
	}
	if err := held.Finish(); err != net.ErrClosed {
		t.Errorf("Finish: %v", err)
	}
}

// A client may close its side and still read, as netcat does.
func TestHalfCloseIsAnswered(t *testing.T) {
	var held *web.Request
	page := web.Func(func(r *web.Request) {
		if r.Path == "/held" {
			r.NotDoneYet()
			held = r
		}
		io.WriteString(r, "hello")
	})
	tr, _ := serve(t, page, web.Config{})
	tr.FeedString(get + get + "GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
	var reason error
	held.NotifyFinish(func(err error) { reason = err })
	tr.FeedEOF()
	if reason == nil {
		t.Error("no notification")
	}
	held.Finish()
	settle(tr)
	if n := strings.Count(tr.Value(), "hello"); n != 3 || !tr.Disconnecting() {
		t.Errorf("%d answers, closed %v", n, tr.Disconnecting())
	}

	tr, _ = serve(t, page, web.Config{})
	tr.FeedString(strings.Repeat(get, 1000))
	tr.FeedEOF()
	settle(tr)
	if n := strings.Count(tr.Value(), "hello"); n != 1000 || !tr.Disconnecting() {
		t.Errorf("%d of 1000 answers, closed %v", n, tr.Disconnecting())
	}

	tr, _ = serve(t, page, web.Config{})
	tr.FeedString("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
	tr.FeedEOF()
	tr.Clock.Advance(16 * time.Second) // what was written at the end of the stream has left: progress
	tr.Clock.Advance(16 * time.Second)
	if !tr.Aborted() {
		t.Error("a request that nobody finishes keeps the connection for ever")
	}
}
