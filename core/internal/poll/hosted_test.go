// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
)

// A host takes a poller's turns: another goroutine waits, the test's own does all the rest.
type host struct {
	*rig
	h        poll.Hosted
	turns    int
	waits    chan time.Duration
	ended    chan error
	watchdog *time.Timer
}

// hosted runs the test over every poller of this system.
func hosted(t *testing.T, f func(h *host)) {
	t.Helper()
	each(t, func(r *rig) {
		r.awaits()
		h := &host{rig: r, h: r.p.(poll.Hosted), waits: make(chan time.Duration), ended: make(chan error)}
		// The deadline only keeps a failing test from hanging.
		h.watchdog = time.AfterFunc(20*time.Second, func() {
			r.Error("a Wait did not end")
			r.p.Wake()
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			for d := range h.waits {
				h.ended <- h.h.Wait(d)
			}
		})
		defer wg.Wait()
		defer close(h.waits)
		defer h.watchdog.Stop()
		f(h)
	})
}

// start begins a Wait without end. There is nothing to do when it begins.
func (h *host) start() {
	h.Helper()
	h.quiet()
	for h.h.Prepare(-1) == 0 {
		h.pass()
	}
	h.waits <- -1
}

// end waits for the end of the Wait, and lets the poller do what there is.
func (h *host) end() {
	h.Helper()
	h.must(<-h.ended)
	h.pass()
}

func (h *host) pass() {
	h.Helper()
	if h.Failed() {
		h.FailNow()
	}
	_, err := h.p.Poll(0)
	h.must(err)
	h.turns++
}

// turn takes a turn.
func (h *host) turn(timeout time.Duration) {
	h.Helper()
	if d := h.h.Prepare(timeout); d != 0 {
		h.waits <- d
		h.must(<-h.ended)
	}
	h.pass()
}

// until takes turns until the condition holds.
func (h *host) until(what string, done func() bool) {
	h.Helper()
	for !done() {
		h.turn(-1)
		if h.turns > 10000 {
			h.Fatalf("%d turns, and no %s", h.turns, what)
		}
	}
}

// quiet lets the poller do what there is, until there is nothing for a moment.
func (h *host) quiet() {
	h.Helper()
	for {
		n, err := h.p.Poll(time.Millisecond)
		h.must(err)
		if n == 0 {
			return
		}
	}
}

