// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxyproto_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint/proxyproto"
	"github.com/torsion-go/torsion/core/protocol"
)

const signature = "\r\n\r\n\x00\r\nQUIT\n"

func tcp(s string) protocol.Addr { return protocol.TCPAddr(netip.MustParseAddrPort(s)) }
func udp(s string) protocol.Addr { return protocol.UDPAddr(netip.MustParseAddrPort(s)) }

// v2 builds a header of version 2 by hand.
func v2(verCmd, famProto byte, body string) string {
	b := append([]byte(signature), verCmd, famProto)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(body)))) + body
}

func field(name string) string { return name + strings.Repeat("\x00", 108-len(name)) }

var (
	v4body = "\x0a\x00\x00\x01\x0a\x00\x00\x02\x00\x50\x01\xbb"
	v6body = "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01" + "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x02" + "\x00\x50\x01\xbb"
	local2 = proxyproto.Header{Version: 2, Local: true}
	local1 = proxyproto.Header{Version: 1, Local: true}
)

var vectors = []struct {
	name string
	in   string
	want proxyproto.Header
	err  string // part of the message; "" means none
}{
	{name: "v1 TCP4", in: "PROXY TCP4 10.0.0.1 10.0.0.2 80 443\r\n", want: proxyproto.Header{Version: 1, Source: tcp("10.0.0.1:80"), Destination: tcp("10.0.0.2:443")}},
	{name: "v1 TCP6", in: "PROXY TCP6 2001:db8::1 2001:db8::2 80 443\r\n", want: proxyproto.Header{Version: 1, Source: tcp("[2001:db8::1]:80"), Destination: tcp("[2001:db8::2]:443")}},
	{name: "v1 mapped", in: "PROXY TCP6 ::ffff:10.0.0.1 2001:db8::2 80 443\r\n", want: proxyproto.Header{Version: 1, Source: tcp("10.0.0.1:80"), Destination: tcp("[2001:db8::2]:443")}},
	{name: "v1 unknown", in: "PROXY UNKNOWN\r\n", want: local1},
	{name: "v1 unknown with words", in: "PROXY UNKNOWN ffff:: whatever 1 2\r\n", want: local1},
	{name: "v1 port bounds", in: "PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n", want: proxyproto.Header{Version: 1, Source: tcp("255.255.255.255:0"), Destination: tcp("0.0.0.0:65535")}},
	{name: "v1 exactly 107", in: "PROXY UNKNOWN " + strings.Repeat("x", 107-16) + "\r\n", want: local1},
	{name: "v1 108", in: "PROXY UNKNOWN " + strings.Repeat("x", 108-16) + "\r\n", err: "longer than 107"},
	{name: "v1 endless", in: "PROXY UNKNOWN " + strings.Repeat("x", 500), err: "longer than 107"},
	{name: "v1 bare LF", in: "PROXY UNKNOWN\n", err: "LF without CR"},
	{name: "v1 bare CR", in: "PROXY UNKNOWN\rx\r\n", err: "CR without LF"},
	{name: "v1 UDP4", in: "PROXY UDP4 10.0.0.1 10.0.0.2 80 443\r\n", err: "unknown protocol"},
	{name: "v1 lower case", in: "proxy TCP4 10.0.0.1 10.0.0.2 80 443\r\n", err: "does not begin"},
	{name: "v1 no blank", in: "PROXYTCP4 10.0.0.1 10.0.0.2 80 443\r\n", err: "does not begin"},
	{name: "v1 few fields", in: "PROXY TCP4 10.0.0.1 10.0.0.2 80\r\n", err: "4 fields"},
	{name: "v1 many fields", in: "PROXY TCP4 10.0.0.1 10.0.0.2 80 443 1\r\n", err: "6 fields"},
	{name: "v1 two blanks", in: "PROXY TCP4  10.0.0.1 10.0.0.2 80 443\r\n", err: "6 fields"},
	{name: "v1 family", in: "PROXY TCP4 ::1 ::2 80 443\r\n", err: "not a TCP4 address"},
	{name: "v1 family 6", in: "PROXY TCP6 1.1.1.1 ::2 80 443\r\n", err: "not a TCP6 address"},
	{name: "v1 zone", in: "PROXY TCP6 fe80::1%eth0 ::2 80 443\r\n", err: "not a TCP6 address"},
	{name: "v1 big port", in: "PROXY TCP4 10.0.0.1 10.0.0.2 65536 443\r\n", err: "not a port"},
	{name: "v1 signed port", in: "PROXY TCP4 10.0.0.1 10.0.0.2 +80 443\r\n", err: "not a port"},
	{name: "v1 leading zero", in: "PROXY TCP4 10.0.0.1 10.0.0.2 080 443\r\n", err: "not a port"},
	{name: "v1 no port", in: "PROXY TCP4 10.0.0.1 10.0.0.2 80 \r\n", err: "not a port"},
	{name: "http", in: "GET / HTTP/1.1\r\n\r\n", err: "does not begin"},
	{name: "http CR", in: "\r\n\r\nGET / HTTP/1.1", err: "does not begin"},

	{name: "v2 TCP4", in: v2(0x21, 0x11, v4body), want: proxyproto.Header{Version: 2, Source: tcp("10.0.0.1:80"), Destination: tcp("10.0.0.2:443")}},
	{name: "v2 UDP4", in: v2(0x21, 0x12, v4body), want: proxyproto.Header{Version: 2, Source: udp("10.0.0.1:80"), Destination: udp("10.0.0.2:443")}},
	{name: "v2 TCP6", in: v2(0x21, 0x21, v6body), want: proxyproto.Header{Version: 2, Source: tcp("[2001:db8::1]:80"), Destination: tcp("[2001:db8::2]:443")}},
	{name: "v2 UDP6", in: v2(0x21, 0x22, v6body), want: proxyproto.Header{Version: 2, Source: udp("[2001:db8::1]:80"), Destination: udp("[2001:db8::2]:443")}},
	{name: "v2 UNIX", in: v2(0x21, 0x31, field("/run/a")+field("/run/b")), want: proxyproto.Header{Version: 2, Source: protocol.UNIXAddr("/run/a"), Destination: protocol.UNIXAddr("/run/b")}},
	{name: "v2 UNIX datagram", in: v2(0x21, 0x32, field("/run/a")+field("")), want: proxyproto.Header{Version: 2, Source: protocol.UNIXDatagramAddr("/run/a"), Destination: protocol.UNIXDatagramAddr("")}},
	{name: "v2 UNIX abstract", in: v2(0x21, 0x31, field("\x00a\x00b")+field(strings.Repeat("p", 108))), want: proxyproto.Header{Version: 2, Source: protocol.UNIXAddr("\x00a\x00b"), Destination: protocol.UNIXAddr(strings.Repeat("p", 108))}},
	{name: "v2 TLVs", in: v2(0x21, 0x11, v4body+"\x04\x00\x01x\x03\x00\x04\xde\xad\xbe\xef"), want: proxyproto.Header{Version: 2, Source: tcp("10.0.0.1:80"), Destination: tcp("10.0.0.2:443")}},
	{name: "v2 local", in: v2(0x20, 0x00, ""), want: local2},
	{name: "v2 local with addresses", in: v2(0x20, 0x11, v4body), want: local2},
	{name: "v2 local with any family", in: v2(0x20, 0xff, "xyz"), want: local2},
	{name: "v2 unspec", in: v2(0x21, 0x00, "tlv"), want: local2},
	{name: "v2 unspec protocol", in: v2(0x21, 0x10, v4body), want: local2},
	{name: "v2 unspec family", in: v2(0x21, 0x01, ""), want: local2},
	{name: "v2 version 1", in: v2(0x11, 0x11, v4body), err: "version is 1"},
	{name: "v2 command", in: v2(0x22, 0x11, v4body), err: "unknown command"},
	{name: "v2 family", in: v2(0x21, 0x41, v4body), err: "unknown family"},
	{name: "v2 protocol", in: v2(0x21, 0x13, v4body), err: "unknown family"},
	{name: "v2 short TCP4", in: v2(0x21, 0x11, v4body[:11]), err: "too few"},
	{name: "v2 short TCP6", in: v2(0x21, 0x21, v6body[:35]), err: "too few"},
	{name: "v2 short UNIX", in: v2(0x21, 0x31, field("/a")), err: "too few"},
	{name: "v2 at the limit", in: v2(0x21, 0x00, strings.Repeat("t", proxyproto.MaxV2)), want: local2},
	{name: "v2 above the limit", in: v2(0x21, 0x00, strings.Repeat("t", proxyproto.MaxV2+1)), err: "more than 4096"},
}

