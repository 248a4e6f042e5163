// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"errors"
	"strings"
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// Next takes the next frame off the front of b and deals with it. It returns its length, 0 if b does not hold all of it. The errors are of type *Error and end the
// connection: GoAway tells the peer.
func (c *Conn) Next(b []byte) (int, error) {
	if c.greeted < len(Preface) {
		n := min(len(b), len(Preface))
		if string(b[:n]) != Preface[:n] {
			return 0, broken(ProtocolError, "no connection preface")
		}
		if n < len(Preface) {
			return 0, nil
		}
		c.greeted = n
		return n, nil
	}
	h, p, n, err := ParseFrame(b, c.limits.FrameSize)
	if err != nil || n == 0 {
		return 0, err
	}
	if c.greeted == len(Preface) {
		if h.Type != TypeSettings || h.Flags.Has(FlagAck) {
			return 0, broken(ProtocolError, "first frame is not SETTINGS")
		}
		c.greeted++
	}
	c.more = len(b) > n
	err = c.frameReceived(h, p)
	c.more = false
	if e, ok := errors.AsType[*Error](err); ok && e.Stream != 0 {
		if c.idle(e.Stream) { // cannot be reset
			return 0, broken(e.Code, e.Reason)
		}
		if s := c.find(e.Stream); s != nil || !c.remembers(e.Stream) {
			err = c.fail(e.Stream, s, e)
		} else {
			err = nil
		}
	}
	return n, err
}

// idle reports whether the peer has not begun the stream yet.
func (c *Conn) idle(id uint32) bool { return id%2 == 0 || id > c.last }

var (
	errCalm   = broken(EnhanceYourCalm, "too many control frames")
	errResets = broken(EnhanceYourCalm, "too many streams were reset")
)

func (c *Conn) frameReceived(h Header, p []byte) error {
	if c.block.open {
		if h.Type != TypeContinuation || h.Stream != c.block.stream {
			return broken(ProtocolError, "frame inside a field block")
		}
		return c.continuation(h, p)
	}
	switch h.Type {
	case TypeData:
		return c.data(h, p)
	case TypeHeaders:
		return c.headers(h, p)
	case TypeContinuation:
		return broken(ProtocolError, "CONTINUATION without HEADERS")
	case TypePushPromise:
		return broken(ProtocolError, "PUSH_PROMISE, which nobody may send here")
	case TypeRSTStream:
		return c.rstStream(h, p)
	case TypeGoAway:
		last, code, err := ParseGoAway(h, p)
		c.peerGone = true
		if err == nil && c.client != nil {
			return c.goingAway(last, code)
		}
		return err
	}
	if !c.control.spend(c.now) {
		return errCalm
	}
	switch h.Type {
	case TypePriority:
		return CheckPriority(h, p)
	case TypeSettings:
		return c.settings(h, p)
	case TypePing:
		return c.ping(h, p)
	case TypeWindowUpdate:
		return c.windowUpdate(h, p)
	case TypePriorityUpdate:
		return c.priorityUpdate(h, p)
	}
	return nil // of an unknown type: an extension
}

func (c *Conn) data(h Header, p []byte) error {
	data, err := ParseData(h, p)
	if err != nil {
		return err
	}
	if !c.recv.take(len(p)) {
		return broken(FlowControlError, "more data than the connection's window")
	}
	s, end := c.find(h.Stream), h.Flags.Has(FlagEndStream)
	if s == nil {
		c.consumed(len(p))
		switch {
		case c.idle(h.Stream):
			return broken(ProtocolError, "DATA on an idle stream")
		case len(data) == 0 && !c.control.spend(c.now):
			return errCalm
		case c.client != nil && c.remembers(h.Stream):
			if c.owed -= len(p); c.owed < 0 {
				return broken(FlowControlError, "more data than the windows of streams that were reset")
			}
			return nil
		case c.remembers(h.Stream), c.final:
			return nil
		}
		return &Error{StreamClosed, h.Stream, "DATA on a closed stream"}
	}
	switch s.held += len(p); {
	case s.remoteClosed:
		return &Error{StreamClosed, h.Stream, "DATA behind the end"}
	case c.client != nil && !s.answered:
		return &Error{ProtocolError, h.Stream, "DATA before the head of the response"}
	}
	if !s.recv.take(len(p)) {
		return &Error{FlowControlError, h.Stream, "more data than the stream's window"}
	}
	s.received += int64(len(data))
	if s.length >= 0 && (s.received > s.length || end && s.received < s.length) {
		return &Error{ProtocolError, h.Stream, "content-length does not match"}
	}
	if len(data) == 0 && !end && !c.control.spend(c.now) {
		return errCalm
	}
	s.remoteClosed = end
	s.Consumed(len(p) - len(data))
	switch {
	case len(data) == 0:
	case s.tunnel != nil:
		s.tunnel.data(data)
	default:
		c.h.Data(s, data)
	}
	switch {
	case s.gone:
	case end:
		c.ended(s, "")
	case s.localClosed && s.tunnel == nil && c.server != nil && s.received > int64(c.limits.Drain):
		s.Reset(NoError)
	}
	return nil
}

