// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"
	"io"
	"log/slog"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// Factory has each connection served by a protocol that f builds, which knows nothing of WebSocket: what it writes is sent in binary messages, in which the peer's bytes come too. How they are cut means nothing. It is for [NewServer]:
//
//	websocket.NewServer(websocket.Factory(echo), websocket.Config{})
//
// With bridge.Blocking the protocol is a goroutine that has a net.Conn. There is no half-close. Text messages close the connection with 1003.
func Factory(f protocol.Factory) func(r *web.Request) (Handler, error) {
	return func(r *web.Request) (Handler, error) {
		p, err := f.BuildProtocol(r.RemoteAddr())
		if err == nil && p == nil {
			err = web.Forbidden("")
		}
		if err != nil {
			return nil, err
		}
		return &carrier{inner: p}, nil
	}
}

// A carrier is the Handler of a connection that carries another protocol, and the transport of that.
type carrier struct {
	Base
	c        *Conn
	inner    protocol.Protocol
	max      int // of SetMaxBuffered
	queued   int // bytes written since nothing waited
	closing  bool
	aborted  bool
	overflow bool
}

// Open tells inner.
func (w *carrier) Open(c *Conn) {
	w.c, w.max = c, protocol.DefaultMaxBuffered
	w.inner.ConnectionMade(w)
}

// Part delivers data.
func (w *carrier) Part(c *Conn, kind Kind, p []byte, _ bool) {
	switch {
	case w.closing:
	case kind != Binary:
		c.Close(UnsupportedData, "binary messages only")
	case len(p) > 0:
		w.inner.DataReceived(w, p)
	}
}

// Close tells inner of the end.
func (w *carrier) Close(_ *Conn, err *CloseError) { w.inner.ConnectionLost(w, w.reason(err)) }

// reason tells of the end as a transport does.
func (w *carrier) reason(err *CloseError) error {
	loss, _ := errors.AsType[*protocol.ConnectionLoss](err.Err)
	_, panicked := errors.AsType[*protocol.PanicError](err.Err)
	switch {
	case w.overflow:
		return &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow}
	case w.aborted:
		return protocol.Aborted()
	case panicked, loss != nil && loss.Class != protocol.ErrConnectionDone:
		return err.Err
	case err.Clean && w.closing:
		return protocol.Done(net.ErrClosed)
	case err.Clean && (err.Code == NormalClosure || err.Code == GoingAway || err.Code == NoStatus):
		return protocol.Done(io.EOF)
	}
	return protocol.Lost(err)
}

// carried is a producer of inner's, which is told of the end in the same way.
type carried struct {
	protocol.Producer
	w *carrier
}

// Stop ends it.
func (p carried) Stop(reason error) {
	if e, ok := reason.(*CloseError); ok {
		reason = p.w.reason(e)
	}
	p.Producer.Stop(reason)
}

// chunk is how much goes into one message, far below what any peer takes.
const chunk = 1 << 16

// Write sends p.
func (w *carrier) Write(p []byte) (int, error) {
	c := w.c
	if c.lost || c.stage >= stageClosed || c.stage == stageClosing && c.x.producer == nil {
		return 0, net.ErrClosed
	}
	waits := c.Buffered()
	if waits == 0 {
		w.queued = 0
	}
	w.queued += len(p)
	if waits+len(p) > w.max {
		w.overflow = true
		c.Abort()
		return len(p), nil // it was accepted, and the connection is lost
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), chunk)
		c.send(Binary, rest[:n])
		rest = rest[n:]
	}
	return len(p), nil
}

// WriteSequence sends the slices.
func (w *carrier) WriteSequence(v [][]byte) (int, error) {
	total := 0
	for _, p := range v {
		n, err := w.Write(p)
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

// RegisterProducer is that of the Conn.
func (w *carrier) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	return w.c.RegisterProducer(carried{p, w}, mode)
}

// UnregisterProducer is that of the Conn.
func (w *carrier) UnregisterProducer() { w.c.UnregisterProducer() }

// Pause is that of the Conn.
func (w *carrier) Pause() {
	if !w.closing {
		w.c.Pause()
	}
}

// Resume is that of the Conn.
func (w *carrier) Resume() {
	if !w.closing {
		w.c.Resume()
	}
}

// Stop is LoseConnection.
func (w *carrier) Stop(error) { w.LoseConnection() }

// LoseConnection closes. What still comes is dropped, and read for the peer's Close frame.
func (w *carrier) LoseConnection() {
	if w.closing {
		return
	}
	w.closing = true
	w.c.Close(NormalClosure, "")
	w.c.Resume()
}

// AbortConnection aborts.
func (w *carrier) AbortConnection() {
	w.closing, w.aborted = true, true
	w.c.Abort()
}

// LocalAddr returns this end's address.
func (w *carrier) LocalAddr() net.Addr { return w.c.LocalAddr() }

// RemoteAddr returns the peer's address.
func (w *carrier) RemoteAddr() net.Addr { return w.c.RemoteAddr() }

// Loop returns the loop.
func (w *carrier) Loop() protocol.Loop { return w.c.Loop() }

// Buffered returns what waits, without the frames around it as far as these can be told apart.
func (w *carrier) Buffered() int { return min(w.c.Buffered(), w.queued) }

// SetMaxBuffered sets the bound of it.
func (w *carrier) SetMaxBuffered(n int) {
	if w.max = n; n <= 0 {
		w.max = protocol.DefaultMaxBuffered
	}
}

// LogAttrs tells what a line about the connection says.
func (w *carrier) LogAttrs() []slog.Attr {
	if d, ok := protocol.As[protocol.LogDescriber](w.c.t); ok {
		return d.LogAttrs()
	}
	return []slog.Attr{slog.String("peer", w.RemoteAddr().String())}
}

var (
	_ PartHandler                = (*carrier)(nil)
	_ protocol.Transport         = (*carrier)(nil)
	_ protocol.BufferedTransport = (*carrier)(nil)
	_ protocol.LogDescriber      = (*carrier)(nil)
)
