// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"crypto/tls"

	"github.com/torsion-go/torsion/web"
)

// A Response is what a server has answered. Its body waits, and its connection with it, until it is read, stopped or the request's time is over. Loop only.
type Response struct {
	Status int
	Phrase string // what follows the status in HTTP/1, which means nothing
	Proto  string // "HTTP/1.1", "HTTP/1.0" or "HTTP/2.0"
	Header web.Header
	// Conn holds the fields that belong to the connection: Connection, Keep-Alive, Transfer-Encoding and the like.
	Conn web.Header
	// Length is that of the body, or -1 if it is not known.
	Length int64
	// Request is what was sent last.
	Request *Request
	// Previous is the response that led here by a redirect, or nil.
	Previous *Response
	// TLS is the state of the connection, or nil.
	TLS *tls.ConnectionState

	stream // the body
}

// stream is where the body comes from: a connection, or something that decodes another one's.
type stream interface {
	// start has the body delivered: data is lent until return, end is called once and last. Not inside start.
	start(data func(p []byte), end func(err error))
	pause()
	resume()
	// cut ends it early.
	cut()
}

// StreamBody calls data with each piece of the body, lent until return, and end once and last: with nil, or the *[Error] that cut it short. Neither is called inside StreamBody. It is
// called once.
func (r *Response) StreamBody(data func(p []byte), end func(err error)) { r.start(data, end) }

// PauseBody holds the pieces of StreamBody back, and the server with them. The function that gets the pieces may call it.
func (r *Response) PauseBody() { r.pause() }

// ResumeBody ends PauseBody.
func (r *Response) ResumeBody() { r.resume() }

// StopBody says that no more of the body is wanted. What is left of it is read if it is little, else the connection is dropped.
func (r *Response) StopBody() { r.cut() }
