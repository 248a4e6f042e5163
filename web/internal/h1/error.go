// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import "strconv"

// An Error is a message that cannot be accepted. The connection that it came on is of no further use, since nobody can tell where the next message begins.
type Error struct {
	Status int    // what to answer with: 400, 414, 417, 431, 501 or 505
	Reason string // what is wrong, without any of the peer's bytes
}

// Error returns "http: reason (status)".
func (e *Error) Error() string { return "http: " + e.Reason + " (" + strconv.Itoa(e.Status) + ")" }

var (
	errBareLF        = &Error{400, "line ends with a bare LF"}
	errEmptyLines    = &Error{400, "more than one empty line before the request"}
	errRequestLine   = &Error{400, "malformed request line"}
	errMethod        = &Error{400, "method is not a token"}
	errTarget        = &Error{400, "malformed request target"}
	errVersion       = &Error{400, "malformed HTTP version"}
	errUnsupported   = &Error{505, "unsupported HTTP version"}
	errLineLong      = &Error{414, "request line too long"}
	errFieldLong     = &Error{431, "header line too long"}
	errHeadLong      = &Error{431, "header too large"}
	errFields        = &Error{431, "too many header lines"}
	errFold          = &Error{400, "folded header line"}
	errNoColon       = &Error{400, "header line without a colon"}
	errName          = &Error{400, "header name is not a token"}
	errValue         = &Error{400, "control character in a header value"}
	errNoHost        = &Error{400, "no Host header"}
	errHosts         = &Error{400, "more than one Host header"}
	errHost          = &Error{400, "malformed Host header"}
	errHostMismatch  = &Error{400, "Host header differs from the request target"}
	errLengths       = &Error{400, "more than one Content-Length"}
	errLength        = &Error{400, "malformed Content-Length"}
	errBoth          = &Error{400, "both Content-Length and Transfer-Encoding"}
	errCodings       = &Error{400, "malformed Transfer-Encoding"}
	errCoding        = &Error{501, "unknown transfer coding"}
	errCoding10      = &Error{400, "Transfer-Encoding in an HTTP/1.0 request"}
	errExpect        = &Error{417, "unknown expectation"}
	errChunkSize     = &Error{400, "malformed chunk size"}
	errChunkLine     = &Error{400, "chunk-size line too long"}
	errChunkExt      = &Error{400, "malformed chunk extension"}
	errChunkEnd      = &Error{400, "chunk data does not end with CRLF"}
	errChunkExcess   = &Error{400, "too much chunk framing for its data"}
	errTrailerFramed = &Error{400, "framing or routing field in the trailer section"}
)
