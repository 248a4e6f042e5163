// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/sys"
)

func eachNetwork(t *testing.T, f func(r *rig, network string)) {
	each(t, func(r *rig) {
		for _, network := range []string{"tcp", "unix"} {
			r.Run(network, func(t *testing.T) { f(open(t, r.p.Name()), network) })
		}
	})
}

func TestEcho(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		c, s := r.pair(network)
		s.onReceived = func(p []byte) { s.send(bytes.Clone(p)) }
		s.s.Receive(true)
		c.s.Receive(true)
		for i := range 50 {
			c.send([]byte{byte(i)})
			r.until("echo", func() bool { return len(c.got) == i+1 })
			if c.got[i] != byte(i) {
				r.Fatalf("byte %d: got %d", i, c.got[i])
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String(), Local: "127.0.0.1:0"})
		r.until("connection", func() bool { return d.done && len(a.accepted) > 0 })
		r.must(d.err)
		s := a.accepted[0]
		defer poll.CloseSocket(s)
		defer poll.CloseSocket(d.s)
		if d.s.Remote != a.l.Addr() || s.Local != a.l.Addr() || d.s.Local != s.Remote || !s.Remote.IsValid() {
			r.Errorf("dialed %v to %v, accepted %v from %v, listening on %v", d.s.Local, d.s.Remote, s.Local, s.Remote, a.l.Addr())
		}
	})
}

func TestLarge(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		c, s := r.pair(network)
		const size = 10 << 20
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i * 7 >> 3)
		}
		var v [][]byte
		for i, rest := 0, data; len(rest) > 0; i++ { // more slices than the system takes at once, empty ones too
			n := min(i%4099, len(rest))
			v, rest = append(v, rest[:n]), rest[n:]
		}
		c.send(v...)
		if c.idle() {
			r.Fatal("10 MB left at once")
		}
		// A slow reader: one chunk, then a pause of a few passes.
		pause := 0
		s.onReceived = func([]byte) {
			s.s.Receive(false)
			pause = 2
		}
		s.s.Receive(true)
		r.until("all the data", func() bool {
			if pause--; pause == 0 {
				s.s.Receive(true)
			}
			if pause < -20 {
				pause = 1
			}
			return len(s.got) == size && c.idle()
		})
		if !bytes.Equal(s.got, data) {
			r.Error("the data changed on the way")
		}
		if c.failed != nil {
			r.Error(c.failed)
		}
	})
}

func TestHalfClose(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		c, s := r.pair(network)
		c.s.Receive(true)
		s.s.Receive(true)
		c.send([]byte("question"))
		r.until("room", c.idle)
		r.must(c.s.CloseWrite())
		r.until("end of stream", func() bool { return len(s.ended) == 1 })
		if string(s.got) != "question" || s.ended[0] != io.EOF {
			r.Fatalf("got %q and %v", s.got, s.ended)
		}
		s.send([]byte("answer"))
		r.until("room", s.idle)
		r.until("answer", func() bool { return string(c.got) == "answer" })
		r.must(s.s.CloseWrite())
		r.until("end of stream", func() bool { return len(c.ended) == 1 })
		if c.ended[0] != io.EOF {
			r.Error(c.ended)
		}
		quiet(r)
		r.must(c.s.Close(false))
		r.must(s.s.Close(false))
	})
}

// quiet checks that nothing more is told: a poller that reports a state again and again would do it here.
func quiet(r *rig) {
	r.Helper()
	runtime.LockOSThread() // io_uring asks for everything anew on another one
	defer runtime.UnlockOSThread()
	for range 3 {
		if _, err := r.p.Poll(0); err != nil {
			r.Fatal(err)
		}
	}
	// What lasts would end this wait at once, time after time.
	for range 3 {
		if n, err := r.p.Poll(time.Millisecond); n != 0 || err != nil {
			r.Errorf("Poll: %d upcalls, %v, with nothing to tell", n, err)
		}
	}
	if n, err := poll.Ready(r.p); n != 0 || err != nil {
		r.Errorf("%d descriptors are ready, %v: nothing would ever wait", n, err)
	}
}

func TestReset(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(map[bool]string{true: "receiving", false: "paused"}[on], func(t *testing.T) {
			each(t, func(r *rig) {
				c, s := r.pair("tcp")
				s.s.Receive(on)
				r.must(c.s.Close(true))
				r.until("reset", func() bool { return len(s.ended) == 1 })
				if !errors.Is(s.ended[0], syscall.ECONNRESET) {
					r.Errorf("got %v", s.ended)
				}
				quiet(r)
				s.send([]byte("x"))
				r.until("error of sending to nobody", func() bool { return s.failed != nil })
			})
		})
	}
}

