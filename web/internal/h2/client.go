// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"slices"
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// A ClientHandler is told what happens on a client's connection. It may call the methods of the Conn and its Streams.
type ClientHandler interface {
	events
	// Response gives the head of a response, or with a status of 1xx one that comes before it. h is lent; its strings are not.
	Response(s *Stream, h *h1.ResponseHead)
	// Settled tells that settings of the server have come, which may change Room and Connects.
	Settled()
	// GoingAway tells that no streams can be begun any more. Those that the server did not look at are Reset with REFUSED_STREAM.
	GoingAway(code Code)
}

// peerSettings are what the server has said.
type peerSettings struct {
	streams    uint32
	headerList uint32 // 0 for no limit
	known,
	bounded,
	connect bool
}

// NewClient returns the client's end of a connection, whose first output are the preface and its settings. Limits.Streams bounds the streams that are open at a time, whatever the
// server allows.
func NewClient(h ClientHandler, limits *Limits, now time.Time) *Conn {
	c := newConn(h, limits, now)
	c.client, c.greeted = h, len(Preface)
	c.Out = append(c.Out, Preface...)
	c.begin([]Setting{{SettingEnablePush, 0}, {SettingInitialWindowSize, uint32(limits.StreamWindow)}, {SettingMaxHeaderListSize, uint32(limits.HeaderList)}})
	return c
}

// maxStream is the last number of a client's stream.
const maxStream = 1<<31 - 1

// firstStreams is how many streams are begun before the server has told how many it takes: others would be refused by some.
const firstStreams = 1

// Room returns how many streams can be begun now.
func (c *Conn) Room() int {
	most := c.limits.Streams
	switch {
	case c.Spent():
		return 0
	case c.peer.bounded && uint64(c.peer.streams) < uint64(most):
		most = int(c.peer.streams)
	case !c.peer.known:
		most = min(most, firstStreams)
	}
	return max(most-len(c.streams), 0)
}

// Spent reports whether no stream can be begun any more: the server goes away, or the numbers have run out.
func (c *Conn) Spent() bool { return c.peerGone || c.final || c.last >= maxStream }

// Settled reports whether the settings of the server have come.
func (c *Conn) Settled() bool { return c.peer.known }

// Connects reports whether the server takes extended CONNECT.
func (c *Conn) Connects() bool { return c.peer.connect }

// HeaderList returns the size of a field section that the server takes, 0 if it has told of no limit (RFC 9113 section 10.5.1).
func (c *Conn) HeaderList() int { return int(c.peer.headerList) }

// Begin begins s with a request's head that Enc has encoded just now, for which there has to be Room. head tells that no response to it has a body.
func (c *Conn) Begin(s *Stream, block []byte, end, head bool) {
	if c.last == 0 {
		c.last = 1
	} else {
		c.last += 2
	}
	s.c, s.id, s.send, s.length, s.bodiless = c, c.last, c.window, -1, head
	s.recv = newReceiveWindow(c.limits.StreamWindow, c.limits.StreamWindowMax)
	s.prio = Priority{Urgency: DefaultPriority.Urgency, Incremental: true}
	c.streams = append(c.streams, s)
	c.requests++
	c.control.earn(2)
	s.Headers(block, end)
}

// Answered reports whether the head of the response has come.
func (s *Stream) Answered() bool { return s.answered }

// Left returns how many bytes of the body are to come, -1 if that is unknown.
func (s *Stream) Left() int64 {
	switch {
	case s.remoteClosed:
		return 0
	case s.length < 0:
		return -1
	}
	return s.length - s.received
}

// response follows a complete head.
func (c *Conn) response(s *Stream) error {
	h, end := &c.answer, c.block.end
	fault := c.fields.responseHead(h, end)
	if fault != nil {
		return c.fail(s.id, s, fault)
	}
	if h.Status < 200 {
		if !c.control.spend(c.now) {
			return errCalm
		}
		c.client.Response(s, h)
		return nil
	}
	s.answered, s.length = true, h.Length
	if s.bodiless || h.Status == 204 || h.Status == 304 {
		s.length = 0
	} else if end && s.length > 0 {
		return c.fail(s.id, s, broken(ProtocolError, "content-length of a response that has no content"))
	}
	s.remoteClosed = end
	c.control.earn(2)
	c.client.Response(s, h)
	if end && !s.gone {
		c.ended(s, "")
	}
	return nil
}

// goingAway is the server's GOAWAY: what it did not look at is safe to be sent again, elsewhere.
func (c *Conn) goingAway(last uint32, code Code) error {
	if !c.control.spend(c.now) {
		return errCalm
	}
	for _, s := range slices.Clone(c.streams) {
		if s.id > last && !s.gone {
			c.drop(s)
			c.wasReset(s, &Error{RefusedStream, s.id, "the server goes away and did not look at it"})
		}
	}
	c.client.GoingAway(code)
	return nil
}

// responseHead fills h from a complete head.
func (f *fieldSection) responseHead(h *h1.ResponseHead, end bool) *Error {
	status := 0
	if len(f.status) == 3 && f.status[0] >= '1' && f.status[0] <= '9' {
		for _, d := range []byte(f.status) {
			if d < '0' || d > '9' {
				status = -10000
			}
			status = status*10 + int(d-'0')
		}
	}
	switch {
	case f.fault != nil:
	case f.refusal != nil:
		f.fault = broken(EnhanceYourCalm, f.refusal.Reason)
	case status < 100 || status == 101: // RFC 9113 section 8.6
		f.malformed("malformed status")
	case status < 200 && (end || f.length >= 0):
		f.malformed("malformed interim response")
	}
	*h = h1.ResponseHead{Status: status, Fields: f.lineText(), Length: f.length, Minor: 1, KeepAlive: true}
	return f.fault
}

// perConnection reports whether a field has no place in HTTP/2 (RFC 9113 section 8.2.2).
func perConnection(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return true
	}
	return false
}
