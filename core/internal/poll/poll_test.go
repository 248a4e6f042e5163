// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/sys"
)

func TestRegistry(t *testing.T) {
	names := poll.Names()
	if !slices.Contains(names, "portable") || !slices.Contains(names, poll.Default()) {
		t.Errorf("names %q, default %q", names, poll.Default())
	}
	for _, name := range names {
		p, err := poll.New(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Name() != name {
			t.Errorf("%s calls itself %s", name, p.Name())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	p, err := poll.New("")
	if err != nil || p.Name() != poll.Default() {
		t.Fatal(p, err)
	}
	p.Close()
	_, err = poll.New("kazoo")
	if err == nil {
		t.Fatal("there is a kazoo")
	}
	for _, name := range append(names, `"kazoo"`) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
}

// Every wake-up ends a Poll, however many goroutines call Wake and whatever the poller is doing.
func TestWake(t *testing.T) {
	each(t, func(r *rig) {
		const goroutines, rounds = 4, 500
		var mu sync.Mutex
		var asked []chan struct{}
		lost := false
		watchdog := time.AfterFunc(30*time.Second, func() {
			mu.Lock()
			lost = true
			mu.Unlock()
			r.p.Wake()
		})
		defer watchdog.Stop()
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				answer := make(chan struct{}, 1) // one question at a time
				for range rounds {
					mu.Lock()
					asked = append(asked, answer)
					mu.Unlock()
					r.p.Wake()
					<-answer
				}
			})
		}
		for answered := 0; answered < goroutines*rounds; {
			_, err := r.p.Poll(-1)
			r.must(err)
			mu.Lock()
			if lost && len(asked) > 0 {
				r.Error("a wake-up was lost")
			}
			for _, answer := range asked {
				answer <- struct{}{}
			}
			if len(asked) > 0 {
				watchdog.Reset(30 * time.Second) // all of it may take longer
			}
			answered += len(asked)
			asked = asked[:0]
			mu.Unlock()
		}
		wg.Wait()
	})
}

// A Wake before Poll ends the next one, once.
func TestWakeBefore(t *testing.T) {
	each(t, func(r *rig) {
		r.p.Wake()
		r.p.Wake()
		if n, err := r.p.Poll(-1); n != 0 || err != nil {
			r.Error(n, err)
		}
		r.p.Wake()
		if n, err := r.p.Poll(0); n != 0 || err != nil {
			r.Error(n, err)
		}
	})
}

// A Poll without events takes its time, but for a signal, which may end it early: the runtime sends some.
func TestPollTimeout(t *testing.T) {
	each(t, func(r *rig) {
		const signals = 10 // at most
		for _, d := range []time.Duration{0, time.Nanosecond, 3 * time.Millisecond} {
			start := time.Now()
			for calls := 1; ; calls++ {
				n, err := r.p.Poll(d)
				if n != 0 || err != nil {
					r.Error(n, err)
				}
				took := time.Since(start)
				if took >= d {
					break
				}
				if calls > signals {
					r.Fatalf("%d times Poll(%v) ended after %v", calls, d, took)
				}
			}
		}
	})
}

// Close closes everything, without upcalls, and may be called inside one; Wake is allowed at any time.
func TestPollerClose(t *testing.T) {
	for _, inside := range []bool{false, true} {
		each(t, func(r *rig) {
			c, s := r.pair("tcp")
			network := "unix"
			if sys.Wine() {
				network = "tcp" // it has no UNIX sockets
			}
			c2, s2 := r.pair(network)
			a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
			u := r.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
			d.hook = func() { poll.CloseSocket(d.s) }
			var wg sync.WaitGroup
			stop := make(chan struct{})
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						r.p.Wake()
					}
				}
			})
			closed := false
			fin := func() {
				closed = true
				r.must(r.p.Close())
			}
			for _, e := range []*end{s, s2} {
				e.onReceived = func([]byte) {
					if closed {
						r.Error("an upcall after Close")
					}
					fin()
				}
				e.s.Receive(inside)
			}
			a.onAccept = func(conn poll.Socket) {
				if closed {
					r.Error("Accepted after Close")
				}
				poll.CloseSocket(conn)
			}
			c.send(make([]byte, 4<<20))
			c2.send(make([]byte, 4<<20))
			if inside {
				for !closed {
					_, err := r.p.Poll(time.Second)
					r.must(err)
				}
			} else {
				fin()
			}
			close(stop)
			wg.Wait()
			if _, err := r.p.Poll(0); !errors.Is(err, net.ErrClosed) {
				r.Errorf("Poll after Close: %v", err)
			}
			if err := r.p.Close(); !errors.Is(err, net.ErrClosed) {
				r.Errorf("second Close: %v", err)
			}
			for what, err := range map[string]error{
				"stream":   c.s.CloseWrite(),
				"packet":   u.p.SendTo([]byte("x"), u.p.Addr()),
				"listener": a.l.Close(),
			} {
				if !errors.Is(err, net.ErrClosed) {
					r.Errorf("%s after Close: %v", what, err)
				}
			}
			if _, err := r.p.Listen(&poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"}, a); !errors.Is(err, net.ErrClosed) {
				r.Errorf("Listen after Close: %v", err)
			}
			if _, err := r.p.Dial(&poll.DialConfig{Network: "tcp", Address: "127.0.0.1:1"}, &dialer{}); !errors.Is(err, net.ErrClosed) {
				r.Errorf("Dial after Close: %v", err)
			}
		})
	}
}

// A stream goes from the poller that accepted it to another of the same kind.
func TestAttachElsewhere(t *testing.T) {
	each(t, func(r *rig) {
		if r.p.Name() == "iocp" && sys.Wine() {
			r.Skip("wine 8 binds a socket to one completion port for ever")
		}
		r2 := open(r.T, r.p.Name())
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		d := r2.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r2.until("outcome", func() bool { return d.done })
		r.until("connection", func() bool { return len(a.accepted) == 1 })
		c, s := r.attach(d.s), r2.attach(a.accepted[0])
		s.s.Receive(true)
		c.send([]byte("x"))
		r.until("room", c.idle)
		r2.until("data", func() bool { return len(s.got) == 1 })
	})
}
