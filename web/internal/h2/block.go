// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "github.com/torsion-go/torsion/web/internal/h1"

// blockState is a field block under way.
type blockState struct {
	open   bool
	end    bool    // END_STREAM
	fault  *Error  // known before its fields
	trails *Stream // the stream whose trailer, or response, it is; nil for a request
	stream uint32
	ignore bool
	frames int
	octets int
}

func (c *Conn) headers(h Header, p []byte) error {
	block, err := ParseHeaders(h, p)
	fault, _ := err.(*Error)
	if fault != nil && fault.Stream == 0 {
		return err
	}
	b := blockState{open: true, stream: h.Stream, end: h.Flags.Has(FlagEndStream), fault: fault}
	switch s := c.find(h.Stream); {
	case s != nil:
		b.trails = s
		switch {
		case c.client != nil && !s.answered && !s.remoteClosed: // a head
		case s.remoteClosed:
			b.fault = &Error{StreamClosed, h.Stream, "HEADERS behind the end"}
		case s.tunnel != nil:
			b.fault = &Error{ProtocolError, h.Stream, "HEADERS on a tunnel"}
		case !b.end:
			b.fault = &Error{ProtocolError, h.Stream, "trailer without the end"}
		}
	case h.Stream%2 == 0:
		return broken(ProtocolError, "stream number of a server")
	case c.client != nil && h.Stream > c.last:
		return broken(ProtocolError, "HEADERS on an idle stream")
	case h.Stream > c.last:
		c.last = h.Stream
		b.ignore = c.final
		if c.final { // the number stays as it was told
			c.remember(h.Stream)
		} else if len(c.streams)+c.Held >= c.limits.Streams {
			b.fault = &Error{RefusedStream, h.Stream, "too many streams"}
		}
	case c.remembers(h.Stream), c.final:
		b.ignore = true
	default:
		return broken(StreamClosed, "HEADERS on a closed stream")
	}
	c.block = b
	c.fields.begin(b.trails != nil && (c.server != nil || b.trails.answered), b.ignore || b.fault != nil)
	c.fields.answer = c.client != nil
	return c.fragment(h, block)
}

func (c *Conn) continuation(h Header, p []byte) error {
	if c.block.frames++; c.block.frames > c.limits.Continuations {
		return broken(EnhanceYourCalm, "too many CONTINUATION frames")
	}
	return c.fragment(h, p)
}

// fragment decodes a part of a block, so that nothing of it is kept but the fields.
func (c *Conn) fragment(h Header, p []byte) error {
	if c.block.octets += len(p); c.block.octets > c.limits.HeaderList {
		return broken(EnhanceYourCalm, "field block too large")
	}
	if _, err := c.dec.Write(p); err != nil {
		return broken(CompressionError, "field block cannot be decoded")
	}
	if !h.Flags.Has(FlagEndHeaders) {
		return nil
	}
	c.block.open = false
	if err := c.dec.Close(); err != nil {
		return broken(CompressionError, "field block cut off")
	}
	switch b := &c.block; {
	case b.ignore:
		if !c.control.spend(c.now) {
			return errCalm
		}
		return nil
	case b.fault != nil:
		return c.fail(b.stream, c.find(b.stream), b.fault)
	case b.trails != nil && b.trails.gone: // meanwhile
		return nil
	case b.trails != nil && c.client != nil && !b.trails.answered:
		return c.response(b.trails)
	case b.trails != nil:
		return c.trailer(b.trails)
	}
	return c.request()
}

func (c *Conn) request() error {
	id, end := c.block.stream, c.block.end
	head := &c.head
	*head = h1.Head{}
	refusal, fault := c.fields.head(head, end)
	if fault != nil {
		return c.fail(id, nil, fault)
	}
	c.requests++
	c.control.earn(2)
	s := c.server.NewStream()
	s.c, s.id, s.send, s.length, s.remoteClosed = c, id, c.window, head.Length, end
	s.recv = newReceiveWindow(c.limits.StreamWindow, c.limits.StreamWindowMax)
	s.prio = c.priorityOf(id, c.fields.priority)
	c.streams = append(c.streams, s)
	c.server.Request(s, head, refusal)
	return nil
}

func (c *Conn) trailer(s *Stream) error {
	switch fault := c.fields.fault; {
	case fault != nil:
		return c.fail(s.id, s, fault)
	case c.fields.refusal != nil:
		return c.fail(s.id, s, broken(EnhanceYourCalm, "trailer too large"))
	case s.length >= 0 && s.received != s.length:
		return c.fail(s.id, s, broken(ProtocolError, "content-length does not match"))
	}
	c.ended(s, c.fields.lineText())
	return nil
}
