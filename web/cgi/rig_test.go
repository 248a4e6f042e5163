// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type logged struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A rig is a handler at /cgi of a site on a real reactor.
type rig struct {
	t    *testing.T
	dir  string
	host string
	log  *logged
	h    *cgi.Handler
	tree *web.Tree
	c    *http.Client
}

func newRig(t *testing.T, cfg cgi.Config) *rig {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	x := &rig{t: t, dir: t.TempDir(), log: new(logged), tree: new(web.Tree), c: &http.Client{Transport: &http.Transport{}}}
	x.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Logger = slog.New(slog.NewTextHandler(x.log, nil))
	if cfg.Root != nil {
		cfg.Root = x.tree
	}
	x.h = cgi.Directory(x.dir, cfg)
	x.tree.PutChild("cgi", x.h)
	x.tree.PutChild("page", web.Get(func(r *web.Request) { io.WriteString(r, "page "+r.Query) }))
	host := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		site := web.NewSite(x.tree, web.Config{Logger: cfg.Logger})
		port, err := r.ListenTCP("127.0.0.1:0", site, reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			close(host)
			return
		}
		host <- port.Addr().String()
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		x.c.CloseIdleConnections()
		x.until("programs are left", func() bool { return x.h.Stats().Active == 0 })
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", x.log)
		}
	})
	x.host = <-host
	return x
}

// script writes a program.
func (x *rig) script(name, text string) {
	x.t.Helper()
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o700); err != nil {
		x.t.Fatal(err)
	}
}

func (x *rig) do(method, path, body string, header ...string) (*http.Response, string, error) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), method, "http://"+x.host+path, strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, h := range header {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Add(k, v)
	}
	res, err := x.c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

// expect makes a request and looks at status and body.
func (x *rig) expect(method, path, in string, status int, body string) {
	x.t.Helper()
	res, got, err := x.do(method, path, in)
	if err != nil || res.StatusCode != status || body != "" && got != body {
		x.t.Errorf("%s %s: %v %.300q %v, want %d %q", method, path, res, got, err, status, body)
	}
}

// dial makes a connection and sends text.
func (x *rig) dial(text string) *net.TCPConn {
	x.t.Helper()
	c, err := net.Dial("tcp", x.host)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { c.Close() })
	io.WriteString(c, text)
	return c.(*net.TCPConn)
}

// until polls for what has no event to wait for.
func (x *rig) until(what string, cond func() bool) {
	x.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if cond() {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatal(what)
		}
	}
}

func needs(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed (Debian: %s)", program, pkg)
	}
}

// gone reports whether there is no process with that number.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer p.Release()
	return p.Signal(syscall.Signal(0)) != nil
}