// What happens outside ends a Wait, and so does what the loop's goroutine begins while the other one waits.
func TestHostedWait(t *testing.T) {
	local := poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"}
	meanwhile(t, []meantime{
		{"bytes", func(h *host) (func(), func() bool) {
			c, s := h.peer()
			s.s.Receive(true)
			return func() { h.write(c, "x") }, func() bool { return string(s.got) == "x" }
		}},
		{"end of stream", func(h *host) (func(), func() bool) {
			c, s := h.peer()
			s.s.Receive(true)
			return func() { h.must(c.Close()) }, func() bool { return len(s.ended) == 1 && s.ended[0] == io.EOF }
		}},
		{"connection", func(h *host) (func(), func() bool) {
			a := h.listen(local)
			a.onAccept = h.forget
			return func() { h.connect(a.l) }, func() bool { return len(a.accepted) == 1 }
		}},
		{"listener opened meanwhile", func(h *host) (func(), func() bool) {
			var a *port
			return func() {
				a = h.listen(local)
				a.onAccept = h.forget
				h.connect(a.l)
			}, func() bool { return len(a.accepted) == 1 }
		}},
		{"listener resumed meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(local)
			a.onAccept = h.forget
			a.l.Pause()
			h.connect(a.l)
			return a.l.Resume, func() bool { return len(a.accepted) == 1 }
		}},
		{"stream attached meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(local)
			c := h.connect(a.l)
			h.rig.until("connection", func() bool { return len(a.accepted) == 1 })
			h.write(c, "x")
			var s *end
			return func() {
				s = h.attach(a.accepted[0])
				s.s.Receive(true)
			}, func() bool { return string(s.got) == "x" }
		}},
		{"receiving turned on meanwhile", func(h *host) (func(), func() bool) {
			c, s := h.peer()
			s.s.Receive(true)
			h.write(c, "x")
			h.rig.until("bytes", func() bool { return string(s.got) == "x" })
			s.s.Receive(false)
			h.write(c, "y")
			return func() { s.s.Receive(true) }, func() bool { return string(s.got) == "xy" }
		}},
		{"sent meanwhile", func(h *host) (func(), func() bool) {
			c, s := h.peer()
			return func() {
				s.send(make([]byte, 8<<20)) // more than the socket takes: the rest has to follow
				go func() { _, _ = io.Copy(io.Discard, c) }()
			}, s.idle
		}},
		{"closed meanwhile", func(h *host) (func(), func() bool) {
			c, s := h.peer()
			s.s.Receive(true)
			h.quiet()
			ended := make(chan struct{})
			return func() {
				h.must(s.s.Close(false))
				go func() { // the peer learns it, though there is a Wait
					_, _ = c.Read(make([]byte, 1))
					close(ended)
					h.p.Wake()
				}()
			}, func() bool { return isClosed(ended) }
		}},
		{"dialed meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(local)
			a.onAccept = h.forget
			var d *dialer
			return func() {
				d = h.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
				d.hook = func() { h.forget(d.s) }
			}, func() bool { return d.done && d.err == nil && len(a.accepted) == 1 }
		}},
		{"dialed in vain meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(local)
			h.must(a.l.Close())
			var d *dialer
			return func() { d = h.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()}) },
				func() bool { return d.done && d.err != nil }
		}},
		{"datagram", func(h *host) (func(), func() bool) {
			s := h.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			return func() {
				c, err := net.Dial("udp", s.p.Addr().String())
				h.must(err)
				_, err = c.Write([]byte("x"))
				h.must(err)
				h.must(c.Close())
			}, func() bool { return len(s.got) == 1 }
		}},
		{"datagram sent meanwhile", func(h *host) (func(), func() bool) {
			s := h.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
			return func() { h.must(s.p.SendTo([]byte("x"), s.p.Addr())) }, func() bool { return len(s.got) == 1 }
		}},
		{"datagram socket opened meanwhile", func(h *host) (func(), func() bool) {
			var s *socket
			return func() {
				s = h.packet(poll.PacketConfig{Network: "udp", Address: "127.0.0.1:0"})
				h.must(s.p.SendTo(make([]byte, 2000), s.p.Addr())) // is not gathered
			}, func() bool { return len(s.got) == 1 }
		}},
		{"wake-up", func(h *host) (func(), func() bool) {
			return h.p.Wake, func() bool { return h.turns > 0 }
		}},
	})
}

// A meantime is what can happen during a Wait.
type meantime struct {
	name string
	// prepare returns what is done while the Wait is under way, and what has to follow.
	prepare func(h *host) (act func(), done func() bool)
}

// meanwhile checks that everything ends the Wait during which it happens.
func meanwhile(t *testing.T, tests []meantime) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hosted(t, func(h *host) {
				const rounds = 20
				for range rounds {
					act, done := tt.prepare(h)
					h.start()
					h.turns = 0
					act()
					h.end()
					h.until(tt.name, done)
					if h.turns > 1000 { // of which each had a reason: a large write takes hundreds
						h.Errorf("it took %d turns", h.turns)
					}
				}
			})
		})
	}
}

// peer returns a stream, and its other end, which no poller serves.
func (h *host) peer() (c net.Conn, s *end) {
	h.Helper()
	a := h.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
	c = h.connect(a.l)
	h.rig.until("connection", func() bool { return len(a.accepted) == 1 })
	a.l.Close()
	return c, h.attach(a.accepted[0])
}

