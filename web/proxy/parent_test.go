// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/webtest"
)

func parentURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Requests for http URLs go to a parent over HTTP as they are, on connections that all hosts share, with the login of this proxy.
func TestParentRelays(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := forward(t, proxy.ForwardConfig{Name: "px", Parent: parentURL(t, "http://joe:secret@"+b.addr)})
	c, in := dial(t, front)
	for _, url := range []string{"http://a.example/x?y", "http://b.example:8080"} {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic eA==\r\n\r\n", url, strings.Split(url, "/")[2])
		if h, err := head(in); err != nil || status(h) != "200 OK" {
			t.Fatalf("%q %v", h, err)
		}
		in.Discard(2)
	}
	fmt.Fprint(c, "OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n")
	if h, err := head(in); err != nil || status(h) != "200 OK" {
		t.Fatalf("%q %v", h, err)
	}
	rest := "Via: 1.1 px\r\nProxy-Authorization: Basic am9lOnNlY3JldA==\r\n\r\n"
	want := "GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n" + rest + "GET http://b.example:8080/ HTTP/1.1\r\nHost: b.example:8080\r\n" + rest + "OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n" + rest
	if got := b.seen(); got != want || b.conns() != 1 {
		t.Errorf("the parent got %q on %d connections, want %q", got, b.conns(), want)
	}
}

// What a parent can do wrong is the parent's failure, and tells the client nothing of it (class 15).
func TestParentFailures(t *testing.T) {
	for _, tt := range []struct{ says, request, want string }{
		{"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=inner\r\nContent-Length: 2\r\n\r\nno", "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n", "502 Bad Gateway"},
		{"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=inner\r\nContent-Length: 2\r\n\r\nno", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n", "502 Bad Gateway"},
		{"HTTP/1.1 503 no\r\n\r\n", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n", "502 Bad Gateway"},
		{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100000), "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n", "502 Bad Gateway"},
		{"\x05\xff\r\n\r\n", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n", "502 Bad Gateway"},
	} {
		b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
			if _, err := head(in); err == nil {
				io.WriteString(c, tt.says)
				io.Copy(io.Discard, in)
			}
		})
		front := forward(t, proxy.ForwardConfig{Parent: parentURL(t, "http://"+b.addr)})
		if res := exchange(t, front, tt.request+"Connection: close\r\n\r\n"); status(res) != tt.want || strings.Contains(res, "inner") || strings.Contains(res, "Proxy-Auth") {
			t.Errorf("%.40q, which says %.40q: %q", tt.request, tt.says, res)
		}
	}
}

func TestParentTunnels(t *testing.T) {
	far := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		io.WriteString(c, "hello ")
		io.Copy(c, in)
	})
	port := portOf(t, far.addr)
	second := forward(t, proxy.ForwardConfig{ConnectPorts: []int{port}})
	front := forward(t, proxy.ForwardConfig{ConnectPorts: []int{port}, Parent: parentURL(t, "http://"+second)})
	c, in := dial(t, front)
	io.WriteString(c, "CONNECT "+far.addr+" HTTP/1.1\r\nHost: "+far.addr+"\r\n\r\nearly ")
	if h, err := head(in); err != nil || status(h) != "200 OK" {
		t.Fatalf("%q %v", h, err)
	}
	io.WriteString(c, "and late")
	c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(in); err != nil || strings.ReplaceAll(string(got), "hello ", "") != "early and late" {
		t.Errorf("%q %v", got, err)
	}
}

// A SOCKS parent carries both: relayed requests keep the form that servers know.
func TestParentSOCKS(t *testing.T) {
	parent := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		greeting := make([]byte, 3)
		io.ReadFull(in, greeting)
		c.Write([]byte{5, 0})
		request := make([]byte, 4+1+len("a.example")+2)
		io.ReadFull(in, request)
		c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		answers(ok)(c, in)
	})
	front := forward(t, proxy.ForwardConfig{Name: "px", Parent: parentURL(t, "socks5h://"+parent.addr)})
	res := exchange(t, front, "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
	want := "\x05\x01\x00\x05\x01\x00\x03\x09a.example\x00\x50GET /x HTTP/1.1\r\nHost: a.example\r\nVia: 1.1 px\r\n\r\n"
	if status(res) != "200 OK" || parent.seen() != want {
		t.Errorf("%q; the parent got %q", res, parent.seen())
	}
}

