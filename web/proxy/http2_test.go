// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/webtest"
)

// Requests of HTTP/2 leave as those of HTTP/1.1.
func TestReverseHTTP2Front(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-T")
		fmt.Fprint(w, r.Proto, " ", r.Host, " ", r.Header.Get("Via"), " ", r.Header.Values("Cookie"), " ", r.URL.RawQuery, " ", len(b), " ", err)
		w.Header().Set("X-T", "end")
	}))
	defer up.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(up.Listener.Addr().String())}, PreserveHost: true, Name: "px"})
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	for _, size := range []int{0, 10, 2 << 20} {
		req, err := http.NewRequest("POST", "http://"+front+"/app?q=1", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Add("Cookie", "a=b; c=d")
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		want := fmt.Sprintf("HTTP/1.1 %s 2.0 px [a=b; c=d] q=1 %d <nil>", front, size)
		if got := strings.Replace(string(b), " 2 px", " 2.0 px", 1); got != want || err != nil || res.ProtoMajor != 2 || res.Trailer.Get("X-T") != "end" {
			t.Errorf("got %q %v, trailer %v, want %q", b, err, res.Trailer, want)
		}
	}
}

// Class 25: whatever a front end lets through, and whatever a resource in between makes of it, nothing leaves that could be read in two ways.
func TestReverseChecksWhatLeaves(t *testing.T) {
	for name, change := range map[string]func(r *web.Request){
		"query":  func(r *web.Request) { r.Query = "a HTTP/1.1\r\nX: y" },
		"method": func(r *web.Request) { r.Method = "GET /x HTTP/1.1\r\nX:" },
		"host":   func(r *web.Request) { r.Host = "a\r\nX: y" },
		"path":   func(r *web.Request) { r.PostPath = []string{"a HTTP/1.1\r\nX: y"} },
	} {
		up := &memoryUpstream{}
		p, err := proxy.NewReverse(proxy.ReverseConfig{Upstreams: []string{"memory:up"}, Dial: up.dial, PreserveHost: true, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		c := webtest.Connect(web.NewSite(web.LeafFunc(func(r *web.Request) { change(r); p.Render(r) }), web.Config{Logger: quiet}), webtest.Config{})
		up.clock = c.Clock
		res := c.Do(webtest.Request{})
		sent := ""
		for _, u := range up.conns {
			sent += u.Value()
		}
		if name == "path" {
			if !strings.HasPrefix(sent, "GET /a%20HTTP%2F1.1%0D%0AX:%20y HTTP/1.1\r\nHost: example.com\r\n") {
				t.Errorf("path: sent %q", sent)
			}
		} else if res.Status != 400 || sent != "" {
			t.Errorf("%s: %d, sent %q", name, res.Status, sent)
		}
	}
}

func ExampleNewReverse() {
	app, err := proxy.NewReverse(proxy.ReverseConfig{
		Upstreams: []string{"tcp:10.0.0.7:8080", "tcp:10.0.0.8:8080"},
		Balance:   proxy.LeastConnections,
		Health:    proxy.Health{Path: "/health"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var root web.Tree
	root.PutChild("app", app)
	for _, s := range app.Stats() {
		fmt.Println(s.Upstream, s.Well)
	}
	// Output:
	// tcp:10.0.0.7:8080 true
	// tcp:10.0.0.8:8080 true
}

func ExampleNewForward() {
	way, err := proxy.NewForward(proxy.ForwardConfig{Next: web.Get(func(r *web.Request) { r.WriteString("This is a proxy.") })})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(webtest.Get(way, "/").Body)
	fmt.Println(webtest.Do(way, webtest.Request{Target: "http://example.com/"}).Status) // nobody is served from elsewhere
	// Output:
	// This is a proxy.
	// 403
}