// forget closes what nobody attaches.
func (h *host) forget(s poll.Socket) {
	h.Helper()
	h.must(poll.CloseSocket(s))
}

func (h *host) connect(l poll.Listener) net.Conn {
	h.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	h.must(err)
	h.Cleanup(func() { c.Close() })
	return c
}

func (h *host) write(c net.Conn, s string) {
	h.Helper()
	_, err := io.WriteString(c, s)
	h.must(err)
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// When there is something to do, nobody waits.
func TestHostedAtOnce(t *testing.T) {
	hosted(t, func(h *host) {
		h.quiet()
		h.p.Wake()
		if d := h.h.Prepare(-1); d != 0 {
			h.Errorf("a Wait of %v after Wake", d)
		}
		h.waits <- -1 // ends all the same
		h.end()
		a := h.listen(poll.ListenConfig{Network: "unix", Address: tempdir.Short(h) + "/s"})
		d := h.dial(poll.DialConfig{Network: "unix", Address: a.l.Addr().Name()})
		h.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		c, s := h.attach(d.s), h.attach(a.accepted[0])
		s.s.Receive(true)
		h.quiet()
		c.send([]byte("x"))
		h.until("bytes", func() bool { return string(s.got) == "x" })
		if h.h.Prepare(0) != 0 {
			h.Error("a Wait longer than asked for")
		}
	})
}

// A Wait without events takes its time, so nothing spins; a signal may end it early: the runtime sends some.
func TestHostedTimeout(t *testing.T) {
	hosted(t, func(h *host) {
		c, s := h.pair("tcp") // which have nothing to say
		s.s.Receive(true)
		c.s.Receive(true)
		h.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		h.quiet()
		const each, signals = 20 * time.Millisecond, 10
		h.turns = 0
		start := time.Now()
		for time.Since(start) < 5*each {
			h.turn(each)
		}
		if h.turns > 5+signals {
			h.Errorf("%d turns in %v", h.turns, time.Since(start))
		}
	})
}

// Every wake-up ends a Wait, however many goroutines call Wake and whatever the poller is doing, and none ends more than the one and the next.
func TestHostedWake(t *testing.T) {
	hosted(t, func(h *host) {
		const goroutines, rounds = 4, 500
		var mu sync.Mutex
		var asked []chan struct{}
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				answer := make(chan struct{}, 1) // one question at a time
				for range rounds {
					mu.Lock()
					asked = append(asked, answer)
					mu.Unlock()
					h.p.Wake()
					<-answer
				}
			})
		}
		for answered := 0; answered < goroutines*rounds; {
			if d := h.h.Prepare(-1); d != 0 {
				h.waits <- d
				h.must(<-h.ended)
			}
			_, err := h.p.Poll(0)
			h.must(err)
			h.turns++
			mu.Lock()
			for _, answer := range asked {
				answer <- struct{}{}
			}
			answered += len(asked)
			asked = asked[:0]
			mu.Unlock()
		}
		wg.Wait()
		if h.turns > 2*goroutines*rounds+100 {
			h.Errorf("%d turns for %d wake-ups", h.turns, goroutines*rounds)
		}
	})
}

// A poller goes from turns to Poll, which waits by itself, and back.
func TestHostedAlternating(t *testing.T) {
	hosted(t, func(h *host) {
		c, s := h.peer()
		s.s.Receive(true)
		for i := range 50 {
			h.start()
			h.write(c, "x")
			h.end()
			h.until("bytes", func() bool { return len(s.got) == 2*i+1 })
			h.write(c, "y")
			h.rig.until("bytes", func() bool { return len(s.got) == 2*i+2 })
			woken := make(chan struct{})
			go func() { // ends, for Poll is woken or was
				h.p.Wake()
				close(woken)
			}()
			_, err := h.p.Poll(-1)
			h.must(err)
			<-woken
		}
	})
}
