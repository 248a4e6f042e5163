// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// Both ends of a connection of any endpoint are proper net.Conns.
func TestNetConn(t *testing.T) {
	certFiles(t)
	r := running(t)
	for _, tt := range pairs(t) {
		switch tt.name {
		case "tcp", "tcp loops", "unix", "memory", "tls":
		default:
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			l, err := endpoint.Listen(patience(t), r, build(t, r, tt.server))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			client := clientFor(t, r, tt.client, l)
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
				c1, err := endpoint.DialConn(context.Background(), r, client)
				if err != nil {
					return nil, nil, nil, err
				}
				c2, err := l.Accept()
				if err != nil {
					return nil, nil, nil, err
				}
				return c1, c2, func() { c1.Close(); c2.Close() }, nil
			})
		})
	}
}

func clientFor(t testing.TB, r endpoint.Reactor, client string, l net.Listener) endpoint.Client {
	t.Helper()
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		client = strings.ReplaceAll(client, "PORT", fmt.Sprint(a.Port))
	}
	c, err := endpoint.ClientFromString(r, client)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The standard library's HTTP server and client run over any endpoint.
func TestHTTP(t *testing.T) {
	certFiles(t)
	r := running(t)
	for _, tt := range pairs(t) {
		t.Run(tt.name, func(t *testing.T) {
			l, err := endpoint.Listen(patience(t), r, build(t, r, tt.server))
			if err != nil {
				t.Fatal(err)
			}
			srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				io.Copy(w, req.Body)
			})}
			served := make(chan error, 1)
			go func() { served <- srv.Serve(l) }()
			client := clientFor(t, r, tt.client, l)
			web := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return endpoint.DialConn(ctx, r, client)
			}}}
			body := strings.Repeat("0123456789abcdef", 20000)
			for range 3 {
				resp, err := web.Post("http://h/", "text/plain", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(got) != body {
					t.Fatalf("got %d bytes, %v", len(got), err)
				}
			}
			web.CloseIdleConnections()
			if err := srv.Shutdown(patience(t)); err != nil {
				t.Error(err)
			}
			if err := <-served; err != http.ErrServerClosed {
				t.Error(err)
			}
		})
	}
}

func TestListenerClose(t *testing.T) {
	r := running(t)
	l, err := endpoint.Listen(patience(t), r, build(t, r, "tcp:0:interface=127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	// One connection waits to be accepted when the listener closes: it is closed, too.
	waiting, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan error)
	go func() {
		c, err := l.Accept()
		if err == nil {
			c.Close()
			_, err = l.Accept()
		}
		accepted <- err
	}()
	if _, err := waiting.Read(make([]byte, 1)); err == nil {
		t.Error("read from a closed connection")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the port is open")
	}
	if _, err := endpoint.Listen(patience(t), r, &endpoint.TCPServer{Reactor: r, Port: -1}); err == nil {
		t.Error("a port -1")
	}
	if _, err := endpoint.DialConn(patience(t), r, &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: -1}); !errors.Is(err, protocol.ErrConnect) {
		t.Errorf("got %v", err)
	}
}

// A net.Listener and a dialer of the standard library are endpoints, and back again they are proper net.Conns.
func TestFromNet(t *testing.T) {
	r := running(t)
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := endpoint.Listen(patience(t), r, endpoint.FromListener(r, nl))
	if err != nil {
		t.Fatal(err)
	}
	client := endpoint.FromDialer(r, &net.Dialer{}, "tcp", nl.Addr().String())
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		c1, err := endpoint.DialConn(context.Background(), r, client)
		if err != nil {
			return nil, nil, nil, err
		}
		c2, err := l.Accept()
		if err != nil {
			return nil, nil, nil, err
		}
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := connect(t, r, client, echoes); !errors.Is(err, protocol.ErrConnectionRefused) {
		t.Errorf("got %v", err)
	}
}

func TestFromNetOnce(t *testing.T) {
	r := running(t)
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := endpoint.FromListener(r, nl)
	f := &counting{Factory: nobody}
	p := listen(t, r, s, f)
	client := endpoint.FromDialer(r, &net.Dialer{}, "tcp", nl.Addr().String())
	if _, err := connect(t, r, client, nobody); !errors.Is(err, protocol.ErrNoProtocol) {
		t.Errorf("got %v", err)
	}
	// The server refuses: the client loses the connection.
	conn, err := endpoint.DialConn(patience(t), r, client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("read from a refused connection")
	}
	conn.Close()
	if err := stop(t, r, p); err != nil {
		t.Error(err)
	}
	if err := stop(t, r, p); !errors.Is(err, protocol.ErrNotListening) {
		t.Errorf("got %v", err)
	}
	if f.started != 1 || f.stopped != 1 {
		t.Errorf("started %d times, stopped %d", f.started, f.stopped)
	}
	if _, err := endpoint.Listen(patience(t), r, s); !errors.Is(err, protocol.ErrAlreadyListened) {
		t.Errorf("got %v", err)
	}
}

type counting struct {
	protocol.Factory
	started, stopped int
}

func (c *counting) StartFactory() { c.started++ }
func (c *counting) StopFactory()  { c.stopped++ }

// A dialer that takes long is given up by the context that it was given.
func TestFromDialerCancel(t *testing.T) {
	r := running(t)
	asked := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	ended := make(chan error, 1)
	_, err := endpoint.DialConn(ctx, r, endpoint.FromDialer(r, dialerFunc(func(ctx context.Context) (net.Conn, error) {
		close(asked)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}), "tcp", "x:1"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type dialerFunc func(context.Context) (net.Conn, error)

func (f dialerFunc) DialContext(ctx context.Context, _, _ string) (net.Conn, error) { return f(ctx) }

// Blocking code serves an endpoint.
func TestBlocking(t *testing.T) {
	r := running(t)
	port := listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1"), bridge.Blocking(func(ctx context.Context, c net.Conn) error {
		_, err := io.Copy(c, c)
		return err
	}))
	c, err := endpoint.DialConn(patience(t), r, buildClient(t, r, "tcp:127.0.0.1:PORT", port))
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("0123456789abcdef", 1<<16)
	go func() {
		io.WriteString(c, big)
		c.(*bridge.Conn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || string(got) != big {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	c.Close()
}
