// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/webtest"
)

func forward(t testing.TB, cfg proxy.ForwardConfig) string {
	t.Helper()
	cfg.Logger = quiet
	p, err := proxy.NewForward(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, p)
}

func portOf(t testing.TB, addr string) int {
	t.Helper()
	_, s, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestForwardRelays(t *testing.T) {
	b := newBackend(t, answers("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"))
	front := forward(t, proxy.ForwardConfig{Name: "px"})
	c, in := dial(t, front)
	for range 2 {
		fmt.Fprintf(c, "GET http://%s/a%%2Fb?c HTTP/1.1\r\nHost: %s\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nX: y\r\n\r\n", b.addr, b.addr)
		h, err := head(in)
		if err != nil || status(h) != "200 OK" || field(h, "Via") != "1.0 px" {
			t.Fatalf("%q %v", h, err)
		}
		in.Discard(2)
	}
	want := "GET /a%2Fb?c HTTP/1.1\r\nHost: " + b.addr + "\r\nX: y\r\nVia: 1.1 px\r\n\r\n"
	if got := b.seen(); got != want+want || b.conns() != 1 {
		t.Errorf("the destination got %q on %d connections", got, b.conns())
	}
}

func TestForwardRefusals(t *testing.T) {
	b := newBackend(t, answers(ok))
	front := forward(t, proxy.ForwardConfig{Name: "px"})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, tt := range []struct{ request, want string }{
		{"GET / HTTP/1.1\r\nHost: " + b.addr + "\r\nConnection: close\r\n\r\n", "400 Bad Request"},
		{"GET https://" + b.addr + "/ HTTP/1.1\r\nHost: " + b.addr + "\r\nConnection: close\r\n\r\n", "400 Bad Request"},
		{"GET ftp://" + b.addr + "/ HTTP/1.1\r\nHost: " + b.addr + "\r\nConnection: close\r\n\r\n", "400 Bad Request"},
		{"GET http://127.0.0.1:25/ HTTP/1.1\r\nHost: 127.0.0.1:25\r\nConnection: close\r\n\r\n", "403 Forbidden"},
		{"GET http://127.0.0.1:0/ HTTP/1.1\r\nHost: 127.0.0.1:0\r\nConnection: close\r\n\r\n", "403 Forbidden"},
		{"GET http://127.0.0.1:70000/ HTTP/1.1\r\nHost: 127.0.0.1:70000\r\nConnection: close\r\n\r\n", "403 Forbidden"},
		{"CONNECT " + b.addr + " HTTP/1.1\r\nHost: " + b.addr + "\r\nConnection: close\r\n\r\n", "403 Forbidden"}, // not port 443
		{"GET http://" + b.addr + "/ HTTP/1.1\r\nHost: " + b.addr + "\r\nVia: 1.1 px\r\nConnection: close\r\n\r\n", "508 Loop Detected"},
		{"GET http://" + gone.Addr().String() + "/ HTTP/1.1\r\nHost: " + gone.Addr().String() + "\r\nConnection: close\r\n\r\n", "502 Bad Gateway"},
	} {
		if res := exchange(t, front, tt.request); status(res) != tt.want {
			t.Errorf("%q: %q", tt.request, res)
		}
	}
	if b.seen() != "" {
		t.Errorf("the destination got %q", b.seen())
	}
}

func TestForwardTunnel(t *testing.T) {
	b := newBackend(t, func(c net.Conn, in *bufio.Reader) {
		io.WriteString(c, "hello ")
		io.Copy(c, in)
		io.WriteString(c, " bye")
	})
	front := forward(t, proxy.ForwardConfig{ConnectPorts: []int{portOf(t, b.addr)}})
	c, in := dial(t, front)
	io.WriteString(c, "CONNECT "+b.addr+" HTTP/1.1\r\nHost: "+b.addr+"\r\n\r\nearly ") // data behind the head
	if h, err := head(in); err != nil || status(h) != "200 OK" || field(h, "Content-Length") != "" || field(h, "Transfer-Encoding") != "" {
		t.Fatalf("%q %v", h, err)
	}
	io.WriteString(c, "and late")
	c.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(in)
	if err != nil || strings.ReplaceAll(string(got), "hello ", "") != "early and late bye" {
		t.Errorf("%q %v", got, err)
	}
}

func TestForwardTunnelToTLS(t *testing.T) {
	up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secret") }))
	defer up.Close()
	front := forward(t, proxy.ForwardConfig{ConnectPorts: []int{portOf(t, up.Listener.Addr().String())}})
	client := up.Client()
	tr := client.Transport.(*http.Transport)
	tr.Proxy = func(r *http.Request) (*url.URL, error) { return url.Parse("http://" + front) }
	defer tr.CloseIdleConnections()
	res, err := client.Get(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); string(b) != "secret" || err != nil {
		t.Errorf("%q %v", b, err)
	}
}

// Class 59: a client from elsewhere gets nowhere without being admitted, and then to addresses of the internet only.
func TestForwardStrangers(t *testing.T) {
	tried := ""
	cfg := proxy.ForwardConfig{Logger: quiet, Clients: []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24")}, Private: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	cfg.Dial = func(loop protocol.Loop, addr netip.AddrPort) endpoint.Client {
		tried = addr.String()
		return endpoint.ClientFunc(func(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			return deferred.FailOn[protocol.Protocol](loop, io.ErrClosedPipe)
		})
	}
	cfg.Resolve = func(loop protocol.Loop, host string, port int, attempt proxy.Attempt) endpoint.Client {
		return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			a, err := netip.ParseAddr(host)
			if err != nil { // a name that leads to this machine
				a = netip.MustParseAddr("127.0.0.1")
			}
			return attempt(netip.AddrPortFrom(a, uint16(port)), f)
		})
	}
	p, err := proxy.NewForward(cfg)
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(p, web.Config{Logger: quiet})
	ask := func(peer, target string) int {
		tried = ""
		c := webtest.Connect(site, webtest.Config{Remote: protocol.TCPAddr(netip.MustParseAddrPort(peer))})
		host := strings.TrimSuffix(strings.TrimPrefix(target, "http://"), "/")
		if !strings.HasPrefix(target, "http") {
			return c.Do(webtest.Request{Method: "CONNECT", Target: target, Host: target}).Status
		}
		return c.Do(webtest.Request{Target: target, Host: host}).Status
	}
	for _, target := range []string{
		"127.0.0.1", "127.1.2.3", "10.0.0.1", "192.168.1.7", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "localhost", "rebinding.example",
	} {
		if got := ask("192.168.1.7:999", "http://"+target+"/"); got != 403 || tried != "" {
			t.Errorf("%s: %d, tried %q", target, got, tried)
		}
		if got := ask("192.168.1.7:999", target+":443"); got != 403 || tried != "" {
			t.Errorf("CONNECT %s: %d, tried %q", target, got, tried)
		}
	}
	for _, tt := range []struct{ peer, target, tried string }{
		{"192.168.1.7:999", "http://8.8.8.8/", "8.8.8.8:80"},
		{"192.168.1.7:999", "http://[2606:4700::1]:8080/", "[2606:4700::1]:8080"},
		{"192.168.1.7:999", "http://10.1.2.3/", "10.1.2.3:80"},
		{"192.168.1.7:999", "8.8.8.8:443", "8.8.8.8:443"},
	} {
		if got := ask(tt.peer, tt.target); got != 502 || tried != tt.tried {
			t.Errorf("%s: %d, tried %q", tt.target, got, tried)
		}
	}
	for _, peer := range []string{"192.168.2.7:999", "127.0.0.1:999"} {
		if got := ask(peer, "http://8.8.8.8/"); got != 403 || tried != "" {
			t.Errorf("from %s: %d, tried %q", peer, got, tried)
		}
	}
}

