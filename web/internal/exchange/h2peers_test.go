// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// gathering is a handler that tells of its end on a channel.
type gathering struct {
	status int
	body   strings.Builder
	proto2 bool
	x      exchange.Exchange
	done   chan error
}

func (g *gathering) Interim(*h1.ResponseHead)    {}
func (g *gathering) Response(h *h1.ResponseHead) { g.status, g.proto2 = h.Status, g.x.HTTP2() }
func (g *gathering) Data(p []byte)               { g.body.Write(p) }
func (g *gathering) Flush()                      {}
func (g *gathering) Done(err error)              { g.done <- err }

// all does n exchanges at once, and tells how many connections there were.
func all(t *testing.T, r *reactor.Reactor, client endpoint.Client, cfg exchange.Config, reqs []exchange.Request) ([]*gathering, int64) {
	t.Helper()
	var pool *exchange.Pool
	gs := make([]*gathering, len(reqs))
	for i, req := range reqs {
		gs[i] = &gathering{done: make(chan error, 1)}
		gs[i].x = exchange.Exchange{Request: req, Handler: gs[i]}
	}
	r.CallFromThread(func() {
		pool = exchange.NewPool(r, client, cfg)
		for _, g := range gs {
			pool.Do(&g.x)
		}
	})
	for i, g := range gs {
		if err := <-g.done; err != nil {
			t.Errorf("exchange %d: %v", i, err)
		}
	}
	dials := make(chan int64, 1)
	r.CallFromThread(func() {
		dials <- pool.Dials()
		pool.Close()
	})
	return gs, <-dials
}

func uploads(n int, host, target string) []exchange.Request {
	var reqs []exchange.Request
	for i := range n {
		body := []byte(strings.Repeat(fmt.Sprint(i%10), 100000))
		reqs = append(reqs, exchange.Request{Method: "POST", Target: target, Host: host, Length: int64(len(body)), Content: body, Trailers: true})
	}
	return reqs
}

// Go's server, whose ALPN chooses: over TLS, and in plain text with prior knowledge.
func TestH2WithNetHTTP(t *testing.T) {
	for _, mode := range []string{"h2", "http/1.1", "h2c"} {
		t.Run(mode, func(t *testing.T) {
			var mu sync.Mutex
			protos := map[string]int{}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				protos[r.Proto]++
				mu.Unlock()
				body, _ := io.ReadAll(r.Body)
				w.Write(body)
			}))
			cfg := exchange.Config{HTTP2: exchange.HTTP2Auto}
			switch mode {
			case "h2c":
				cfg.HTTP2 = exchange.HTTP2Only
				s.Config.Protocols = new(http.Protocols)
				s.Config.Protocols.SetUnencryptedHTTP2(true)
				s.Start()
			default:
				s.EnableHTTP2 = mode == "h2"
				s.StartTLS()
			}
			defer s.Close()
			r := peers.Reactor(t)
			host := s.Listener.Addr().String()
			client, err := endpoint.ClientFromString(r, "tcp:"+strings.Replace(host, "127.0.0.1:", "host=127.0.0.1:port=", 1))
			if err != nil {
				t.Fatal(err)
			}
			if mode != "h2c" {
				client, err = endpoint.WrapClientTLS(&tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}, client)
				if err != nil {
					t.Fatal(err)
				}
			}
			gs, dials := all(t, r, client, cfg, uploads(30, host, "/"))
			for i, g := range gs {
				if g.status != 200 || g.body.String() != string(g.x.Content) || g.proto2 != (mode != "http/1.1") {
					t.Errorf("exchange %d: %d, %d bytes, HTTP/2 %v", i, g.status, g.body.Len(), g.proto2)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if mode != "http/1.1" && (dials != 1 || protos["HTTP/2.0"] != 30) {
				t.Errorf("%d connections, %v", dials, protos)
			}
		})
	}
}

// nghttpd is somebody else's server.
func TestH2WithNghttpd(t *testing.T) {
	path := peers.Program(t, "nghttpd")
	dir := t.TempDir()
	file := strings.Repeat("0123456789abcdef", 1<<16)
	if err := os.WriteFile(filepath.Join(dir, "big"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	port := peers.FreePort(t)
	peers.Start(t, port, path, "--no-tls", "-a", "127.0.0.1", "-d", dir, "-m", "7", fmt.Sprint(port))
	r := peers.Reactor(t)
	client, err := endpoint.ClientFromString(r, fmt.Sprint("tcp:host=127.0.0.1:port=", port))
	if err != nil {
		t.Fatal(err)
	}
	var reqs []exchange.Request
	for range 40 {
		reqs = append(reqs, exchange.Request{Method: "GET", Target: "/big", Host: "a"})
	}
	gs, dials := all(t, r, client, exchange.Config{HTTP2: exchange.HTTP2Only, MaxConns: 3, Wait: -1}, reqs)
	for i, g := range gs {
		if g.status != 200 || g.body.String() != file {
			t.Errorf("exchange %d: %d, %d bytes", i, g.status, g.body.Len())
		}
	}
	t.Logf("%d connections", dials)
}