// ended follows the end of a request.
func (c *Conn) ended(s *Stream, trailer h1.Lines) {
	s.remoteClosed = true
	if s.localClosed {
		c.drop(s)
	}
	switch {
	case s.tunnel != nil:
		s.tunnel.end()
		return
	case s.localClosed && c.server != nil:
		return
	}
	c.h.End(s, trailer)
}

func (c *Conn) rstStream(h Header, p []byte) error {
	code, err := ParseRSTStream(h, p)
	if err != nil {
		return err
	}
	if c.idle(h.Stream) {
		return broken(ProtocolError, "RST_STREAM on an idle stream")
	}
	s := c.find(h.Stream)
	if s == nil {
		if !c.control.spend(c.now) {
			return errCalm
		}
		return nil
	}
	c.drop(s)
	by := "reset by the client"
	if c.client != nil {
		by = "reset by the server"
	}
	c.wasReset(s, &Error{code, s.id, by})
	if c.server != nil && !c.resets.spend(c.now) { // CVE-2023-44487
		return errResets
	}
	return nil
}

func (c *Conn) settings(h Header, p []byte) error {
	if err := CheckSettings(h, p); err != nil {
		return err
	}
	if h.Flags.Has(FlagAck) {
		if !c.settingsAt.IsZero() {
			c.rtt = c.now.Sub(c.settingsAt)
		}
		c.settingsAt = time.Time{}
		return nil
	}
	if len(p) > maxSettings*settingLen {
		return broken(EnhanceYourCalm, "too many settings in a frame")
	}
	for len(p) > 0 {
		var s Setting
		s, p = SettingAt(p)
		if err := c.set(s); err != nil {
			return err
		}
	}
	c.Out = AppendSettingsAck(c.Out)
	c.replied += HeaderLen
	if c.client != nil {
		c.peer.known = true
		c.client.Settled()
	}
	return nil
}

func (c *Conn) set(s Setting) error {
	if err := s.Check(); err != nil {
		return err
	}
	switch s.ID {
	case SettingHeaderTableSize:
		c.Enc.resize(min(s.Value, 4096))
	case SettingInitialWindowSize:
		more := int(s.Value) - c.window
		c.window = int(s.Value)
		for _, s := range c.streams {
			if !opened(&s.send, more) {
				return broken(FlowControlError, "window too large")
			}
		}
	case SettingMaxConcurrentStreams:
		c.peer.streams, c.peer.bounded = s.Value, true
	case SettingMaxHeaderListSize:
		c.peer.headerList = max(s.Value, 1) // 0 would be no limit
	case SettingEnablePush:
		if c.client != nil && s.Value != 0 {
			return broken(ProtocolError, "a server that enables push")
		}
	case SettingEnableConnectProtocol:
		if c.peer.connect && s.Value == 0 { // RFC 8441 section 3
			return broken(ProtocolError, "extended CONNECT is taken back")
		}
		c.peer.connect = s.Value == 1
	case SettingMaxFrameSize:
		c.frame = min(int(s.Value), MinFrameSize) // longer frames would make the others wait
	}
	return nil
}

func (c *Conn) ping(h Header, p []byte) error {
	data, err := ParsePing(h, p)
	switch {
	case err != nil:
		return err
	case !h.Flags.Has(FlagAck):
		c.Out = AppendPing(c.Out, data, true)
		c.replied += HeaderLen + len(data)
	case data == pingData && c.Pinged():
		c.rtt, c.pingAt = c.now.Sub(c.pingAt), time.Time{}
	}
	return nil
}

func (c *Conn) windowUpdate(h Header, p []byte) error {
	n, err := ParseWindowUpdate(h, p)
	if err != nil && h.Stream == 0 {
		return err
	}
	if h.Stream == 0 {
		if !opened(&c.send, n) {
			return broken(FlowControlError, "window too large")
		}
		return nil
	}
	if c.idle(h.Stream) {
		return broken(ProtocolError, "WINDOW_UPDATE on an idle stream")
	}
	s := c.find(h.Stream)
	if s == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if !opened(&s.send, n) {
		return &Error{FlowControlError, s.id, "window too large"}
	}
	return nil
}

func (c *Conn) priorityUpdate(h Header, p []byte) error {
	id, prio, err := ParsePriorityUpdate(h, p)
	switch {
	case err != nil:
		return err
	case c.server == nil: // RFC 9218 section 7.1
		return broken(ProtocolError, "PRIORITY_UPDATE from a server")
	case id%2 == 0:
		return broken(ProtocolError, "PRIORITY_UPDATE for a pushed stream")
	}
	if s := c.find(id); s != nil {
		s.prio = prio
		return nil
	}
	if id <= c.last {
		return nil
	}
	for i := range c.early {
		if c.early[i].stream == id {
			c.early[i].prio = prio
			return nil
		}
	}
	if len(c.early) >= c.limits.Streams {
		c.early = append(c.early[:0], c.early[1:]...)
	}
	c.early = append(c.early, earlyPriority{id, prio})
	return nil
}

// priorityOf returns the priority of a new request: what a frame said comes before what the field says.
func (c *Conn) priorityOf(id uint32, field string) Priority {
	for i, e := range c.early {
		if e.stream == id {
			c.early = append(c.early[:i], c.early[i+1:]...)
			return e.prio
		}
	}
	if field == "" {
		return DefaultPriority
	}
	return ParsePriority(strings.Clone(field))
}
