// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package endpoint_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// The environment variable that makes the test's program one of the children below. Its value is a description.
const childEnv = "TORSION_TEST_ENDPOINT"

func TestMain(m *testing.M) {
	if description := os.Getenv(childEnv); description != "" {
		if err := child(description); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	leaktest.Main(m)
}

// child serves capitals at the endpoint until a connection ends, and, unless that is its standard output, tells where it listens.
func child(description string) error {
	if os.Getenv("LISTEN_FDS") != "" { // a supervisor tells this after its fork, which Go cannot do
		os.Setenv("LISTEN_PID", fmt.Sprint(os.Getpid()))
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	s, err := endpoint.ServerFromString(r, description)
	if err != nil {
		return err
	}
	again, err := endpoint.ServerFromString(r, description)
	if err != nil {
		return err
	}
	var failed error
	r.CallWhenRunning(func() {
		s.Listen(protocol.ForProtocol(func() protocol.Protocol { return &shouter{r: r} })).Done(func(p endpoint.Port, err error) {
			if failed = err; err != nil {
				r.Stop()
				return
			}
			if p.Addr() == protocol.PipeAddr() {
				return
			}
			again.Listen(echoes).Done(func(_ endpoint.Port, err error) {
				fmt.Println(p.Addr(), errors.Is(err, protocol.ErrAlreadyListened))
			})
		})
	})
	if err := r.Run(context.Background()); err != nil {
		return err
	}
	return failed
}

type shouter struct {
	protocol.Base
	r *reactor.Reactor
}

func (s *shouter) DataReceived(t protocol.Transport, p []byte) {
	t.Write([]byte(strings.ToUpper(string(p))))
}
func (s *shouter) ConnectionLost(protocol.Transport, error) { s.r.Stop() }

// start runs the test's program again with a description and inherited files.
func start(t *testing.T, description string, files ...*os.File) (in io.WriteCloser, out *bufio.Reader, wait func() error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(patience(t), exe)
	cmd.Env = append(os.Environ(), childEnv+"="+description)
	if len(files) > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES=web:un")
		cmd.ExtraFiles = files
	}
	cmd.Stderr = os.Stderr
	in, err = cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return in, bufio.NewReader(stdout), cmd.Wait
}

// A child inherits listening sockets and serves them; what it listened on by one endpoint it cannot by another.
func TestInheritedSockets(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	un, err := net.Listen("unix", filepath.Join(tempdir.Short(t), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer un.Close()
	tcpFile, err := tcp.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer tcpFile.Close()
	unFile, err := un.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer unFile.Close()
	for _, tt := range []struct {
		description string
		addr        net.Addr
		once        bool
	}{
		{"systemd:INET:0", tcp.Addr(), true},
		{"systemd:index=0", tcp.Addr(), true},
		{"systemd:INET:name=web", tcp.Addr(), true},
		{"systemd:UNIX:1", un.Addr(), true},
		{"systemd:name=un", un.Addr(), true},
		{"fd:4", un.Addr(), false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			_, out, wait := start(t, tt.description, tcpFile, unFile)
			line, err := out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintln(tt.addr, tt.once); tt.once && line != want {
				t.Fatalf("the child listens on %q, want %q", line, want)
			}
			c, err := net.Dial(tt.addr.Network(), tt.addr.String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(c, "hello")
			got := make([]byte, 5)
			if _, err := io.ReadFull(c, got); err != nil || string(got) != "HELLO" {
				t.Errorf("got %q, %v", got, err)
			}
			c.Close()
			if err := wait(); err != nil {
				t.Error(err)
			}
		})
	}
	// The parent's listener still works: the child only closed its own copy.
	go func() {
		if c, err := net.Dial("tcp", tcp.Addr().String()); err == nil {
			c.Close()
		}
	}()
	if c, err := tcp.Accept(); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
}

// A socket of another kind than the description says is refused.
func TestInheritedWrongDomain(t *testing.T) {
	r := running(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	fd := -1
	raw.Control(func(n uintptr) { fd = dup(t, int(n)) })
	s := &endpoint.AdoptedServer{Reactor: r, FD: fd, Network: "unix"}
	for _, want := range []string{"the socket is tcp4, not unix", protocol.ErrAlreadyListened.Error()} {
		_, err := on(t, r, func() *deferred.Deferred[endpoint.Port] { return s.Listen(echoes) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A program talks by its standard input and output.
func TestStandardIO(t *testing.T) {
	in, out, wait := start(t, "stdio:")
	fmt.Fprint(in, "hello\n")
	if line, err := out.ReadString('\n'); err != nil || line != "HELLO\n" {
		t.Errorf("got %q, %v", line, err)
	}
	in.Close()
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v", rest, err)
	}
	if err := wait(); err != nil {
		t.Error(err)
	}
}

// Standard I/O is one connection with half-close.
func TestStandardIOStreams(t *testing.T) {
	r := running(t)
	in, feed := io.Pipe()
	read, out := io.Pipe()
	s := &endpoint.StandardIO{Loop: r, In: in, Out: out}
	p := listen(t, r, s, bridge.Blocking(func(_ context.Context, c net.Conn) error {
		_, err := io.Copy(c, c)
		return err
	}))
	if p.Addr() != protocol.PipeAddr() || stop(t, r, p) != nil {
		t.Errorf("address %v", p.Addr())
	}
	go func() {
		io.WriteString(feed, "through")
		feed.Close()
	}()
	if got, err := io.ReadAll(read); err != nil || string(got) != "through" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := on(t, r, func() *deferred.Deferred[endpoint.Port] { return s.Listen(echoes) }); !errors.Is(err, protocol.ErrAlreadyListened) {
		t.Errorf("second Listen: %v", err)
	}
}

// dup returns a descriptor of the test's own.
func dup(t *testing.T, fd int) int {
	t.Helper()
	n, err := unix.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