// An orderly end waits behind the data while receiving is off, and costs nothing meanwhile.
func TestPausedEnd(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		c, s := r.pair(network)
		c.send([]byte("last words"))
		r.until("room", c.idle)
		r.must(s.s.CloseWrite())
		r.must(c.s.CloseWrite())
		quiet(r)
		if len(s.got) > 0 || len(s.ended) > 0 {
			r.Fatalf("got %q, %v with receiving off", s.got, s.ended)
		}
		s.s.Receive(true)
		r.until("end", func() bool { return len(s.ended) == 1 })
		if string(s.got) != "last words" || s.ended[0] != io.EOF {
			r.Errorf("got %q, %v", s.got, s.ended)
		}
		quiet(r)
	})
}

func TestPauseResume(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		c, s := r.pair(network)
		s.onReceived = func([]byte) { s.s.Receive(false) }
		s.s.Receive(true)
		c.send([]byte("one"))
		r.until("one", func() bool { return string(s.got) == "one" })
		c.send([]byte("two"))
		for range 5 {
			_, err := r.p.Poll(time.Millisecond)
			r.must(err)
		}
		if string(s.got) != "one" {
			r.Fatalf("got %q while paused", s.got)
		}
		s.s.Receive(true)
		r.until("two", func() bool { return string(s.got) == "onetwo" })
		s.s.Receive(true)
		s.s.Receive(false)
		s.s.Receive(true)
		c.send([]byte("three"))
		r.until("three", func() bool { return string(s.got) == "onetwothree" })
	})
}

// Nothing follows Close, whichever upcall it is called in.
func TestCloseInUpcall(t *testing.T) {
	big := make([]byte, 8<<20)
	for _, tt := range []struct {
		name  string
		setUp func(r *rig, c, s *end, done func())
	}{
		{"received", func(r *rig, c, s *end, done func()) {
			s.onReceived = func([]byte) { done() }
			s.s.Receive(true)
			c.send(big)
		}},
		{"ended", func(r *rig, c, s *end, done func()) {
			s.onEnded = func(error) { done() }
			s.s.Receive(true)
			r.must(c.s.CloseWrite())
		}},
		{"reset", func(r *rig, c, s *end, done func()) {
			s.onEnded = func(error) { done() }
			s.send(big)
			r.must(c.s.Close(true))
			s.s.Receive(true)
		}},
		{"sent", func(r *rig, c, s *end, done func()) {
			s.send(big)
			s.onSent = done
			c.s.Receive(true)
			s.s.Receive(true)
			c.send([]byte("x"))
		}},
	} {
		for _, abort := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				each(t, func(r *rig) {
					c, s := r.pair("tcp")
					closed := false
					tt.setUp(r, c, s, func() {
						if closed {
							r.Error("an upcall after Close")
						}
						closed = true
						r.must(s.s.Close(abort))
						s.onSent, s.onReceived = func() { r.Error("Sent after Close") }, func([]byte) { r.Error("Received after Close") }
					})
					r.until("upcall", func() bool { return closed })
					for range 5 {
						_, err := r.p.Poll(time.Millisecond)
						r.must(err)
					}
					if err := s.s.Close(false); !errors.Is(err, net.ErrClosed) {
						r.Errorf("second Close: %v", err)
					}
					if _, err := s.s.Send([][]byte{{1}}); !errors.Is(err, net.ErrClosed) {
						r.Errorf("Send after Close: %v", err)
					}
				})
			})
		}
	}
}

// Closing one stream inside the upcall of another drops what was already known of it.
func TestCloseOther(t *testing.T) {
	each(t, func(r *rig) {
		c1, s1 := r.pair("tcp")
		c2, s2 := r.pair("tcp")
		n := 0
		s1.onReceived = func([]byte) { n++; s2.s.Close(false) }
		s2.onReceived = func([]byte) { n++; s1.s.Close(false) }
		s1.s.Receive(true)
		s2.s.Receive(true)
		c1.send([]byte("a"))
		c2.send([]byte("b"))
		r.until("upcall", func() bool { return n > 0 })
		for range 5 {
			_, err := r.p.Poll(time.Millisecond)
			r.must(err)
		}
		if n != 1 {
			r.Errorf("%d upcalls", n)
		}
	})
}

