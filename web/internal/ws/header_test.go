// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"fmt"
	"testing"
)

func sizeName(n int) string { return fmt.Sprint(n, "B") }

// What is appended is what is read back, and is as long as Size says.
func TestHeader(t *testing.T) {
	for _, n := range []int64{0, 1, 125, 126, 127, 65535, 65536, 1 << 31, 1<<63 - 1} {
		for _, op := range []Opcode{Continuation, Text, Binary, Close, Ping, Pong} {
			if op.IsControl() && n > maxControl {
				continue
			}
			for _, masked := range []bool{false, true} {
				h := Header{Opcode: op, Final: true, Masked: masked, Length: n, Reserved: 0x40}
				if masked {
					h.Key = 0x11223344
				}
				b := h.Append([]byte("x"))[1:]
				if len(b) != h.Size() || len(b) > maxHeader {
					t.Errorf("%+v: %d bytes, Size says %d", h, len(b), h.Size())
				}
				for i := range b {
					if _, k, err := ParseHeader(b[:i]); k != 0 || err != nil {
						t.Errorf("%+v, %d bytes of it: %d, %v", h, i, k, err)
					}
				}
				if got, k, err := ParseHeader(append(b, 0)); got != h || k != len(b) || err != nil {
					t.Errorf("%+v, %d, %v; want %+v", got, k, err, h)
				}
			}
		}
	}
}

// What is wrong in any frame, by the bytes that show it.
func TestHeaderErrors(t *testing.T) {
	for _, tt := range []struct {
		in  string
		err *Error
	}{
		{"\x83", errOpcode},
		{"\x8f", errOpcode},
		{"\x09", errFragmented},
		{"\x89\x7e", errControlSize},
		{"\x88\xff", errControlSize},
		{"\x82\x7e\x00\x7d", errMinimal},
		{"\x82\x7f\x80", errLength},
		{"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", errMinimal},
	} {
		if _, n, err := ParseHeader([]byte(tt.in)); n != 0 || err != error(tt.err) || tt.err.IsLimit() {
			t.Errorf("%x: %d, %v, want %v", tt.in, n, err, tt.err)
		}
		if _, _, err := ParseHeader([]byte(tt.in[:len(tt.in)-1])); err != nil {
			t.Errorf("%x without its last byte: %v", tt.in, err)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 1, 2, 3, 4})
	f.Add([]byte{0x82, 126, 0, 125})
	f.Add([]byte{0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := ParseHeader(b)
		if n > len(b) || err != nil && n > 0 || n == 0 && err == nil && len(b) >= maxHeader {
			t.Fatalf("%x: %d, %v", b, n, err)
		}
		if n > 0 && string(h.Append(nil)) != string(b[:n]) {
			t.Errorf("%x is %+v, and that %x", b[:n], h, h.Append(nil))
		}
		for i := range min(n, len(b)) {
			if _, k, err := ParseHeader(b[:i]); k != 0 || err != nil {
				t.Errorf("%x, %d bytes of it: %d, %v", b, i, k, err)
			}
		}
	})
}

// The examples of RFC 6455 section 5.7.
func TestExamples(t *testing.T) {
	server := Writer{Role: Server}
	for _, tt := range []struct{ got, want string }{
		{string(server.AppendMessage(nil, Text, []byte("Hello"))), "\x81\x05Hello"},
		{string(server.AppendFragment(nil, Text, []byte("Hel"), false)), "\x01\x03Hel"},
		{string(server.AppendFragment(nil, Text, []byte("lo"), true)), "\x80\x02lo"},
		{string(server.AppendPing(nil, []byte("Hello"))), "\x89\x05Hello"},
		{string(server.AppendPong(nil, []byte("Hello"))), "\x8a\x05Hello"},
		{string(server.AppendHead(nil, Binary, 256)), "\x82\x7e\x01\x00"},
		{string(server.AppendHead(nil, Binary, 65536)), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
		{string(server.AppendClose(nil, NormalClosure, "ok")), "\x88\x04\x03\xe8ok"},
		{string(server.AppendClose(nil, NoStatus, "ok")), "\x88\x00"},
	} {
		if tt.got != tt.want {
			t.Errorf("%x, want %x", tt.got, tt.want)
		}
	}
	r := NewReader(Server, nil, nil)
	if ev, n, err := r.Next([]byte("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")); string(ev.Data) != "Hello" || n != 11 || err != nil {
		t.Errorf("%+v, %d, %v", ev, n, err)
	}
}
