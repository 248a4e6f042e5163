// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// A churner is one end of a connection in TestChurn. What it sends counts up, so that its peer can check it.
type churner struct {
	c        *churn
	s        poll.Stream
	peer     *churner
	sent     int // bytes offered
	got      int // bytes received
	lent     [][]byte
	sending  bool
	closed   bool
	finished bool // ReceiveEnded came
}

// A churn is many connections that do all there is to be done at random.
type churn struct {
	*rig
	rnd   *rand.Rand
	l     *port
	open  []*churner
	ends  int // of connections that are over
	taken int // sends that Close ended
}

const churnModulus = 251 // all bytes but these say that memory was read which had been given back

func (e *churner) alive(upcall string) bool {
	if e.closed {
		e.c.Errorf("%s after Close", upcall)
	}
	return !e.closed
}

func (e *churner) Received(p []byte) {
	if !e.alive("Received") {
		return
	}
	for i, b := range p {
		if b != byte((e.got+i)%churnModulus) {
			e.c.Fatalf("byte %d is %d", e.got+i, b)
		}
	}
	if e.got += len(p); e.got > e.peer.sent {
		e.c.Fatalf("got %d bytes of %d", e.got, e.peer.sent)
	}
	e.c.step(e)
}

func (e *churner) ReceivedFD(int) { e.c.Error("ReceivedFD") }

func (e *churner) ReceiveEnded(error) {
	if e.alive("ReceiveEnded") {
		e.finished = true
		e.c.step(e)
	}
}

func (e *churner) Sent(n int, err error) {
	if !e.alive("Sent") {
		return
	}
	e.sending = false
	left := 0
	for _, p := range e.lent {
		left += len(p)
	}
	if err != nil || n > left {
		e.sent -= left - min(n, left)
		e.finished = true
		e.close()
		return
	}
	e.offer(skip(e.lent, n))
	e.c.step(e)
}

// send offers a few slices that count on.
func (e *churner) send() {
	if e.sending || e.closed {
		return
	}
	var v [][]byte
	for range 1 + e.c.rnd.IntN(4) {
		p := make([]byte, 1+e.c.rnd.IntN(80_000))
		for i := range p {
			p[i] = byte((e.sent + i) % churnModulus)
		}
		e.sent += len(p)
		v = append(v, p)
	}
	e.offer(v)
}

// offer sends v, of which Sent gets what does not leave at once.
func (e *churner) offer(v [][]byte) {
	total := 0
	for _, p := range v {
		total += len(p)
	}
	if total == 0 {
		return
	}
	n, err := e.s.Send(v)
	switch {
	case err != nil:
		e.close()
	case n < total:
		e.lent, e.sending = skip(slices.Clone(v), n), true
	}
}

// close closes in one of the two ways, and uses what was lent for something else.
func (e *churner) close() {
	if e.closed {
		return
	}
	e.closed = true
	e.c.ends++
	if e.sending {
		e.c.taken++
	}
	e.c.must(e.s.Close(e.c.rnd.IntN(2) == 0))
	for _, p := range e.lent {
		for i := range p {
			p[i] = 0xff
		}
	}
}

// step does something to an end, or to another one, from inside an upcall or not.
func (c *churn) step(e *churner) {
	if c.rnd.IntN(4) == 0 {
		e = c.open[c.rnd.IntN(len(c.open))]
	}
	switch {
	case e.closed:
	case e.finished && c.rnd.IntN(3) == 0:
		e.close()
	default:
		switch c.rnd.IntN(12) {
		case 0:
			e.close()
		case 1:
			e.s.Receive(false)
		case 2:
			c.l.l.Pause()
		case 3:
			c.l.l.Resume()
		case 4, 5, 6, 7:
			e.s.Receive(true)
		default:
			e.send()
		}
	}
}

func (c *churn) attach(s poll.Socket) *churner {
	e := &churner{c: c}
	var err error
	e.s, err = c.p.Attach(s, e)
	c.must(err)
	e.s.Receive(true)
	return e
}

// connect makes a connection, and attempts that are given up.
func (c *churn) connect() {
	c.l.l.Resume()
	address := c.l.l.Addr().String()
	given := c.dial(poll.DialConfig{Network: "tcp", Address: address})
	given.a.Close()
	d := c.dial(poll.DialConfig{Network: "tcp", Address: address})
	c.until("connection", func() bool {
		c.l.l.Resume()
		return d.done
	})
	c.must(d.err)
	var peer *churner
	c.until("its other end", func() bool {
		c.l.l.Resume()
		for len(c.l.accepted) > 0 && peer == nil {
			s := c.l.accepted[0]
			c.l.accepted = c.l.accepted[1:]
			if s.Remote == d.s.Local {
				peer = c.attach(s)
			} else {
				poll.CloseSocket(s)
			}
		}
		return peer != nil
	})
	e := c.attach(d.s)
	e.peer, peer.peer = peer, e
	c.open = append(c.open, e, peer)
}

// closeSending closes the last connection in the midst of a send: its peer does not receive.
func (c *churn) closeSending() {
	e := c.open[len(c.open)-2]
	e.peer.s.Receive(false)
	for !e.sending && !e.closed {
		e.send()
	}
	_, err := c.p.Poll(0)
	c.must(err)
	e.close()
}

// Whatever is done from whichever upcall: nothing follows Close, and what was lent to the poller is not touched once it has been given back. In the end the poller
// closes in the midst of it.
func TestChurn(t *testing.T) {
	each(t, func(r *rig) {
		c := &churn{rig: r, rnd: rand.New(rand.NewPCG(1, 2)), l: r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0", Backlog: 200})}
		const connections = 60
		for i := range connections {
			c.connect()
			if i%5 == 0 {
				c.closeSending()
			}
			for range 30 {
				c.step(c.open[c.rnd.IntN(len(c.open))])
				if c.rnd.IntN(4) == 0 {
					_, err := r.p.Poll(0)
					r.must(err)
				}
			}
		}
		if c.ends == 0 || c.ends == len(c.open) || c.taken == 0 {
			r.Errorf("%d of %d ends are closed, %d of them in the midst of a send", c.ends, len(c.open), c.taken)
		}
		for _, e := range c.open {
			if !e.closed {
				e.send()
			}
		}
		r.must(r.p.Close())
		for _, e := range c.open {
			e.closed = true
		}
		for _, s := range c.l.accepted {
			poll.CloseSocket(s)
		}
	})
}
