// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

// AppendRequestLine appends "GET / HTTP/1.1" and CRLF. Method and target must have been checked with IsToken and IsTarget.
func AppendRequestLine(dst []byte, method, target string) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, target...)
	return append(dst, " HTTP/1.1\r\n"...)
}

// IsTarget reports whether s can stand in a request line as the target: no spaces, control characters, fragments or bytes beyond ASCII.
func IsTarget(s string) bool { return s != "" && all(s, classTarget) }

// Framed reports whether a field is one that the writer of a message makes from what it knows of body and connection, and that no message may hand on (RFC 9110 section
// 7.6.1, RFC 9112 section 6): Connection and those that go with it, Content-Length, Transfer-Encoding, and Host.
func Framed(name string) bool {
	switch len(name) {
	case 2:
		return EqualFold(name, "TE")
	case 4:
		return EqualFold(name, "Host")
	case 7:
		return EqualFold(name, "Upgrade") || EqualFold(name, "Trailer")
	case 10:
		return EqualFold(name, "Connection") || EqualFold(name, "Keep-Alive")
	case 14:
		return EqualFold(name, "Content-Length")
	case 16:
		return EqualFold(name, "Proxy-Connection")
	case 17:
		return EqualFold(name, "Transfer-Encoding")
	}
	return false
}
