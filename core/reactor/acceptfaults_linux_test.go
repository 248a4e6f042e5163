// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// acceptChild names the poller in the environment of a test's own process, whose limits and faults are not those of the other tests.
const acceptChild = "TORSION_REACTOR_ACCEPT_CHILD"

// An acceptServer is the child's echo server.
type acceptServer struct {
	*reactor.Reactor
	log   logtest.Book
	stdin *bufio.Reader
	ended chan error
}

// startAcceptServer is the child's. Lines for the parent begin with "child:".
func startAcceptServer(t *testing.T, poller string) *acceptServer {
	s := &acceptServer{stdin: bufio.NewReader(os.Stdin), ended: make(chan error, 1)}
	r, err := reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.Reactor = r
	port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- r.Run(context.Background()) }() // end waits for it
	s.tell("%v", port.Addr())
	return s
}

func (s *acceptServer) tell(format string, args ...any) { fmt.Printf("\nchild: "+format+"\n", args...) }

// hear waits for the parent's next line, or for its end.
func (s *acceptServer) hear() { s.stdin.ReadString('\n') }

// end tells what was logged and counted, and stops.
func (s *acceptServer) end(t *testing.T) {
	s.tell("%d lines, %d failures", strings.Count(s.log.String(), "reactor: cannot accept for now"), s.Stats().AcceptFailures)
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// An acceptParent talks to a child.
type acceptParent struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

// startChild runs this test again as a child, under another program if that is given.
func startChild(t *testing.T, poller string, under ...string) *acceptParent {
	t.Helper()
	args := append(under, os.Args[0], "-test.run=^"+t.Name()[:strings.IndexByte(t.Name()+"/", '/')]+"$", "-test.v")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), acceptChild+"="+poller)
	cmd.Stderr = os.Stderr
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
		in.Close() // which ends it, if nothing has
		io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the child: %v", err)
		}
	})
	return &acceptParent{t, in, bufio.NewReader(out), cmd}
}

func (p *acceptParent) hear() string {
	p.t.Helper()
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			p.t.Fatalf("the child ended: %v", err)
		}
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "child: "); ok {
			return s
		}
	}
}

func (p *acceptParent) tell() { io.WriteString(p.in, "\n") }

// dial connects with a deadline that only a broken server reaches.
func (p *acceptParent) dial(addr string) net.Conn {
	p.t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

func (p *acceptParent) write(c net.Conn, text string) {
	p.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *acceptParent) read(c net.Conn, want string) {
	p.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		p.t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// tracer returns strace, or skips where it is missing or may not trace.
func tracer(t *testing.T) string {
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is missing")
	}
	if out, err := exec.Command(path, "-f", "-qq", "-o", os.DevNull, "-e", "inject=accept4:error=EPERM", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot be used here: %v: %s", err, out)
	}
	return path
}

// TestAcceptFaults (class 62) has the system fail accept six times in a row, in every way that says nothing about the listening socket. The connection that is there
// already is not touched, the next one is served when the series is over, and the series is one line of log and one of the count.
func TestAcceptFaults(t *testing.T) {
	if poller := os.Getenv(acceptChild); poller != "" {
		s := startAcceptServer(t, poller)
		s.hear()
		s.end(t)
		return
	}
	strace := tracer(t)
	// poll and select accept by epoll's code. portable's accepting goroutine changes threads, and strace counts by thread; TestAcceptDoesNotSpin has it.
	for _, poller := range reactor.Pollers() {
		if poller != "epoll" && poller != "io_uring" {
			continue
		}
		for _, tt := range []struct {
			errno string
			lines int
		}{
			{"EMFILE", 1}, {"ENFILE", 1}, {"ENOBUFS", 1}, {"ECONNABORTED", 1}, {"EPERM", 0},
		} {
			t.Run(poller+"/"+tt.errno, func(t *testing.T) {
				trace := filepath.Join(t.TempDir(), "trace")
				// The first two are the first connection's, or find nothing.
				p := startChild(t, poller, strace, "-f", "-qq", "-o", trace, "-e", "trace=accept4", "-e", "inject=accept4:error="+tt.errno+":when=3..8")
				addr := p.hear()
				first := p.dial(addr)
				p.write(first, "a")
				p.read(first, "a")
				second := p.dial(addr)
				p.write(second, "b")
				for range 20 {
					p.write(first, "c")
					p.read(first, "c")
				}
				p.read(second, "b")
				p.tell()
				if got, want := p.hear(), fmt.Sprintf("%d lines, %[1]d failures", tt.lines); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				text, err := os.ReadFile(trace)
				if n := bytes.Count(text, []byte("INJECTED")); err != nil || n != 6 {
					t.Errorf("%d faults were made, %v", n, err)
				}
			})
		}
	}
}

// TestAcceptDoesNotSpin (class 62): a server that has no descriptor left, not even its reserve, and a connection waiting, waits too: it does not use a processor up.
func TestAcceptDoesNotSpin(t *testing.T) {
	if poller := os.Getenv(acceptChild); poller != "" {
		s := startAcceptServer(t, poller)
		s.hear()
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		few := limit
		few.Cur = 3
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		s.tell("none left")
		s.hear() // the connection waits
		used := make(chan time.Duration)
		s.CallFromThread(func() {
			before := processorTime(t)
			s.CallLater(time.Second, func() { used <- processorTime(t) - before })
		})
		s.tell("%d", (<-used).Milliseconds())
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		s.hear()
		s.end(t)
		return
	}
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) {
			p := startChild(t, poller)
			addr := p.hear()
			first := p.dial(addr)
			p.write(first, "a")
			p.read(first, "a")
			p.tell()
			p.hear()
			second := p.dial(addr)
			p.write(second, "b")
			p.write(first, "c")
			p.read(first, "c")
			p.tell()
			var milliseconds int
			if _, err := fmt.Sscan(p.hear(), &milliseconds); err != nil {
				t.Fatal(err)
			}
			if milliseconds > 100 { // a few are enough
				t.Errorf("in one second without descriptors the server used %d ms of processor time", milliseconds)
			}
			p.read(second, "b")
			p.tell()
			if got := p.hear(); got != "1 lines, 1 failures" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// processorTime returns what this process has used.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Error(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
