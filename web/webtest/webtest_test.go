// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

var quiet = slog.New(slog.DiscardHandler)

func connect(root web.Resource, config webtest.Config) *webtest.Conn {
	return webtest.Connect(web.NewSite(root, web.Config{Logger: quiet}), config)
}

// echo tells what it was asked.
var echo = web.LeafFunc(func(r *web.Request) {
	r.ResponseHeader().Set("X-Seen", r.Header.Get("X-Seen"))
	r.ReadBody(func(body []byte, err error) {
		fmt.Fprintf(r, "%s %s %s %q %v", r.Method, r.Host, r.URI, body, err)
		for k, v := range r.Trailer.All() {
			fmt.Fprintf(r, " %s=%s", k, v)
		}
	})
})

func TestDo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		req    webtest.Request
		status int
		body   string
	}{
		{"zero", webtest.Request{}, 200, `GET example.com / "" <nil>`},
		{"all", webtest.Request{Method: "PUT", Target: "/a?b", Host: "h:1", Body: "text"}, 200, `PUT h:1 /a?b "text" <nil>`},
		{"empty POST", webtest.Request{Method: "POST"}, 200, `POST example.com / "" <nil>`},
		{"HEAD", webtest.Request{Method: "HEAD"}, 200, ""},
		{"HTTP/1.0", webtest.Request{HTTP10: true}, 200, `GET example.com / "" <nil>`},
		{"wrong", webtest.Request{Host: "a b"}, 400, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.req.Header = http.Header{"X-Seen": {"yes"}}
			res := connect(echo, webtest.Config{}).Do(tt.req)
			if !res.Finished || res.Err != nil || res.Status != tt.status || tt.body != "" && res.Body != tt.body {
				t.Errorf("got %d %q, finished %v, %v; want %d %q", res.Status, res.Body, res.Finished, res.Err, tt.status, tt.body)
			}
			if tt.status == 200 && (res.Header.Get("X-Seen") != "yes" || res.Phrase != "OK") {
				t.Errorf("header %v, phrase %q", res.Header, res.Phrase)
			}
			if tt.name == "HEAD" && res.Body != "" {
				t.Errorf("HEAD has the body %q", res.Body)
			}
		})
	}
}

func TestKeepAlive(t *testing.T) {
	c := connect(echo, webtest.Config{})
	for i := range 3 {
		if res := c.Do(webtest.Request{Target: fmt.Sprint("/", i)}); !res.Finished || !strings.Contains(res.Body, fmt.Sprint("/", i)) {
			t.Errorf("request %d: %+v", i, res)
		}
	}
	if c.Closed() {
		t.Error("the connection closed")
	}
	res := c.Do(webtest.Request{Header: http.Header{"Connection": {"close"}}})
	c.CloseWrite()
	if !res.Finished || !c.Closed() {
		t.Errorf("finished %v, closed %v after Connection: close", res.Finished, c.Closed())
	}
}

func TestStreamedBody(t *testing.T) {
	for name, header := range map[string]http.Header{"chunks": {}, "length": {"Content-Length": {"11"}}} {
		t.Run(name, func(t *testing.T) {
			res := connect(echo, webtest.Config{}).Do(webtest.Request{Method: "POST", Header: header, Body: "one", Stream: true})
			res.Send("two")
			if res.Status != 0 || res.Finished {
				t.Fatalf("answered early: %+v", res)
			}
			res.Send("three")
			want := `POST example.com / "onetwothree" <nil>`
			if name == "chunks" {
				res.End(http.Header{"X-Sum": {"3"}})
				want += " X-Sum=3"
			} else {
				res.End(nil)
			}
			if !res.Finished || res.Body != want {
				t.Errorf("got %q, want %q", res.Body, want)
			}
		})
	}
}

// What the server sends bit by bit is seen bit by bit.
func TestLiveResponse(t *testing.T) {
	var r *web.Request
	c := connect(web.Func(func(req *web.Request) {
		r = req
		r.EarlyHints("</a.css>; rel=preload")
		r.NotDoneYet()
		r.ResponseTrailer().Set("X-End", "yes")
		r.WriteString("first")
	}), webtest.Config{})
	res, next := c.Do(webtest.Request{}), c.Do(webtest.Request{})
	if res.Status != 200 || res.Body != "first" || res.Finished || len(res.Interim) != 1 || res.Interim[0].Status != 103 || res.Interim[0].Header.Get("Link") == "" {
		t.Fatalf("got %+v", res)
	}
	r.WriteString(", second")
	r.Finish()
	if c.Settle(); res.Body != "first, second" || !res.Finished || res.Trailer.Get("X-End") != "yes" {
		t.Errorf("got %+v", res)
	}
	if next.Status != 200 || next.Finished {
		t.Errorf("the next response: %+v", next)
	}
	if c.Take() == "" {
		t.Error("Take has nothing of the unfinished response")
	}
}

