// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"sync"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// Prepared is a message that is encoded once, and sent to any number of connections: see [Conn.SendPrepared] and [Hub]. It is immutable, and safe from any goroutine.
type Prepared struct {
	kind  Kind
	frame []byte // uncompressed
	head  int    // the length of the frame's header

	mu    sync.Mutex
	small []variant // guarded by mu
}

// A variant is the frame, compressed.
type variant struct {
	by    *ws.Compression
	bits  uint8
	frame []byte
}

// Prepare encodes a message. p is not kept.
func Prepare(kind Kind, p []byte) *Prepared {
	w := ws.NewWriter(ws.Server, nil, nil)
	frame := w.AppendHead(make([]byte, 0, len(p)+10), ws.Opcode(kind), len(p))
	return &Prepared{kind: kind, head: len(frame), frame: append(frame, p...)}
}

// Kind returns the kind of the message.
func (p *Prepared) Kind() Kind { return p.kind }

// Len returns the length of the message in bytes.
func (p *Prepared) Len() int { return len(p.frame) - p.head }

// compressed returns the frame as by compresses it. The first to ask makes it.
func (p *Prepared) compressed(by *ws.Compression, bits uint8) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.small {
		if v.by == by && v.bits == bits {
			return v.frame
		}
	}
	w := ws.NewWriter(ws.Server, by, &ws.Params{Server: ws.Direction{Bits: bits}})
	frame := w.AppendMessage(nil, ws.Opcode(p.kind), p.frame[p.head:])
	p.small = append(p.small, variant{by, bits, frame})
	return frame
}

// SendPrepared sends a message that was prepared. A client has to mask each message by itself, and saves nothing by it. Errors as Send.
func (c *Conn) SendPrepared(p *Prepared) error {
	if err := c.begins(p.Len()); err != nil {
		return err
	}
	c.sendPrepared(p)
	return nil
}

func (c *Conn) sendPrepared(p *Prepared) {
	switch {
	case c.writer.Role == ws.Client:
		c.send(p.kind, p.frame[p.head:])
	case c.prepared && c.writer.Compresses(p.Len()):
		c.write(p.compressed(c.set.deflate, c.bits))
	default:
		c.write(p.frame)
	}
}
