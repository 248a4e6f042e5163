// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package socks_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// An echoing server greets, so that data comes right behind the proxy's answer, and closes when its peer has.
func echoing(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(c, "hello:")
				io.Copy(c, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a program until the test ends, and returns when it listens.
func start(t *testing.T, port int, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1) // for the one Wait
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s: %s", name, out.String())
		}
	})
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			c.Close()
			tick.Stop()
			return
		}
		select {
		case <-ended:
			ended <- nil
			t.Fatalf("%s has ended: %s", name, out.String())
		case <-deadline:
			t.Fatalf("%s does not listen", name)
		case <-tick.C:
		}
	}
}

func program(t *testing.T, name string) string {
	t.Helper()
	for _, at := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	t.Skipf("no %s here", name)
	return ""
}

func running(t *testing.T) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// try connects on the loop, and waits.
func try(t *testing.T, r *reactor.Reactor, c *socks.Client, acc *protocoltest.Accumulating) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[protocol.Protocol] {
		return c.Connect(protocol.ForProtocol(func() protocol.Protocol { return acc }))
	})
	return err
}

// throughProxy sends half a megabyte through a proxy and back, and ends by half-close.
func throughProxy(t *testing.T, r *reactor.Reactor, c socks.Client, proxyPort int) {
	t.Helper()
	c.Loop, c.Inner = r, &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: proxyPort}
	acc := &protocoltest.Accumulating{}
	if err := try(t, r, &c, acc); err != nil {
		t.Errorf("%v to %s: %v", c.Version, c.Host, err)
		return
	}
	text := strings.Repeat("round and round ", 32<<10)
	r.CallFromThread(func() { io.WriteString(acc.Transport(), text) })
	select {
	case <-acc.When(len("hello:") + len(text)):
	case <-acc.WhenLost():
	case <-time.After(time.Minute):
	}
	if string(acc.Data()) != "hello:"+text {
		t.Errorf("%v to %s: %d bytes came back: %.20q", c.Version, c.Host, acc.Len(), acc.Data())
	}
	r.CallFromThread(func() { acc.Transport().LoseConnection() })
	<-acc.WhenLost()
}

// versions are what a proxy is asked for; localhost is IPv4 for all of them.
func versions(port int) []socks.Client {
	return []socks.Client{
		{Host: "127.0.0.1", Port: port},
		{Host: "localhost", Port: port},
		{Version: socks.SOCKS4, Host: "127.0.0.1", Port: port},
		{Version: socks.SOCKS4A, Host: "localhost", Port: port},
	}
}

func TestMicrosocks(t *testing.T) {
	name := program(t, "microsocks")
	r, far := running(t), echoing(t)
	port := freePort(t)
	start(t, port, name, "-i", "127.0.0.1", "-p", strconv.Itoa(port))
	for _, c := range versions(far)[:2] { // it speaks version 5 only
		throughProxy(t, r, c, port)
	}
	way := &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: port}
	err := try(t, r, &socks.Client{Loop: r, Inner: way, Host: "127.0.0.1", Port: freePort(t)}, nil)
	if !errors.Is(err, protocol.ErrConnectionRefused) {
		t.Errorf("where nobody listens: %v", err)
	}
}

func TestMicrosocksLogin(t *testing.T) {
	name := program(t, "microsocks")
	r, far := running(t), echoing(t)
	port := freePort(t)
	start(t, port, name, "-i", "127.0.0.1", "-p", strconv.Itoa(port), "-u", "joe", "-P", "secret")
	c := socks.Client{Host: "127.0.0.1", Port: far, Username: "joe", Password: "secret"}
	throughProxy(t, r, c, port)
	c.Loop, c.Inner = r, &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: port}
	c.Password = "wrong"
	if err := try(t, r, &c, nil); !errors.Is(err, socks.ErrLogin) {
		t.Errorf("wrong password: %v", err)
	}
	c.Username, c.Password = "", ""
	if err := try(t, r, &c, nil); !errors.Is(err, socks.ErrMethod) {
		t.Errorf("no login: %v", err)
	}
}

func TestDante(t *testing.T) {
	name := program(t, "danted")
	r, far := running(t), echoing(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	config := filepath.Join(t.TempDir(), "danted.conf")
	os.WriteFile(config, fmt.Appendf(nil, `logoutput: stderr
internal: 127.0.0.1 port = %d
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: %[2]s
user.unprivileged: %[2]s
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 127.0.0.2/32 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`, port, me.Username), 0o600)
	start(t, port, name, "-f", config, "-p", filepath.Join(filepath.Dir(config), "pid"), "-N", "1")
	for _, c := range versions(far)[:3] { // it takes version 4A for 4, and connects to 0.0.0.1
		throughProxy(t, r, c, port)
	}
	way := &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: port}
	err = try(t, r, &socks.Client{Loop: r, Inner: way, Host: "127.0.0.2", Port: far}, nil)
	if e, ok := errors.AsType[*socks.ReplyError](err); !ok || e.Code != socks.NotAllowed {
		t.Errorf("what is not allowed: %v", err)
	}
}

// OpenSSH's -D is a SOCKS proxy through a server that runs with a key of its own.
func TestOpenSSH(t *testing.T) {
	sshd, ssh, keygen := program(t, "sshd"), program(t, "ssh"), program(t, "ssh-keygen")
	if os.Geteuid() != 0 { // sshd gives its privileges up: it has to have them
		t.Skip("sshd needs root")
	}
	os.MkdirAll("/run/sshd", 0o755)
	r, far, folder := running(t), echoing(t), t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, key := range []string{"host", "user"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", at(key)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	pub, err := os.ReadFile(at("user.pub"))
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(at("keys"), pub, 0o600)
	port, proxy := freePort(t), freePort(t)
	os.WriteFile(at("config"), fmt.Appendf(nil, "ListenAddress 127.0.0.1:%d\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n", port, at("host"), at("keys")), 0o600)
	start(t, port, sshd, "-D", "-e", "-f", at("config"))
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	start(t, proxy, ssh, "-F", "none", "-N", "-D", fmt.Sprint("127.0.0.1:", proxy), "-i", at("user"), "-p", strconv.Itoa(port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "BatchMode=yes", me.Username+"@127.0.0.1")
	for _, c := range versions(far) {
		throughProxy(t, r, c, proxy)
	}
}

// The same over the string, as an operator writes it, by a net.Conn.
func TestMicrosocksString(t *testing.T) {
	name := program(t, "microsocks")
	r, far := running(t), echoing(t)
	port := freePort(t)
	start(t, port, name, "-i", "127.0.0.1", "-p", strconv.Itoa(port))
	g := endpoint.NewRegistry()
	socks.Register(g)
	c, err := g.ClientFromString(r, fmt.Sprintf("socks5:127.0.0.1:%d:localhost:%d", port, far))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := endpoint.DialConn(ctx, r, c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "line\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); line != "hello:line\n" {
		t.Errorf("%q, %v", line, err)
	}
}