func TestOptions(t *testing.T) {
	each(t, func(r *rig) {
		c, _ := r.pair("tcp")
		r.must(c.s.Control(func(fd uintptr) {
			if fd == 0 {
				r.Error("no descriptor")
			}
		}))
		for _, on := range []bool{true, false} {
			r.must(c.s.SetNoDelay(on))
			if got, err := c.s.NoDelay(); got != on || err != nil {
				r.Errorf("NoDelay: %v, %v; want %v", got, err, on)
			}
		}
		if on, err := c.s.KeepAlive(); on || err != nil {
			r.Errorf("KeepAlive of a new connection: %v, %v", on, err)
		}
		for _, tt := range []struct {
			idle time.Duration
			want bool
		}{{-1, true}, {0, false}, {1500 * time.Millisecond, true}, {0, false}} {
			r.must(c.s.SetKeepAlive(tt.idle))
			if got, err := c.s.KeepAlive(); got != tt.want || err != nil {
				r.Errorf("KeepAlive after %v: %v, %v", tt.idle, got, err)
			}
		}
	})
}

func TestOptionsUNIX(t *testing.T) {
	each(t, func(r *rig) {
		c, _ := r.pair("unix")
		if err := c.s.SetNoDelay(true); !errors.Is(err, poll.ErrUnsupported) {
			r.Error(err)
		}
		if _, err := c.s.KeepAlive(); !errors.Is(err, poll.ErrUnsupported) {
			r.Error(err)
		}
	})
}

// New connections have the system's defaults: Nagle's algorithm is on.
func TestDefaults(t *testing.T) {
	each(t, func(r *rig) {
		c, s := r.pair("tcp")
		for _, e := range []*end{c, s} {
			if on, err := e.s.NoDelay(); on || err != nil {
				r.Errorf("NoDelay: %v, %v", on, err)
			}
		}
	})
}

// A reset ends an outstanding Send too.
func TestResetWhileSending(t *testing.T) {
	for _, on := range []bool{true, false} {
		each(t, func(r *rig) {
			if r.p.Name() == "portable" && sys.Wine() {
				r.Skip("wine 8 may never end a WSASend beside a WSARecv when a reset comes at once")
			}
			c, s := r.pair("tcp")
			s.s.Receive(on)
			s.send(make([]byte, 16<<20))
			if s.idle() {
				r.Fatal("16 MB left at once")
			}
			r.must(c.s.Close(true))
			r.until("end of sending", func() bool { return s.failed != nil })
			if on {
				r.until("end of receiving", func() bool { return len(s.ended) == 1 })
				quiet(r)
			}
		})
	}
}

// A reset that comes after the end of stream is told too, where it can be noticed without sending, and costs nothing afterwards.
func TestResetAfterEnd(t *testing.T) {
	each(t, func(r *rig) {
		r.keepsErrors()
		c, s := r.pair("tcp")
		s.s.Receive(true)
		r.must(c.s.CloseWrite())
		r.until("end", func() bool { return len(s.ended) == 1 })
		r.must(c.s.Close(true))
		if name := r.p.Name(); name != "portable" && name != "select" {
			r.until("reset", func() bool { return len(s.ended) == 2 })
			if !errors.Is(s.ended[1], syscall.EPIPE) && !errors.Is(s.ended[1], syscall.ECONNRESET) {
				r.Errorf("got %v", s.ended)
			}
		}
		quiet(r)
		r.until("error", func() bool {
			if s.failed == nil {
				s.send([]byte("x"))
			}
			return s.failed != nil
		})
		quiet(r)
	})
}

// A reset is told while bytes wait that nobody wants; they are gone with it.
func TestResetBehindBytes(t *testing.T) {
	each(t, func(r *rig) {
		if r.p.Name() == "portable" || r.p.Name() == "select" {
			r.Skip("it notices when they are wanted")
		}
		c, s := r.pair("tcp")
		s.s.Receive(true)
		c.send([]byte("x"))
		r.until("byte", func() bool { return len(s.got) == 1 })
		s.s.Receive(false)
		c.send([]byte("y"))
		r.until("room", c.idle)
		quiet(r)
		r.must(c.s.Close(true))
		r.until("reset", func() bool { return len(s.ended) == 1 })
		if !errors.Is(s.ended[0], syscall.ECONNRESET) || string(s.got) != "x" {
			r.Errorf("got %q, %v", s.got, s.ended)
		}
		quiet(r)
	})
}

// Attach refuses, and closes, the socket of another kind of poller.
func TestAttachWrong(t *testing.T) {
	each(t, func(r *rig) {
		near, far := net.Pipe()
		sock := poll.Socket{Conn: near}
		if r.p.Name() == "portable" {
			near.Close()
			sock = poll.Socket{}
		}
		if _, err := r.p.Attach(sock, &end{}); err == nil {
			r.Error("attached")
		}
		if _, err := far.Read(make([]byte, 1)); err != io.EOF {
			r.Errorf("the socket was not closed: %v", err)
		}
	})
}
