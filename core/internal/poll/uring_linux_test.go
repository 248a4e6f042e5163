// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/uring"
)

// ring returns a rig over an io_uring poller of those sizes.
func ring(t *testing.T, entries, completions int, p uring.Pool) *rig {
	t.Helper()
	if !slices.Contains(poll.Names(), "io_uring") {
		t.Skip("no io_uring here")
	}
	r, err := poll.OpenRings(entries, completions, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return &rig{t, r}
}

var (
	small = uring.Pool{Size: 4 << 10, Min: 2, Max: 4}
	whole = uring.Pool{Size: 4 << 10, Min: 1, Max: 1, Whole: true}
	plain = uring.Pool{Size: 64 << 10, Min: 4, Max: 64}
)

func eachPool(t *testing.T, f func(t *testing.T, p uring.Pool)) {
	t.Run("filled", func(t *testing.T) { f(t, small) })
	t.Run("whole", func(t *testing.T) { f(t, whole) })
}

func pattern(size int, seed byte) []byte {
	p := make([]byte, size)
	for i := range p {
		p[i] = byte(i*7>>3) ^ seed
	}
	return p
}

// More entries than the queue holds, more completions than theirs, and hardly a buffer: nothing is lost.
func TestRingSmall(t *testing.T) {
	eachPool(t, func(t *testing.T, p uring.Pool) {
		r := ring(t, 8, 8, p)
		const n, size = 40, 20_000
		var from, to []*end
		for i := range n {
			c, s := r.pair("tcp")
			from, to = append(from, c), append(to, s)
			s.s.Receive(true)
			data := pattern(size, byte(i))
			c.send(data[:5000], data[5000:5001], data[5001:])
		}
		r.until("all the data", func() bool {
			return !slices.ContainsFunc(to, func(e *end) bool { return len(e.got) < size })
		})
		for i, e := range to {
			if !bytes.Equal(e.got, pattern(size, byte(i))) {
				t.Errorf("the data of connection %d changed", i)
			}
			if from[i].failed != nil {
				t.Error(from[i].failed)
			}
		}
		// All of them end in one pass.
		for _, e := range from {
			r.must(e.s.CloseWrite())
		}
		r.until("the ends", func() bool { return !slices.ContainsFunc(to, func(e *end) bool { return len(e.ended) == 0 }) })
		quiet(r)
	})
}

// Receiving that is switched on and off at random loses no byte, and keeps their order.
func TestRingToggle(t *testing.T) {
	eachPool(t, func(t *testing.T, p uring.Pool) {
		r := ring(t, 64, 256, p)
		c, s := r.pair("tcp")
		const size = 2 << 20
		data := pattern(size, 0)
		random := rand.New(rand.NewPCG(1, 2))
		paused := true
		s.onReceived = func([]byte) {
			if paused {
				r.Fatal("received while paused")
			}
			if random.IntN(3) == 0 {
				s.s.Receive(false)
				paused = true
			}
		}
		c.send(data)
		for deadline := time.Now().Add(20 * time.Second); len(s.got) < size || !c.idle(); {
			switch random.IntN(3) {
			case 0:
				s.s.Receive(true)
				paused = false
			case 1:
				s.s.Receive(false)
				paused = true
			}
			_, err := r.p.Poll(0)
			r.must(err)
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d bytes", len(s.got), size)
			}
		}
		if !bytes.Equal(s.got, data) {
			t.Error("the data changed on the way")
		}
		s.s.Receive(false)
		r.must(c.s.CloseWrite())
		quiet(r)
		if len(s.ended) != 0 {
			t.Error("the end was told while paused")
		}
		paused = false
		s.s.Receive(true)
		r.until("end", func() bool { return len(s.ended) == 1 })
	})
}

// What is lent is the owner's again when Close returns: the peer never sees what is written there afterwards.
func TestRingCloseLent(t *testing.T) {
	for _, slices := range []int{1, 3} {
		for _, inside := range []bool{false, true} {
			r := ring(t, 64, 256, plain)
			c, s := r.pair("tcp")
			data := pattern(16<<20, 0)
			original := bytes.Clone(data)
			var v [][]byte
			for part := range bytesIn(data, slices) {
				v = append(v, part)
			}
			c.send(v...)
			last := -1 // until the peer's buffer is full
			for len(c.rest) > 0 && c.sents != last {
				last = c.sents
				for range 20 {
					_, err := r.p.Poll(time.Millisecond)
					r.must(err)
				}
			}
			closing := func() {
				r.must(c.s.Close(false))
				clear(data)
			}
			if inside {
				s.onReceived = func([]byte) { s.onReceived = nil; closing() }
			} else {
				closing()
			}
			s.s.Receive(true)
			r.until("end", func() bool { return len(s.ended) == 1 })
			if len(s.got) == 0 || !bytes.HasPrefix(original, s.got) {
				t.Errorf("the peer got %d bytes, other than those that were sent", len(s.got))
			}
		}
	}
}

