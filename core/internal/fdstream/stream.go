// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package fdstream

import (
	"log/slog"
	"net"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A Loop is what a Stream needs of a reactor's loop.
type Loop interface {
	protocol.Loop
	AddReader(d reactor.ReadDescriptor) error
	AddWriter(d reactor.WriteDescriptor) error
	RemoveReader(d reactor.ReadDescriptor)
	RemoveWriter(d reactor.WriteDescriptor)
	CallWhenStopping(f func(reason error)) (forget func(), err error)
}

// A Config describes a Stream.
type Config struct {
	Loop Loop
	// In and Out are the descriptors, both non-blocking; they may be the same one. -1 means that there is none.
	In, Out int
	// CloseOut ends the sending direction alone: it closes Out. nil means that this cannot be told to the peer.
	CloseOut func()
	// Close is called once, at the end, when nothing is watched any more. It closes the descriptors, whether or not CloseOut was called.
	Close func()
	// Self, if not nil, returns the value that the protocol gets as its transport, which embeds s.
	Self func(s *Stream) protocol.Transport
	// EndOfFile tells which errors of reading mean the end of the stream, as EIO does on the master of a terminal. nil means none.
	EndOfFile func(error) bool
	// KeepReading makes an Out that nobody reads any more the end of the sending direction only. Otherwise it is that of the Stream, once what can be read was.
	KeepReading bool
	// Local and Remote are the addresses; the invalid Addr means protocol.PipeAddr.
	Local, Remote protocol.Addr
	// MaxBuffered bounds what waits to be written, in bytes. 0 means protocol.DefaultMaxBuffered.
	MaxBuffered int
	Logger      *slog.Logger
}

// A Stream is a transport over descriptors, as its protocol sees it. Loop only.
type Stream struct {
	memory.Face
	c *core
}

// Ended reports whether the Stream has ended, and its descriptors are closed.
func (s *Stream) Ended() bool { return s.c.lost }

// A core is a Stream's state.
type core struct {
	cfg Config

	proto protocol.Protocol
	t     protocol.Transport
	half  protocol.HalfCloser
	gate  flow.Gate

	queue  [][]byte // written, not yet taken by the system
	queued int      // bytes in queue
	asked  bool     // the producer is to be asked for more when nothing waits

	in  inlet
	out outlet

	paused       bool
	closing      bool // LoseConnection was called
	writeClosing bool // LoseWriteConnection was called
	writeClosed  bool
	readClosed   bool
	posted       bool  // turn is on its way
	broken       error // nobody reads Out any more; In is still to be looked at
	dropped      bool  // for that reason something was not sent
	reason       error // of an end that is on its way
	lost         bool
	forget       func()
}

var _ memory.Core = (*core)(nil)

// Attach runs p over the descriptors, which the Stream takes over. It calls p.ConnectionMade. On a loop that stops already the Stream is lost before Attach
// returns. Loop only.
func Attach(cfg Config, p protocol.Protocol) *Stream {
	if cfg.MaxBuffered <= 0 {
		cfg.MaxBuffered = protocol.DefaultMaxBuffered
	}
	if !cfg.Local.IsValid() {
		cfg.Local = protocol.PipeAddr()
	}
	if !cfg.Remote.IsValid() {
		cfg.Remote = protocol.PipeAddr()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Stream{}
	c := &core{cfg: cfg}
	s.c = c
	c.in.c, c.out.c = c, c
	c.readClosed, c.writeClosed = cfg.In < 0, cfg.Out < 0
	self := protocol.Transport(s)
	if cfg.Self != nil {
		self = cfg.Self(s)
	}
	s.Init(c, self)
	c.Deliver(p, self)
	forget, err := cfg.Loop.CallWhenStopping(c.stop)
	c.forget = forget
	c.call(func() { c.proto.ConnectionMade(c.t) })
	if err != nil { // nothing posted is sure to run
		c.finish(protocol.Lost(err))
		return s
	}
	c.watchBroken()
	c.update()
	return s
}

func (c *core) Gate() *flow.Gate            { return &c.gate }
func (c *core) Protocol() protocol.Protocol { return c.proto }
func (c *core) LocalAddr() net.Addr         { return c.cfg.Local }
func (c *core) RemoteAddr() net.Addr        { return c.cfg.Remote }
func (c *core) Loop() protocol.Loop         { return c.cfg.Loop }
func (c *core) Buffered() int               { return c.queued }

func (c *core) SetMaxBuffered(n int) {
	if n <= 0 {
		n = protocol.DefaultMaxBuffered
	}
	c.cfg.MaxBuffered = n
}

func (c *core) Deliver(p protocol.Protocol, t protocol.Transport) {
	c.proto, c.t = p, t
	c.half, _ = protocol.As[protocol.HalfCloser](p)
}

func (c *core) check(method string) { loopcheck.Check(c.cfg.Loop, "fdstream: Transport."+method) }

// open reports whether what is written now will leave.
func (c *core) open() bool {
	if c.lost || c.reason != nil || c.broken != nil || c.writeClosed {
		return false
	}
	return !(c.closing || c.writeClosing) || c.gate.Registered()
}

func (c *core) Write(p []byte) (int, error) {
	c.check("Write")
	if !c.accept(p) {
		return 0, net.ErrClosed
	}
	c.wrote()
	return len(p), nil
}

func (c *core) WriteSequence(v [][]byte) (int, error) {
	c.check("WriteSequence")
	n := 0
	for _, p := range v {
		if !c.accept(p) {
			return n, net.ErrClosed
		}
		n += len(p)
	}
	c.wrote()
	return n, nil
}

func (c *core) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	c.check("RegisterProducer")
	return c.gate.Register(p, mode, c.open() && !c.closing && !c.writeClosing, c.queued)
}

func (c *core) UnregisterProducer() {
	c.check("UnregisterProducer")
	if c.gate.Unregister() {
		c.schedule()
	}
}

func (c *core) Pause() {
	c.check("Pause")
	c.paused = true
	c.update()
}

func (c *core) Resume() {
	c.check("Resume")
	if c.paused && !c.closing {
		c.paused = false
		c.update()
		if c.broken != nil {
			c.schedule()
		}
	}
}

func (c *core) Stop(error) { c.LoseConnection() }

func (c *core) LoseConnection() {
	c.check("LoseConnection")
	c.closing = true
	c.update()
	c.schedule()
}

func (c *core) LoseWriteConnection() {
	c.check("LoseWriteConnection")
	c.writeClosing = true
	c.schedule()
}

func (c *core) AbortConnection() {
	c.check("AbortConnection")
	c.fail(protocol.Aborted())
}
