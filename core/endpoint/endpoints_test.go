// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// pairs are matching descriptions of a server and a client, whose port is written PORT.
func pairs(t testing.TB) []struct{ name, server, client string } {
	dir := tempdir.Short(t)
	sock := endpoint.QuoteArgument(filepath.Join(dir, "s"))
	all := []struct{ name, server, client string }{
		{"tcp", "tcp:0:interface=127.0.0.1", "tcp:127.0.0.1:PORT"},
		{"tcp loops", "tcp:0:interface=127.0.0.1:loops=2", "tcp:127.0.0.1:PORT"},
		{"tcp loops that listen", "tcp:0:interface=127.0.0.1:loops=2:accept=perloop", "tcp:127.0.0.1:PORT"},
		{"tcp6", `tcp6:0:interface=\:\:1`, `tcp:\:\:1:PORT`},
		{"host", "tcp:0:interface=127.0.0.1", "host:127.0.0.1:PORT:bindAddress=127.0.0.1"},
		{"unix", "unix:" + sock, "unix:" + sock + ":lockfile=1"},
		{"memory", "memory:" + t.Name(), "memory:" + t.Name()},
		{"ssl", "ssl:0:interface=127.0.0.1", "ssl:127.0.0.1:PORT:caCertsDir=ca:hostname=localhost"},
		{"ssl without a name", "ssl:0:interface=127.0.0.1", "ssl:127.0.0.1:PORT:caCertsDir=ca"},
		{"ssl unverified", "ssl:0:interface=127.0.0.1", "ssl:127.0.0.1:PORT:verify=no"},
		{"tls", "tls:0:interface=127.0.0.1:cert=cert.pem:key=key.pem", "tls:127.0.0.1:PORT:trustRoots=ca"},
		{"tls with a client's certificate", "tls:0:interface=127.0.0.1:cert=server.pem:clientCA=ca", "tls:127.0.0.1:PORT:trustRoots=ca:certificate=server.pem:waitHandshake=yes"},
		{"unix without a lock", "unix:" + sock + "2:lockfile=0:mode=600", "unix:" + sock + "2"},
	}
	without := func(what string) {
		all = slices.DeleteFunc(all, func(p struct{ name, server, client string }) bool { return strings.HasPrefix(p.name, what) })
	}
	if l, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		without("tcp6")
	} else {
		l.Close()
	}
	if sys.Wine() { // 8.0 has none
		without("unix")
	}
	return all
}

func build(t testing.TB, r endpoint.Reactor, server string) endpoint.Server {
	t.Helper()
	s, err := endpoint.ServerFromString(r, server)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func buildClient(t testing.TB, r endpoint.Reactor, client string, p endpoint.Port) endpoint.Client {
	t.Helper()
	if p != nil {
		client = strings.ReplaceAll(client, "PORT", fmt.Sprint(p.Addr().Port()))
	}
	c, err := endpoint.ClientFromString(r, client)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every kind of endpoint listens, connects with the factory's own protocol after its ConnectionMade, carries bytes, and can be used again.
func TestEndpoints(t *testing.T) {
	certFiles(t)
	r := running(t)
	for _, tt := range pairs(t) {
		t.Run(tt.name, func(t *testing.T) {
			server := build(t, r, tt.server)
			for range 2 {
				port := listen(t, r, server, echoes)
				client := buildClient(t, r, tt.client, port)
				acc, err := on(t, r, func() *deferred.Deferred[*protocoltest.Accumulating] {
					return deferred.Then(endpoint.Dial(client, func() *protocoltest.Accumulating { return &protocoltest.Accumulating{} }),
						func(p *protocoltest.Accumulating) (*protocoltest.Accumulating, error) {
							if fmt.Sprint(p.Events()) != "[made]" {
								t.Errorf("fired after %v", p.Events())
							}
							p.Transport().Write([]byte("hello"))
							return p, nil
						})
				})
				if err != nil {
					t.Fatal(err)
				}
				wait(t, acc.When(5))
				r.CallFromThread(func() { acc.Transport().LoseConnection() })
				wait(t, acc.WhenLost())
				if string(acc.Data()) != "hello" {
					t.Errorf("got %q", acc.Data())
				}
				if err := stop(t, r, port); err != nil {
					t.Error(err)
				}
				if err := stop(t, r, port); !errors.Is(err, protocol.ErrNotListening) {
					t.Errorf("second stop: %v", err)
				}
			}
		})
	}
}

func wait(t testing.TB, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-patience(t).Done():
		t.Fatal("nothing happened")
	}
}

func TestConnectFailures(t *testing.T) {
	dir := certFiles(t)
	none, noSocket := endpoint.QuoteArgument(filepath.Join(dir, "none")), error(syscall.ENOENT)
	if runtime.GOOS == "windows" {
		noSocket = protocol.ErrConnect // of one class or another
	}
	r := running(t)
	port := listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1"), echoes)
	refused := listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1"), echoes)
	stop(t, r, refused)
	tls := listen(t, r, build(t, r, "tls:0:cert=server.pem:interface=127.0.0.1"), echoes)
	for _, tt := range []struct {
		name   string
		client endpoint.Client
		f      protocol.Factory
		want   error
	}{
		{"refused", buildClient(t, r, "tcp:127.0.0.1:PORT", refused), echoes, syscall.ECONNREFUSED},
		{"refused, all addresses", buildClient(t, r, "host:127.0.0.1:PORT", refused), echoes, protocol.ErrConnectionRefused},
		{"no protocol", buildClient(t, r, "tcp:127.0.0.1:PORT", port), nobody, protocol.ErrNoProtocol},
		{"no protocol by name", buildClient(t, r, "host:127.0.0.1:PORT", port), nobody, protocol.ErrNoProtocol},
		{"no protocol under TLS", buildClient(t, r, "ssl:127.0.0.1:PORT:verify=no", port), nobody, protocol.ErrNoProtocol},
		{"port", &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: 65536}, echoes, protocol.ErrConnect},
		{"port by name", &endpoint.Hostname{Reactor: r, Host: "127.0.0.1", Port: -1}, echoes, protocol.ErrConnect},
		{"bind address", &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: 1, BindAddress: "here"}, echoes, protocol.ErrConnectBind},
		{"bind address by name", &endpoint.Hostname{Reactor: r, Host: "127.0.0.1", Port: 1, BindAddress: "here"}, echoes, protocol.ErrConnectBind},
		{"host name", &endpoint.Hostname{Reactor: r, Host: "a b", Port: 1}, echoes, protocol.ErrUnknownHost},
		{"no socket", buildClient(t, r, "unix:"+none, nil), echoes, noSocket},
		{"no lock", buildClient(t, r, "unix:"+none+":lockfile=1", nil), echoes, protocol.ErrBadFile},
		{"memory", buildClient(t, r, "memory:nobody", nil), echoes, protocol.ErrConnectionRefused},
		{"certificate", buildClient(t, r, "tls:127.0.0.1:PORT:waitHandshake=yes", tls), echoes, protocol.ErrTLS},
		{"certificate's name", buildClient(t, r, `tls:other.example:1:trustRoots=ca:waitHandshake=yes:endpoint=tcp\:127.0.0.1\:PORT`, tls), echoes, protocol.ErrTLS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := connect(t, r, tt.client, tt.f)
			if !errors.Is(err, tt.want) || !errors.Is(err, protocol.ErrConnect) && tt.want != protocol.ErrTLS {
				t.Errorf("got %v, %v; want %v", p, err, tt.want)
			}
		})
	}
}

