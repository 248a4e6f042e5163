// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A realServer is a Layer on a port of a reactor that runs until the test ends.
type realServer struct {
	redials int // connections that were reset before connect returned
	t       *testing.T
	r       *reactor.Reactor
	log     logtest.Book // the reactor's
	layer   *tlswrap.Layer
	addr    string
}

// serveReal listens with the protocols of f. The layer has no logger of its own.
func serveReal(t *testing.T, opt tlswrap.Options, wrap bool, f func(*tlswrap.Layer) protocol.Factory) *realServer {
	t.Helper()
	opt.Logger = nil
	s := &realServer{t: t, layer: server(t, opt)}
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.NewTextHandler(&s.log, nil)), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	s.r = r
	factory := f(s.layer)
	if wrap {
		factory = s.layer.Wrap(factory)
	}
	port, err := r.ListenTCP("127.0.0.1:0", factory, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.addr = port.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop, below
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() }) // it may not have started yet
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial connects an ordinary socket, with a deadline that only a broken server reaches.
func (s *realServer) dial() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.addr)
	for errors.Is(err, syscall.ECONNRESET) { // the server was faster than the return of connect
		s.redials++
		c, err = net.Dial("tcp", s.addr)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// echoes sends text over TLS and wants it back.
func (s *realServer) echoes(c net.Conn, text string) {
	s.t.Helper()
	got := make([]byte, len(text))
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Error(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		s.t.Errorf("got %q, %v", got, err)
	}
}

// echoEnds are protocols that send back what they get. Each is sent to ends when its connection is lost.
func echoEnds(ends chan<- *end) func(*tlswrap.Layer) protocol.Factory {
	return func(*tlswrap.Layer) protocol.Factory {
		return protocol.ForProtocol(func() *end {
			e := &end{}
			e.OnData = func(tr protocol.Transport, p []byte) { tr.Write(p) }
			e.OnLost = func(protocol.Transport, error) { ends <- e }
			return e
		})
	}
}

// lost waits for the loss of a connection.
func (s *realServer) lost(ends <-chan *end) *end {
	s.t.Helper()
	select {
	case e := <-ends:
		return e
	case <-time.After(30 * time.Second): // says nothing about speed
		s.t.Fatalf("the connection is not lost; the log:\n%s", s.log.String())
		return nil
	}
}

// TestHostilePeersOverSockets (class 32): what does not become a TLS connection is closed in time, with the reason in the log of the reactor; the connection beside it
// is not touched.
func TestHostilePeersOverSockets(t *testing.T) {
	const soon = 20 * time.Millisecond
	hello := record(22, 0x301, "\x01\x00\x01\xfc\x03\x03"+strings.Repeat("x", 100))
	for _, tt := range []struct {
		name, input string
		timeout     time.Duration // 0 is the default, for peers that are not waited for
		reason      error
		log         string
	}{
		{"silence", "", soon, protocol.ErrConnectionTimeout, "took too long"},
		{"one byte", "\x16", soon, protocol.ErrConnectionTimeout, "took too long"},
		{"half a ClientHello", hello, soon, protocol.ErrConnectionTimeout, "took too long"},
		{"HTTP", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 0, protocol.ErrProtocolViolation, "not look like a TLS handshake"},
		{"zeros", strings.Repeat("\x00", 100), 0, protocol.ErrProtocolViolation, "not look like a TLS handshake"},
		{"record over the size", "\x16\x03\x01\xff\xff", 0, protocol.ErrProtocolViolation, "oversized record"},
		{"message over the size", record(22, 0x301, "\x01\xff\xff\xff"), 0, protocol.ErrProtocolViolation, "exceeds maximum"},
		{"application data first", record(23, 0x301, "hello"), 0, protocol.ErrProtocolViolation, "not look like a TLS handshake"},
		{"endless warnings", strings.Repeat(record(21, 0x301, "\x01\x5a"), 100), 0, protocol.ErrProtocolViolation, "too many"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ends := make(chan *end, 2)
			opt := options(serverConfig(0))
			if opt.HandshakeTimeout = tt.timeout; tt.timeout == 0 {
				opt.HandshakeTimeout = time.Hour
			}
			s := serveReal(t, opt, true, echoEnds(ends))
			bad := s.dial()
			if _, err := io.WriteString(bad, tt.input); err != nil {
				t.Fatal(err)
			}
			var good *tls.Conn
			if tt.timeout == 0 {
				good = tls.Client(s.dial(), clientConfig(0))
				s.echoes(good, "good")
			}
			e := s.lost(ends)
			mustLose(t, "server", e, tt.reason, protocol.ErrTLS)
			if e.Len() > 0 || e.handshakes > 0 {
				t.Errorf("%d handshakes, got %q", e.handshakes, e.Data())
			}
			io.Copy(io.Discard, bad) // to the end, whichever that is
			if _, err := bad.Read(make([]byte, 1)); err == nil {
				t.Error("the peer's connection goes on")
			}
			if good != nil {
				s.echoes(good, "still good")
			}
			if log := s.log.String(); !strings.Contains(log, tt.log) || !strings.Contains(log, "peer="+bad.LocalAddr().String()) {
				t.Errorf("the log does not tell %q of %v:\n%s", tt.log, bad.LocalAddr(), log)
			}
			want := 1 + s.redials
			timedOut := 0
			if tt.timeout > 0 {
				timedOut = want
			}
			if n := s.layer.Stats(); int(n.Failed) != want || int(n.TimedOut) != timedOut {
				t.Errorf("%+v after %d connections that were reset at once", n, s.redials)
			}
		})
	}
}

