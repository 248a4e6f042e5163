// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
)

// A pusher is a push producer that writes until it is paused.
type pusher struct {
	t       protocol.Transport
	left    int // bytes to be written
	paused  bool
	pauses  int
	stopped error
	inWrite bool
	sync    bool          // a Pause came inside Write
	held    chan struct{} // closed by the first Pause, unless nil
	end     func()
}

func (p *pusher) Pause() {
	p.paused = true
	if p.pauses++; p.pauses == 1 && p.held != nil {
		close(p.held)
	}
	p.sync = p.sync || p.inWrite
}

func (p *pusher) Resume() {
	p.paused = false
	for !p.paused && p.left > 0 {
		b := make([]byte, min(p.left, 30_000))
		for i := range b {
			b[i] = byte(p.left - i)
		}
		p.left -= len(b)
		p.inWrite = true
		p.t.Write(b)
		p.inWrite = false
	}
	if p.left == 0 && p.end != nil {
		p.end()
		p.end = nil
	}
}

func (p *pusher) Stop(reason error) { p.stopped = reason }

// pattern returns the sum of what a pusher writes.
func pattern(n int) (sum [32]byte) {
	h := sha256.New()
	for ; n > 0; n -= min(n, 30_000) {
		b := make([]byte, min(n, 30_000))
		for i := range b {
			b[i] = byte(n - i)
		}
		h.Write(b)
	}
	h.Sum(sum[:0])
	return sum
}

func testPushProducer(g *rig) {
	const size = 30 << 20
	done, held := make(chan *pusher, 1), make(chan struct{})
	port := g.serve(func() protocol.Protocol {
		return &script{made: func(t protocol.Transport) {
			p := &pusher{t: t, left: size, held: held}
			p.end = func() {
				t.UnregisterProducer()
				t.LoseConnection()
				done <- p
			}
			g.check(t.RegisterProducer(p, protocol.PushProducer))
			if err := t.RegisterProducer(p, protocol.PushProducer); err != protocol.ErrProducerRegistered {
				g.Errorf("second producer: %v", err)
			}
			p.Resume()
			if b := t.(protocol.BufferedTransport).Buffered(); b > protocol.HighWater+30_000 {
				g.Errorf("%d bytes buffered", b)
			}
		}}
	})
	c := g.dial(port.Addr())
	receive(g, held) // more than the system takes
	h := sha256.New()
	n, err := io.Copy(h, c)
	g.check(err)
	if [32]byte(h.Sum(nil)) != pattern(size) {
		g.Errorf("%d bytes arrived, not the same", n)
	}
	if p := receive(g, done); p.pauses == 0 || !p.sync || p.stopped != nil {
		g.Errorf("%d pauses, inside Write %v, stopped %v", p.pauses, p.sync, p.stopped)
	}
}

func testPullProducer(g *rig) {
	const pieces = 200
	piece := []byte(strings.Repeat("0123456789", 1000))
	done := make(chan error, 1)
	port := g.serve(func() protocol.Protocol {
		return &script{made: func(t protocol.Transport) {
			g.check(protocol.Pull(t, func(yield func([]byte, error) bool) {
				for range pieces {
					if t.(protocol.BufferedTransport).Buffered() > 0 {
						g.Error("asked for more before the last piece has left")
					}
					if !yield(piece, nil) {
						return
					}
				}
			}, func(err error) {
				t.LoseConnection()
				done <- err
			}))
		}}
	})
	if got, want := g.readAll(g.dial(port.Addr())), strings.Repeat(string(piece), pieces); got != want {
		g.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	g.check(receive(g, done))
}

func testProducerRules(g *rig) {
	lost := make(chan *pusher, 1)
	port := g.serve(func() protocol.Protocol {
		p := &pusher{}
		return &script{
			made: func(t protocol.Transport) {
				p.t = t
				g.check(t.RegisterProducer(p, protocol.PushProducer))
				t.UnregisterProducer()
				t.UnregisterProducer()
				g.check(t.RegisterProducer(p, protocol.PushProducer))
				t.AbortConnection()
			},
			lost: func(t protocol.Transport, reason error) {
				late := &pusher{}
				if err := t.RegisterProducer(late, protocol.PushProducer); !errors.Is(err, net.ErrClosed) || late.stopped == nil {
					g.Errorf("registering on a lost connection: %v, stopped %v", err, late.stopped)
				}
				lost <- p
			},
		}
	})
	if c, err := net.Dial("tcp", port.Addr().String()); err == nil { // the reset may come first
		defer c.Close()
	}
	if p := receive(g, lost); p.stopped == nil || p.pauses > 0 {
		g.Errorf("stopped %v, %d pauses", p.stopped, p.pauses)
	}
}

func testLoseWithProducer(g *rig) {
	const size = 3 << 20
	port := g.serve(func() protocol.Protocol {
		return &script{made: func(t protocol.Transport) {
			p := &pusher{t: t, left: size, end: t.UnregisterProducer}
			g.check(t.RegisterProducer(p, protocol.PushProducer))
			t.LoseConnection()
			t.Loop().CallLater(0, p.Resume) // what it writes is still sent
		}}
	})
	if got := len(g.readAll(g.dial(port.Addr()))); got != size {
		g.Errorf("got %d bytes, want %d", got, size)
	}
}
