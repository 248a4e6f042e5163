// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/proxy"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// listen runs a reactor with two loops on which f serves, and returns host and port.
func listen(t testing.TB, f protocol.Factory) string {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	host := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
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
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	h, ok := <-host
	if !ok {
		t.FailNow()
	}
	return h
}

func serve(t testing.TB, root web.Resource) string {
	return listen(t, web.NewSite(root, web.Config{Logger: quiet}))
}

// reverse serves a Reverse under /app.
func reverse(t testing.TB, cfg proxy.ReverseConfig) string {
	t.Helper()
	cfg.Logger = quiet
	p, err := proxy.NewReverse(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var root web.Tree
	root.PutChild("app", p)
	return serve(t, &root)
}

func tcp(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return "tcp:" + host + ":" + port
}

// A backend is a server written by hand: it records all that it is sent, and answers each connection by a function.
type backend struct {
	addr string
	mu   sync.Mutex
	got  []byte // guarded by mu
	n    int    // guarded by mu: connections
}

func newBackend(t testing.TB, serve func(c net.Conn, in *bufio.Reader)) *backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{addr: l.Addr().String()}
	var wg sync.WaitGroup
	conns := make(map[net.Conn]bool) // guarded by b.mu
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			conns[c] = true
			b.n++
			b.mu.Unlock()
			wg.Go(func() {
				defer c.Close()
				serve(c, bufio.NewReader(io.TeeReader(c, b)))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		b.mu.Lock()
		for c := range conns {
			c.Close()
		}
		b.mu.Unlock()
		wg.Wait()
	})
	return b
}

func (b *backend) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, p...)
	return len(p), nil
}

func (b *backend) seen() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.got)
}

func (b *backend) conns() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

// head reads a request's head.
func head(in *bufio.Reader) (string, error) {
	var s strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return s.String(), err
		}
		if s.WriteString(line); line == "\r\n" {
			return s.String(), nil
		}
	}
}

// answers returns a server that answers each request without a body by the next of texts, the last one again and again.
func answers(texts ...string) func(c net.Conn, in *bufio.Reader) {
	return func(c net.Conn, in *bufio.Reader) {
		for i := 0; ; i++ {
			if _, err := head(in); err != nil {
				return
			}
			io.WriteString(c, texts[min(i, len(texts)-1)])
		}
	}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// dial connects, with a time limit for all that follows.
func dial(t testing.TB, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c, bufio.NewReader(c)
}

// exchange sends input on a connection of its own and returns all that comes back until the server closes.
func exchange(t testing.TB, addr, input string) string {
	t.Helper()
	c, in := dial(t, addr)
	io.WriteString(c, input)
	b, err := io.ReadAll(in)
	if err != nil && len(b) == 0 {
		t.Error(err)
	}
	return string(b)
}

// get returns a GET that ends its connection.
func get(path string, fields ...string) string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: front.example\r\nConnection: close\r\n%s\r\n", path, strings.Join(append(fields, ""), "\r\n"))
}

func status(response string) string {
	line, _, _ := strings.Cut(response, "\r\n")
	return strings.TrimPrefix(line, "HTTP/1.1 ")
}

// field returns a field of a message, or "".
func field(message, name string) string {
	h, _, _ := strings.Cut(message, "\r\n\r\n")
	for line := range strings.SplitSeq(h, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}
