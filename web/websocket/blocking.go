// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// A BlockingConn is a connection in the hands of goroutines: [Blocking] and [DialBlocking] make one. Its methods wait, and so are not for the loop; they are safe from any other goroutine. The peer is held up while more than
// 64 KiB have come that nobody has read.
type BlockingConn struct {
	c       *Conn
	ended   chan struct{} // closed at the end
	arrived chan struct{} // filled when something has come, cap 1
	serve   func(ctx context.Context, c *BlockingConn) error
	cancel  context.CancelCauseFunc

	waiting []*outgoing // loop only: until the peer reads

	mu   sync.Mutex
	in   []incoming  // guarded by mu, as are the others
	size int         // of in, in bytes
	held bool        // the peer
	err  *CloseError // the end
}

type incoming struct {
	kind Kind
	p    []byte
}

// An outgoing message belongs to the loop or to the caller of Write, whoever takes it first.
type outgoing struct {
	kind  Kind
	p     []byte
	taken atomic.Bool
	err   chan error // filled once, cap 1
}

func newBlocking() *BlockingConn {
	return &BlockingConn{ended: make(chan struct{}), arrived: make(chan struct{}, 1)}
}

// Blocking returns a Handler, for one connection, that calls serve on a goroutine of its own; ctx ends with the connection. When serve returns nil the connection is closed with 1000, unless it is closed already; an error or a
// panic is logged, and closes it with 1011.
func Blocking(serve func(ctx context.Context, c *BlockingConn) error) Handler {
	b := newBlocking()
	b.serve = serve
	return (*blocking)(b)
}

// DialBlocking is [Dial] for goroutines. ctx bounds the handshake.
func DialBlocking(ctx context.Context, doer client.Doer, rawURL string, config DialConfig) (*BlockingConn, error) {
	b := newBlocking()
	_, err := deferred.BlockingCallFromThread(ctx, doer.Loop(), func() *deferred.Deferred[*Conn] { return Dial(doer, rawURL, (*blocking)(b), config) })
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Conn returns the connection, whose methods are loop only.
func (b *BlockingConn) Conn() *Conn { return b.c }

// highInput is how much may have come that nobody has read.
const (
	highInput = 64 << 10
	overhead  = 64 // of a message: short ones cost something too
)

// Read waits for a message. p is the caller's. The error is a [*CloseError] once all messages were read and the connection has ended, or that of ctx; then the connection goes on.
func (b *BlockingConn) Read(ctx context.Context) (kind Kind, p []byte, err error) {
	for {
		b.mu.Lock()
		if len(b.in) > 0 {
			m := b.in[0]
			b.in[0] = incoming{}
			b.in = b.in[1:]
			b.size -= len(m.p) + overhead
			resume := b.held && b.size <= highInput/2
			b.held = b.held && !resume
			more := len(b.in) > 0
			b.mu.Unlock()
			if more {
				b.signal() // another goroutine may be waiting too
			}
			if resume {
				b.c.Loop().CallFromThread(b.c.Resume)
			}
			return m.kind, m.p, nil
		}
		end := b.err
		b.mu.Unlock()
		if end != nil {
			return 0, nil, end
		}
		select {
		case <-b.arrived:
		case <-b.ended:
		case <-ctx.Done():
			return 0, nil, context.Cause(ctx)
		}
	}
}

func (b *BlockingConn) signal() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// Write sends a message, and waits while the peer does not read. p may be used again afterwards. Errors are those of [Conn.Send], and that of ctx: nothing was sent then.
func (b *BlockingConn) Write(ctx context.Context, kind Kind, p []byte) error {
	o := &outgoing{kind: kind, p: p, err: make(chan error, 1)}
	b.c.Loop().CallFromThread(func() {
		if b.c.crowded() {
			b.waiting = append(b.waiting, o)
		} else {
			b.send(o)
		}
	})
	var cause error
	select {
	case err := <-o.err:
		return err
	case <-b.ended:
		cause = net.ErrClosed
	case <-ctx.Done():
		cause = context.Cause(ctx)
	}
	if o.taken.CompareAndSwap(false, true) {
		return cause
	}
	return <-o.err // the loop is at it
}

// send is called on the loop.
func (b *BlockingConn) send(o *outgoing) {
	if o.taken.CompareAndSwap(false, true) {
		o.err <- b.c.Send(o.kind, o.p)
	}
}

// Close closes the connection, behind what was written, and waits for its end, which Options.CloseTimeout bounds. What the peer still sends is dropped. Errors as Conn.Close, which is nil too if the peer does not answer.
func (b *BlockingConn) Close(code Code, reason string) error {
	err := make(chan error, 1)
	b.c.Loop().CallFromThread(func() {
		b.mu.Lock()
		b.in, b.size, b.held = nil, 0, false
		b.mu.Unlock()
		b.c.Resume()
		for _, o := range b.waiting {
			b.send(o)
		}
		b.waiting = nil
		err <- b.c.Close(code, reason)
	})
	select {
	case err := <-err:
		if errors.Is(err, ErrCode) {
			return err
		}
		<-b.ended
		return err
	case <-b.ended:
	}
	select {
	case err := <-err: // the end that this goroutine has asked for came before it was back
		return err
	default:
		return net.ErrClosed
	}
}

// blocking is a BlockingConn as a Handler.
type blocking BlockingConn

// Open begins.
func (h *blocking) Open(c *Conn) {
	b := (*BlockingConn)(h)
	b.c = c
	c.extra().room = b.room
	if b.serve == nil {
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	b.cancel = cancel
	go b.run(ctx) // the connection owns it: its end makes every call on b fail, and ends ctx
}

func (b *BlockingConn) run(ctx context.Context) {
	err := b.call(ctx)
	if err == nil {
		b.Close(NormalClosure, "")
		return
	}
	args := []any{"error", err}
	if p, ok := err.(*protocol.PanicError); ok {
		b.c.set.stats.panics.Add(1)
		args = append(args, "stack", string(p.Stack))
	}
	if _, closed := errors.AsType[*CloseError](err); !closed { // which is only what Read has told
		b.c.set.Logger.Error("websocket: serving a connection failed", args...)
	}
	b.Close(InternalError, "")
}

func (b *BlockingConn) call(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &protocol.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return b.serve(ctx, b)
}

// Message keeps a message for Read.
func (h *blocking) Message(c *Conn, kind Kind, p []byte) {
	b := (*BlockingConn)(h)
	if c.Closing() {
		return
	}
	b.mu.Lock()
	b.in = append(b.in, incoming{kind, append([]byte(nil), p...)})
	b.size += len(p) + overhead
	pause := b.size > highInput && !b.held
	b.held = b.held || pause
	b.mu.Unlock()
	if b.signal(); pause {
		c.Pause()
	}
}

// Close is the end.
func (h *blocking) Close(_ *Conn, err *CloseError) {
	b := (*BlockingConn)(h)
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	close(b.ended)
	if b.cancel != nil {
		b.cancel(err)
	}
}

// room is called when nothing waits to be sent any more.
func (b *BlockingConn) room() {
	for len(b.waiting) > 0 && !b.c.crowded() {
		o := b.waiting[0]
		b.waiting[0] = nil
		b.waiting = b.waiting[1:]
		b.send(o)
	}
}

var _ Handler = (*blocking)(nil)
