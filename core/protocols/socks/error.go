// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Code is what a proxy answers to a request.
type Code uint8

// The codes of version 5 (RFC 1928 section 6) and, from Rejected on, of version 4.
const (
	GeneralFailure      Code = 1
	NotAllowed          Code = 2
	NetworkUnreachable  Code = 3
	HostUnreachable     Code = 4
	ConnectionRefused   Code = 5
	TTLExpired          Code = 6
	CommandNotSupported Code = 7
	AddressNotSupported Code = 8
	Rejected            Code = 91 // rejected or failed
	NoIdent             Code = 92 // the proxy cannot ask the client's ident server
	WrongIdent          Code = 93 // which says another user
)

const granted4 = 90

// String tells what the code means.
func (c Code) String() string {
	switch c {
	case GeneralFailure:
		return "general failure"
	case NotAllowed:
		return "not allowed"
	case NetworkUnreachable:
		return "network unreachable"
	case HostUnreachable:
		return "host unreachable"
	case ConnectionRefused:
		return "connection refused"
	case TTLExpired:
		return "TTL expired"
	case CommandNotSupported:
		return "command not supported"
	case AddressNotSupported:
		return "kind of address not supported"
	case Rejected:
		return "rejected or failed"
	case NoIdent:
		return "no ident server"
	case WrongIdent:
		return "ident tells another user"
	}
	return fmt.Sprintf("code %d", uint8(c))
}

// class returns what the code is among the failures to connect.
func (c Code) class() error {
	switch c {
	case ConnectionRefused:
		return protocol.ErrConnectionRefused
	case NetworkUnreachable, HostUnreachable:
		return protocol.ErrNoRoute
	}
	return protocol.ErrConnect
}

// A ReplyError is the refusal of a proxy.
type ReplyError struct {
	Version Version
	Code    Code
}

// Error returns "socks: the SOCKS5 proxy answers: " and what the code means.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("socks: the %v proxy answers: %v", e.Version, e.Code)
}

// What else a proxy can answer: causes of the error of Connect.
var (
	// ErrLogin means that the proxy refuses the user name or the password.
	ErrLogin = errors.New("socks: the proxy refuses the login")
	// ErrMethod means that the proxy wants a login, and there is none, or it takes logins of other kinds only.
	ErrMethod = errors.New("socks: the proxy does not take this kind of login")
	// ErrMalformed means that what answers is no SOCKS proxy, or not of this version.
	ErrMalformed = errors.New("socks: the proxy's answer is malformed")
)
