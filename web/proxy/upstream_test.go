// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/proxy"
)

func TestReverseUpload(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.ContentLength, " ", len(b), " ", err, " ", r.Trailer)
	}))
	defer up.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(up.Listener.Addr().String())}})
	big := strings.Repeat("x", 3<<20)
	for _, tt := range []struct{ name, request, want string }{
		{"length", fmt.Sprintf("POST /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(big), big), fmt.Sprint(len(big), " ", len(big), " <nil> map[]")},
		{"chunked", fmt.Sprintf("POST /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(big), big), fmt.Sprint("-1 ", len(big), " <nil> map[]")},
		{"empty", "POST /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "0 0 <nil> map[]"},
	} {
		if res := exchange(t, front, tt.request); !strings.HasSuffix(res, "\r\n\r\n"+tt.want) {
			t.Errorf("%s: got %q", tt.name, res)
		}
	}
	small := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(up.Listener.Addr().String())}, MaxBody: 10})
	if res := exchange(t, small, "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890"); status(res) != "413 Request Entity Too Large" {
		t.Errorf("too large: %q", res)
	}
}

// The expectation is the upstream's to meet: the client is told to go on when it does.
func TestReverseExpect(t *testing.T) {
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		h, _ := head(in)
		if strings.Contains(h, "/app/no") || strings.HasPrefix(h, "POST /no") {
			io.WriteString(c, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		p := make([]byte, 3)
		io.ReadFull(in, p)
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n%s", p)
	})
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	c, in := dial(t, front)
	const ask = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
	io.WriteString(c, "POST /app/yes"+ask)
	if h, err := head(in); err != nil || status(h) != "100 Continue" {
		t.Fatalf("%q %v", h, err)
	}
	io.WriteString(c, "abc")
	if h, err := head(in); err != nil || status(h) != "200 OK" {
		t.Fatalf("%q %v", h, err)
	}
	c, in = dial(t, front)
	io.WriteString(c, "POST /app/no"+ask)
	if h, err := head(in); err != nil || status(h) != "403 Forbidden" && status(h) != "403 No" {
		t.Fatalf("%q %v", h, err)
	}
}

func TestReverseUpgrade(t *testing.T) {
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		h, _ := head(in)
		if field(h, "Upgrade") != "echo" || field(h, "Connection") != "Upgrade" {
			io.WriteString(c, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\nX-Kept: 1\r\n\r\nfirst ")
		io.Copy(c, in)
		io.WriteString(c, " last")
	})
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	c, in := dial(t, front)
	io.WriteString(c, "GET /app HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n")
	h, err := head(in)
	if err != nil || status(h) != "101 Switching Protocols" || field(h, "Upgrade") != "echo" || field(h, "Connection") != "Upgrade" || field(h, "X-Kept") != "1" {
		t.Fatalf("%q %v", h, err)
	}
	io.WriteString(c, "hello")
	c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(in); string(got) != "first hello last" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if res := exchange(t, front, "GET /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUpgrade: echo\r\n\r\n"); status(res) != "400 No" { // Upgrade without Connection means nothing
		t.Errorf("got %q", res)
	}
}

func TestReverseStatuses(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(gone.Addr().String())}})
	if res := exchange(t, front, get("/app")); status(res) != "502 Bad Gateway" || strings.Contains(res, "127.0.0.1") {
		t.Errorf("dead: %q", res)
	}
	silent := newBackend(t, func(c net.Conn, in *bufio.Reader) { io.Copy(io.Discard, in) })
	front = reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(silent.addr)}, Timeouts: proxy.Timeouts{Response: 20 * time.Millisecond}})
	if res := exchange(t, front, get("/app")); status(res) != "504 Gateway Timeout" {
		t.Errorf("silent: %q", res)
	}
	if silent.conns() != 1 {
		t.Errorf("a request that may have been acted on was sent %d times", silent.conns())
	}
	front = reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(silent.addr)}, Limits: proxy.Limits{Conns: 1, Waiting: -1}})
	for range 4 { // two loops have a connection each; the third and fourth wait in vain, or one of them does
		c, _ := dial(t, front)
		io.WriteString(c, get("/app"))
	}
	if res := exchange(t, front, get("/app")); status(res) != "503 Service Unavailable" {
		t.Errorf("busy: %q", res)
	}
}

