// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Bytes returns a Body of p, which is kept and must not change. It can be sent again.
func Bytes(p []byte) Rewinder { return &memoryBody{p} }

// String returns a Body of s. It can be sent again. Twisted: StringProducer.
func String(s string) Rewinder { return &memoryBody{[]byte(s)} }

type memoryBody struct{ data []byte }

func (b *memoryBody) Length() int64 { return int64(len(b.data)) }

func (b *memoryBody) Rewind() (Body, error) { return b, nil }

// Start writes in pieces, so that not all of it is copied into the connection's queue at once.
func (b *memoryBody) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	rest := b.data
	return pull(c, func() ([]byte, error) {
		n := min(len(rest), piece)
		p := rest[:n]
		rest = rest[n:]
		return p, nil
	}, nil)
}

// piece is how much of a body is read and written at once.
const piece = 65536

// pull has c ask next for pieces until there is an empty one, or an error; closed is called then, or when no more is wanted.
func pull(c protocol.Consumer, next func() ([]byte, error), closed func()) *deferred.Deferred[struct{}] {
	p := &puller{c: c, next: next, closed: closed}
	p.d = deferred.NewCancellable(nil, func(*deferred.Deferred[struct{}]) { p.end(nil, false) })
	c.RegisterProducer(p, protocol.PullProducer)
	return p.d
}

// A puller is a pull producer.
type puller struct {
	c      protocol.Consumer
	next   func() ([]byte, error)
	closed func()
	d      *deferred.Deferred[struct{}]
	over   bool
}

func (p *puller) Pause() {}

func (p *puller) Stop(reason error) { p.end(reason, true) }

func (p *puller) Resume() {
	if p.over {
		return
	}
	b, err := p.next()
	if err == nil && len(b) > 0 {
		_, err = p.c.Write(b)
		if err == nil {
			return
		}
	}
	p.c.UnregisterProducer()
	p.end(err, true)
}

func (p *puller) end(err error, fire bool) {
	if p.over {
		return
	}
	if p.over = true; p.closed != nil {
		p.closed()
	}
	switch {
	case !fire:
	case err != nil:
		p.d.Errback(err)
	default:
		p.d.Callback(struct{}{})
	}
}
