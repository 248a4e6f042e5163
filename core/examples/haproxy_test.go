// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

// A front is what haproxy does in front of a server.
type front struct {
	server string // where the server listens
	how    string // the options of haproxy's "server" line
}

// frontends runs haproxy in front of servers, and returns where each can be reached. haproxy inherits its listening sockets, so nothing has to wait until it runs.
func frontends(t *testing.T, fronts ...front) (addresses []string) {
	t.Helper()
	path := program(t, "haproxy")
	var (
		config, output bytes.Buffer
		files          []*os.File
	)
	config.WriteString("defaults\n mode tcp\n timeout connect 30s\n timeout client 60s\n timeout server 60s\n")
	for i, f := range fronts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close() // file is another descriptor of the same socket
		defer file.Close()
		files = append(files, file)
		addresses = append(addresses, l.Addr().String())
		fmt.Fprintf(&config, "listen l%d\n bind fd@%d\n server s %s %s\n", i, 3+i, f.server, f.how)
	}
	name := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(name, config.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // far beyond what any test takes
	cmd := exec.CommandContext(ctx, path, "-db", "-f", name)
	cmd.ExtraFiles = files
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		cancel()
		if t.Failed() {
			t.Logf("haproxy: %s", output.String())
		}
	})
	return addresses
}

// certificateFiles writes a certificate for localhost and its key.
func certificateFiles(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := k.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	keyPEM, err := k.PEM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, data := range map[string][]byte{cert: own.PEM(), key: keyPEM} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestHAProxy has a real haproxy between a client and a server, which tells each client the address that it has: that of the client, not that of haproxy. Over TLS the
// header comes first, whether the client speaks TLS or haproxy does.
func TestHAProxy(t *testing.T) {
	program(t, "haproxy")
	cert, key := certificateFiles(t)
	plain := start(t, "pubsub", "haproxy:tcp:0:interface=127.0.0.1")
	secure := start(t, "pubsub", "haproxy:tls:0:interface=127.0.0.1:cert="+cert+":key="+key)
	tests := []struct {
		name string
		front
		tls bool // of the client
	}{
		{"version 1", front{plain, "send-proxy"}, false},
		{"version 2", front{plain, "send-proxy-v2"}, false},
		{"version 1 before the client's TLS", front{secure, "send-proxy"}, true},
		{"version 2 before the client's TLS", front{secure, "send-proxy-v2"}, true},
		{"version 1 before haproxy's TLS", front{secure, "send-proxy ssl verify none"}, false},
		{"version 2 before haproxy's TLS", front{secure, "send-proxy-v2-ssl ssl verify none"}, false},
	}
	var fronts []front
	for _, tt := range tests {
		fronts = append(fronts, tt.front)
	}
	addresses := frontends(t, fronts...)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, "tcp", addresses[i])
			own := c.LocalAddr()
			if tt.tls {
				c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // the server's certificate was made a moment ago
			}
			io.WriteString(c, "hello\n")
			want := fmt.Sprintf("<%v> hello\n", own)
			if got, err := bufio.NewReader(c).ReadString('\n'); got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
			c.Close()
		})
	}
	t.Run("without a header", func(t *testing.T) {
		c := dial(t, "tcp", plain)
		io.WriteString(c, "hello\n")
		if got, err := io.ReadAll(c); len(got) > 0 {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