// Without waitHandshake a bad certificate is the end of the connection, after Connect has fired.
func TestBadCertificateIsALoss(t *testing.T) {
	certFiles(t)
	r := running(t)
	port := listen(t, r, build(t, r, "tls:0:cert=server.pem:interface=127.0.0.1"), echoes)
	acc := &protocoltest.Accumulating{}
	if _, err := connect(t, r, buildClient(t, r, "tls:127.0.0.1:PORT", port), protocol.ForProtocol(func() *protocoltest.Accumulating { return acc })); err != nil {
		t.Fatal(err)
	}
	wait(t, acc.WhenLost())
	if !errors.Is(acc.Reason(), protocol.ErrTLS) {
		t.Errorf("reason %v", acc.Reason())
	}
}

func TestListenFailures(t *testing.T) {
	dir := certFiles(t)
	r := running(t)
	port := listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1"), echoes)
	listen(t, r, build(t, r, "memory:taken"+t.Name()), echoes)
	for _, s := range []endpoint.Server{
		&endpoint.TCPServer{Reactor: r, Port: port.Addr().Port(), Interface: "127.0.0.1"},
		&endpoint.TCPServer{Reactor: r, Port: -1},
		&endpoint.TCPServer{Reactor: r, Port: 65536},
		&endpoint.TCPServer{Reactor: r, Interface: "localhost"},
		&endpoint.UNIXServer{Reactor: r, Path: filepath.Join(dir, "no", "such", "directory")},
		build(t, r, "memory:taken"+t.Name()),
		build(t, r, "fd:999"),
		&endpoint.StandardIO{Loop: r},
	} {
		_, err := on(t, r, func() *deferred.Deferred[endpoint.Port] { return s.Listen(nobody) })
		var ce *protocol.CannotListenError
		if !errors.As(err, &ce) {
			t.Errorf("%s: got %v", describe(s), err)
		}
	}
}

// A port for which the system picks the number tells it.
func TestPortAddr(t *testing.T) {
	r := running(t)
	if p := listen(t, r, build(t, r, "tcp:0"), echoes); p.Addr().Port() == 0 || p.Addr().Host() != "0.0.0.0" {
		t.Errorf("got %v", p.Addr())
	}
	if p := listen(t, r, build(t, r, "memory:"+t.Name()), echoes); p.Addr() != protocol.MemoryAddr(t.Name()) {
		t.Errorf("got %v", p.Addr())
	}
}

func TestLoopsAreMade(t *testing.T) {
	r := running(t)
	listen(t, r, build(t, r, "tcp:0:interface=127.0.0.1:loops=3"), echoes)
	if n := len(r.Loops()); n != 3 {
		t.Errorf("%d loops", n)
	}
	listen(t, r.Loops()[1], build(t, r.Loops()[1], "tcp:0:interface=127.0.0.1:loops=4"), echoes)
	if n := len(r.Loops()); n != 4 {
		t.Errorf("%d loops", n)
	}
}
