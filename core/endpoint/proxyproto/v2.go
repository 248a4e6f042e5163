// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxyproto

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
)

// The layout of version 2:
//
//	12 bytes  signature
//	1 byte    version 2 in the high half, command in the low half: 0 LOCAL, 1 PROXY
//	1 byte    family in the high half: 0 unspecified, 1 IPv4, 2 IPv6, 3 UNIX; protocol in the low half: 0 unspecified, 1 stream, 2 datagram
//	2 bytes   length of the rest: source address, destination address, source port, destination port (none for UNIX), TLVs
const (
	signature = "\r\n\r\n\x00\r\nQUIT\n"
	fixed2    = 16
	unixLen   = 108
)

const (
	commandLocal = 0
	commandProxy = 1

	familyUnspec = 0
	familyINET   = 1
	familyINET6  = 2
	familyUNIX   = 3

	protoUnspec = 0
	protoStream = 1
	protoDgram  = 2
)

func parse2(b []byte, limit int) (Header, int, error) {
	if n := min(len(b), len(signature)); string(b[:n]) != signature[:n] {
		return Header{}, 0, syntax(0, "the connection does not begin with a PROXY header")
	}
	if len(b) < fixed2 {
		return Header{}, 0, early2(b)
	}
	if err := early2(b); err != ErrIncomplete {
		return Header{}, 0, err
	}
	length := int(binary.BigEndian.Uint16(b[14:]))
	if length > limit {
		return Header{}, 0, syntax(2, "header of %d bytes, more than %d are not taken", length, limit)
	}
	family, proto := b[13]>>4, b[13]&15
	h := Header{Version: 2, Local: b[12]&15 == commandLocal || family == familyUnspec || proto == protoUnspec}
	need := addressLen(family)
	if !h.Local && length < need {
		return Header{}, 0, syntax(2, "%d bytes are too few for the addresses, which take %d", length, need)
	}
	if len(b) < fixed2+length {
		return Header{}, 0, ErrIncomplete
	}
	if !h.Local {
		h.Source, h.Destination = addresses2(family, proto, b[fixed2:fixed2+need])
	}
	return h, fixed2 + length, nil
}

// early2 refuses what the bytes after the signature already show to be wrong, so that nobody is waited for in vain. Else it returns ErrIncomplete.
func early2(b []byte) error {
	if len(b) > 12 {
		if b[12]>>4 != 2 {
			return syntax(2, "version is %d", b[12]>>4)
		}
		if b[12]&15 > commandProxy {
			return syntax(2, "unknown command %d", b[12]&15)
		}
	}
	// A LOCAL header is to be taken whatever family it tells.
	if len(b) > 13 && b[12]&15 == commandProxy && (b[13]>>4 > familyUNIX || b[13]&15 > protoDgram) {
		return syntax(2, "unknown family and protocol %#02x", b[13])
	}
	return ErrIncomplete
}

func addressLen(family byte) int {
	switch family {
	case familyINET:
		return 2*4 + 4
	case familyINET6:
		return 2*16 + 4
	case familyUNIX:
		return 2 * unixLen
	}
	return 0
}

func addresses2(family, proto byte, b []byte) (src, dst protocol.Addr) {
	if family == familyUNIX {
		mk := protocol.UNIXAddr
		if proto == protoDgram {
			mk = protocol.UNIXDatagramAddr
		}
		return mk(unixName(b[:unixLen])), mk(unixName(b[unixLen:]))
	}
	mk := protocol.TCPAddr
	if proto == protoDgram {
		mk = protocol.UDPAddr
	}
	n := (len(b) - 4) / 2
	s, _ := netip.AddrFromSlice(b[:n])
	d, _ := netip.AddrFromSlice(b[n : 2*n])
	return mk(netip.AddrPortFrom(s, binary.BigEndian.Uint16(b[2*n:]))), mk(netip.AddrPortFrom(d, binary.BigEndian.Uint16(b[2*n+2:])))
}

// unixName reads a sun_path field: a path ends at its first NUL; an abstract name, which begins with one, ends where only NULs follow.
func unixName(b []byte) string {
	if b[0] == 0 {
		return string(bytes.TrimRight(b, "\x00"))
	}
	name, _, _ := bytes.Cut(b, []byte{0})
	return string(name)
}

func (h Header) append2(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, signature...)
	if h.Local {
		return append(dst, 2<<4|commandLocal, 0, 0, 0), nil
	}
	family, proto, ok := h.family2()
	if !ok {
		return dst[:start], h.inexpressible()
	}
	dst = append(dst, 2<<4|commandProxy, family<<4|proto)
	dst = binary.BigEndian.AppendUint16(dst, uint16(addressLen(family)))
	s, d := h.Source.AddrPort(), h.Destination.AddrPort()
	switch family {
	case familyUNIX:
		dst = appendUNIX(appendUNIX(dst, h.Source.Name()), h.Destination.Name())
		return dst, nil
	case familyINET:
		dst = append(append(dst, s.Addr().AsSlice()...), d.Addr().AsSlice()...)
	case familyINET6:
		a, b := s.Addr().As16(), d.Addr().As16()
		dst = append(append(dst, a[:]...), b[:]...)
	}
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(dst, s.Port()), d.Port()), nil
}

func (h Header) family2() (family, proto byte, ok bool) {
	if h.Source.Network() != h.Destination.Network() {
		return 0, 0, false
	}
	switch h.Source.Network() {
	case "tcp", "unix":
		proto = protoStream
	case "udp", "unixgram":
		proto = protoDgram
	default:
		return 0, 0, false
	}
	if strings.HasPrefix(h.Source.Network(), "unix") {
		return familyUNIX, proto, len(h.Source.Name()) <= unixLen && len(h.Destination.Name()) <= unixLen
	}
	s, d := h.Source.AddrPort().Addr(), h.Destination.AddrPort().Addr()
	if !s.IsValid() || !d.IsValid() || s.Zone() != "" || d.Zone() != "" {
		return 0, 0, false
	}
	if s.Is4() && d.Is4() {
		return familyINET, proto, true
	}
	return familyINET6, proto, true
}

func appendUNIX(dst []byte, name string) []byte {
	var field [unixLen]byte
	copy(field[:], name)
	return append(dst, field[:]...)
}
