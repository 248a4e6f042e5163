// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"crypto/tls"
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Response is what a server has answered. Its body waits, and its connection with it, until it is read or stopped, for Timeouts.Unread. Loop only.
type Response struct {
	Status int
	Phrase string // what follows the status in HTTP/1, which means nothing
	Proto  string // "HTTP/1.1", "HTTP/1.0" or "HTTP/2.0"
	Header web.Header
	// Conn holds the fields that belong to the connection: Connection, Keep-Alive, Transfer-Encoding and the like.
	Conn web.Header
	// Length is that of the body, or -1 if it is not known.
	Length int64
	// UntilClose tells that the body ends with the connection, so that nobody can tell whether it is all there. Twisted: PotentialDataLoss.
	UntilClose bool
	// Request is what was sent last.
	Request *Request
	// Previous is the response that led here by a redirect, or nil.
	Previous *Response
	// TLS is the state of the connection, or nil.
	TLS *tls.ConnectionState

	stream // the body

	max, taken int64 // of SetMaxBody
	own        delivery
}

// stream is where the body comes from: a connection, or something that decodes another one's.
type stream interface {
	// start has the body delivered, not inside start.
	start(s receiver)
	pause()
	resume()
	// cut ends it early.
	cut()
	// trailer returns the fields that followed it.
	trailer() *web.Header
	// upgrade gives the connection away.
	upgrade(p protocol.Protocol) error
	// failed makes an error of this request. When over it ends the request with it, if that is not over yet.
	failed(phase Phase, err error) error
	// loop is where all of this belongs.
	loop() protocol.Loop
}

// StreamBody calls data with each piece of the body, lent until return, and end once and last: with nil, or the *[Error] that cut it short. Neither is called inside StreamBody. It is
// called once; what is given to it later gets ErrBodyTaken.
func (r *Response) StreamBody(data func(p []byte), end func(err error)) {
	s := r.delivery()
	s.onData, s.onEnd = data, end
	r.start(s)
}

// SetMaxBody bounds the body: beyond n bytes, as they are delivered, it fails with ErrBodyTooLong. 0 means no limit. Call it before the body is asked for.
func (r *Response) SetMaxBody(n int64) { r.max = max(n, 0) }

// PauseBody holds the pieces of StreamBody back, and the server with them. The function that gets the pieces may call it, and so may who is to call StreamBody.
func (r *Response) PauseBody() { r.pause() }

// ResumeBody ends PauseBody.
func (r *Response) ResumeBody() { r.resume() }

// StopBody says that no more of the body is wanted. What is left of it is read and dropped, so that the connection can be kept, if it is
// at most 16 KiB; when nobody knows, as far as that, and for at most a tenth of a second. Else the connection is dropped. The end of StreamBody gets ErrBodyStopped.
func (r *Response) StopBody() { r.cut() }

// Trailer returns the fields that followed the body, once that has ended.
func (r *Response) Trailer() *web.Header { return r.trailer() }

// Upgrade makes p the protocol of the connection, after a 101 that Request.Upgrade has asked for, or a 2xx to CONNECT. p's ConnectionMade is called at once, and what the server has
// sent after the head comes next. Until it is called, or StopBody, the connection waits.
func (r *Response) Upgrade(p protocol.Protocol) error { return r.upgrade(p) }

// The ends of a body that are this side's doing.
var (
	ErrBodyTooLong = errors.New("the body is longer than the limit")
	ErrBodyStopped = errors.New("the body was stopped")
	ErrBodyTaken   = errors.New("the body is delivered already, or was stopped")
)
