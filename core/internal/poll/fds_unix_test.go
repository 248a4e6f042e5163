// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// pipe returns a pipe; the test ends with end of file on it only when every copy of the writing end has been closed.
func pipe(r *rig) (in, out *os.File) {
	r.Helper()
	in, out, err := os.Pipe()
	r.must(err)
	r.Cleanup(func() { in.Close(); out.Close() })
	return in, out
}

func closedEverywhere(r *rig, in, out *os.File) {
	r.Helper()
	out.Close()
	r.must(in.SetReadDeadline(time.Now().Add(10 * time.Second)))
	if _, err := in.Read(make([]byte, 1)); err != io.EOF {
		r.Errorf("a copy of the descriptor is still open: %v", err)
	}
}

func TestPassDescriptors(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		in, out := pipe(r)
		s.onFD = func(fd int) {
			if len(s.got) != 0 {
				r.Error("data came before the descriptor that rode on it")
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				r.Errorf("flags %#x, %v: not closed on exec", flags, err)
			}
			_, err := unix.Write(fd, []byte("hi"))
			r.must(err)
			r.must(unix.Close(fd))
		}
		s.s.Receive(true)
		fd := int(out.Fd())
		n, err := c.s.SendFD([]byte("xyz"), []int{fd, fd, fd})
		if n != 3 || err != nil {
			r.Fatal(n, err)
		}
		r.until("descriptors and data", func() bool { return len(s.fds) == 3 && string(s.got) == "xyz" })
		buf := make([]byte, 6)
		_, err = io.ReadFull(in, buf)
		r.must(err)
		if string(buf) != "hihihi" {
			r.Errorf("got %q through the descriptors", buf)
		}
		closedEverywhere(r, in, out)
	})
}

// The receiver may close, or stop receiving, while it is given a descriptor.
func TestPassCloseInUpcall(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		in, out := pipe(r)
		s.onFD = func(fd int) {
			r.must(unix.Close(fd))
			r.must(s.s.Close(false))
		}
		s.s.Receive(true)
		fd := int(out.Fd())
		_, err := c.s.SendFD([]byte("x"), []int{fd, fd, fd})
		r.must(err)
		r.until("descriptor", func() bool { return len(s.fds) > 0 })
		quiet(r)
		if len(s.fds) != 1 || len(s.got) != 0 {
			r.Errorf("%d descriptors and %q after Close", len(s.fds), s.got)
		}
		closedEverywhere(r, in, out)
	})
}

func TestPassPauseInUpcall(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		_, out := pipe(r)
		s.onFD = func(fd int) {
			r.must(unix.Close(fd))
			s.s.Receive(false)
		}
		s.s.Receive(true)
		_, err := c.s.SendFD([]byte("x"), []int{int(out.Fd())})
		r.must(err)
		r.until("descriptor", func() bool { return len(s.fds) == 1 })
		quiet(r)
		if len(s.got) != 0 {
			r.Errorf("got %q after Receive(false)", s.got)
		}
		c.send([]byte("yz"))
		s.s.Receive(true)
		r.until("data", func() bool { return string(s.got) == "xyz" })
	})
}

// Of several descriptors that came together, those that are not wanted any more wait, as data does.
func TestPassPauseBetweenDescriptors(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		in, out := pipe(r)
		s.onFD = func(fd int) {
			r.must(unix.Close(fd))
			s.s.Receive(false)
		}
		fd := int(out.Fd())
		_, err := c.s.SendFD([]byte("x"), []int{fd, fd, fd, fd})
		r.must(err)
		for i := range 3 {
			s.s.Receive(true)
			r.until("descriptor", func() bool { return len(s.fds) > i })
			quiet(r)
			if len(s.fds) != i+1 || len(s.got) != 0 {
				r.Fatalf("%d descriptors and %q after Receive(false), want %d", len(s.fds), s.got, i+1)
			}
		}
		r.must(s.s.Close(false))
		closedEverywhere(r, in, out)
	})
}

// Without room SendFD does nothing, and Sent tells when there is some.
func TestPassWouldBlock(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("unix")
		_, out := pipe(r)
		total := 0
		for {
			n, err := c.s.SendFD(make([]byte, 64<<10), nil)
			r.must(err)
			if n == 0 {
				break
			}
			total += n
		}
		room := false
		c.onSent = func() { room = true }
		s.onFD = func(fd int) { r.must(unix.Close(fd)) }
		s.s.Receive(true)
		r.until("room", func() bool { return room })
		r.until("the data", func() bool { return len(s.got) == total })
		n, err := c.s.SendFD([]byte("x"), []int{int(out.Fd())})
		if n != 1 || err != nil {
			r.Fatal(n, err)
		}
		r.until("descriptor", func() bool { return len(s.fds) == 1 && len(s.got) == total+1 })
	})
}

