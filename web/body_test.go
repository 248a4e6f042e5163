// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

const expecting = "PUT /f HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"

func TestContinueIsSentWhenTheBodyIsWanted(t *testing.T) {
	got, tr := exchange(t, echo, expecting)
	if got != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("got %q", got)
	}
	tr.Clear()
	tr.FeedString("hello")
	settle(tr)
	if got := tr.Value(); body(got) != "PUT /f \"hello\"\n" || header(got, "Connection") != "" {
		t.Errorf("got %q", got)
	}
	if got, _ := exchange(t, echo, expecting+"hello"); strings.Contains(got, "100 Continue") {
		t.Errorf("a client that did not wait was told to go on: %q", got)
	}
	if got, _ := exchange(t, echo, "PUT /f HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"); got != "" {
		t.Errorf("HTTP/1.0: got %q", got)
	}
}

func TestRefusalWithoutContinue(t *testing.T) {
	forbid := web.Func(func(r *web.Request) { r.Error(403, "") })
	got, tr := exchange(t, forbid, expecting)
	if status(got) != "403 Forbidden" || header(got, "Connection") != "close" || !tr.WriteClosed() {
		t.Errorf("got %q", got)
	}
}

func TestBodyLimit(t *testing.T) {
	config := web.Config{Limits: web.Limits{Body: 10}}
	for _, in := range []string{
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n",
		chunked + "6\r\nabcdef\r\n5\r\nghijk\r\n0\r\n\r\n",
	} {
		var end error
		tr, site := serve(t, web.Func(func(r *web.Request) {
			r.ReadBody(func(_ []byte, err error) { end = err })
		}), config)
		tr.FeedString(in)
		settle(tr)
		got := tr.Value()
		if status(got) != "413 Request Entity Too Large" || header(got, "Connection") != "close" || !errors.Is(end, web.ErrBodyTooLarge) {
			t.Errorf("%q: got %q, %v", in, got, end)
		}
		if site.Stats().Refused != 1 {
			t.Error("not counted")
		}
	}
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		r.SetMaxBody(11)
		echo(r)
	}), config)
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world")
	settle(tr)
	if got := tr.Value(); status(got) != "200 OK" {
		t.Errorf("with a higher limit for the request: got %q", got)
	}
}

func TestBodyIsStreamedWithBackPressure(t *testing.T) {
	var got strings.Builder
	var req *web.Request
	root := web.Func(func(r *web.Request) {
		req = r
		r.StreamBody(func(p []byte) {
			got.Write(p)
			r.PauseBody()
		}, func(err error) { fmt.Fprintf(r, "%d %v", got.Len(), err) })
	})
	tr, _ := serve(t, root, web.Config{})
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n")
	for range 30 {
		tr.FeedString(strings.Repeat("x", 1000))
	}
	if got.Len() != 1000 || tr.ProducerState() != protocoltest.Paused {
		t.Fatalf("%d bytes were delivered to a resource that had paused, the transport is %v", got.Len(), tr.ProducerState())
	}
	for range 40 {
		req.ResumeBody()
		settle(tr)
	}
	if body(tr.Value()) != "30000 <nil>" {
		t.Errorf("got %q", tr.Value())
	}
}

func TestTrailerIsHandedOver(t *testing.T) {
	var sum string
	root := web.Func(func(r *web.Request) {
		r.ReadBody(func([]byte, error) { sum = r.Trailer.Get("sum") })
	})
	exchange(t, root, chunked+"1\r\na\r\n0\r\nSum: 7\r\n\r\n")
	if sum != "7" {
		t.Errorf("got %q", sum)
	}
}

func TestUnreadBodyIsSkipped(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{Limits: web.Limits{Drain: 1000}})
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
	settle(tr)
	if got := tr.Take(); body(got) != "hello" || header(got, "Connection") != "" {
		t.Errorf("got %q", got)
	}
	tr.FeedString(strings.Repeat("x", 1000) + get)
	settle(tr)
	if got := tr.Take(); body(got) != "hello" {
		t.Errorf("after the body: got %q", got)
	}
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
	settle(tr)
	if got := tr.Take(); header(got, "Connection") != "close" || !tr.WriteClosed() {
		t.Errorf("a body too long to skip: got %q", got)
	}

	tr, _ = serve(t, hello, web.Config{Limits: web.Limits{Drain: 1000}})
	tr.FeedString(chunked + "3e9\r\n" + strings.Repeat("x", 1001) + "\r\n0\r\n\r\n" + get)
	settle(tr)
	if n := strings.Count(tr.Value(), "hello"); n != 1 || !tr.WriteClosed() {
		t.Errorf("chunks too long to skip: %d answers, closed %v", n, tr.WriteClosed())
	}
}

func TestBodyCutOff(t *testing.T) {
	var end error
	root := web.Func(func(r *web.Request) { r.ReadBody(func(_ []byte, err error) { end = err }) })
	tr, _ := serve(t, root, web.Config{})
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	tr.FeedEOF()
	settle(tr)
	if end == nil || status(tr.Value()) != "400 Bad Request" || !tr.Disconnecting() {
		t.Errorf("end %v, got %q", end, tr.Value())
	}

	end = nil
	tr, _ = serve(t, root, web.Config{})
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	tr.Lose(io.ErrClosedPipe)
	if end != io.ErrClosedPipe {
		t.Errorf("end %v after the loss", end)
	}
}