func TestParse(t *testing.T) {
	for _, tt := range vectors {
		t.Run(tt.name, func(t *testing.T) {
			h, n, err := proxyproto.Parse([]byte(tt.in + "rest"))
			check(t, err, tt.err)
			if err == nil && (h != tt.want || n != len(tt.in)) {
				t.Errorf("got %+v, %d bytes; want %+v, %d bytes", h, n, tt.want, len(tt.in))
			}
		})
	}
}

func check(t *testing.T, err error, want string) {
	t.Helper()
	var syn *proxyproto.SyntaxError
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v", err)
	case want != "" && (!errors.As(err, &syn) || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want a SyntaxError with %q", err, want)
	}
}

// Every prefix of a header is incomplete, and of a wrong one incomplete up to the byte that shows it: never accepted, and never accepted later.
func TestSplitAtEveryByte(t *testing.T) {
	for _, tt := range vectors {
		t.Run(tt.name, func(t *testing.T) {
			refused := false
			for i := range len(tt.in) {
				_, _, err := proxyproto.Parse([]byte(tt.in[:i]))
				switch {
				case err == nil:
					t.Fatalf("the first %d of %d bytes are taken for a header", i, len(tt.in))
				case errors.Is(err, proxyproto.ErrIncomplete):
					if refused {
						t.Fatalf("refused before, incomplete at %d bytes", i)
					}
				case tt.err == "":
					t.Fatalf("refused after %d bytes: %v", i, err)
				default:
					refused = true
				}
			}
		})
	}
}

