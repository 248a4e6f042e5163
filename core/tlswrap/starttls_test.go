// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A lineEnd is a protocol of lines which starts TLS when it gets the line that says so. It keeps its transport from ConnectionMade, as protocols do.
type lineEnd struct {
	t       protocol.Transport
	layer   *tlswrap.Layer
	trigger string // the line after which TLS starts
	answer  string // is sent before
	first   string // is sent at the start
	after   string // is sent when the handshake is complete

	buf       []byte
	lines     []string
	made      int
	completed int
	started   bool
	err       error
	reason    error
}

func (l *lineEnd) ConnectionMade(t protocol.Transport) {
	l.made++
	l.t = t
	t.Write([]byte(l.first))
}

func (l *lineEnd) DataReceived(t protocol.Transport, p []byte) {
	if t != l.t {
		panic("another transport")
	}
	l.buf = append(l.buf, p...)
	for {
		line, rest, ok := bytes.Cut(l.buf, []byte("\r\n"))
		if !ok {
			return
		}
		l.buf = rest
		l.lines = append(l.lines, string(line))
		if string(line) == l.trigger {
			t.Write([]byte(l.answer))
			l.err = l.layer.StartTLS(t)
			l.started = true
		}
	}
}

func (l *lineEnd) DiscardBuffered() int {
	n := len(l.buf)
	l.buf = nil
	return n
}

func (l *lineEnd) HandshakeCompleted(t protocol.Transport) {
	if t != l.t {
		panic("another transport")
	}
	l.completed++
	if l.err == nil && l.started {
		t.Write([]byte(l.after))
	}
}

func (l *lineEnd) ConnectionLost(_ protocol.Transport, reason error) { l.reason = reason }

func TestStartTLS(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		for _, swapped := range []bool{false, true} {
			sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
			s := &lineEnd{layer: sl, trigger: "STARTTLS", answer: "220 go ahead\r\n", first: "220 hello\r\n", after: "250 secret\r\n"}
			c := &lineEnd{layer: cl, trigger: "220 go ahead", first: "STARTTLS\r\n", after: "EHLO\r\n"}
			pair := protocoltest.NewPair(s, c, protocoltest.PairConfig{Logger: quiet})
			if swapped { // the side that connected has the server's role
				s, c = &lineEnd{layer: sl, trigger: s.trigger, answer: s.answer, first: s.first, after: s.after}, &lineEnd{layer: cl, trigger: c.trigger, first: c.first, after: c.after}
				pair = protocoltest.NewPair(c, s, protocoltest.PairConfig{Logger: quiet})
			}
			settle(pair)
			if s.err != nil || c.err != nil || s.completed != 1 || c.completed != 1 || s.made != 1 || c.made != 1 {
				t.Fatalf("server: %v, completed %d, %v; client: %v, completed %d, %v", s.err, s.completed, s.reason, c.err, c.completed, c.reason)
			}
			if got := strings.Join(s.lines, "|"); got != "STARTTLS|EHLO" {
				t.Errorf("server got %q", got)
			}
			if got := strings.Join(c.lines, "|"); got != "220 hello|220 go ahead|250 secret" {
				t.Errorf("client got %q", got)
			}
			for _, l := range []*lineEnd{s, c} {
				tt, ok := protocol.As[tlswrap.Transport](l.t)
				if !ok {
					t.Fatal("no tlswrap.Transport")
				}
				if st, ok := tt.ConnectionState(); !ok || st.Version != version {
					t.Errorf("%v, version %x", ok, st.Version)
				}
			}
		}
	})
}

