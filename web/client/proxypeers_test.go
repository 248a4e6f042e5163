// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
	"github.com/torsion-go/torsion/web/proxy"
)

// A farSide is what proxies lead to: the same answers in plain text and over TLS, for 127.0.0.1.
type farSide struct {
	plain, secure *httptest.Server
	roots         *x509.CertPool
}

func newFarSide(t *testing.T) *farSide {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %d %q", r.Method, r.URL, len(b), r.Header.Get("Proxy-Authorization"))
	})
	f := &farSide{plain: httptest.NewServer(h), secure: httptest.NewTLSServer(h), roots: x509.NewCertPool()}
	f.roots.AddCert(f.secure.Certificate())
	t.Cleanup(func() { f.plain.Close(); f.secure.Close() })
	return f
}

// ask sends a request on the loop and waits for the whole answer.
func ask(t *testing.T, r *reactor.Reactor, a *client.Agent, req *client.Request) (int, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	type result struct {
		status int
		body   string
	}
	got, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[result] {
		return deferred.ThenD(a.Do(req), func(res *client.Response) *deferred.Deferred[result] {
			return deferred.Then(res.ReadBody(0), func(b []byte) (result, error) { return result{res.Status, string(b)}, nil })
		})
	})
	return got.status, got.body, err
}

// through asks for both kinds of URL by a proxy, bodies included, and shows that a wrong login is an error that tells so where wrong is a proxy's URL.
func through(t *testing.T, r *reactor.Reactor, f *farSide, proxyURL, wrong string) {
	t.Helper()
	agent := func(by string) *client.Agent {
		u := parse(t, by)
		a, err := client.New(r, client.Config{
			Proxy: func(*url.URL) (*url.URL, error) { return u, nil },
			TLS:   client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: f.roots}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := agent(proxyURL)
	for _, far := range []string{f.plain.URL, f.secure.URL} {
		for range 2 {
			status, body, err := ask(t, r, a, &client.Request{URL: parse(t, far+"/a?b")})
			if want := `GET /a?b 0 ""`; status != 200 || body != want || err != nil {
				t.Errorf("%s by %s: %d %q, %v; want %q", far, proxyURL, status, body, err, want)
			}
		}
		post := &client.Request{Method: "POST", URL: parse(t, far+"/a"), Body: client.String(strings.Repeat("x", 200000))}
		status, body, err := ask(t, r, a, post)
		if errors.Is(err, io.ErrUnexpectedEOF) { // a proxy may close a connection that is kept at that moment, and a POST is not repeated by itself
			status, body, err = ask(t, r, a, post)
		}
		if want := `POST /a 200000 ""`; status != 200 || body != want || err != nil {
			t.Errorf("POST to %s by %s: %d %q, %v; want %q", far, proxyURL, status, body, err, want)
		}
	}
	stats, err := deferred.BlockingCallFromThread(context.Background(), r, func() *deferred.Deferred[client.Stats] { return deferred.SucceedOn(r, a.Stats()) })
	if err != nil || stats.Dials > 4 {
		t.Errorf("by %s: %+v, %v: connections are not kept", proxyURL, stats, err)
	}
	if wrong == "" {
		return
	}
	a = agent(wrong)
	_, _, err = ask(t, r, a, &client.Request{URL: parse(t, f.secure.URL)})
	if e, ok := errors.AsType[*client.ProxyError](err); !ok || e.Status != 407 && e.Status != 401 { // 401 is tinyproxy's word for a wrong login
		t.Errorf("https by %s: %v", wrong, err)
	}
	if status, _, err := ask(t, r, a, &client.Request{URL: parse(t, f.plain.URL)}); status != 407 && status != 401 {
		t.Errorf("http by %s: %d, %v", wrong, status, err)
	}
}

func TestTinyproxy(t *testing.T) {
	f, r, port := newFarSide(t), peers.Reactor(t), peers.FreePort(t)
	config := filepath.Join(t.TempDir(), "conf")
	os.WriteFile(config, fmt.Appendf(nil, "Port %d\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nBasicAuth joe secret\nLogLevel Error\n", port), 0o600)
	peers.Start(t, port, peers.Program(t, "tinyproxy"), "-d", "-c", config)
	through(t, r, f, fmt.Sprint("http://joe:secret@127.0.0.1:", port), fmt.Sprint("http://joe:wrong@127.0.0.1:", port))
}

func TestSquid(t *testing.T) {
	f, r, port := newFarSide(t), peers.Reactor(t), peers.FreePort(t)
	config := filepath.Join(t.TempDir(), "conf")
	os.WriteFile(config, fmt.Appendf(nil, `http_port 127.0.0.1:%d
http_access allow all
cache deny all
cache_mem 1 MB
access_log none
cache_log /dev/null
pid_filename none
netdb_filename none
pinger_enable off
max_filedescriptors 256
shutdown_lifetime 0 seconds
`, port), 0o600)
	peers.Start(t, port, peers.Program(t, "squid"), "-N", "-f", config)
	through(t, r, f, fmt.Sprint("http://127.0.0.1:", port), "")
}

func TestMicrosocks(t *testing.T) {
	f, r, port := newFarSide(t), peers.Reactor(t), peers.FreePort(t)
	peers.Start(t, port, peers.Program(t, "microsocks"), "-i", "127.0.0.1", "-p", fmt.Sprint(port), "-u", "joe", "-P", "secret")
	through(t, r, f, fmt.Sprint("socks5h://joe:secret@127.0.0.1:", port), "")
}

// onlyJoe knows one user.
type onlyJoe struct{}

func (onlyJoe) RequestAvatarID(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
	if c.Username == "joe" && c.CheckPassword("secret") {
		return deferred.SucceedOn(loop, cred.AvatarID{Name: "joe"})
	}
	return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
}

// Our own proxy, in plain text and over TLS.
func TestForward(t *testing.T) {
	f, r := newFarSide(t), peers.Reactor(t)
	_, farPort, _ := net.SplitHostPort(strings.TrimPrefix(f.secure.URL, "https://"))
	var port int
	fmt.Sscan(farPort, &port)
	way, err := proxy.NewForward(proxy.ForwardConfig{Clients: []netip.Prefix{}, Users: onlyJoe{}, ConnectPorts: []int{port}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(way, web.Config{Logger: slog.New(slog.DiscardHandler)})
	for _, scheme := range []string{"http", "https"} {
		addr, err := deferred.BlockingCallFromThread(context.Background(), r, func() *deferred.Deferred[protocol.Addr] {
			var s endpoint.Server = &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
			if scheme == "https" {
				layer, err := tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{Certificates: f.secure.TLS.Certificates}})
				if err != nil {
					return deferred.FailOn[protocol.Addr](r, err)
				}
				s = &endpoint.TLSServer{Inner: s, Layer: layer}
			}
			return deferred.Then(s.Listen(site), func(p endpoint.Port) (protocol.Addr, error) { return p.Addr(), nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		through(t, r, f, fmt.Sprintf("%s://joe:secret@%v", scheme, addr), fmt.Sprintf("%s://joe:wrong@%v", scheme, addr))
	}
}
