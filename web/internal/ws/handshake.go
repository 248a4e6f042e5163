// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"iter"
	"slices"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// Version is the one version of the protocol, the value of Sec-WebSocket-Version.
const Version = "13"

// A HandshakeError tells why a handshake failed. It is a server's word on a request if Status is not 0.
type HandshakeError struct {
	Status int // to answer: 400, or 426 with Version in Sec-WebSocket-Version
	Reason string
}

// Error returns "websocket: handshake: reason".
func (e *HandshakeError) Error() string { return "websocket: handshake: " + e.Reason }

// Fields are the header fields of a message, such as *web.Header.
type Fields interface {
	// Values yields the values of the fields of that name, in any case.
	Values(name string) iter.Seq[string]
}

// NewKey returns a value for Sec-WebSocket-Key.
func NewKey() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}

// AcceptKey returns the Sec-WebSocket-Accept that proves that key was read (RFC 6455 section 4.2.2).
func AcceptKey(key string) string {
	h := sha1.New()
	h.Write([]byte(key))
	h.Write([]byte("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// CheckRequest is the server's check of a GET over HTTP/1.1 (RFC 6455 section 4.2.1), whose Host and method are for the caller to judge. It returns the key for [AcceptKey].
// Its errors are of type [*HandshakeError].
func CheckRequest(h Fields) (key string, err error) {
	if !hasToken(h, "Upgrade", "websocket") {
		return "", &HandshakeError{426, "request has no Upgrade: websocket"}
	}
	if !hasToken(h, "Connection", "upgrade") {
		return "", &HandshakeError{400, "request has no Connection: Upgrade"}
	}
	if err := CheckVersion(h); err != nil {
		return "", err
	}
	key, n := one(h, "Sec-WebSocket-Key")
	if b, err := base64.StdEncoding.Strict().DecodeString(key); n != 1 || err != nil || len(b) != 16 || len(key) != 24 {
		return "", &HandshakeError{400, "Sec-WebSocket-Key is not one key of 16 bytes"}
	}
	return key, nil
}

// CheckVersion is what is left of [CheckRequest] for an extended CONNECT (RFC 8441 section 5).
func CheckVersion(h Fields) error {
	if v, n := one(h, "Sec-WebSocket-Version"); n != 1 || v != Version {
		return &HandshakeError{426, "Sec-WebSocket-Version is not " + Version}
	}
	return nil
}

// CheckResponse is the client's check of a 101 to a request that had key (RFC 6455 section 4.1). Over HTTP/2 there is nothing to check.
func CheckResponse(h Fields, key string) error {
	if v, n := one(h, "Upgrade"); n != 1 || !h1.EqualFold(v, "websocket") {
		return &HandshakeError{Reason: "server did not answer Upgrade: websocket"}
	}
	if !hasToken(h, "Connection", "upgrade") {
		return &HandshakeError{Reason: "server did not answer Connection: Upgrade"}
	}
	if v, n := one(h, "Sec-WebSocket-Accept"); n != 1 || v != AcceptKey(key) {
		return &HandshakeError{Reason: "server did not answer the right Sec-WebSocket-Accept"}
	}
	return nil
}

// ParseProtocols reads the values of a request's Sec-WebSocket-Protocol: tokens, each once, in the order of the client's preference.
func ParseProtocols(values iter.Seq[string]) ([]string, error) {
	var list []string
	bad := false
	for v := range values {
		h1.Tokens(v, func(t string) bool {
			bad = !h1.IsToken(t) || slices.Contains(list, t) || len(list) == maxElements
			list = append(list, t)
			return !bad
		})
		if bad {
			return nil, &HandshakeError{400, "Sec-WebSocket-Protocol is not a list of different names"}
		}
	}
	return list, nil
}

// SelectProtocol returns the first of what the server supports that the client offers, or "". Names mind case.
func SelectProtocol(offered, supported []string) string {
	for _, s := range supported {
		if slices.Contains(offered, s) {
			return s
		}
	}
	return ""
}

// ConfirmProtocol is the client's check of Sec-WebSocket-Protocol in the answer: none, or one of what was offered.
func ConfirmProtocol(h Fields, offered []string) (string, error) {
	v, n := one(h, "Sec-WebSocket-Protocol")
	if n == 0 {
		return "", nil
	}
	if n > 1 || !slices.Contains(offered, v) {
		return "", &HandshakeError{Reason: "server chose a subprotocol that was not offered"}
	}
	return v, nil
}

// one returns the first value of a field, and how many there are.
func one(h Fields, name string) (v string, n int) {
	for s := range h.Values(name) {
		if n++; n == 1 {
			v = h1.Trim(s)
		}
	}
	return v, n
}

func hasToken(h Fields, name, token string) bool {
	found := false
	for v := range h.Values(name) {
		h1.Tokens(v, func(t string) bool {
			found = found || h1.EqualFold(t, token)
			return !found
		})
	}
	return found
}