// TestStartTLSInjection has somebody on the way who adds plain text behind the message that starts TLS (class 29).
func TestStartTLSInjection(t *testing.T) {
	t.Run("server", func(t *testing.T) {
		s := &lineEnd{layer: server(t, options(serverConfig(0))), trigger: "STARTTLS", answer: "220 go ahead\r\n"}
		c := &lineEnd{layer: client(t, options(clientConfig(0))), trigger: "220 go ahead", after: "EHLO\r\n"}
		// The client's first words carry the attacker's.
		c.first = "STARTTLS\r\nRCPT TO:<attacker>\r\nDA"
		pair := protocoltest.NewPair(s, c, protocoltest.PairConfig{Logger: quiet})
		settle(pair)
		if got := strings.Join(s.lines, "|"); got != "STARTTLS|EHLO" {
			t.Errorf("server got %q, %v", got, s.reason)
		}
		if n := s.layer.Stats().Discarded; n != int64(len("RCPT TO:<attacker>\r\nDA")) {
			t.Errorf("%d bytes were discarded", n)
		}
	})
	t.Run("client", func(t *testing.T) {
		s := &lineEnd{layer: server(t, options(serverConfig(0))), trigger: "STARTTLS", answer: "220 go ahead\r\n250 AUTH PLAIN\r\n", after: "250 fine\r\n"}
		c := &lineEnd{layer: client(t, options(clientConfig(0))), trigger: "220 go ahead", first: "STARTTLS\r\n"}
		pair := protocoltest.NewPair(s, c, protocoltest.PairConfig{Logger: quiet})
		settle(pair)
		if got := strings.Join(c.lines, "|"); got != "220 go ahead|250 fine" {
			t.Errorf("client got %q, %v", got, c.reason)
		}
	})
}

// TestStartTLSMovesTheProducer: what it writes from then on is encrypted, and it is still held up.
func TestStartTLSMovesTheProducer(t *testing.T) {
	for _, stalled := range []bool{false, true} {
		raw := protocoltest.NewStringTransport()
		raw.Stalled = stalled
		var e end
		raw.Connect(&e)
		p := &counter{}
		raw.RegisterProducer(p, protocol.PushProducer)
		raw.Write([]byte("in clear;"))
		l := client(t, options(clientConfig(0)))
		if err := l.StartTLS(e.Transport()); err != nil {
			t.Fatal(err)
		}
		if err := e.Transport().RegisterProducer(&counter{}, protocol.PushProducer); err != protocol.ErrProducerRegistered {
			t.Errorf("the producer was lost: %v", err)
		}
		e.Transport().Write(make([]byte, protocol.HighWater+1))
		if p.pauses != 1 {
			t.Errorf("paused %d times", p.pauses)
		}
		raw.Clock.Advance(0)
		hello, ok := strings.CutPrefix(raw.Take(), "in clear;")
		if !ok || len(recordSizes(t, hello)) != 1 || hello[0] != 22 {
			t.Errorf("the wire has %.40q", hello)
		}
	}
}

func TestStartTLSNeedsAnInterposer(t *testing.T) {
	raw := protocoltest.NewStringTransport()
	if err := client(t, options(clientConfig(0))).StartTLS(struct{ protocol.Transport }{raw}); err != tlswrap.ErrCannotStartTLS {
		t.Errorf("%v", err)
	}
}

// TestTLSInsideTLS is what a client does behind a proxy that it reaches by TLS.
func TestTLSInsideTLS(t *testing.T) {
	outerServer, outerClient := server(t, options(serverConfig(0))), client(t, options(clientConfig(0)))
	inner := clientConfig(0)
	inner.ServerName = "x.wild.test"
	s := &lineEnd{layer: server(t, options(serverConfig(0))), trigger: "CONNECT", answer: "200\r\n", after: "from the server\r\n"}
	c := &lineEnd{layer: client(t, options(inner)), trigger: "200", first: "CONNECT\r\n", after: "from the client\r\n"}
	pair := protocoltest.NewPair(wrap(t, outerServer, s), wrap(t, outerClient, c), protocoltest.PairConfig{Logger: quiet})
	settle(pair)
	if got := strings.Join(s.lines, "|"); got != "CONNECT|from the client" {
		t.Errorf("server got %q, %v, %v", got, s.reason, s.err)
	}
	if got := strings.Join(c.lines, "|"); got != "200|from the server" {
		t.Errorf("client got %q, %v, %v", got, c.reason, c.err)
	}
	tt, _ := protocol.As[tlswrap.Transport](s.t)
	if st, ok := tt.ConnectionState(); !ok || st.ServerName != "x.wild.test" {
		t.Errorf("the state is the outer layer's: %v, %q", ok, st.ServerName)
	}
	s.t.LoseConnection()
	settle(pair)
	for _, e := range []*lineEnd{s, c} {
		if e.reason == nil {
			t.Error("not closed")
		}
	}
}