func TestPassWrong(t *testing.T) {
	each(t, func(r *rig) {
		tcp, _ := r.pair("tcp")
		if _, err := tcp.s.SendFD([]byte("x"), []int{0}); !errors.Is(err, poll.ErrUnsupported) {
			r.Errorf("over TCP: %v", err)
		}
		c, _ := r.pair("unix")
		if _, err := c.s.SendFD([]byte("x"), []int{1 << 20}); !errors.Is(err, unix.EBADF) {
			r.Errorf("no descriptor: %v", err)
		}
	})
}

func TestWatch(t *testing.T) {
	each(t, func(r *rig) {
		var p [2]int
		r.must(unix.Pipe(p[:]))
		defer unix.Close(p[0])
		in, out := &gauge{}, &gauge{}
		var err error
		in.w, err = r.p.Watch(p[0], in)
		r.must(err)
		out.w, err = r.p.Watch(p[1], out)
		r.must(err)
		r.must(in.w.Set(true, false))
		quiet(r)
		if in.readable+out.writable > 0 {
			r.Fatal("readiness that nobody asked for")
		}
		r.must(out.w.Set(false, true))
		r.until("writable, again and again", func() bool { return out.writable >= 3 })
		r.must(out.w.Set(false, false))
		_, err = unix.Write(p[1], []byte("ab"))
		r.must(err)
		r.until("readable, as long as it lasts", func() bool { return in.readable >= 3 })
		in.onReadable = func() {
			_, err := unix.Read(p[0], make([]byte, 1))
			r.must(err)
		}
		in.readable = 0
		r.until("each byte", func() bool { return in.readable == 2 })
		quiet(r)

		out.w.Close()
		out.w.Close()
		r.must(unix.Close(p[1]))
		ended := false
		in.onReadable = func() {
			n, err := unix.Read(p[0], make([]byte, 1))
			ended = n == 0 && err == nil
			in.w.Close()
		}
		r.until("end of file", func() bool { return ended })
		quiet(r)
		if err := in.w.Set(true, true); err == nil {
			r.Error("Set after Close")
		}
	})
}

// An end that nobody is interested in costs nothing, and is told when somebody is.
func TestWatchHangUp(t *testing.T) {
	each(t, func(r *rig) {
		var p [2]int
		r.must(unix.Pipe(p[:]))
		defer unix.Close(p[0])
		g := &gauge{}
		var err error
		g.w, err = r.p.Watch(p[0], g)
		r.must(err)
		r.must(unix.Close(p[1]))
		quiet(r)
		r.must(g.w.Set(true, false))
		r.until("end of file", func() bool { return g.readable > 0 })
		r.must(g.w.Set(false, false))
		quiet(r)
		g.w.Close()
	})
}

// A regular file cannot be polled and counts as ready.
func TestWatchFile(t *testing.T) {
	each(t, func(r *rig) {
		f, err := os.Create(r.TempDir() + "/f")
		r.must(err)
		defer f.Close()
		g := &gauge{}
		g.w, err = r.p.Watch(int(f.Fd()), g)
		r.must(err)
		quiet(r)
		r.must(g.w.Set(true, true))
		r.until("ready", func() bool { return g.readable >= 3 && g.writable >= 3 })
		r.must(g.w.Set(false, true))
		g.readable, g.writable = 0, 0
		r.until("writable", func() bool { return g.writable > 2 })
		if g.readable > 1 { // one may have been on its way
			r.Error("readable after Set")
		}
		g.w.Close()
		quiet(r)
	})
}

func TestWatchWrong(t *testing.T) {
	each(t, func(r *rig) {
		if _, err := r.p.Watch(1<<20, &gauge{}); !errors.Is(err, unix.EBADF) {
			r.Errorf("got %v", err)
		}
	})
}

// What is shut down behind the poller's back is told once, if at all, and costs nothing afterwards.
func TestShutdownElsewhere(t *testing.T) {
	each(t, func(r *rig) {
		shutdown := func(control func(func(uintptr)) error) {
			r.must(control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) }))
		}
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		shutdown(a.l.Control)
		r.until("error", func() bool { return len(a.errs) == 1 })
		if a.retries[0] {
			r.Error("a dead listener promises to go on")
		}
		quiet(r)
		a.l.Resume()
		quiet(r)

		paused := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		paused.l.Pause()
		shutdown(paused.l.Control)
		quiet(r)
		paused.l.Resume()
		r.until("error", func() bool { return len(paused.errs) == 1 })
		quiet(r)

		if r.p.Name() != "portable" { // package net takes its reading for datagrams without bytes
			u := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			r.must(u.p.Connect(u.p.Addr()))
			shutdown(u.p.Control)
			quiet(r)
		}
	})
}
