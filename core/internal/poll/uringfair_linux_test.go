// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// fast returns a stream for which more than size bytes wait in the system, and goes on so: every time that it receives, its peer sends as much again.
func (r *rig) fast(size int) *end {
	c, s := r.pair("tcp")
	fd := 0
	r.must(s.s.Control(func(f uintptr) { r.must(unix.SetsockoptInt(int(f), unix.SOL_SOCKET, unix.SO_RCVBUF, 8*size)) }))
	r.must(c.s.Control(func(f uintptr) {
		fd = int(f)
		r.must(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 8*size))
	}))
	push := func(p []byte) {
		for len(p) > 0 {
			n, err := unix.Write(fd, p)
			if err != nil {
				if err != syscall.EAGAIN {
					r.Error(err)
				}
				return
			}
			p = p[n:]
		}
	}
	push(make([]byte, 4*size))
	s.onReceived = func(p []byte) { push(p) }
	return s
}

// Streams that take every buffer there is, pass after pass, do not keep the others from receiving.
func TestRingBuffersFair(t *testing.T) {
	eachPool(t, func(t *testing.T, p uring.Pool) {
		r := ring(t, 64, 256, p)
		for range 3 {
			s := r.fast(16 << 10)
			s.s.Receive(true)
		}
		var slow []*end
		for range 5 {
			c, s := r.pair("tcp")
			if _, err := unix.Write(c.sock.FD, []byte("slow")); err != nil {
				t.Fatal(err)
			}
			s.s.Receive(true)
			slow = append(slow, s)
		}
		passes := 0
		for _, s := range slow {
			for ; len(s.got) == 0 && passes < 1000; passes++ {
				_, err := r.p.Poll(50 * time.Millisecond)
				r.must(err)
			}
		}
		if t.Logf("%d passes", passes); passes > 100 {
			t.Errorf("a stream waited for %d passes", passes)
		}
	})
}

// A pass ends, though what its upcalls do brings new completions: timers are due meanwhile.
func TestRingPassEnds(t *testing.T) {
	r := ring(t, 64, 256, plain)
	const n = 20
	var full []*end // their sends are under way
	for range n {
		c, _ := r.pair("tcp")
		c.send(make([]byte, 16<<20))
		full = append(full, c)
	}
	c, s := r.pair("tcp")
	for range 20 {
		_, err := r.p.Poll(time.Millisecond)
		r.must(err)
	}
	s.s.Receive(true)
	next := func() {
		if _, err := unix.Write(c.sock.FD, []byte{42}); err != nil {
			t.Fatal(err)
		}
	}
	s.onReceived = func([]byte) {
		if len(full) > 0 {
			next()
			r.must(full[0].s.Close(true)) // waits for the end of the send
			full = full[1:]
		}
	}
	next()
	for passes := 1; len(full) > 0; passes++ {
		before := len(full)
		upcalls, err := r.p.Poll(time.Second)
		r.must(err)
		if closed := before - len(full); closed > 2 {
			t.Fatalf("pass %d made %d upcalls, and closed %d streams", passes, upcalls, closed)
		}
	}
}

// A descriptor that a completion cannot name is refused.
func TestRingHighDescriptor(t *testing.T) {
	r := ring(t, 64, 256, plain)
	_, s := r.pair("tcp")
	sock := s.sock
	sock.FD = 1 << 28
	if _, err := r.p.Attach(sock, &end{r: r}); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Attach: %v", err)
	}
}
