// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package fdstream_test

import (
	"context"
	"log/slog"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/fdstream"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func running(t *testing.T, poller string) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.DiscardHandler), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	started := make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop
	<-started
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// overEach runs f over each poller.
func overEach(t *testing.T, f func(t *testing.T, r *reactor.Reactor)) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) { f(t, running(t, name)) })
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pipe(t *testing.T) (r, w int) {
	t.Helper()
	var p [2]int
	check(t, unix.Pipe(p[:]))
	for _, fd := range p {
		unix.CloseOnExec(fd)
		check(t, unix.SetNonblock(fd, true))
	}
	return p[0], p[1]
}

// two describes a stream over two descriptors of its own.
func two(r *reactor.Reactor, in, out int) fdstream.Config {
	outClosed := false
	closeOut := func() {
		if !outClosed {
			outClosed = true
			unix.Close(out)
		}
	}
	return fdstream.Config{Loop: r, In: in, Out: out, CloseOut: closeOut, Close: func() { closeOut(); unix.Close(in) }, Logger: slog.New(slog.DiscardHandler)}
}

func TestStreamIsATransport(t *testing.T) {
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		t.Run("pipes", func(t *testing.T) {
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
					r1, w1 := pipe(t)
					r2, w2 := pipe(t)
					r.CallFromThread(func() {
						fdstream.Attach(two(r, r1, w2), server)
						fdstream.Attach(two(r, r2, w1), client)
					})
				}}
			})
		})
		if r.PollerName() == "poll" || r.PollerName() == "select" {
			return // which do not know one kind of descriptor from another
		}
		t.Run("socket", func(t *testing.T) {
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
					fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
					check(t, err)
					one := func(fd int) fdstream.Config {
						check(t, unix.SetNonblock(fd, true))
						return fdstream.Config{Loop: r, In: fd, Out: fd, CloseOut: func() { unix.Shutdown(fd, unix.SHUT_WR) }, Close: func() { unix.Close(fd) },
							Logger: slog.New(slog.DiscardHandler)}
					}
					s, c := one(fds[0]), one(fds[1])
					r.CallFromThread(func() {
						fdstream.Attach(s, server)
						fdstream.Attach(c, client)
					})
				}}
			})
		})
	})
}
