// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// A port is free when its listener is closed: with its poll under way, paused, and from inside its own upcall.
func TestRingListenerGone(t *testing.T) {
	r := ring(t, 64, 256, plain)
	address := "127.0.0.1:0"
	for i := range 60 {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: address})
		address = a.l.Addr().String()
		if i%4 == 1 {
			a.l.Pause()
		}
		_, err := r.p.Poll(0)
		r.must(err)
		switch i % 4 {
		case 2:
			a.onAccept = func(poll.Socket) { r.must(a.l.Close()) }
			fallthrough
		case 3:
			d := r.dial(poll.DialConfig{Network: "tcp", Address: address})
			r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
			r.must(d.err)
			r.must(r.attach(d.s).s.Close(true))
			_ = r.attach(a.accepted[0]).s.Close(true)
		}
		if i%4 != 2 {
			r.must(a.l.Close())
		}
	}
}

// A reset that meets a send under way ends it and is told, whether the stream receives or not, and every method may be called from inside both upcalls.
func TestRingResetInFlight(t *testing.T) {
	for i := range 24 {
		r := ring(t, 64, 256, small)
		c, s := r.pair("tcp")
		receiving := i%2 == 0
		c.s.Receive(receiving)
		c.send(make([]byte, 32<<20))
		last := -1 // until the peer's buffer is full
		for c.sents != last {
			last = c.sents
			for range 20 {
				_, err := r.p.Poll(time.Millisecond)
				r.must(err)
			}
		}
		meddle := func() {
			c.s.Receive(i%3 == 0)
			_ = c.s.CloseWrite()
			if _, err := c.s.Send([][]byte{{1}}); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				t.Error(err)
			}
			if i%4 < 2 {
				r.must(c.s.Close(i%4 == 0))
			}
		}
		sent := false
		c.onSent = func() {
			if c.failed != nil && !sent {
				sent = true
				if i%8 < 4 {
					meddle()
				}
			}
		}
		c.onEnded = func(error) {
			if i%8 >= 4 && sent {
				meddle()
			}
		}
		r.must(s.s.Close(true))
		r.until("end of the send", func() bool { return sent })
		if !errors.Is(c.failed, syscall.ECONNRESET) && !errors.Is(c.failed, syscall.EPIPE) {
			t.Errorf("the send failed with %v", c.failed)
		}
		for range 20 {
			_, err := r.p.Poll(0)
			r.must(err)
		}
	}
}
