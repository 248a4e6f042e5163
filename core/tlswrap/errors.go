// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"

	"github.com/torsion-go/torsion/core/protocol"
)

// Errors of this package.
var (
	// ErrNoCertificate is returned where an end of the connection showed no certificate, or the handshake is not complete. Twisted: CertificateError.
	ErrNoCertificate = errors.New("tlswrap: no certificate")
	// ErrCannotStartTLS is returned by StartTLS for a transport that has no protocol.Interposer.
	ErrCannotStartTLS = errors.New("tlswrap: this transport cannot be upgraded to TLS")

	errHandshakeTime = errors.New("the handshake took too long")
	errHandshakeSize = errors.New("the peer sent too much before the handshake was complete")
	errCloseTime     = errors.New("the peer did not take the last data")
)

// An Error tells how TLS failed. It is the cause inside the reason of ConnectionLost; find it with errors.As. It matches protocol.ErrTLS, and errors.As finds
// in it crypto/tls's errors (*tls.CertificateVerificationError, tls.RecordHeaderError, tls.AlertError, ...). Twisted: SSL.Error, VerificationError.
type Error struct {
	// Op is "handshake", "read", "write" or "close".
	Op string
	// Alert is the alert that was received or sent, 0 where there was none or it is not known.
	Alert tls.AlertError
	// Remote tells that Alert came from the peer.
	Remote bool
	// Err is the cause.
	Err error
}

// Error returns "tlswrap: OP: cause".
func (e *Error) Error() string { return fmt.Sprintf("tlswrap: %s: %v", e.Op, e.Err) }

// Unwrap returns protocol.ErrTLS, the cause and the alert.
func (e *Error) Unwrap() []error {
	if e.Alert == 0 {
		return []error{protocol.ErrTLS, e.Err}
	}
	return []error{protocol.ErrTLS, e.Err, e.Alert}
}

// newError describes an error of crypto/tls. Its alerts are of an unexported type outside QUIC, whose number reflection can read.
func newError(op string, err error) *Error {
	e := &Error{Op: op, Err: err}
	if oe, ok := errors.AsType[*net.OpError](err); ok && (oe.Op == "remote error" || oe.Op == "local error") {
		if v := reflect.ValueOf(oe.Err); v.Kind() == reflect.Uint8 {
			e.Alert, e.Remote = tls.AlertError(v.Uint()), oe.Op == "remote error"
		}
	}
	return e
}

// lossOf makes the reason for ConnectionLost of an error of crypto/tls or of our own.
func lossOf(op string, err error) error {
	if p, ok := err.(*protocol.PanicError); ok {
		return p
	}
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		return protocol.Lost(&Error{Op: op, Err: io.ErrUnexpectedEOF})
	case errHandshakeTime, errCloseTime:
		return &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: &Error{Op: op, Err: err}}
	}
	e := newError(op, err)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || e.Remote {
		return protocol.Lost(e) // a refusal, ours or the peer's, not a breach of the protocol
	}
	return protocol.Violation(e)
}
