// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// Whatever a proxy says, in whatever pieces: no panic, no more than 262 bytes are waited for, and the outcome is the same.
func FuzzNegotiation(f *testing.F) {
	f.Add([]byte("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00hello"), byte(3))
	f.Add([]byte("\x05\x02\x01\x00\x05\x00\x00\x03\x01a\x00\x00"), byte(5))
	f.Add([]byte("\x00\x5a\x00\x00\x00\x00\x00\x00"), byte(1))
	f.Add([]byte("HTTP/1.0 400\r\n\r\n"), byte(2))
	to := destination{name: "far.example", port: 80}
	makers := []func() endpoint.Negotiation{
		func() endpoint.Negotiation {
			return &negotiation5{to: to, addr: protocol.HostnameAddr("far.example", 80)}
		},
		func() endpoint.Negotiation { return &negotiation5{to: to, username: "joe", password: "secret"} },
		func() endpoint.Negotiation { return &negotiation4{to: to, version: SOCKS4A} },
	}
	f.Fuzz(func(t *testing.T, said []byte, step byte) {
		for _, makes := range makers {
			whole, replies, err := converse(t, makes(), said, len(said))
			cut, replies2, err2 := converse(t, makes(), said, int(step)+1)
			if whole != cut || !bytes.Equal(replies, replies2) || (err == nil) != (err2 == nil) {
				t.Errorf("%q: in one piece %d, %q, %v; in pieces of %d %d, %q, %v", said, whole, replies, err, int(step)+1, cut, replies2, err2)
			}
		}
	})
}

// converse returns how many bytes belong to the conversation, -1 if it did not end.
func converse(t *testing.T, n endpoint.Negotiation, said []byte, step int) (used int, replies []byte, err error) {
	replies = n.Start()
	var buf []byte
	for len(said) > 0 {
		k := min(step, len(said))
		buf = append(buf, said[:k]...)
		said = said[k:]
		for {
			m, reply, done, err := n.Feed(buf)
			replies = append(replies, reply...)
			if err != nil {
				return used, replies, err
			}
			used += m
			buf = buf[m:]
			if done {
				return used, replies, nil
			}
			if m == 0 {
				break
			}
		}
		if len(buf) > 262 {
			t.Fatalf("%d bytes are held", len(buf))
		}
	}
	return -1, replies, nil
}

func TestReply5(t *testing.T) {
	for text, want := range map[string]struct {
		n   int
		err error
	}{
		"":                                     {0, nil},
		"\x05\x00\x00":                         {0, nil},
		"\x05\x00\x00\x01":                     {0, nil},
		"\x05\x00\x00\x01\x7f\x00\x00\x01\x00": {0, nil},
		"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50":   {10, nil},
		"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50hi": {10, nil},
		"\x05\x00\x00\x03\x00\x00\x50":               {7, nil},
		"\x05\x00\x00\x05":                           {0, ErrMalformed},
		"\x04":                                       {0, ErrMalformed},
	} {
		if n, err := parseReply5([]byte(text)); n != want.n || !errors.Is(err, want.err) {
			t.Errorf("%q: %d, %v; want %d, %v", text, n, err, want.n, want.err)
		}
	}
}

func TestRequests(t *testing.T) {
	for _, tt := range []struct {
		got  []byte
		want string
	}{
		{appendRequest5([]byte("x"), destination{ip: netip.MustParseAddr("1.2.3.4"), port: 258}), "x\x05\x01\x00\x01\x01\x02\x03\x04\x01\x02"},
		{appendRequest4([]byte("x"), destination{name: "n", port: 258}, "u"), "x\x04\x01\x01\x02\x00\x00\x00\x01u\x00n\x00"},
		{appendLogin([]byte("x"), "u", ""), "x\x01\x01u\x00"},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
