// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package client_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// nginx compresses as it sends, has a file that is compressed already, one that is cut off, and a chain of redirects.
func TestWrappersWithNginx(t *testing.T) {
	dir, port := t.TempDir(), peers.FreePort(t)
	os.Chmod(dir, 0o755)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	w := gzip.NewWriter(&b)
	io.WriteString(w, page)
	w.Close()
	write("page.txt", page)
	write("static.gz", b.String())
	write("cut.gz", b.String()[:b.Len()/2])
	write("conf", fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/err;\nevents {}\nhttp { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; "+
		"fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s; gzip on; gzip_types *; gzip_min_length 1; server { listen 127.0.0.1:%[2]d; root %[1]s; absolute_redirect off; "+
		"location ~ gz$ { gzip off; add_header Content-Encoding gzip; } location /start { add_header Set-Cookie seen=1 always; return 302 /next; } location /next { return 308 page.txt; } "+
		"location /session { if ($cookie_seen) { return 200 known; } return 200 unknown; } } }\n", dir, port))
	peers.Start(t, port, peers.Program(t, "nginx"), "-p", dir, "-c", filepath.Join(dir, "conf"))

	r := peers.Reactor(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var a *client.Agent
	var d client.Doer
	if _, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[struct{}] {
		var err error
		a, err = client.New(r, client.Config{})
		d = wrapped(a)
		if err != nil {
			return deferred.FailOn[struct{}](r, err)
		}
		return deferred.SucceedOn(r, struct{}{})
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/page.txt", page},
		{"GET", "/static.gz", page},
		{"GET", "/session", "unknown"},
		{"GET", "/start", page},
		{"GET", "/session", "known"},
		{"HEAD", "/page.txt", ""},
		{"GET", "/cut.gz", "cut off"},
	} {
		got, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[string] {
			u := &url.URL{Scheme: "http", Host: fmt.Sprint("127.0.0.1:", port), Path: tt.path}
			return deferred.ThenD(d.Do(&client.Request{Method: tt.method, URL: u}), func(resp *client.Response) *deferred.Deferred[string] {
				return deferred.Then(resp.ReadBody(0), func(b []byte) (string, error) { return string(b), nil })
			})
		})
		var e *client.Error
		switch {
		case tt.want == "cut off":
			if !errors.As(err, &e) || e.Phase != client.PhaseResponse || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(page, string(e.Partial)) {
				t.Errorf("%s: %v", tt.path, err)
			}
		case got != tt.want || err != nil:
			t.Errorf("%s %s: got %.60q, %v", tt.method, tt.path, got, err)
		}
	}
	s, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[client.Stats] {
		s := a.Stats()
		return deferred.Then(a.Close(), func(struct{}) (client.Stats, error) { return s, nil })
	})
	if err != nil || s.Dials != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// On a reactor, whose loop is a thread of its own, with coroutines that it keeps.
func TestWrappersOnReactor(t *testing.T) {
	r := peers.Reactor(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[[]byte] {
		network := new(endpoint.MemoryNetwork)
		(&endpoint.MemoryServer{Loop: r, Name: "server", Network: network}).Listen(web.NewSite(portal(), web.Config{}))
		a, err := client.New(r, client.Config{Endpoint: endpointOf(network)})
		if err != nil {
			return deferred.FailOn[[]byte](r, err)
		}
		d := wrapped(a)
		var all []*deferred.Deferred[[]byte]
		for range 20 {
			all = append(all, deferred.ThenD(d.Do(&client.Request{URL: parse(t, "http://portal.example/login")}), func(resp *client.Response) *deferred.Deferred[[]byte] {
				return resp.ReadBody(0)
			}))
		}
		return deferred.ThenD(deferred.Gather(all...), func(bodies [][]byte) *deferred.Deferred[[]byte] {
			for _, b := range bodies {
				if string(b) != page {
					t.Errorf("got %.60q", b)
				}
			}
			return deferred.Then(a.Close(), func(struct{}) ([]byte, error) { return bodies[0], nil })
		})
	})
	if string(got) != page || err != nil {
		t.Errorf("got %.60q, %v", got, err)
	}
}

func endpointOf(network *endpoint.MemoryNetwork) func(protocol.Loop, *url.URL) (endpoint.Client, error) {
	return func(loop protocol.Loop, _ *url.URL) (endpoint.Client, error) {
		return &endpoint.MemoryClient{Loop: loop, Name: "server", Network: network}, nil
	}
}
