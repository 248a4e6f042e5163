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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/tempdir"
)

var programs string // the folder of the built programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "examples")
	if err == nil {
		programs = dir
		var out []byte
		if out, err = exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./echoserver", "./echoclient", "./pubsub", "./tlsecho", "./udpecho", "./proxy", "./application", "./gameloop").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot build the examples:", err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// start runs a program and returns the address that it says it listens on. It has to end well when the test does.
func start(t *testing.T, name string, args ...string) (address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // far beyond what any test takes
	cmd := exec.CommandContext(ctx, filepath.Join(programs, name), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, stderr.String())
		}
		cancel()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("%s said %q (%v) %s", name, line, err, stderr.String())
	}
	return address
}

// dial connects, with a deadline that only a broken program reaches.
func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// echoed sends text and wants it back.
func echoed(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Errorf("got %q, %v; want %q", got, err, text)
	}
}

// program returns a real peer, or skips.
func program(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is missing", name)
	}
	return path
}

// A talk is a real peer with its standard input and output in our hands.
type talk struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

func converse(t *testing.T, name string, args ...string) *talk {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, program(t, name), args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
		cancel()
	})
	return &talk{t, in, bufio.NewReader(out)}
}

func (p *talk) say(line string) { io.WriteString(p.in, line+"\n") }

func (p *talk) hear() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("heard %q, %v", line, err)
	}
	return strings.TrimRight(line, "\r\n")
}

func TestEchoServer(t *testing.T) {
	at := start(t, "echoserver", "tcp:0:interface=127.0.0.1")
	echoed(t, dial(t, "tcp", at), "What a fool believes")
	t.Run("client", func(t *testing.T) {
		host, port, _ := net.SplitHostPort(at)
		out, err := exec.Command(filepath.Join(programs, "echoclient"), "tcp:"+host+":"+port, "hello").CombinedOutput()
		if err != nil || string(out) != "server said: hello\n" {
			t.Errorf("got %q, %v", out, err)
		}
	})
	t.Run("client refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(l.Addr().String())
		l.Close()
		out, err := exec.Command(filepath.Join(programs, "echoclient"), "tcp:"+host+":"+port).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "connection refused") {
			t.Errorf("got %q, %v", out, err)
		}
	})
}

func TestApplication(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	path := filepath.Join(tempdir.Short(t), "s")
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "application"), "echo", "--listen", "unix:"+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(out)
	for log.Scan() && !strings.Contains(log.Text(), "listening") {
	}
	echoed(t, dial(t, "unix", path), "hello")
	cmd.Process.Signal(syscall.SIGTERM)
	stopped := false
	for log.Scan() {
		stopped = stopped || strings.Contains(log.Text(), "shut down")
	}
	if err := cmd.Wait(); !stopped || err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v; the log told of it: %v", err, stopped)
	}
}

func TestEchoServerOverUNIXWithSocat(t *testing.T) {
	at := start(t, "echoserver", "unix:"+filepath.Join(tempdir.Short(t), "s"))
	p := converse(t, "socat", "-", "UNIX-CONNECT:"+at)
	p.say("over a socket")
	if got := p.hear(); got != "over a socket" {
		t.Errorf("got %q", got)
	}
}

func TestPubSub(t *testing.T) {
	at := start(t, "pubsub", "tcp:0:interface=127.0.0.1")
	a, b := dial(t, "tcp", at), dial(t, "tcp", at)
	ra, rb := bufio.NewReader(a), bufio.NewReader(b)
	for i, from := range []net.Conn{a, b} {
		if i == 0 {
			// A line of b's own, heard by b, proves that the server knows b before a speaks.
			io.WriteString(b, "here\n")
			rb.ReadString('\n')
			ra.ReadString('\n')
		}
		io.WriteString(from, "hello\n")
		want := fmt.Sprintf("<%v> hello\n", from.LocalAddr())
		for _, r := range []*bufio.Reader{ra, rb} {
			if got, err := r.ReadString('\n'); got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
	}
}

func TestPubSubWithNetcat(t *testing.T) {
	at := start(t, "pubsub", "tcp:0:interface=127.0.0.1")
	host, port, _ := net.SplitHostPort(at)
	a, b := converse(t, "nc", host, port), converse(t, "nc", host, port)
	b.say("I am b")
	if got := b.hear(); !strings.HasSuffix(got, "> I am b") {
		t.Errorf("b heard %q", got)
	}
	a.say("I am a")
	for got := ""; !strings.HasSuffix(got, "> I am a"); { // a may have come before or after b's line
		got = a.hear()
	}
	if got := b.hear(); !strings.HasSuffix(got, "> I am a") {
		t.Errorf("b heard %q", got)
	}
}

func TestTLSEcho(t *testing.T) {
	at := start(t, "tlsecho", "127.0.0.1:0")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := tls.Client(dial(t, "tcp", at), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}) // the server made its certificate a moment ago
		echoed(t, c, "secret "+tls.VersionName(version))
	}
}

func TestTLSEchoWithOpenSSL(t *testing.T) {
	at := start(t, "tlsecho", "127.0.0.1:0")
	p := converse(t, "openssl", "s_client", "-quiet", "-connect", at)
	p.say("hello from openssl")
	if got := p.hear(); got != "hello from openssl" {
		t.Errorf("got %q", got)
	}
}

func TestUDPEcho(t *testing.T) {
	at := start(t, "udpecho", "127.0.0.1:0")
	echoed(t, dial(t, "udp", at), "datagram")
	t.Run("socat", func(t *testing.T) {
		p := converse(t, "socat", "-", "UDP:"+at)
		p.say("from socat")
		if got := p.hear(); got != "from socat" {
			t.Errorf("got %q", got)
		}
	})
}

func TestProxy(t *testing.T) {
	at := start(t, "echoserver", "tcp:0:interface=127.0.0.1")
	host, port, _ := net.SplitHostPort(at)
	c := dial(t, "tcp", start(t, "proxy", "tcp:0:interface=127.0.0.1", "tcp:"+host+":"+port))
	echoed(t, c, "through the proxy")

	// The peer sends much and reads nothing at first: all of it has to wait somewhere in a chain of bounded buffers, and then to arrive.
	const size = 32 << 20
	sent := make(chan error, 1) // the one sender's result
	go func() {                 // ends with the copy, for which the test waits
		_, err := io.CopyN(c, zeros{}, size)
		sent <- err
	}()
	if n, err := io.CopyN(io.Discard, c, size); n != size {
		t.Errorf("got %d of %d bytes, %v", n, size, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	c.(*net.TCPConn).CloseWrite()
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d bytes, %v", n, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
