// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxyproto

import (
	"bytes"
	"net/netip"
	"strconv"

	"github.com/torsion-go/torsion/core/protocol"
)

const prefix1 = "PROXY "

// parse1 reads "PROXY TCP4 source destination sourcePort destinationPort CR LF", the same with TCP6, or "PROXY UNKNOWN anything CR LF".
func parse1(b []byte) (Header, int, error) {
	if n := min(len(b), len(prefix1)); string(b[:n]) != prefix1[:n] {
		return Header{}, 0, syntax(0, "the connection does not begin with a PROXY header")
	}
	end := bytes.IndexAny(b[:min(len(b), MaxV1)], "\r\n")
	switch {
	case end < 0 && len(b) >= MaxV1, end == MaxV1-1:
		return Header{}, 0, syntax(1, "line is longer than %d bytes", MaxV1)
	case end < 0:
		return Header{}, 0, ErrIncomplete
	case b[end] == '\n':
		return Header{}, 0, syntax(1, "LF without CR")
	case end+1 == len(b):
		return Header{}, 0, ErrIncomplete
	case b[end+1] != '\n':
		return Header{}, 0, syntax(1, "CR without LF")
	}
	h, err := parseLine(b[len(prefix1):end])
	if err != nil {
		return Header{}, 0, err
	}
	return h, end + 2, nil
}

func parseLine(line []byte) (Header, error) {
	f := bytes.Split(line, []byte(" "))
	kind := string(f[0])
	switch {
	case kind == "UNKNOWN":
		return Header{Version: 1, Local: true}, nil
	case kind != "TCP4" && kind != "TCP6":
		return Header{}, syntax(1, "unknown protocol %q", kind)
	case len(f) != 5:
		return Header{}, syntax(1, "%d fields instead of 5", len(f))
	}
	src, err := endpoint1(kind, f[1], f[3])
	if err != nil {
		return Header{}, err
	}
	dst, err := endpoint1(kind, f[2], f[4])
	if err != nil {
		return Header{}, err
	}
	return Header{Version: 1, Source: src, Destination: dst}, nil
}

func endpoint1(kind string, host, port []byte) (protocol.Addr, error) {
	ip, err := netip.ParseAddr(string(host))
	if err != nil || ip.Zone() != "" || ip.Is4() != (kind == "TCP4") {
		return protocol.Addr{}, syntax(1, "not a %s address: %q", kind, host)
	}
	n, err := strconv.ParseUint(string(port), 10, 16)
	if err != nil || (len(port) > 1 && port[0] == '0') {
		return protocol.Addr{}, syntax(1, "not a port: %q", port)
	}
	return protocol.TCPAddr(netip.AddrPortFrom(ip, uint16(n))), nil
}

func (h Header) append1(dst []byte) ([]byte, error) {
	if h.Local {
		return append(dst, "PROXY UNKNOWN\r\n"...), nil
	}
	s, d := h.Source.AddrPort(), h.Destination.AddrPort()
	if h.Source.Network() != "tcp" || h.Destination.Network() != "tcp" || !s.IsValid() || !d.IsValid() || s.Addr().Zone() != "" || d.Addr().Zone() != "" {
		return dst, h.inexpressible()
	}
	kind := "TCP4 "
	if s.Addr().Is6() || d.Addr().Is6() {
		kind = "TCP6 "
	}
	dst = append(append(dst, prefix1...), kind...)
	for _, ip := range []netip.Addr{s.Addr(), d.Addr()} {
		if kind == "TCP6 " && ip.Is4() { // one side of a dual-stack proxy: written in its IPv6 form
			ip = netip.AddrFrom16(ip.As16())
		}
		dst = append(ip.AppendTo(dst), ' ')
	}
	dst = strconv.AppendUint(dst, uint64(s.Port()), 10)
	dst = strconv.AppendUint(append(dst, ' '), uint64(d.Port()), 10)
	return append(dst, '\r', '\n'), nil
}
