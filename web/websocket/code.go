// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// A Code tells why a connection is closed (RFC 6455 section 7.4). Applications have those from 4000 to 4999 for themselves, libraries those from 3000 on.
type Code uint16

// The codes that have a meaning.
const (
	NormalClosure   = Code(ws.NormalClosure)   // 1000
	GoingAway       = Code(ws.GoingAway)       // 1001: the server ends, or the browser leaves the page
	ProtocolError   = Code(ws.ProtocolError)   // 1002
	UnsupportedData = Code(ws.UnsupportedData) // 1003: text where only binary will do, or the other way round
	NoStatus        = Code(ws.NoStatus)        // 1005: the peer has closed without a code. In Close it means the same.
	Abnormal        = Code(ws.Abnormal)        // 1006: the connection was lost without a word. It is never sent.
	InvalidPayload  = Code(ws.InvalidPayload)  // 1007: text that is not UTF-8
	PolicyViolation = Code(ws.PolicyViolation) // 1008
	MessageTooBig   = Code(ws.MessageTooBig)   // 1009
	InternalError   = Code(ws.InternalError)   // 1011
	ServiceRestart  = Code(ws.ServiceRestart)  // 1012
	TryAgainLater   = Code(ws.TryAgainLater)   // 1013
)

// String returns the number with its meaning, if it has one: "1000 (normal closure)".
func (c Code) String() string { return ws.Code(c).String() }

// A CloseError is how a connection has ended.
type CloseError struct {
	// Code is the peer's, NoStatus if it gave none. If no Close frame came it is that of the violation or the limit for which this side has ended the connection, else Abnormal.
	Code   Code
	Reason string // likewise
	// Clean tells that both sides have sent their Close frame.
	Clean bool
	// Err is the cause where it was not clean: why the connection was lost, as protocol.ConnectionLost is told it.
	Err error
}

// Error returns "websocket: closed: code: reason: cause".
func (e *CloseError) Error() string {
	s := "websocket: closed: " + e.Code.String()
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *CloseError) Unwrap() error { return e.Err }

// Is reports that an end which was clean is one of protocol.ErrConnectionDone.
func (e *CloseError) Is(target error) bool {
	return e.Clean && (target == protocol.ErrConnectionDone || target == protocol.ErrConnectionClosed)
}

// The errors of sending.
var (
	// ErrSlow is returned for what would pass Options.Queue: the peer does not read. Nothing of it was sent. See Options.Slow.
	ErrSlow = errors.New("websocket: the peer does not read: too much waits to be sent")
	// ErrParts is returned for a message inside of one that is sent in parts, and for a part of another kind.
	ErrParts = errors.New("websocket: a message that is sent in parts has not ended")
	// ErrControl is returned by Ping for more than 125 bytes.
	ErrControl = errors.New("websocket: more than 125 bytes in a ping")
	// ErrCode is returned by Close for a code that may not be sent.
	ErrCode = errors.New("websocket: not a code that can be sent")
)