// A connection that the upstream has closed while it was idle is replaced, and another upstream takes the place of a dead one.
func TestReverseRetries(t *testing.T) {
	var requests atomic.Int32
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		for i := 0; ; i++ {
			if _, err := head(in); err != nil || i == 1 {
				return // the second request on a connection finds it closed
			}
			requests.Add(1)
			io.WriteString(c, ok)
		}
	})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(gone.Addr().String()), tcp(b.addr)}, Health: proxy.Health{MaxFails: -1}})
	c, in := dial(t, front)
	for i := range 6 {
		io.WriteString(c, "GET /app HTTP/1.1\r\nHost: a\r\n\r\n")
		if h, err := head(in); err != nil || status(h) != "200 OK" {
			t.Fatalf("request %d: %q %v", i, h, err)
		}
		in.Discard(2)
	}
	if n := requests.Load(); n != 6 {
		t.Errorf("%d requests were answered, want 6", n)
	}
}

func TestReverseBalance(t *testing.T) {
	names := func(balance proxy.Balance, addrs ...string) map[string]int {
		var ups []string
		for _, a := range addrs {
			ups = append(ups, tcp(a))
		}
		front := reverse(t, proxy.ReverseConfig{Upstreams: ups, Balance: balance})
		got := make(map[string]int)
		for range 12 {
			res := exchange(t, front, get("/app"))
			_, body, _ := strings.Cut(res, "\r\n\r\n")
			got[body]++
		}
		return got
	}
	var addrs []string
	for i := range 3 {
		b := newBackend(t, answers(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", i)))
		addrs = append(addrs, b.addr)
	}
	if got := names(proxy.RoundRobin, addrs...); got["0"] != 4 || got["1"] != 4 || got["2"] != 4 {
		t.Errorf("round robin: %v", got)
	}
	if got := names(proxy.HashClient, addrs...); len(got) != 1 {
		t.Errorf("hash: %v", got)
	}
	if got := names(proxy.LeastConnections, addrs...); len(got) != 3 { // all are idle: they take turns
		t.Errorf("least connections: %v", got)
	}
}

func TestReverseLeastConnections(t *testing.T) {
	asked, release := make(chan int, 6), make(chan struct{})
	var ups []string
	for i := range 2 {
		b := newBackend(t, func(c net.Conn, in *bufio.Reader) { head(in); asked <- i; <-release; io.WriteString(c, ok) })
		ups = append(ups, tcp(b.addr))
	}
	front := reverse(t, proxy.ReverseConfig{Upstreams: ups, Balance: proxy.LeastConnections})
	var got [2]int
	var waiting []*bufio.Reader
	for range 6 {
		c, in := dial(t, front)
		io.WriteString(c, get("/app"))
		got[<-asked]++
		waiting = append(waiting, in)
		if d := got[0] - got[1]; d < -1 || d > 1 {
			t.Errorf("under way: %v", got)
		}
	}
	close(release)
	for _, in := range waiting {
		if h, err := head(in); err != nil || status(h) != "200 OK" {
			t.Errorf("%q %v", h, err)
		}
	}
}

func TestReverseHealth(t *testing.T) {
	var sick atomic.Bool
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" && sick.Load() {
			w.WriteHeader(500)
		}
	}))
	defer up.Close()
	p, err := proxy.NewReverse(proxy.ReverseConfig{
		Upstreams: []string{tcp(up.Listener.Addr().String())}, Logger: quiet,
		Health: proxy.Health{Path: "/health", Interval: time.Millisecond, Rise: 1, Fall: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	front := serve(t, p)
	await := func(well bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); p.Stats()[0].Well != well; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("well is not %v", well)
			}
		}
	}
	exchange(t, front, get("/"))
	sick.Store(true)
	await(false)
	if res := exchange(t, front, get("/")); status(res) != "200 OK" { // better than nothing
		t.Errorf("%q", res)
	}
	sick.Store(false)
	await(true)
	p.Close()
	if res := exchange(t, front, get("/")); status(res) != "503 Service Unavailable" {
		t.Errorf("closed: %q", res)
	}
}

