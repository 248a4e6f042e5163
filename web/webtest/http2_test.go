// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

// both runs a test over HTTP/1.1 and HTTP/2.
func both(t *testing.T, f func(t *testing.T, config webtest.Config)) {
	t.Run("HTTP1", func(t *testing.T) { f(t, webtest.Config{}) })
	t.Run("HTTP2", func(t *testing.T) { f(t, webtest.Config{HTTP2: true}) })
}

// The same requests have the same answers.
func TestBothVersions(t *testing.T) {
	for _, tt := range []struct {
		req  webtest.Request
		want string
	}{
		{webtest.Request{}, `GET example.com / "" <nil>`},
		{webtest.Request{Method: "POST", Target: "/x?a=b", Host: "h:8080", Body: "abc"}, `POST h:8080 /x?a=b "abc" <nil>`},
		{webtest.Request{Method: "HEAD"}, ""},
		{webtest.Request{Method: "POST"}, `POST example.com / "" <nil>`},
		{webtest.Request{Method: "PUT", Body: strings.Repeat("x", 300000)}, `PUT example.com / "` + strings.Repeat("x", 300000) + `" <nil>`},
	} {
		both(t, func(t *testing.T, config webtest.Config) {
			tt.req.Header = http.Header{"X-Seen": {"yes"}, "Connection": {"keep-alive"}}
			res := connect(echo, config).Do(tt.req)
			if res.Status != 200 || !res.Finished || res.Body != tt.want || res.Header.Get("X-Seen") != "yes" || res.Err != nil {
				t.Errorf("got %.300v", res)
			}
		})
	}
}

func TestStreamedBodyOverHTTP2(t *testing.T) {
	for name, header := range map[string]http.Header{"open": {}, "length": {"Content-Length": {"11"}}} {
		t.Run(name, func(t *testing.T) {
			res := connect(echo, webtest.Config{HTTP2: true}).Do(webtest.Request{Method: "POST", Header: header, Body: "one", Stream: true})
			res.Send("two")
			if res.Status != 0 || res.Finished {
				t.Fatalf("answered early: %+v", res)
			}
			res.Send("three")
			want := `POST example.com / "onetwothree" <nil>`
			if name == "open" {
				res.End(http.Header{"X-Sum": {"3"}})
				want += " x-sum=3"
			}
			if !res.Finished || res.Body != want {
				t.Errorf("got %q, want %q", res.Body, want)
			}
		})
	}
}

// Responses come when they are ready; what comes bit by bit is seen bit by bit.
func TestLiveResponsesOverHTTP2(t *testing.T) {
	asked := make(map[string]*web.Request)
	c := connect(web.LeafFunc(func(r *web.Request) {
		asked[r.Path] = r
		r.EarlyHints("</a.css>; rel=preload")
		r.NotDoneYet()
	}), webtest.Config{HTTP2: true, TLS: &tls.ConnectionState{Version: tls.VersionTLS13}})
	one, two := c.Do(webtest.Request{Target: "/1"}), c.Do(webtest.Request{Target: "/2"})
	asked["/2"].WriteString("second")
	asked["/2"].Finish()
	asked["/1"].ResponseTrailer().Set("X-End", "yes")
	asked["/1"].WriteString("fi")
	if c.Settle(); !two.Finished || two.Body != "second" || one.Finished || one.Body != "fi" || len(one.Interim) != 1 || one.Interim[0].Status != 103 {
		t.Fatalf("got %+v, %+v", one, two)
	}
	asked["/1"].WriteString("rst")
	asked["/1"].Finish()
	if c.Settle(); !one.Finished || one.Body != "first" || one.Trailer.Get("X-End") != "yes" {
		t.Errorf("got %+v", one)
	}
	if r := asked["/1"]; r.Proto != "HTTP/2.0" || !r.Secure() || r.TLS() == nil || r.TLS().NegotiatedProtocol != "h2" {
		t.Errorf("%s, %+v", r.Proto, r.TLS())
	}
}

// What goes wrong is told: a stream that is reset, a connection that is given up.
func TestErrorsOverHTTP2(t *testing.T) {
	root := web.LeafFunc(func(r *web.Request) {
		if r.Path == "/abort" {
			r.Write([]byte("beg"))
			r.Abort()
			return
		}
		r.NotDoneYet()
	})
	c := connect(root, webtest.Config{HTTP2: true})
	if res := c.Do(webtest.Request{Target: "/abort"}); res.Finished || res.Err == nil || !strings.Contains(res.Err.Error(), "INTERNAL_ERROR") || c.Closed() {
		t.Errorf("got %+v, closed %v", res, c.Closed())
	}
	if res := c.Do(webtest.Request{Header: http.Header{"Te": {"x"}}}); res.Err == nil || !strings.Contains(res.Err.Error(), "PROTOCOL_ERROR") {
		t.Errorf("got %+v", res)
	}
	if res := c.Do(webtest.Request{}); res.Err != nil || res.Finished {
		t.Errorf("got %+v", res)
	}
	if err := connect(root, webtest.Config{HTTP2: true}).Do(webtest.Request{Target: "/abort"}).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Raw sent a text over HTTP/2")
		}
	}()
	c.Raw("GET / HTTP/1.1\r\n\r\n")
}

// A slow client, one that is idle, one that goes away.
func TestClientOverHTTP2(t *testing.T) {
	c := connect(web.Func(func(r *web.Request) { r.Write(make([]byte, 200000)) }), webtest.Config{HTTP2: true})
	c.StopReading()
	res := c.Do(webtest.Request{})
	if res.Status != 0 {
		t.Errorf("read %+v", res)
	}
	if c.StartReading(); !res.Finished || len(res.Body) != 200000 {
		t.Errorf("%d bytes, finished %v", len(res.Body), res.Finished)
	}
	if c.Advance(80 * time.Second); !c.Closed() {
		t.Error("an idle connection stays")
	}
	var ended error
	c = connect(web.LeafFunc(func(r *web.Request) { r.NotifyEnd(func(err error) { ended = err }); r.NotDoneYet() }), webtest.Config{HTTP2: true})
	c.Do(webtest.Request{})
	if c.Lose(); ended == nil {
		t.Error("nobody noticed that the client has left")
	}
}

// A resource with a goroutine.
func TestWaitOverHTTP2(t *testing.T) {
	c := connect(web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, r.Body)
		fmt.Fprint(w, " ", n, err, r.Proto)
	})), webtest.Config{HTTP2: true})
	res := c.Do(webtest.Request{Method: "POST", Body: strings.Repeat("x", 400000)})
	if err := res.Wait(t.Context()); err != nil || !res.Finished || !strings.HasSuffix(res.Body, "x 400000 <nil>HTTP/2.0") {
		t.Errorf("%v, finished %v, %.50q", err, res.Finished, res.Body)
	}
}
