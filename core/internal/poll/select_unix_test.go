// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// exhaust opens descriptors until the next one is no longer below n. The function that it returns closes them.
func exhaust(r *rig, n int) (undo func()) {
	r.Helper()
	var limit unix.Rlimit
	r.must(unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if uint64(limit.Cur) < uint64(n)+100 {
		r.Skipf("the limit of %d descriptors is too low", limit.Cur)
	}
	var files []*os.File
	undo = func() {
		for _, f := range files {
			f.Close()
		}
		files = nil
	}
	r.Cleanup(func() { undo() })
	for {
		f, err := os.Open(os.DevNull)
		r.must(err)
		files = append(files, f)
		if int(f.Fd()) >= n {
			return undo
		}
	}
}

// What select cannot watch is refused wherever it comes from, with a word on what to do, and nothing of it stays open.
func TestSelectRefuses(t *testing.T) {
	r := open(t, "select")
	a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
	lend, lent := r.pair("unix")
	var adopted uintptr
	r.must(lent.s.Control(func(fd uintptr) { adopted = fd }))
	undo := exhaust(r, poll.SetSize)
	refused := func(what string, err error) {
		t.Helper()
		var high *poll.DescriptorError
		if !errors.As(err, &high) || high.FD < poll.SetSize || !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "another poller") {
			t.Errorf("%s: %v", what, err)
		}
	}
	before := descriptors()
	_, err := r.p.Listen(&poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"}, a)
	refused("Listen", err)
	_, err = r.p.Dial(&poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()}, &dialer{})
	refused("Dial", err)
	_, err = r.p.Dial(&poll.DialConfig{AdoptFD: int(adopted)}, &dialer{})
	refused("Dial of an open socket", err)
	_, err = r.p.ListenPacket(&poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"}, &socket{})
	refused("ListenPacket", err)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	r.must(err)
	_, err = r.p.Watch(fds[1], &gauge{})
	refused("Watch", err)
	_, err = r.p.Attach(poll.Socket{FD: fds[0]}, &end{})
	refused("Attach", err)
	r.must(unix.Close(fds[1]))
	_, err = poll.New("select")
	refused("New", err)
	if n := descriptors(); n != before {
		t.Errorf("%d descriptors were left open", n-before)
	}

	var peers []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", a.l.Addr().String())
		r.must(err)
		defer c.Close()
		peers = append(peers, c)
	}
	r.until("error", func() bool { return len(a.errs) == 1 })
	refused("Accepted", a.errs[0])
	if !a.retries[0] {
		t.Error("the listener does not go on")
	}
	quiet(r)
	for _, c := range peers {
		r.must(c.SetDeadline(time.Now().Add(10 * time.Second)))
		if _, err := c.Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the connection that nobody can serve lasts: %v", err)
		}
	}
	if len(a.errs) != 1 || len(a.accepted) != 0 {
		t.Errorf("%d errors, %d accepted", len(a.errs), len(a.accepted))
	}

	undo()
	c, err := net.Dial("tcp", a.l.Addr().String())
	r.must(err)
	defer c.Close()
	r.until("connection", func() bool { return len(a.accepted) == 1 })
	s := r.attach(a.accepted[0])
	s.s.Receive(true)
	lend.send([]byte("x")) // those it has go on as well
	lent.s.Receive(true)
	_, err = io.WriteString(c, "y")
	r.must(err)
	r.until("bytes", func() bool { return string(s.got)+string(lent.got) == "yx" })
}

// A descriptor that its owner closes under a Watch is told as ready once, so that the owner notices, and is not watched any more.
func TestWatchClosed(t *testing.T) {
	for _, name := range []string{"poll", "select"} {
		t.Run(name, func(t *testing.T) {
			r := open(t, name)
			var p [2]int
			r.must(unix.Pipe(p[:]))
			defer unix.Close(p[1])
			g := &gauge{}
			var err error
			g.w, err = r.p.Watch(p[0], g)
			r.must(err)
			r.must(g.w.Set(true, false))
			quiet(r)
			r.must(unix.Close(p[0]))
			r.until("notice", func() bool { return g.readable > 0 })
			quiet(r)
			if g.readable != 1 {
				r.Errorf("told %d times", g.readable)
			}
			if err := g.w.Set(true, true); !errors.Is(err, unix.EBADF) {
				r.Errorf("Set: %v", err)
			}
			g.w.Close()
			c, s := r.pair("tcp") // whose descriptors are the next free ones
			s.s.Receive(true)
			c.send([]byte("x"))
			r.until("bytes", func() bool { return string(s.got) == "x" })
			if g.readable != 1 {
				r.Error("told of another descriptor")
			}
		})
	}
}

// A descriptor whose owner closed it before the poller noticed gives way to the next one of the same number.
func TestWatchReplaced(t *testing.T) {
	for _, name := range []string{"epoll", "io_uring", "poll", "select"} {
		t.Run(name, func(t *testing.T) {
			if _, err := poll.Find(name); err != nil {
				t.Skip(err)
			}
			r := open(t, name)
			a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
			c, err := net.Dial("tcp", a.l.Addr().String())
			r.must(err)
			defer c.Close()
			var p [2]int
			r.must(unix.Pipe(p[:]))
			defer unix.Close(p[1])
			g := &gauge{}
			g.w, err = r.p.Watch(p[0], g)
			r.must(err)
			r.must(g.w.Set(true, false))
			r.must(unix.Close(p[0])) // and not g.w.Close()
			r.until("connection", func() bool { return len(a.accepted) == 1 })
			if a.accepted[0].FD != p[0] {
				r.Skip("another goroutine took the descriptor")
			}
			s := r.attach(a.accepted[0])
			s.s.Receive(true)
			_, err = io.WriteString(c, "x")
			r.must(err)
			r.until("bytes", func() bool { return string(s.got) == "x" })
			g.w.Close() // is of the descriptor that was
			_, err = io.WriteString(c, "y")
			r.must(err)
			r.until("bytes", func() bool { return string(s.got) == "xy" })
		})
	}
}
