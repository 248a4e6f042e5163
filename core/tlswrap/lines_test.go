// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A mailEnd is the handler of one side's lines. When it gets the trigger it answers and starts TLS: at once, or later, with the lines paused meanwhile.
type mailEnd struct {
	layer           *tlswrap.Layer
	greeting        string
	trigger, answer string
	later           bool
	paused          chan struct{} // is closed when the lines are paused
	goOn            chan struct{} // is waited for, before TLS starts, when later

	lines []string
	lost  chan error
}

func newMailEnd(trigger, answer string, later bool) *mailEnd {
	return &mailEnd{trigger: trigger, answer: answer, later: later, paused: make(chan struct{}), goOn: make(chan struct{}), lost: make(chan error, 1)}
}

func (m *mailEnd) ConnectionMade(c *framing.Lines) {
	if m.greeting != "" {
		c.SendLineString(m.greeting)
	}
}

func (m *mailEnd) LineReceived(c *framing.Lines, line []byte) {
	m.lines = append(m.lines, string(line))
	if string(line) != m.trigger {
		if m.answer != "" {
			c.SendLineString("250 " + string(line))
		}
		return
	}
	if !m.later {
		m.start(c)
		return
	}
	c.Pause()
	close(m.paused)
	loop := c.Loop()
	go func() { // ends when the test says so
		<-m.goOn
		loop.CallFromThread(func() {
			m.start(c)
			c.Resume()
		})
	}()
}

func (m *mailEnd) start(c *framing.Lines) {
	if m.answer != "" {
		c.SendLineString(m.answer)
	}
	if err := m.layer.StartTLS(c); err != nil {
		panic(err)
	}
}

func (m *mailEnd) ConnectionLost(_ *framing.Lines, reason error) { m.lost <- reason }

// end waits for the loss of the connection and returns the lines.
func (m *mailEnd) end(t *testing.T) (string, error) {
	t.Helper()
	select {
	case reason := <-m.lost:
		return strings.Join(m.lines, "|"), reason
	case <-time.After(30 * time.Second): // says nothing about speed
		t.Fatal("the connection is not lost")
		return "", nil
	}
}

// hear reads lines of the peer.
func hear(t *testing.T, r *bufio.Reader, want ...string) {
	t.Helper()
	for _, w := range want {
		if line, err := r.ReadString('\n'); line != w+"\r\n" {
			t.Fatalf("heard %q, %v; want %q", line, err, w)
		}
	}
}

// TestLinesStartTLSInjection (class 29, on servers): commands that somebody put behind STARTTLS, in plain text, are never carried out, be it in the same segment or in a
// later one, and whether TLS starts at once or after a pause.
func TestLinesStartTLSInjection(t *testing.T) {
	const injected = "RCPT TO:<attacker@evil.test>\r\nDA"
	for _, tt := range []struct {
		name    string
		later   bool   // TLS starts after a pause
		same    string // behind STARTTLS in its segment
		segment string // sent during the pause
	}{
		{"nothing", false, "", ""},
		{"same segment", false, injected, ""},
		{"same segment, paused", true, injected, ""},
		{"later segment, paused", true, "", injected},
		{"both, paused", true, injected, injected},
		{"nothing, paused", true, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMailEnd("STARTTLS", "220 go ahead", tt.later)
			m.greeting = "220 hello"
			s := serveReal(t, options(serverConfig(0)), false, func(l *tlswrap.Layer) protocol.Factory {
				m.layer = l
				return protocol.ForProtocol(func() *framing.Lines { return framing.NewLines(m) })
			})
			c := s.dial()
			r := bufio.NewReader(c)
			hear(t, r, "220 hello")
			io.WriteString(c, "EHLO client.test\r\n")
			hear(t, r, "250 EHLO client.test")
			io.WriteString(c, "STARTTLS\r\n"+tt.same)
			if tt.later {
				<-m.paused
				io.WriteString(c, tt.segment)
				close(m.goOn)
			}
			hear(t, r, "220 go ahead")
			secure := tls.Client(c, clientConfig(0))
			if tt.segment == "" {
				io.WriteString(secure, "EHLO client.test\r\nNOOP\r\n")
				hear(t, bufio.NewReader(secure), "250 EHLO client.test", "250 NOOP")
				secure.Close()
				if lines, _ := m.end(t); lines != "EHLO client.test|STARTTLS|EHLO client.test|NOOP" {
					t.Errorf("the server got %q", lines)
				}
			} else { // it is no record of TLS
				if err := secure.Handshake(); err == nil {
					t.Error("the handshake went well")
				}
				if lines, reason := m.end(t); lines != "EHLO client.test|STARTTLS" || !errors.Is(reason, protocol.ErrTLS) {
					t.Errorf("the server got %q, lost by %v", lines, reason)
				}
			}
			if n := s.layer.Stats().Discarded; n != int64(len(tt.same)) {
				t.Errorf("%d bytes are counted as dropped", n)
			}
			if strings.Contains(s.log.String(), "plain text after STARTTLS was dropped") != (tt.same != "") {
				t.Errorf("the log:\n%s", s.log.String())
			}
		})
	}
}

// TestLinesResponseInjection (class 29, on clients): answers that somebody put behind the go-ahead are never taken for the server's.
func TestLinesResponseInjection(t *testing.T) {
	for _, tt := range []struct {
		name     string
		later    bool
		injected string
	}{
		{"nothing", false, ""},
		{"same segment", false, "250 AUTH PLAIN\r\n250"},
		{"same segment, paused", true, "250 AUTH PLAIN\r\n250"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			// The rig's own port is not used: it runs the reactor.
			s := serveReal(t, options(serverConfig(0)), true, echoEnds(nil))
			m := newMailEnd("220 go ahead", "", tt.later)
			m.layer = client(t, options(clientConfig(0)))
			s.r.CallFromThread(func() {
				s.r.ConnectTCP(l.Addr().String(), protocol.ForProtocol(func() *framing.Lines { return framing.NewLines(m) }), reactor.ConnectOptions{})
			})
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			io.WriteString(c, "220 hello\r\n220 go ahead\r\n"+tt.injected)
			if tt.later {
				<-m.paused
				close(m.goOn)
			}
			secure := tls.Server(c, serverConfig(0))
			io.WriteString(secure, "250 fine\r\n")
			secure.Close()
			if lines, reason := m.end(t); lines != "220 hello|220 go ahead|250 fine" {
				t.Errorf("the client got %q, lost by %v", lines, reason)
			}
			if n := m.layer.Stats().Discarded; n != int64(len(tt.injected)) {
				t.Errorf("%d bytes are counted as dropped", n)
			}
		})
	}
}
