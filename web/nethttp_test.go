// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// until turns the loop, while other goroutines work, until cond is true.
func until(t *testing.T, tr *protocoltest.StringTransport, cond func() bool) {
	t.Helper()
	err := tr.Clock.Until(t.Context(), func() bool {
		for _, c := range tr.Clock.Calls() {
			if !c.Time().After(tr.Clock.Now()) {
				tr.Clock.Advance(0)
				break
			}
		}
		return cond()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func handle(t *testing.T, f http.HandlerFunc, in, last string) string {
	t.Helper()
	tr, _ := serve(t, web.Handler(f), web.Config{})
	tr.FeedString(in)
	until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), last) || tr.Disconnecting() })
	return tr.Value()
}

func TestHandlerEcho(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		w.Header().Set("X-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(201)
		fmt.Fprintf(w, "%s %s %s %q %v %s", r.Method, r.URL.Path, r.URL.Query().Get("q"), b, err, r.Trailer.Get("Sum"))
	}, "POST /a%20b?q=1 HTTP/1.1\r\nHost: h\r\ncontent-type: x/y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nSum: 9\r\n\r\n", "9")
	if status(got) != "201 Created" || body(got) != `POST /a b 1 "abc" <nil> 9` || header(got, "X-Type") != "x/y" || header(got, "Content-Length") != "25" ||
		header(got, "Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %q", got)
	}
}

func TestHandlerStreamsAndSendsTrailers(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		io.WriteString(w, "one")
		http.NewResponseController(w).Flush()
		io.WriteString(w, "two")
		w.Header().Set("Sum", "7")
	}, get, "Sum: 7\r\n\r\n")
	if body(got) != "3\r\none\r\n3\r\ntwo\r\n0\r\nSum: 7\r\n\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestHandlerHead(t *testing.T) {
	got := handle(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := w.Write(make([]byte, 100000)); err != nil {
			t.Errorf("Write: %v", err)
		}
	}, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "never")
	if status(got) != "200 OK" || body(got) != "" {
		t.Errorf("got %q", got)
	}
}

func TestHandlerWaitsForTheClient(t *testing.T) {
	written := make(chan int, 1000) // one for each Write
	lost := make(chan error, 1)
	tr, _ := serve(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for {
			n, err := w.Write(make([]byte, 16384))
			if err != nil {
				lost <- context.Cause(r.Context())
				return
			}
			written <- n
		}
	})), web.Config{})
	tr.Stalled = true
	tr.FeedString(get)
	until(t, tr, func() bool { return tr.Buffered() > 65536 })
	for range 20 {
		tr.Clock.Settle()
	}
	reason := errors.New("gone")
	tr.Lose(reason)
	if err := <-lost; err != reason {
		t.Errorf("the context ended with %v", err)
	}
	if n := len(written) * 16384; n > 65536*4 {
		t.Errorf("%d bytes were written to a client that reads none", n)
	}
}

func TestHandlerUploadIsBounded(t *testing.T) {
	proceed, sum := make(chan bool), make(chan int, 1)
	tr, _ := serve(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1)
		io.ReadFull(r.Body, b)
		<-proceed
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Error(err)
		}
		sum <- int(n) + 1
	})), web.Config{})
	tr.FeedString("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
	fed := 0
	until(t, tr, func() bool {
		for tr.ProducerState() == protocoltest.Producing && fed < 1000000 {
			tr.FeedString(strings.Repeat("x", 10000))
			fed += 10000
		}
		return tr.ProducerState() == protocoltest.Paused
	})
	if fed > 200000 {
		t.Errorf("%d bytes were taken for a handler that reads none", fed)
	}
	close(proceed)
	until(t, tr, func() bool {
		for tr.ProducerState() == protocoltest.Producing && fed < 1000000 {
			tr.FeedString(strings.Repeat("x", 10000))
			fed += 10000
		}
		return status(tr.Value()) == "200 OK"
	})
	if n := <-sum; n != 1000000 {
		t.Errorf("%d bytes arrived", n)
	}
}

func TestHandlerPanics(t *testing.T) {
	got := handle(t, func(http.ResponseWriter, *http.Request) { panic("secret") }, get, "</html>\n")
	if status(got) != "500 Internal Server Error" || strings.Contains(got, "secret") {
		t.Errorf("got %q", got)
	}
	tr, _ := serve(t, web.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })), web.Config{})
	tr.FeedString(get)
	until(t, tr, tr.Aborted)
}

func TestHandlerNetHTTPFileServer(t *testing.T) {
	h := http.StripPrefix("/x", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "f.txt", time.Unix(1000, 0), strings.NewReader("0123456789"))
	}))
	got := handle(t, h.ServeHTTP, "GET /x/f.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\n\r\n", "234")
	if status(got) != "206 Partial Content" || body(got) != "234" || header(got, "Content-Range") != "bytes 2-4/10" {
		t.Errorf("got %q", got)
	}
}
