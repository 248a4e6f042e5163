// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"encoding/binary"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// The numbers of RFC 1928 and RFC 1929.
const (
	version5       = 5
	loginVersion   = 1
	commandConnect = 1

	methodNone     = 0
	methodPassword = 2
	methodRefused  = 0xff

	addressIPv4 = 1
	addressName = 3
	addressIPv6 = 4
)

// A state5 is what a negotiation5 waits for.
type state5 uint8

const (
	stateMethod state5 = iota
	stateLogin
	stateReply
)

// A negotiation5 is the client's side of SOCKS5:
//
//	05 02 00 02         methods: none, password         05 02     the proxy chooses
//	01 .. user .. pass  the login                       01 00     accepted
//	05 01 00 03 ...     CONNECT to a name and port      05 00 00 01 a.b.c.d port
//
// It is an endpoint.Negotiation.
type negotiation5 struct {
	to                 destination
	addr               protocol.Addr
	username, password string
	state              state5
}

var _ endpoint.Negotiation = (*negotiation5)(nil)

func (n *negotiation5) Start() []byte {
	if n.username == "" {
		return []byte{version5, 1, methodNone}
	}
	return []byte{version5, 2, methodNone, methodPassword}
}

func (n *negotiation5) Feed(p []byte) (used int, reply []byte, done bool, err error) {
	if n.state == stateReply {
		used, err = parseReply5(p)
		if e, ok := err.(*ReplyError); ok {
			err = &protocol.ConnectError{Class: e.Code.class(), Addr: n.addr.String(), Err: e}
		}
		return used, nil, used > 0, err
	}
	if len(p) > 0 && p[0] != version5 && n.state == stateMethod || len(p) > 0 && p[0] != loginVersion && n.state == stateLogin {
		return 0, nil, false, ErrMalformed
	}
	if len(p) < 2 {
		return 0, nil, false, nil
	}
	switch method := p[1]; {
	case n.state == stateLogin && method != 0:
		return 0, nil, false, ErrLogin
	case n.state == stateLogin, method == methodNone:
		n.state = stateReply
		return 2, appendRequest5(nil, n.to), false, nil
	case method == methodPassword && n.username != "":
		n.state = stateLogin
		return 2, appendLogin(nil, n.username, n.password), false, nil
	case method == methodRefused:
		return 0, nil, false, ErrMethod
	}
	return 0, nil, false, ErrMalformed // it chose what was not offered
}

func appendLogin(b []byte, username, password string) []byte {
	b = append(b, loginVersion, byte(len(username)))
	b = append(b, username...)
	b = append(b, byte(len(password)))
	return append(b, password...)
}

func appendRequest5(b []byte, to destination) []byte {
	b = append(b, version5, commandConnect, 0)
	switch {
	case to.ip.Is4():
		b = append(b, addressIPv4)
		b = append(b, to.ip.AsSlice()...)
	case to.ip.Is6():
		b = append(b, addressIPv6)
		b = append(b, to.ip.AsSlice()...)
	default:
		b = append(b, addressName, byte(len(to.name)))
		b = append(b, to.name...)
	}
	return binary.BigEndian.AppendUint16(b, to.port)
}

// parseReply5 returns the length of the reply that p begins with, or 0 when it is not complete; a refusal is a *ReplyError.
func parseReply5(p []byte) (int, error) {
	switch {
	case len(p) > 0 && p[0] != version5:
		return 0, ErrMalformed
	case len(p) > 1 && p[1] != 0: // what follows is of no interest, and some send nothing
		return 0, &ReplyError{Version: SOCKS5, Code: Code(p[1])}
	case len(p) > 2 && p[2] != 0:
		return 0, ErrMalformed
	case len(p) < 5:
		if len(p) == 4 && p[3] != addressIPv4 && p[3] != addressName && p[3] != addressIPv6 {
			return 0, ErrMalformed
		}
		return 0, nil
	}
	n := 4 + 2 // with the port
	switch p[3] {
	case addressIPv4:
		n += 4
	case addressName:
		n += 1 + int(p[4])
	case addressIPv6:
		n += 16
	default:
		return 0, ErrMalformed
	}
	if len(p) < n {
		return 0, nil
	}
	return n, nil
}