func TestParentOverTLS(t *testing.T) {
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL, " ", r.Proto) }))
	up.Config.ErrorLog = log.New(io.Discard, "", 0) // of the client that goes away
	up.StartTLS()
	defer up.Close()
	roots := x509.NewCertPool()
	roots.AddCert(up.Certificate())
	front := forward(t, proxy.ForwardConfig{Parent: parentURL(t, up.URL), ParentTLS: &tls.Config{RootCAs: roots}})
	res := exchange(t, front, "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
	if !strings.HasSuffix(res, "http://a.example/x HTTP/1.1") {
		t.Errorf("%q", res)
	}
	front = forward(t, proxy.ForwardConfig{Parent: parentURL(t, up.URL)}) // whom nobody vouches for
	if res := exchange(t, front, "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"); status(res) != "502 Bad Gateway" {
		t.Errorf("%q", res)
	}
}

// A parent is no way around what clients on other machines may reach (class 55).
func TestParentJudges(t *testing.T) {
	for target, want := range map[string]int{
		"http://10.0.0.1/":            403,
		"http://127.0.0.1:8080/":      403,
		"http://[::1]:8080/":          403,
		"http://[::ffff:127.0.0.1]/":  403,
		"http://169.254.169.254/":     403,
		"http://localhost:8080/":      403,
		"http://x.LOCALHOST./":        403,
		"http://2130706433/":          403,
		"http://127.1/":               403,
		"http://0x7f.0x1/":            403,
		"http://a.example/":           502, // asked for, of a parent that is not there
		"http://8.8.8.8/":             502,
		"CONNECT 10.0.0.1:443":        403,
		"CONNECT localhost:443":       403,
		"CONNECT a.example:443":       502,
		"CONNECT [::ffff:7f00:1]:443": 403,
	} {
		p, err := proxy.NewForward(proxy.ForwardConfig{
			Clients: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}, Logger: quiet, Parent: parentURL(t, "http://10.9.9.9:3128"),
			Resolve: func(loop protocol.Loop, host string, port int, attempt proxy.Attempt) endpoint.Client {
				return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
					return attempt(netip.MustParseAddrPort("10.9.9.9:3128"), f)
				})
			},
			Dial: func(loop protocol.Loop, addr netip.AddrPort) endpoint.Client {
				return endpoint.ClientFunc(func(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
					return deferred.FailOn[protocol.Protocol](loop, protocol.NewConnectError(addr.String(), io.EOF))
				})
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		c := webtest.Connect(web.NewSite(p, web.Config{Logger: quiet}), webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort("203.0.113.7:1234"))})
		request := webtest.Request{Target: target, Host: strings.TrimSuffix(strings.TrimPrefix(target, "http://"), "/")}
		if authority, ok := strings.CutPrefix(target, "CONNECT "); ok {
			request = webtest.Request{Method: "CONNECT", Target: authority, Host: authority}
		}
		if res := c.Do(request); res.Status != want {
			t.Errorf("%s: %d, want %d", target, res.Status, want)
		}
	}
}

func TestParentURLs(t *testing.T) {
	for _, u := range []*url.URL{{Scheme: "ftp", Host: "a"}, {Scheme: "http"}, {Scheme: "http", Host: "a:x", User: url.UserPassword("joe", "secret")}, {Scheme: "http", Host: "a", Path: "/x"}} {
		if _, err := proxy.NewForward(proxy.ForwardConfig{Parent: u}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v: %v", u, err)
		}
	}
}