func TestAppend(t *testing.T) {
	for _, tt := range vectors {
		if tt.err != "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			out, err := tt.want.Append([]byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			h, n, err := proxyproto.Parse(out[1:])
			if err != nil || h != tt.want || n != len(out)-1 {
				t.Errorf("%q gives %+v, %d, %v; want %+v", out, h, n, err, tt.want)
			}
		})
	}
}

func TestAppendRefuses(t *testing.T) {
	zone := protocol.TCPAddr(netip.MustParseAddrPort("[fe80::1%lo]:1"))
	for _, h := range []proxyproto.Header{
		{},
		{Version: 3, Local: true},
		{Version: 1},
		{Version: 2},
		{Version: 1, Source: udp("1.1.1.1:1"), Destination: udp("1.1.1.1:2")},
		{Version: 1, Source: zone, Destination: zone},
		{Version: 2, Source: zone, Destination: zone},
		{Version: 1, Source: protocol.UNIXAddr("/a"), Destination: protocol.UNIXAddr("/b")},
		{Version: 2, Source: protocol.UNIXAddr("/a"), Destination: tcp("1.1.1.1:2")},
		{Version: 2, Source: protocol.UNIXAddr(strings.Repeat("a", 109)), Destination: protocol.UNIXAddr("")},
		{Version: 2, Source: protocol.MemoryAddr("a"), Destination: protocol.MemoryAddr("b")},
	} {
		if out, err := h.Append([]byte("x")); err == nil || string(out) != "x" {
			t.Errorf("%+v: got %q, %v", h, out, err)
		}
	}
}

func TestLimitIsAnOption(t *testing.T) {
	in := []byte(v2(0x21, 0x00, strings.Repeat("t", 20)))
	if _, _, err := (proxyproto.Limits{MaxV2: 20}).Parse(in); err != nil {
		t.Error(err)
	}
	// The length alone must be enough to refuse: nothing is to be buffered for it.
	if _, _, err := (proxyproto.Limits{MaxV2: 19}).Parse(in[:16]); err == nil || errors.Is(err, proxyproto.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range vectors {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := proxyproto.Parse(b)
		if err != nil {
			var syn *proxyproto.SyntaxError
			if !errors.Is(err, proxyproto.ErrIncomplete) && !errors.As(err, &syn) {
				t.Fatalf("error of another type: %v", err)
			}
			if errors.Is(err, proxyproto.ErrIncomplete) && len(b) >= 16+proxyproto.MaxV2 {
				t.Fatalf("asks for more than its limit after %d bytes", len(b))
			}
			return
		}
		for i := range n {
			if _, _, err := proxyproto.Parse(b[:i]); !errors.Is(err, proxyproto.ErrIncomplete) {
				t.Fatalf("%d of %d bytes: %v", i, n, err)
			}
		}
		out, err := h.Append(nil)
		if err != nil {
			t.Fatalf("%+v: %v", h, err)
		}
		if back, _, err := proxyproto.Parse(out); err != nil || back != h {
			t.Fatalf("%+v became %+v, %v", h, back, err)
		}
	})
}

func ExampleParse() {
	h, n, err := proxyproto.Parse([]byte("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\nGET / HTTP/1.1\r\n"))
	fmt.Println(h.Source, h.Destination, n, err)
	// Output: 192.0.2.7:40000 198.51.100.1:443 45 <nil>
}
