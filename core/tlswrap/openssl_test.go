// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
)

// withOpenSSL drives a server of ours against "openssl s_client args", which gets inputs as its standard input: the first when the handshake is complete, and
// one after each delivery from then on. s_client looks for a command at the beginning of each. It returns what openssl printed.
func withOpenSSL(t *testing.T, cfg *tls.Config, e *end, args []string, inputs ...string) string {
	t.Helper()
	return runOpenSSL(t, wrap(t, server(t, options(cfg)), e), func() bool { return e.handshakes > 0 }, args, inputs...)
}

func runOpenSSL(t *testing.T, p protocol.Protocol, ready func() bool, args []string, inputs ...string) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl program")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(path, append([]string{"s_client", "-connect", l.Addr().String()}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	bridge(t, nc, p, func() {
		if ready() && len(inputs) > 0 {
			io.WriteString(stdin, inputs[0])
			inputs = inputs[1:]
		}
	})
	stdin.Close()
	cmd.Wait()
	return out.String()
}

func TestOpenSSL(t *testing.T) {
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		var e end
		e.OnData = func(tr protocol.Transport, p []byte) {
			if bytes.HasSuffix(e.Data(), []byte("\n")) {
				tr.Write(bytes.ToUpper(e.Data()))
				tr.LoseConnection()
			}
		}
		cfg := serverConfig(0)
		cfg.NextProtos = []string{"h2", "imap"}
		out := withOpenSSL(t, cfg, &e, []string{version, "-servername", "server.test", "-alpn", "imap,ftp", "-quiet", "-ign_eof"}, "hello\n")
		if !strings.Contains(out, "HELLO\n") || !errors.Is(e.Reason(), net.ErrClosed) || e.secured().NegotiatedProtocol() != "imap" {
			t.Errorf("%s: lost by %v; openssl: %s", version, e.Reason(), out)
		}
	}
}

// TestOpenSSLQuit: "Q" closes with close_notify.
func TestOpenSSLQuit(t *testing.T) {
	var e end
	withOpenSSL(t, serverConfig(0), &e, nil, "Q\n")
	mustLose(t, "server", &e, io.EOF, protocol.ErrConnectionDone)
}

// TestOpenSSLRenegotiation: "R" asks for a renegotiation, which ends the connection.
func TestOpenSSLRenegotiation(t *testing.T) {
	var e end
	out := withOpenSSL(t, serverConfig(0), &e, []string{"-tls1_2"}, "R\n")
	mustLose(t, "server", &e, protocol.ErrProtocolViolation, protocol.ErrTLS)
	if e.Len() != 0 || e.handshakes != 1 || !strings.Contains(out, "alert") {
		t.Errorf("%d bytes, %d handshakes; openssl: %s", e.Len(), e.handshakes, out)
	}
}

// TestOpenSSLKeyUpdate: "K" and "k" change the keys with and without asking for the same, in TLS 1.3.
func TestOpenSSLKeyUpdate(t *testing.T) {
	for _, key := range []string{"K\n", "k\n"} {
		var e end
		withOpenSSL(t, serverConfig(0), &e, []string{"-tls1_3"}, key, "after\n", "Q\n")
		mustLose(t, "server", &e, io.EOF)
		if string(e.Data()) != "after\n" {
			t.Errorf("got %q", e.Data())
		}
	}
}

// TestOpenSSLOldVersion: TLS 1.1 is refused.
func TestOpenSSLOldVersion(t *testing.T) {
	var e end
	out := withOpenSSL(t, serverConfig(0), &e, []string{"-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"})
	mustLose(t, "server", &e, protocol.ErrTLS)
	if !strings.Contains(out, "alert protocol version") {
		t.Errorf("openssl: %s", out)
	}
}

// A mailServer knows as much SMTP as "openssl s_client -starttls smtp" needs.
type mailServer struct {
	lineEnd
	ehlo bool
}

func (m *mailServer) DataReceived(t protocol.Transport, p []byte) {
	m.lineEnd.DataReceived(t, p)
	if len(m.lines) == 1 && !m.ehlo {
		m.ehlo = true
		t.Write([]byte("250-mail.test\r\n250 STARTTLS\r\n"))
	}
	if len(m.lines) == 3 {
		t.Write([]byte("250 " + m.lines[2] + "\r\n"))
		t.LoseConnection()
	}
}

// TestOpenSSLStartTLS upgrades in place.
func TestOpenSSLStartTLS(t *testing.T) {
	m := &mailServer{lineEnd: lineEnd{layer: server(t, options(serverConfig(0))), trigger: "STARTTLS", first: "220 mail.test\r\n", answer: "220 go ahead\r\n"}}
	out := runOpenSSL(t, m, func() bool { return m.completed > 0 }, []string{"-starttls", "smtp", "-quiet", "-ign_eof", "-crlf"}, "NOOP\n")
	if !strings.Contains(out, "250 NOOP") || !errors.Is(m.reason, net.ErrClosed) {
		t.Errorf("lines %q, lost by %v; openssl: %s", m.lines, m.reason, out)
	}
}
