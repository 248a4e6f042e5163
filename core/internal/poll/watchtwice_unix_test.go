// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// One readiness is told once, also when what is wanted changes between the two: a second DoRead of a blocking descriptor would stop the loop.
func TestWatchChangedMeanwhile(t *testing.T) {
	each(t, func(r *rig) {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		r.must(err)
		defer unix.Close(fds[0])
		defer unix.Close(fds[1])
		g := &gauge{onReadable: func() {
			n, _, err := unix.Recvfrom(fds[0], make([]byte, 16), unix.MSG_DONTWAIT)
			if err != nil {
				r.Errorf("read %d bytes, %v: a blocking read would not return", n, err)
			}
		}}
		g.w, err = r.p.Watch(fds[0], g)
		r.must(err)
		for range 20 {
			g.readable = 0
			r.must(g.w.Set(true, false))
			_, err = unix.Write(fds[1], []byte("x"))
			r.must(err)
			settle(r.p) // now it is on its way
			r.must(g.w.Set(true, true))
			settle(r.p)
			r.must(g.w.Set(true, false))
			settle(r.p)
			r.until("readable", func() bool { return g.readable > 0 })
			settle(r.p)
			_, err = r.p.Poll(0)
			r.must(err)
		}
		g.w.Close()
	})
}

// settle lets the goroutines of a poller do what they can.
func settle(p poll.Poller) {
	for n, left := poll.Queued(p), 5000; left > 0 && poll.Queued(p) == n; left-- {
		runtime.Gosched()
	}
}