// TestRenegotiationOverSockets: a client that asks for one is closed, with the reason in the log.
func TestRenegotiationOverSockets(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is missing")
	}
	ends := make(chan *end, 1)
	s := serveReal(t, options(serverConfig(0)), true, echoEnds(ends))
	cmd := exec.Command(path, "s_client", "-connect", s.addr, "-tls1_2")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	io.WriteString(stdin, "R\n")
	e := s.lost(ends)
	mustLose(t, "server", e, protocol.ErrProtocolViolation, protocol.ErrTLS)
	if log := s.log.String(); e.handshakes != 1 || !strings.Contains(log, "TLS connection failed") || !strings.Contains(log, "peer=127.0.0.1:") {
		t.Errorf("%d handshakes; the log:\n%s", e.handshakes, log)
	}
}

// TestPanicsOverSockets: a protocol that panics under TLS ends its own connection, with its stack in the reactor's log, and no other.
func TestPanicsOverSockets(t *testing.T) {
	for name, arm := range map[string]func(e *end){
		"ConnectionMade":     func(e *end) { e.OnMade = func(protocol.Transport) { panic("by ConnectionMade") } },
		"HandshakeCompleted": func(e *end) { e.onHandshake = func(protocol.Transport) { panic("by HandshakeCompleted") } },
		"DataReceived":       func(e *end) { e.OnData = func(protocol.Transport, []byte) { panic("by DataReceived") } },
		"ConnectionLost": func(e *end) {
			e.OnData = func(tr protocol.Transport, _ []byte) { tr.AbortConnection() }
			lost := e.OnLost
			e.OnLost = func(tr protocol.Transport, reason error) { lost(tr, reason); panic("by ConnectionLost") }
		},
		"Producer.Resume": func(e *end) {
			e.onHandshake = func(tr protocol.Transport) { tr.RegisterProducer(badProducer{}, protocol.PullProducer) }
		},
		"Producer.Pause": func(e *end) {
			e.onHandshake = func(tr protocol.Transport) {
				tr.RegisterProducer(badProducer{}, protocol.PushProducer)
				for range 1000 { // the system takes some
					tr.Write(make([]byte, protocol.HighWater))
				}
			}
		},
		"a later turn": func(e *end) {
			e.OnMade = func(tr protocol.Transport) {
				tr.Pause()
				tr.Loop().CallLater(0, tr.Resume)
			}
			e.OnData = func(protocol.Transport, []byte) { panic("by a later turn") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			ends := make(chan *end, 1000) // more than dial tries
			armed := false                // touched on the loop only
			s := serveReal(t, options(serverConfig(0)), true, func(l *tlswrap.Layer) protocol.Factory {
				quietly := echoEnds(ends)(l)
				return protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
					p, err := quietly.BuildProtocol(peer)
					if armed {
						arm(p.(*end))
					}
					return p, err
				})
			})
			good := tls.Client(s.dial(), clientConfig(0))
			s.echoes(good, "good")
			done := make(chan struct{})
			s.r.CallFromThread(func() { armed = true; close(done) })
			<-done
			bad := tls.Client(s.dial(), clientConfig(0))
			io.WriteString(bad, "x") // which fails, if the end comes first
			e := s.lost(ends)
			if name != "ConnectionLost" {
				mustLose(t, "server", e, protocol.ErrConnectionLost)
				if _, ok := errors.AsType[*protocol.PanicError](e.Reason()); !ok {
					t.Errorf("lost by %v", e.Reason())
				}
			}
			io.Copy(io.Discard, bad)
			s.echoes(good, "still good")
			if log := s.log.String(); !strings.Contains(log, "by "+name) || !strings.Contains(log, "sockets_test.go") {
				t.Errorf("the log lacks the panic or its stack:\n%s", log)
			}
		})
	}
}

// A badProducer panics when it is told anything.
type badProducer struct{}

func (badProducer) Pause()     { panic("by Producer.Pause") }
func (badProducer) Resume()    { panic("by Producer.Resume") }
func (badProducer) Stop(error) {}
