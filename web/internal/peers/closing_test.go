// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// A server that closes connections which are idle, without a word, just as the next request comes: no idempotent one fails. web-cli-04.
func TestIdleConnectionsAreClosed(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				fmt.Fprintf(w, "%s %d", r.Method, len(body))
			}))
			// Each connection that becomes idle is closed at once, while the client may be using it already.
			s.Config.ConnState = func(c net.Conn, state http.ConnState) {
				if state == http.StateIdle {
					c.Close()
				}
			}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			opt := tlswrap.ClientOptions{}
			if scheme == "https" {
				site := newSite(t)
				opt.Roots = site.roots
				s.TLS = &tls.Config{Certificates: []tls.Certificate{site.cert}}
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			r := peers.Reactor(t)
			agent, err := client.New(r, client.Config{Pool: client.PoolLimits{PerHost: 8}, TLS: client.TLSPolicy{Options: opt}, Timeouts: client.Timeouts{Wait: time.Minute}})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for i := range 30 {
						q := &ask{kind: "PUT", method: "PUT", path: "/", body: bytes.Repeat([]byte("x"), 100*i), chunked: i%2 == 0, status: 200, want: fmt.Appendf(nil, "PUT %d", 100*i)}
						if i%3 == 0 {
							q = &ask{method: "GET", path: "/", status: 200, want: []byte("GET 0")}
						}
						a, err := byAgent(r, agent)(t, q, parse(t, s.URL).URL)
						if err == nil {
							err = q.fault(a)
						}
						if err != nil {
							t.Errorf("%s %d: %v", q.method, i, err)
						}
					}
				})
			}
			wg.Wait()
			peers.Wait(t, r, agent.Close)
		})
	}
}
