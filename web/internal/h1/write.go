// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"net/http"
	"strconv"
)

// AppendStatusLine appends "HTTP/1.1 200 OK" and CRLF. A server answers with its own version whatever the request's (RFC 9110 section 2.5). An empty phrase
// means the standard one.
func AppendStatusLine(dst []byte, status int, phrase string) []byte {
	if phrase == "" {
		if status == 200 {
			return append(dst, "HTTP/1.1 200 OK\r\n"...)
		}
		if phrase = http.StatusText(status); phrase == "" {
			phrase = "Status"
		}
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, phrase...)
	return append(dst, '\r', '\n')
}

// AppendField appends one header line. Name and value must have been checked with IsToken and IsFieldValue.
func AppendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, '\r', '\n')
}

// AppendIntField appends one header line whose value is a number.
func AppendIntField(dst []byte, name string, value int64) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = strconv.AppendInt(dst, value, 10)
	return append(dst, '\r', '\n')
}

// AppendChunkHeader appends the line before a chunk of n bytes, which has to be followed by the data and CRLF. n must not be 0, which ends the body.
func AppendChunkHeader(dst []byte, n int) []byte {
	dst = strconv.AppendInt(dst, int64(n), 16)
	return append(dst, '\r', '\n')
}

// AppendLastChunk appends the end of a chunked body with its trailer section.
func AppendLastChunk(dst []byte, trailer []Field) []byte {
	dst = append(dst, '0', '\r', '\n')
	for _, f := range trailer {
		dst = AppendField(dst, f.Name, f.Value)
	}
	return append(dst, '\r', '\n')
}
