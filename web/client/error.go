// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// ErrBusy is the cause when there was no connection for a request: too many wait, or it waited for longer than Timeouts.Wait. The latter is os.ErrDeadlineExceeded too.
var ErrBusy = exchange.ErrBusy

// ErrHeaderTooLarge is the cause when the header of a request is larger than what its server of HTTP/2 has said that it takes. Nothing was sent; the phase is PhaseRequest.
var ErrHeaderTooLarge = exchange.ErrHeaderTooLarge

// A Phase is how far a request had come when it failed.
type Phase uint8

const (
	PhaseRequest  Phase = iota // it cannot be sent: it is not well-formed, or of a scheme that is not supported. Twisted: RequestNotSent
	PhaseConnect               // nothing of it was sent. Twisted: the errors of connecting
	PhaseBody                  // its Body failed, or lied about its length. Twisted: RequestGenerationFailed
	PhaseSend                  // the connection was lost while it was sent. Twisted: RequestTransmissionFailed
	PhaseWait                  // it was sent, and nothing came back. Twisted: ResponseNeverReceived
	PhaseHead                  // the head of the response is cut off, or cannot be understood. Twisted: ParseError
	PhaseResponse              // the body of the response is cut off, or cannot be decoded, or what stands around the Agent refuses the response. Twisted: ResponseFailed
)

// String returns a word for the phase.
func (p Phase) String() string {
	return [...]string{"request", "connect", "request body", "send", "wait", "response head", "response"}[p]
}

// An Error is the end of a request that failed. Time limits match os.ErrDeadlineExceeded, a cancelled request deferred.ErrCancelled, and the cause is there for errors.As.
type Error struct {
	Phase  Phase
	Method string
	URL    string // without its password and its query
	Err    error  // the cause
	// Response is what was received, if that is why it failed: a redirect that may not be followed, say. Its body was dropped unless the error says otherwise.
	Response *Response
	// Partial is what ReadBody had read.
	Partial []byte
}

// Error returns "client: GET http://host/path: phase: cause".
func (e *Error) Error() string {
	return "client: " + e.Method + " " + e.URL + ": " + e.Phase.String() + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A ResetError is the cause when a server of HTTP/2 has ended a request before its time (RFC 9113 section 5.4.2): by RST_STREAM, or by GOAWAY.
type ResetError struct {
	Code uint32 // as in RFC 9113 section 7: 7 means that the server has not looked at the request, 8 that it does not want the rest
	// Refused is how often the server has not looked at it, where it was sent again for that, whatever its method: up to 3 times, or 100 if the server answers other requests in between. 0 means that it was not.
	Refused int
	err     error
}

// Error tells the name of the code.
func (e *ResetError) Error() string { return e.err.Error() }

// resetError returns err as a *ResetError, or as it is if it is none.
func resetError(err error) error {
	refused, again := err.(*exchange.RefusedError)
	switch reset, ok := err.(*h2.Error); {
	case again:
		return &ResetError{uint32(refused.Err.Code), refused.Times, err}
	case ok:
		return &ResetError{uint32(reset.Code), 0, err}
	}
	return err
}