func TestForwardLogin(t *testing.T) {
	b := newBackend(t, answers(ok))
	users := checkerFunc(func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
		if c.Username == "ann" && c.CheckPassword("pass:word") {
			return deferred.SucceedOn(loop, cred.AvatarID{Name: "ann"})
		}
		return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
	})
	front := forward(t, proxy.ForwardConfig{Clients: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Users: users, Realm: "work"})
	for _, tt := range []struct{ auth, want string }{
		{"", "407 Proxy Authentication Required"},
		{"Basic " + base64.StdEncoding.EncodeToString([]byte("ann:wrong")), "407 Proxy Authentication Required"},
		{"Basic !!!", "407 Proxy Authentication Required"},
		{"Bearer x", "407 Proxy Authentication Required"},
		{"basic " + base64.StdEncoding.EncodeToString([]byte("ann:pass:word")), "200 OK"},
	} {
		res := exchange(t, front, "GET http://"+b.addr+"/ HTTP/1.1\r\nHost: "+b.addr+"\r\nConnection: close\r\nProxy-Authorization: "+tt.auth+"\r\n\r\n")
		if status(res) != tt.want || strings.HasPrefix(tt.want, "407") != (field(res, "Proxy-Authenticate") == `Basic realm="work", charset="UTF-8"`) {
			t.Errorf("%s: %q", tt.auth, res)
		}
	}
	if strings.Contains(b.seen(), "Authorization") {
		t.Errorf("the destination got the password: %q", b.seen())
	}
}

func TestForwardNext(t *testing.T) {
	front := forward(t, proxy.ForwardConfig{Next: web.LeafFunc(func(r *web.Request) { io.WriteString(r, "own page") })})
	if res := exchange(t, front, get("/x")); !strings.HasSuffix(res, "own page") {
		t.Errorf("%q", res)
	}
	for _, cfg := range []proxy.ForwardConfig{{Name: "a b"}, {Realm: `a"b`}, {Realm: "a\r\nb"}} {
		if _, err := proxy.NewForward(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

// The number of places whose connections are kept is bounded.
func TestForwardMaxHosts(t *testing.T) {
	front := forward(t, proxy.ForwardConfig{MaxHosts: 1})
	c, in := dial(t, front)
	first := newBackend(t, answers(ok))
	second := newBackend(t, answers(ok))
	for _, b := range []*backend{first, first, second, first} {
		fmt.Fprintf(c, "GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n", b.addr, b.addr)
		if h, err := head(in); err != nil || status(h) != "200 OK" {
			t.Fatalf("%q %v", h, err)
		}
		in.Discard(2)
	}
	if first.conns() != 2 || second.conns() != 1 {
		t.Errorf("%d and %d connections", first.conns(), second.conns())
	}
}

type checkerFunc func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID]

func (f checkerFunc) RequestAvatarID(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
	return f(loop, c)
}
