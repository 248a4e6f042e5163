// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring_test

import (
	"bytes"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/uring"
)

func enable(t *testing.T, r *uring.Ring) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	if err := r.Enable(); err != nil {
		t.Fatal(err)
	}
}

func nop(t *testing.T, r *uring.Ring, data uint64) {
	t.Helper()
	e := r.Next()
	if e == nil {
		t.Fatal("the queue is full")
	}
	e.Op, e.UserData = uring.OpNop, data
}

// Completions for which there is no room are kept by the system, and come in order.
func TestOverflow(t *testing.T) {
	r, _ := open(t, 4, 4, uring.Pool{Size: 4096, Min: 1, Max: 1})
	enable(t, r)
	n := uint64(0)
	for !r.Overflown() {
		for range 4 {
			nop(t, r, n)
			n++
		}
		if r.Room() != 0 || r.Next() != nil {
			t.Fatal("more entries than the queue has")
		}
		if errno := r.Enter(); errno != 0 {
			t.Fatal(errno)
		}
	}
	for want := uint64(0); want < n; want++ {
		c, ok := r.Completion()
		if !ok {
			if errno := r.Enter(); errno != 0 {
				t.Fatal(errno)
			}
			c, ok = r.Completion()
		}
		if !ok || c.UserData != want || c.Res != 0 {
			t.Fatalf("%+v, %v; want %d of %d", c, ok, want, n)
		}
	}
	if r.Overflown() || r.Ready() {
		t.Error("there is more than was submitted")
	}
}

// Another thread is refused.
func TestOtherThread(t *testing.T) {
	r, _ := open(t, 4, 4, uring.Pool{Size: 4096, Min: 1, Max: 1})
	enable(t, r)
	refused := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		nop(t, r, 1)
		refused <- r.Enter()
	}()
	if errno := <-refused; errno != unix.EEXIST {
		t.Errorf("got %v", errno)
	}
}

// The number of buffers follows their use, and what arrives is whole whichever way the system fills them.
func TestBuffers(t *testing.T) {
	for _, whole := range []bool{false, true} {
		r, b := open(t, 8, 64, uring.Pool{Size: 4096, Min: 1, Max: 8, Whole: whole})
		if whole && b.Incremental {
			t.Error("buffers are filled bit by bit against all wishes")
		}
		enable(t, r)
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fds[0])
		defer unix.Close(fds[1])
		sent, got := []byte(nil), []byte(nil)
		exhausted := 0
		armed := false
		round := func(size int) {
			p := bytes.Repeat([]byte{byte(len(sent) + 1)}, size)
			if _, err := unix.Write(fds[1], p); err != nil {
				t.Fatal(err)
			}
			for sent = append(sent, p...); len(got) < len(sent); {
				if !armed {
					e := r.Next()
					e.Op, e.Flags, e.Ioprio, e.FD = uring.OpRecv, uring.BufferSelect, uring.RecvMultishot, int32(fds[0])
					armed = true
				}
				if errno := r.Enter(); errno != 0 {
					t.Fatal(errno)
				}
				for c, ok := r.Completion(); ok; c, ok = r.Completion() {
					armed = c.Flags&uring.CQEMore != 0
					switch {
					case c.Flags&uring.CQEBuffer != 0:
						got = append(got, b.Take(&c)...)
						b.Done(&c)
					case syscall.Errno(-c.Res) == unix.ENOBUFS:
						exhausted++
						b.Grow()
					default:
						t.Fatalf("%+v", c)
					}
				}
			}
			b.Fit()
		}
		round(20_000)
		if exhausted == 0 || b.InUse() < 4 {
			t.Errorf("%d buffers after they ran out %d times", b.InUse(), exhausted)
		}
		for range 5000 {
			round(10)
		}
		if b.InUse() > 4 {
			t.Errorf("%d buffers after much idleness", b.InUse())
		}
		round(20_000)
		if !bytes.Equal(got, sent) {
			t.Error("the bytes changed")
		}
	}
}
