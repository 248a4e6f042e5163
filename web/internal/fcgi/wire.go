// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fcgi is the wire format of FastCGI 1.0, from the side of the server, for the responder role.
//
// # Typical use
//
//	var w fcgi.Wire // one for each connection
//	conn.Write(w.Begin(nil, vars, keep))
//	conn.Write(w.Body(nil, piece))
//	done, err := w.Decode(input, sink)
//
// # The nouns
//
//   - A [Decoder] takes records apart, whatever the split, and the Append functions write them. Neither does I/O.
//   - A [Wire] is the request that a connection carries.
//
// # Concurrency
//
// The types hold no locks; each belongs to one connection. Loop only.
//
// # Standards
//
// FastCGI 1.0 (Brown, 1996). Not supported: several requests on one connection at a time, which hardly any application takes; the roles authorizer and filter; management
// records, which are passed over.
package fcgi

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/web/internal/cgienv"
	"github.com/torsion-go/torsion/web/internal/gateway"
)

// requestID is the only one: a connection has one request at a time.
const requestID = 1

// ErrCut is the end of a connection before that of its request.
var ErrCut = errors.New("the application closed the connection before the end of its answer")

// A StatusError is the protocol status of a request that the application refused.
type StatusError uint8

// Error tells the number and its meaning.
func (e StatusError) Error() string {
	meaning := "unknown"
	switch e {
	case CantMultiplex:
		meaning = "cannot multiplex"
	case Overloaded:
		meaning = "overloaded"
	case UnknownRole:
		meaning = "unknown role"
	}
	return fmt.Sprintf("the application refused the request: FastCGI status %d (%s)", uint8(e), meaning)
}

// HTTPStatus is 503 for an application that is overloaded, else 502.
func (e StatusError) HTTPStatus() int {
	if e == Overloaded {
		return 503
	}
	return 502
}

// A Wire carries the requests of one connection, one after the other.
type Wire struct{ d Decoder }

// Begin appends what opens a request.
func (w *Wire) Begin(dst []byte, vars []cgienv.Var, keep bool) []byte {
	flags := uint8(0)
	if keep {
		flags = KeepConn
	}
	var pairs []byte
	for _, v := range vars {
		pairs = AppendPair(pairs, v.Name, v.Value)
	}
	dst = AppendBegin(dst, requestID, flags)
	dst = AppendStream(dst, Params, requestID, pairs)
	return AppendEnd(dst, Params, requestID)
}

// Body appends a piece of the request's body.
func (w *Wire) Body(dst, p []byte) []byte { return AppendStream(dst, Stdin, requestID, p) }

// BodyEnd appends the end of the body.
func (w *Wire) BodyEnd(dst []byte) []byte { return AppendEnd(dst, Stdin, requestID) }

// Abort appends what tells the application that nobody waits for its answer.
func (w *Wire) Abort(dst []byte) []byte { return AppendAbort(dst, requestID) }

// Decode takes input apart and reports whether the answer is complete.
func (w *Wire) Decode(in []byte, s gateway.Sink) (done bool, err error) {
	for {
		rec, n, ok, err := w.d.Next(in)
		if err != nil || !ok {
			return false, err
		}
		in = in[n:]
		if rec.ID != requestID { // management, or nothing that was asked for
			continue
		}
		switch rec.Type {
		case Stdout:
			s.Stdout(rec.Data)
		case Stderr:
			s.Stderr(rec.Data)
		case EndRequest:
			if status := rec.Data[4]; status != RequestComplete {
				return false, StatusError(status)
			}
			s.Exit(int(int32(binary.BigEndian.Uint32(rec.Data))))
			// Padding behind it has no meaning; anything else would be the answer to another request.
			return true, nil
		}
	}
}

// EOF is the end of the connection before Decode was done.
func (w *Wire) EOF() error { return ErrCut }

var _ gateway.Wire = (*Wire)(nil)