func TestClientLeaves(t *testing.T) {
	var reason error
	c := connect(web.Func(func(r *web.Request) {
		r.NotifyFinish(func(err error) { reason = err })
		r.NotDoneYet()
	}), webtest.Config{})
	res := c.Do(webtest.Request{})
	c.Lose()
	if !errors.Is(reason, syscall.ECONNRESET) || !c.Closed() || res.Finished {
		t.Errorf("reason %v, closed %v, finished %v", reason, c.Closed(), res.Finished)
	}
}

func TestClientDoesNotRead(t *testing.T) {
	n := 0
	c := connect(web.Func(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for ; n < 200; n++ {
				if !yield(make([]byte, 1<<16), nil) {
					return
				}
			}
		})
	}), webtest.Config{})
	c.StopReading()
	res := c.Do(webtest.Request{})
	if n > 2 || res.Status != 0 {
		t.Fatalf("%d pieces were produced for a client that does not read, status %d", n, res.Status)
	}
	if c.StartReading(); !res.Finished || len(res.Body) != 200<<16 {
		t.Errorf("finished %v with %d bytes", res.Finished, len(res.Body))
	}
}

func TestCutOff(t *testing.T) {
	c := connect(web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "10")
		r.WriteString("short")
		r.Flush()
	}), webtest.Config{})
	if res := c.Do(webtest.Request{}); res.Finished || !c.Closed() {
		t.Errorf("finished %v, closed %v, %+v", res.Finished, c.Closed(), res)
	}
}

func TestAddressesAndTLS(t *testing.T) {
	who := web.Func(func(r *web.Request) {
		name := ""
		if s := r.TLS(); s != nil {
			name = s.ServerName
		}
		fmt.Fprint(r, r.RemoteAddr(), " ", r.LocalAddr(), " ", name)
	})
	c := connect(who, webtest.Config{
		Remote: protocol.TCPAddr(netip.MustParseAddrPort("[2001:db8::1]:7")), TLS: &tls.ConnectionState{ServerName: "secure"},
	})
	if got, want := c.Do(webtest.Request{}).Body, "[2001:db8::1]:7 10.0.0.1:12345 secure"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := webtest.Get(who, "/").Body, "192.168.1.1:54321 10.0.0.1:12345 "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.CloseWrite()
	if !c.Closed() {
		t.Error("the server's protocol does not see the end of the stream")
	}
}

func TestWait(t *testing.T) {
	c := connect(web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "from a goroutine") })), webtest.Config{})
	res := c.Do(webtest.Request{})
	if err := res.Wait(context.Background()); err != nil || res.Body != "from a goroutine" {
		t.Errorf("got %q, %v", res.Body, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	res = connect(web.Func(func(r *web.Request) { r.NotDoneYet() }), webtest.Config{}).Do(webtest.Request{})
	if err := res.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTimeout(t *testing.T) {
	c := connect(echo, webtest.Config{})
	res := c.Raw("GET / HTTP/1.1\r\nHost: ")
	if c.Advance(time.Minute); !c.Closed() || res.Finished {
		t.Errorf("closed %v, finished %v", c.Closed(), res.Finished)
	}
}

func TestCookiesAndRaw(t *testing.T) {
	c := connect(web.Func(func(r *web.Request) { r.ResponseHeader().Add("Set-Cookie", "a=b; Path=/") }), webtest.Config{})
	res := c.Raw("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
	if got := res.Cookies(); !res.Finished || len(got) != 1 || got[0].Name != "a" || got[0].Path != "/" {
		t.Errorf("got %v, finished %v", got, res.Finished)
	}
	if res = connect(notHTTP{}, webtest.Config{}).Do(webtest.Request{}); res.Status != 500 {
		t.Errorf("a panic is answered with %d", res.Status)
	}
}

type notHTTP struct{}

func (notHTTP) Render(*web.Request) { panic("on purpose") }
