// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"encoding/binary"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

const version4 = 4

// A negotiation4 is the client's side of SOCKS4 and SOCKS4A:
//
//	04 01 port 00 00 00 01 user 00 name 00    CONNECT; an address 0.0.0.x says that a name follows    00 5a port a.b.c.d
//
// It is an endpoint.Negotiation.
type negotiation4 struct {
	to      destination
	addr    protocol.Addr
	user    string
	version Version
}

var _ endpoint.Negotiation = (*negotiation4)(nil)

func (n *negotiation4) Start() []byte { return appendRequest4(nil, n.to, n.user) }

func (n *negotiation4) Feed(p []byte) (used int, reply []byte, done bool, err error) {
	const length = 8
	switch {
	case len(p) > 0 && p[0] != 0:
		return 0, nil, false, ErrMalformed
	case len(p) < 2:
		return 0, nil, false, nil
	case p[1] != granted4:
		e := &ReplyError{Version: n.version, Code: Code(p[1])}
		return 0, nil, false, &protocol.ConnectError{Class: protocol.ErrConnect, Addr: n.addr.String(), Err: e}
	case len(p) < length:
		return 0, nil, false, nil
	}
	return length, nil, true, nil
}

func appendRequest4(b []byte, to destination, user string) []byte {
	b = binary.BigEndian.AppendUint16(append(b, version4, commandConnect), to.port)
	if to.ip.Is4() {
		b = append(b, to.ip.AsSlice()...)
	} else {
		b = append(b, 0, 0, 0, 1)
	}
	b = append(append(b, user...), 0)
	if to.name != "" {
		b = append(append(b, to.name...), 0)
	}
	return b
}
