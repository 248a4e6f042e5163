// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"errors"
	"fmt"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A transport is a conn as the transport of its protocol. A raw is the same below a layer that was interposed, for which upper then stands.
type (
	transport conn
	raw       conn
)

var (
	_ protocol.Transport  = (*transport)(nil)
	_ protocol.Interposer = (*transport)(nil)
	_ protocol.Transport  = (*raw)(nil)
)

// Unwrap returns the layer's transport, or else the one below.
func (t *transport) Unwrap() protocol.Transport { return t.now() }

// now returns what does the work: the layer, or the conn itself.
func (t *transport) now() protocol.Transport {
	if t.upper != nil {
		return t.upper
	}
	return (*raw)(t)
}

func (t *transport) Write(p []byte) (int, error)           { return t.now().Write(p) }
func (t *transport) WriteSequence(v [][]byte) (int, error) { return t.now().WriteSequence(v) }
func (t *transport) Pause()                                { t.now().Pause() }
func (t *transport) Resume()                               { t.now().Resume() }
func (t *transport) Stop(reason error)                     { t.now().Stop(reason) }
func (t *transport) LoseConnection()                       { t.now().LoseConnection() }
func (t *transport) AbortConnection()                      { t.now().AbortConnection() }
func (t *transport) LocalAddr() net.Addr                   { return t.now().LocalAddr() }
func (t *transport) RemoteAddr() net.Addr                  { return t.now().RemoteAddr() }
func (t *transport) Loop() protocol.Loop                   { return t.t.Loop() }
func (t *transport) UnregisterProducer()                   { t.now().UnregisterProducer() }
func (t *transport) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	return t.now().RegisterProducer(p, mode)
}

// Interpose puts a layer between the protocol and the conn.
func (t *transport) Interpose(build func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error)) error {
	c := (*conn)(t)
	if c.upper != nil {
		i, ok := protocol.As[protocol.Interposer](c.upper)
		if !ok {
			return fmt.Errorf("policy: Interpose: the layer of type %T takes no other: %w", c.upper, errors.ErrUnsupported)
		}
		return i.Interpose(build)
	}
	outer, upper, err := build((*raw)(c), t, c.inner)
	if err != nil {
		return err
	}
	c.inner, c.upper = outer, upper
	c.half, _ = protocol.As[protocol.HalfCloser](outer)
	if c.reading&byUser != 0 {
		upper.Pause()
		c.release(byUser)
	}
	p, mode, held := c.producer, c.mode, c.sending != 0
	if p == nil {
		return nil
	}
	(*raw)(c).UnregisterProducer()
	if err := upper.RegisterProducer(p, mode); err != nil {
		return err
	}
	if held && mode == protocol.PushProducer {
		p.Resume()
	}
	return nil
}

// Unwrap returns the transport below.
func (r *raw) Unwrap() protocol.Transport { return r.t }

func (r *raw) Write(p []byte) (int, error) {
	n, err := r.t.Write(p)
	if n > 0 {
		r.hook.Sent((*transport)(r), p[:n])
	}
	return n, err
}

func (r *raw) WriteSequence(v [][]byte) (int, error) {
	n, err := r.t.WriteSequence(v)
	left := n
	for _, p := range v {
		if left == 0 {
			break
		}
		k := min(left, len(p))
		r.hook.Sent((*transport)(r), p[:k])
		left -= k
	}
	return n, err
}

func (r *raw) Pause()               { (*conn)(r).hold(byUser) }
func (r *raw) Resume()              { (*conn)(r).release(byUser) }
func (r *raw) Stop(reason error)    { r.t.Stop(reason) }
func (r *raw) LoseConnection()      { r.t.LoseConnection() }
func (r *raw) AbortConnection()     { r.t.AbortConnection() }
func (r *raw) LocalAddr() net.Addr  { return r.t.LocalAddr() }
func (r *raw) RemoteAddr() net.Addr { return r.t.RemoteAddr() }
func (r *raw) Loop() protocol.Loop  { return r.t.Loop() }