func TestReversePassiveHealth(t *testing.T) {
	bad := newBackend(t, func(c net.Conn, in *bufio.Reader) {})
	good := newBackend(t, answers(ok))
	p, err := proxy.NewReverse(proxy.ReverseConfig{
		Upstreams: []string{tcp(bad.addr), tcp(good.addr)}, Logger: quiet, Health: proxy.Health{MaxFails: 2, FailTime: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	front := serve(t, p)
	for range 20 {
		if res := exchange(t, front, get("/")); status(res) != "200 OK" {
			t.Errorf("%q", res)
		}
	}
	if s := p.Stats(); s[0].Failed != 2 || s[0].Well || !s[1].Well || s[1].Failed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestReverseUnixAndTLS(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	up := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) })}}
	up.Start()
	defer up.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{"unix:" + endpoint.QuoteArgument(path)}})
	if res := exchange(t, front, get("/app")); !strings.HasSuffix(res, "\r\n\r\nlocalhost") {
		t.Errorf("unix: %q", res)
	}

	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.TLS.Version == tls.VersionTLS13) }))
	defer secure.Close()
	secure.Config.ErrorLog = nil
	trusting := func(trust bool) string {
		return reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(secure.Listener.Addr().String())}, Dial: func(loop protocol.Loop, d string) (endpoint.Client, error) {
			inner, err := endpoint.ClientFromString(loop.(endpoint.Reactor), d)
			if err != nil {
				return nil, err
			}
			opt := tlswrap.ClientOptions{}
			if trust {
				opt.Roots = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			}
			cfg, err := tlswrap.OptionsForClientTLS("example.com", opt)
			if err != nil {
				return nil, err
			}
			layer, err := tlswrap.NewClient(tlswrap.Options{Config: cfg, Logger: quiet})
			return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] { return inner.Connect(layer.Wrap(f)) }), err
		}})
	}
	if res := exchange(t, trusting(true), get("/app")); !strings.HasSuffix(res, "\r\n\r\ntrue") {
		t.Errorf("tls: %q", res)
	}
	// Class 31: a certificate that nobody vouches for is the same as no server.
	if res := exchange(t, trusting(false), get("/app")); status(res) != "502 Bad Gateway" {
		t.Errorf("a certificate that is not trusted: %q", res)
	}
}

// A client that does not read holds the upstream up; memory stays flat.
func TestReverseSlowClient(t *testing.T) {
	const size = 256 << 20
	var sent atomic.Int64
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		head(in)
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		piece := bytes.Repeat([]byte("0123456789abcdef"), 4096)
		for n := 0; n < size; n += len(piece) {
			c.SetWriteDeadline(time.Now().Add(30 * time.Second))
			if _, err := c.Write(piece); err != nil {
				return
			}
			sent.Add(int64(len(piece)))
		}
	})
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	c, in := dial(t, front)
	io.WriteString(c, get("/app"))
	if _, err := head(in); err != nil {
		t.Fatal(err)
	}
	// The upstream comes to a halt: what it has sent does not change any more while others are served.
	var held int64
	for last := int64(-1); held != last; {
		last = held
		for range 50 {
			exchange(t, front, get("/missing/../"))
		}
		held = sent.Load()
	}
	if held >= size {
		t.Fatal("the upstream was not held up")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := io.Copy(io.Discard, in)
	runtime.ReadMemStats(&after)
	if err != nil || n != size {
		t.Errorf("%d bytes, %v", n, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

// When the client goes away the exchange with the upstream ends.
func TestReverseClientGone(t *testing.T) {
	gone := make(chan error, 1)
	asked := make(chan struct{})
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		head(in)
		close(asked)
		_, err := in.ReadByte()
		gone <- err
	})
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	c, _ := dial(t, front)
	io.WriteString(c, "GET /app HTTP/1.1\r\nHost: a\r\n\r\n")
	<-asked
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
	if err := <-gone; err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestReverseConfig(t *testing.T) {
	for _, cfg := range []proxy.ReverseConfig{
		{}, {Upstreams: []string{""}}, {Upstreams: []string{"tcp:a b:80"}}, {Upstreams: []string{"tcp:a:80\\"}}, {Upstreams: make([]string, 65)},
		{Upstreams: []string{"tcp:a:80"}, Path: "x"}, {Upstreams: []string{"tcp:a:80"}, Path: "/x?y"}, {Upstreams: []string{"tcp:a:80"}, Host: "a b"},
		{Upstreams: []string{"tcp:a:80"}, Name: "a b"}, {Upstreams: []string{"tcp:a:80"}, Balance: 9}, {Upstreams: []string{"tcp:a:80"}, Health: proxy.Health{Path: "x"}},
	} {
		if _, err := proxy.NewReverse(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{"nonsense:1"}})
	if res := exchange(t, front, get("/app")); status(res) != "502 Bad Gateway" {
		t.Errorf("%q", res)
	}
}

func TestMaxForwards(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(b.addr)}})
	for hops, want := range map[string]string{"0": "204 No Content", "x": "400 Bad Request", "2": "200 OK"} {
		if res := exchange(t, front, "OPTIONS /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\nMax-Forwards: "+hops+"\r\n\r\n"); status(res) != want {
			t.Errorf("%s: %q", hops, res)
		}
	}
	if got := field(b.seen(), "Max-Forwards"); got != "1" {
		t.Errorf("the upstream got %q", got)
	}
}