func bytesIn(p []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for part := range slices.Chunk(p, (len(p)+n-1)/n) {
			if !yield(part) {
				return
			}
		}
	}
}

// A descriptor that is closed with everything under way and opened again at once belongs to the new connection alone.
func TestRingReuse(t *testing.T) {
	r := ring(t, 64, 256, small)
	a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
	number := func(e *end) (fd int) {
		r.must(e.s.Control(func(f uintptr) { fd = int(f) }))
		return fd
	}
	reused := 0
	var old *end
	for i := range 50 {
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		r.must(d.err)
		c, s := r.attach(d.s), r.attach(a.accepted[0])
		a.accepted = nil
		if old != nil && number(s) == old.sock.FD || old != nil && number(c) == old.sock.FD {
			reused++
		}
		want := pattern(5000, byte(i))
		s.s.Receive(true)
		c.s.Receive(true)
		c.send(want)
		r.until("data", func() bool { return len(s.got) == len(want) })
		if !bytes.Equal(s.got, want) || len(c.got) != 0 {
			t.Fatalf("connection %d got what is not its own", i)
		}
		s.send(make([]byte, 100)) // only noted
		old = c
		r.must(c.s.Close(i%2 == 0))
		r.must(s.s.Close(i%3 == 0))
	}
	if reused == 0 {
		t.Error("no descriptor was used again")
	}
}

// The poller follows its caller to another thread, with receives and sends under way and completed, and loses nothing.
func TestRingMove(t *testing.T) {
	eachPool(t, func(t *testing.T, p uring.Pool) {
		r := ring(t, 64, 256, p)
		const n, size = 5, 1 << 20
		var to []*end
		for i := range n {
			c, s := r.pair("tcp")
			to = append(to, s)
			s.s.Receive(true)
			c.send(pattern(size/2, byte(i)), pattern(size/2, byte(i+100)))
		}
		g := &gauge{}
		w, err := r.p.Watch(int(to[0].sock.FD)+0, g) // taken
		if err == nil {
			w.Close()
			t.Error("one descriptor under care twice")
		}
		all := func() bool { return !slices.ContainsFunc(to, func(e *end) bool { return len(e.got) < size }) }
		done := make(chan error)
		deadline := time.Now().Add(20 * time.Second)
		for !all() && time.Now().Before(deadline) {
			go func() {
				runtime.LockOSThread() // and the thread ends with the goroutine
				var err error
				for range 3 {
					if _, e := r.p.Poll(time.Millisecond); e != nil {
						err = e
					}
				}
				done <- err
			}()
			r.must(<-done)
		}
		for i, e := range to {
			want := append(pattern(size/2, byte(i)), pattern(size/2, byte(i+100))...)
			if !bytes.Equal(e.got, want) {
				t.Errorf("connection %d: %d of %d bytes, equal: %v", i, len(e.got), size, bytes.HasPrefix(want, e.got))
			}
		}
	})
}

// Where the system refuses rings, epoll stands in, and the reason is told.
func TestRingRefused(t *testing.T) {
	defer poll.RefuseRings(errors.New("io_uring_setup: operation not permitted"))()
	if slices.Contains(poll.Names(), "io_uring") {
		t.Error("it counts as working")
	}
	i := slices.IndexFunc(poll.Statuses(), func(s poll.Status) bool { return s.Name == "io_uring" })
	if why := poll.Statuses()[i].Why; why != "io_uring_setup: operation not permitted" {
		t.Errorf("because of %q", why)
	}
	s, err := poll.Find("io_uring")
	if err != nil || s.Refused != "io_uring: io_uring_setup: operation not permitted" {
		t.Fatal(s.Refused, err)
	}
	p, err := s.Open()
	if err != nil || p.Name() != "epoll" {
		t.Fatal(p, err)
	}
	p.Close()
}

// A reset takes what is lent to a send with it.
func TestRingAbortLent(t *testing.T) {
	r := ring(t, 64, 256, plain)
	c, s := r.pair("tcp")
	s.s.Receive(true)
	c.send(make([]byte, 100))
	r.must(c.s.Close(true))
	r.until("reset", func() bool { return len(s.ended) == 1 })
	if !errors.Is(s.ended[0], syscall.ECONNRESET) || len(s.got) != 0 {
		t.Errorf("got %d bytes and %v", len(s.got), s.ended)
	}
}
