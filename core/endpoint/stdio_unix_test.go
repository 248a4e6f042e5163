// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package endpoint_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// blockingPipe is a pipe as a shell makes them.
func blockingPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	r, w = os.NewFile(uintptr(p[0]), "in"), os.NewFile(uintptr(p[1]), "out")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func nonblocking(t *testing.T, fd int) bool {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		t.Error(err)
	}
	return flags&unix.O_NONBLOCK != 0
}

type halfCloser struct{ protocoltest.Accumulating }

func (h *halfCloser) ReadConnectionLost(protocol.Transport)  { h.Note("read closed") }
func (h *halfCloser) WriteConnectionLost(protocol.Transport) { h.Note("write closed") }

// overFiles listens on two pipes over each poller. f gets the far ends, and copies of the descriptors.
func overFiles(t *testing.T, p func() protocol.Protocol, f func(t *testing.T, r *reactor.Reactor, p protocol.Protocol, in, out *os.File, copies [2]int)) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			r := runOver(t, name)
			inR, inW := blockingPipe(t)
			outR, outW := blockingPipe(t)
			var copies [2]int
			for i, file := range []*os.File{inR, outW} {
				conn, _ := file.SyscallConn()
				conn.Control(func(fd uintptr) { copies[i], _ = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3) })
			}
			proto := p()
			done := make(chan struct{})
			r.CallFromThread(func() {
				defer close(done)
				s := &endpoint.StandardIO{Loop: r, In: inR, Out: outW}
				s.Listen(protocol.ForProtocol(func() protocol.Protocol { return proto }))
				if !nonblocking(t, copies[0]) || !nonblocking(t, copies[1]) {
					t.Error("the loop may block")
				}
			})
			<-done
			f(t, r, proto, inW, outR, copies)
		})
	}
}

func runOver(t *testing.T, poller string) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Poller: poller, ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	ended, started := make(chan error, 1), make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(t.Context()) }() // ends by Stop, or by the context
	<-started
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// The end of the input and that of the output come apart, and the descriptors' modes are as before.
func TestStandardIOHalfClose(t *testing.T) {
	overFiles(t, func() protocol.Protocol { return &halfCloser{} }, func(t *testing.T, r *reactor.Reactor, proto protocol.Protocol, in, out *os.File, copies [2]int) {
		defer unix.Close(copies[0])
		p := proto.(*halfCloser)
		in.WriteString("question")
		in.Close()
		<-p.WhenNoted("read closed")
		r.CallFromThread(func() {
			tr := p.Transport()
			tr.Write([]byte("answer"))
			half, _ := protocol.As[protocol.HalfCloseTransport](tr)
			half.LoseWriteConnection()
		})
		<-p.WhenLost()
		if nonblocking(t, copies[0]) || nonblocking(t, copies[1]) {
			t.Error("the modes were not restored")
		}
		unix.Close(copies[1])
		buf := make([]byte, 100)
		if n, _ := out.Read(buf); string(buf[:n]) != "answer" || string(p.Data()) != "question" {
			t.Errorf("%q, %q", p.Data(), buf[:n])
		}
		if want := []string{"made", "data", "read closed", "write closed", "lost"}; !slices.Equal(p.Events(), want) {
			t.Errorf("%v", p.Events())
		}
	})
}

// An output that nobody reads is noticed without a write.
func TestStandardIOBrokenOutput(t *testing.T) {
	overFiles(t, func() protocol.Protocol { return &protocoltest.Accumulating{} }, func(t *testing.T, _ *reactor.Reactor, proto protocol.Protocol, _, out *os.File, copies [2]int) {
		defer unix.Close(copies[0])
		defer unix.Close(copies[1])
		p := proto.(*protocoltest.Accumulating)
		out.Close()
		<-p.WhenLost()
		if !errors.Is(p.Reason(), protocol.ErrConnectionLost) || !errors.Is(p.Reason(), syscall.EPIPE) {
			t.Errorf("lost by %v", p.Reason())
		}
	})
}

// A loop that cannot watch descriptors has goroutines read and write, and leaves the mode alone.
func TestStandardIOOverMemory(t *testing.T) {
	m := reactortest.NewMemory(t)
	inR, inW := blockingPipe(t)
	_, outW := blockingPipe(t)
	acc := &protocoltest.Accumulating{}
	s := &endpoint.StandardIO{Loop: m, In: inR, Out: outW}
	s.Listen(protocol.ForProtocol(func() protocol.Protocol { return acc }))
	inW.WriteString("hello")
	inW.Close()
	if err := m.Until(t.Context(), func() bool { return acc.Reason() != nil }); err != nil || string(acc.Data()) != "hello" {
		t.Errorf("%q, %v", acc.Data(), err)
	}
}

// One file that is both input and output, as a socket may be, is closed once, and what shares it gets its mode back.
func TestStandardIOOfOneFile(t *testing.T) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			r := runOver(t, name)
			fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			unix.CloseOnExec(fds[0])
			unix.CloseOnExec(fds[1])
			far, near := os.NewFile(uintptr(fds[0]), "far"), os.NewFile(uintptr(fds[1]), "near")
			defer far.Close()
			mark, err := unix.FcntlInt(uintptr(fds[1]), unix.F_DUPFD_CLOEXEC, 3)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(mark)
			lost := make(chan struct{})
			proto := &protocoltest.Accumulating{OnLost: func(protocol.Transport, error) { close(lost) }}
			r.CallFromThread(func() {
				s := &endpoint.StandardIO{Loop: r, In: near, Out: near}
				s.Listen(protocol.ForProtocol(func() protocol.Protocol { return proto }))
				proto.Transport().Write([]byte("hello"))
			})
			b := make([]byte, 5)
			if _, err := io.ReadFull(far, b); err != nil || string(b) != "hello" {
				t.Fatalf("%q, %v", b, err)
			}
			r.CallFromThread(func() { proto.Transport().LoseConnection() })
			<-lost
			if nonblocking(t, mark) {
				t.Error("the socket stays non-blocking for those who share it")
			}
		})
	}
}
