// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// A rowdy is a protocol, and its own producer, that does something unreasonable now and then. All bytes that it writes are those of its source, and all that it
// receives are checked.
type rowdy struct {
	*testing.T
	storm *storm
	rng   *rand.Rand
	t     protocol.Transport
	unix  protocol.UNIXTransport // or nil
	ended func()                 // or nil
	out   *source
	in    sink

	calls    int  // of the callback that runs; more than one would overlap
	made     bool // ConnectionMade was called
	lost     bool // ConnectionLost was called
	closed   bool // this end asked for the end
	halved   bool // this end asked for the end of what it sends
	deaf     bool // never reads on its own account
	readLost bool
	register bool // as a producer
	mode     protocol.ProducerMode
	left     int // bytes that the producer still makes
	steps    int
	limit    int // steps after which it ends
}

func (p *rowdy) enter(name string) func() {
	if p.lost {
		p.Errorf("%s after ConnectionLost", name)
	}
	if p.calls++; p.calls > 1 {
		p.Errorf("%s inside another callback", name)
	}
	return func() { p.calls-- }
}

func (p *rowdy) ConnectionMade(t protocol.Transport) {
	if p.made {
		p.Error("ConnectionMade twice")
	}
	p.made, p.t = true, t
	p.unix, _ = protocol.As[protocol.UNIXTransport](t)
	defer p.enter("ConnectionMade")()
	p.write(p.rng.IntN(5000))
	if p.deaf = p.rng.IntN(20) == 0; p.deaf {
		t.Pause()
	}
	p.act()
	p.tick()
}

// write writes the next n bytes, or those that are taken.
func (p *rowdy) write(n int) {
	done, _ := p.t.Write(p.out.next(n))
	p.out.made(done)
}

// writeSequence writes the same in pieces.
func (p *rowdy) writeSequence(n int) {
	b := p.out.next(n)
	cut := p.rng.IntN(len(b) + 1)
	done, _ := p.t.WriteSequence([][]byte{nil, b[:cut], b[cut:]})
	p.out.made(done)
}

// tick acts from outside of the connection's callbacks, and sees to it that the connection ends.
func (p *rowdy) tick() {
	p.t.Loop().CallLater(0, func() {
		switch p.steps++; {
		case p.lost:
			return
		case p.steps > 2*p.limit:
			p.closed = true
			p.t.AbortConnection()
			return
		case p.steps > p.limit && !p.closed:
			p.closed = true
			if p.steps%2 == 0 {
				p.t.LoseConnection()
			} else {
				p.t.AbortConnection()
			}
		}
		p.act()
		p.tick()
	})
}

func (p *rowdy) DataReceived(_ protocol.Transport, b []byte) {
	defer p.enter("DataReceived")()
	switch {
	case !p.made:
		p.Error("data before ConnectionMade")
	case p.closed:
		p.Error("data after the end was asked for")
	case p.readLost:
		p.Error("data after the end of stream")
	case len(b) == 0:
		p.Error("no data")
	}
	if err := p.in.check(b); err != nil {
		p.Errorf("%v (seed %d)", err, p.storm.seed)
	}
	p.storm.bytes.Add(int64(len(b)))
	p.act()
}

func (p *rowdy) FileDescriptorReceived(_ protocol.Transport, fd int) {
	defer p.enter("FileDescriptorReceived")()
	if err := os.NewFile(uintptr(fd), "received").Close(); err != nil {
		p.Error(err)
	}
	p.storm.descriptors.Add(1)
}

func (p *rowdy) ReadConnectionLost(protocol.Transport) {
	defer p.enter("ReadConnectionLost")()
	if p.readLost || p.closed {
		p.Errorf("ReadConnectionLost, again %v, closed %v", p.readLost, p.closed)
	}
	p.readLost = true
	if err := p.in.end(); err != nil && p.unix == nil && !sys.Wine() { // a UNIX socket ends like that when it is aborted, too, and wine's when nothing is being received
		p.Errorf("%v (seed %d)", err, p.storm.seed)
	}
	p.act()
}

func (p *rowdy) WriteConnectionLost(protocol.Transport) {
	defer p.enter("WriteConnectionLost")()
	p.act()
}

func (p *rowdy) ConnectionLost(_ protocol.Transport, reason error) {
	defer p.enter("ConnectionLost")()
	p.lost = true
	switch {
	case !p.made:
		p.Error("ConnectionLost before ConnectionMade")
	case reason == nil:
		p.Error("no reason")
	case p.register:
		p.Error("a producer was not told of the end")
	}
	if n, err := p.t.Write([]byte("x")); n != 0 || err == nil {
		p.Errorf("a write after the end: %d, %v", n, err)
	}
	p.t.LoseConnection()
	p.t.Resume()
	sources.Delete(p.out.number)
	if p.ended != nil {
		p.ended()
	}
}

func (p *rowdy) act() {
	half := p.t.(protocol.HalfCloseTransport)
	switch n := p.rng.IntN(100); {
	case n < 28:
		p.write(1 + p.rng.IntN(40_000))
	case n < 29 && p.storm.large:
		p.write(p.rng.IntN(maxPiece))
	case n < 30 && p.unix != nil && !p.closed && !p.halved:
		if p.unix.SendFileDescriptor(int(p.storm.null.Fd())) == nil {
			p.write(1 + p.rng.IntN(40_000))
		}
	case n < 35:
		p.writeSequence(p.rng.IntN(300_000))
	case n < 50:
		p.t.Pause()
	case n < 70 && !p.deaf:
		p.t.Resume()
	case n < 78 && !p.register:
		p.left = p.rng.IntN(200_000)
		p.mode = []protocol.ProducerMode{protocol.PushProducer, protocol.PullProducer}[p.rng.IntN(2)]
		p.register = true
		if err := p.t.RegisterProducer(p, p.mode); err != nil && p.register {
			p.Errorf("RegisterProducer: %v, without Stop", err)
		}
	case n < 84 && p.register:
		p.register = false
		p.t.UnregisterProducer()
	case n < 87:
		p.halved = true
		half.LoseWriteConnection()
	case n < 90:
		p.closed = true
		p.t.LoseConnection()
	case n < 91:
		p.closed = true
		p.t.AbortConnection()
	case n < 92 && p.calls > 0:
		p.closed = true
		panic(errChaos)
	}
}

var errChaos = errors.New("chaos")

// Resume, Pause and Stop are those of the producer.
func (p *rowdy) Resume() {
	if p.lost || !p.register {
		p.Errorf("a producer that is resumed, lost %v, registered %v", p.lost, p.register)
	}
	if p.left <= 0 {
		p.register = false
		p.t.UnregisterProducer()
		return
	}
	n := min(p.left, 1+p.rng.IntN(20_000))
	p.left -= n
	p.write(n)
	if p.rng.IntN(50) == 0 {
		p.closed = true
		p.t.AbortConnection()
	}
}

func (p *rowdy) Pause() {
	if p.lost || !p.register || p.mode != protocol.PushProducer {
		p.Errorf("a producer that is paused, lost %v, registered %v, %v", p.lost, p.register, p.mode)
	}
}

func (p *rowdy) Stop(reason error) {
	if !p.register || reason == nil {
		p.Errorf("a producer that is stopped, registered %v, reason %v", p.register, reason)
	}
	p.register = false
}
