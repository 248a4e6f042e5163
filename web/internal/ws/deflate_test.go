// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

const (
	compressed = "! compression bit on a frame that does not begin a message" + protocolError
	damaged    = "! compressed message is damaged (1007 (invalid payload))"
)

// z is a compressed message in one frame.
func z(op ws.Opcode, payload string) frame { return fin(op, payload).rsv(0x40) }

// What a peer sends where permessage-deflate is in force. The compressed messages are those of RFC 7692 section 7.2.3, and what follows from them.
func TestDeflateConversations(t *testing.T) {
	const hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"
	with := func(f []frame, g ...frame) []frame { return append(f, g...) }
	split := func(p string, n int) []frame {
		all := pieces(text, p, n)
		all[0] = all[0].rsv(0x40)
		return all
	}
	for _, c := range []conversation{
		{"one block", frames(z(text, hello)), `text "Hello"`},
		{"binary", frames(z(bin, hello)), `binary "Hello"`},
		{"two messages", frames(z(text, hello), z(text, hello)), `text "Hello"; text "Hello"`},
		{"refers to the message before", frames(z(text, hello), z(text, "\xf2\x00\x11\x00\x00")), `text "Hello"; TAKEOVER`},
		{"the message before was not compressed", frames(z(text, hello), fin(text, "HELLO"), z(text, "\xf2\x00\x11\x00\x00")), `text "Hello"; text "HELLO"; TAKEOVER`},
		{"refers to nothing", frames(z(text, "\xf2\x00\x11\x00\x00")), damaged},
		{"not compressed block", frames(z(text, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00")), `text "Hello"`},
		{"final block", frames(z(text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00")), `text "Hello"`},
		{"final block, nothing behind it", frames(z(text, "\xf3\x48\xcd\xc9\xc9\x07\x00")), `text "Hello"`},
		{"block behind a final one", frames(z(text, "\xf3\x48\xcd\xc9\xc9\x07\x00"+hello)), `text "HelloHello"`},
		{"final block, a message behind it", frames(z(text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), z(text, hello)), `text "Hello"; text "Hello"`},
		{"two final blocks", frames(z(text, "\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00")), `text "HelloHello"`},
		{"two blocks", frames(z(text, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")), `text "Hello"`},
		{"empty by a byte", frames(z(text, "\x00")), `text ""`},
		{"empty by the final block of a flush", frames(z(text, "\x01"), z(text, "\x01")), `text ""; text ""`},
		{"empty by a block", frames(z(text, "\x02\x00")), `text ""`},
		{"empty by nothing", frames(z(bin, "")), damaged}, // not even the header of the flush's block
		{"empty, then one", frames(z(text, "\x00"), z(text, hello)), `text ""; text "Hello"`},
		{"many flushes", frames(z(text, strings.Repeat("\x00\x00\x00\xff\xff", 50)+hello)), `text "Hello"`},
		{"not compressed", frames(fin(text, "Hello")), `text "Hello"`},
		{"both kinds", frames(z(text, hello), fin(bin, "x"), z(bin, hello)), `text "Hello"; binary "x"; binary "Hello"`},
		{"two fragments", split(hello, 4), `text "Hello"`},
		{"fragments of a byte", split(hello, 1), `text "Hello"`},
		{"empty fragments", frames(part(text, "").rsv(0x40), part(cont, hello), fin(cont, "")), `text "Hello"`},
		{"ping between fragments", frames(part(text, hello[:3]).rsv(0x40), fin(ping, "x"), fin(cont, hello[3:])), `ping "x"; text "Hello"`},
		{"plain fragments", pieces(text, "Hello", 2), `text "Hello"`},
		{"plain behind compressed fragments", with(split(hello, 4), fin(text, "x")), `text "Hello"; text "x"`},
		{"close between fragments", frames(part(text, hello[:3]).rsv(0x40), closing(1000, "")), `close 1000 ""`},
		{"half a message", frames(part(text, hello[:3]).rsv(0x40)), half},

		{"RSV1 on every fragment", frames(part(text, hello[:3]).rsv(0x40), fin(cont, hello[3:]).rsv(0x40)), compressed},
		{"RSV1 on a continuation", frames(part(text, "a"), fin(cont, "b").rsv(0x40)), compressed},
		{"RSV1 on ping", frames(fin(ping, "").rsv(0x40)), compressed},
		{"RSV1 on pong", frames(fin(pong, "").rsv(0x40)), compressed},
		{"RSV1 on close", frames(closing(1000, "").rsv(0x40)), compressed},
		{"RSV2", frames(fin(text, "").rsv(0x20)), reserved},
		{"RSV3", frames(fin(text, "").rsv(0x10)), reserved},
		{"RSV1 and 2", frames(z(text, hello).rsv(0x60)), reserved},
		{"compressed in a message", frames(part(text, "a"), z(text, hello)), interleaved},

		{"no UTF-8", frames(z(text, "\x00\x01\x00\xfe\xff\xff\x00")), notUTF8},
		{"cut UTF-8", frames(z(text, "\x00\x02\x00\xfd\xff\xe2\x82\x00")), notUTF8},
		{"binary that is no UTF-8", frames(z(bin, "\x00\x01\x00\xfe\xff\xff\x00")), `binary "\xff"`},
		{"type of block that does not exist", frames(z(text, "\x06")), damaged},
		{"wrong length of a block", frames(z(text, "\x00\x05\x00\xfa\xfeHello")), damaged},
		{"cut in a block", frames(z(text, "\x00\x50\x00\xaf\xffHello")), damaged},
		{"cut in a code", frames(z(text, hello[:3])), damaged},
		{"plain text", frames(z(text, "Hello, this is not compressed")), damaged},
	} {
		for _, takeover := range []bool{false, true} {
			d := ws.Direction{Takeover: takeover, Bits: 15}
			want := damaged
			if takeover {
				want = `text "Hello"`
			}
			want = strings.ReplaceAll(c.want, "TAKEOVER", want)
			for _, role := range []ws.Role{ws.Server, ws.Client} {
				for _, stream := range []bool{false, true} {
					for i, cut := range []func(int) int{whole, byByte, randomly} {
						r := ws.NewReader(role, nil, &ws.Params{Client: d, Server: d})
						r.Stream = stream
						if got := run(t, &r, encode(role, c.wire), cut); got != want {
							t.Errorf("%s, %v, takeover %v, stream %v, cut %d:\n got %s\nwant %s", c.name, role, takeover, stream, i, got, want)
						}
						if !takeover && want != half && r.Held() != 0 {
							t.Errorf("%s: %d bytes held", c.name, r.Held())
						}
					}
				}
			}
		}
	}
}

// corpus is text that compresses more or less.
func corpus(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("{\"id\": 12, \"user\": \"ada\", \"text\": \"the quick brown fox\", \"at\": 1700000000, \"tags\": [\"a\",\"b\"]}, naïve 日本 \U0001f600")
	var b []byte
	for len(b) < n {
		b = append(b, words[rng.IntN(len(words))]...)
		b = append(b, byte(' '+rng.IntN(90)))
	}
	return []byte(strings.ToValidUTF8(string(b[:n]), "?"))
}

// All settings, sizes and levels, sent by both ends, whole and in fragments: what is sent is what is read, and an inflater of a few lines agrees on every message, and on how
// far back it refers.
func TestDeflateRoundTrip(t *testing.T) {
	for _, level := range []int{0, 1, 5, 9} {
		for _, bits := range []uint8{8, 9, 12, 14, 15} {
			for _, takeover := range []bool{false, true} {
				for _, role := range []ws.Role{ws.Server, ws.Client} {
					t.Run(fmt.Sprint("level ", level, " bits ", bits, " takeover ", takeover, " ", role), func(t *testing.T) {
						p := &ws.Params{Client: ws.Direction{Takeover: takeover, Bits: bits}, Server: ws.Direction{Takeover: takeover, Bits: bits}}
						w := ws.NewWriter(role, &ws.Compression{Level: level, Threshold: 1}, p)
						r := ws.NewReader(1-role, nil, p)
						slow := &puff{}
						for i, n := range []int{0, 1, 5, 20, 100, 127, 128, 500, 3000, 40000, 50, 100} {
							msg := corpus(n, uint64(i))
							var wire []byte
							if i%3 == 2 {
								wire = w.AppendFragment(nil, ws.Text, msg[:n/3], false)
								wire = w.AppendFragment(wire, ws.Text, msg[n/3:n/2], false)
								wire = w.AppendFragment(wire, ws.Text, msg[n/2:], true)
							} else {
								wire = w.AppendMessage(nil, ws.Text, msg)
							}
							if !takeover {
								slow.out = nil
							}
							slow.message(t, wire, msg)
							if slow.farthest > 1<<bits {
								t.Errorf("refers back by %d", slow.farthest)
							}
							if got, want := run(t, &r, wire, randomly), tell("text", msg); got != want {
								t.Fatalf("%d bytes: %s\nwant %s", n, got, want)
							}
						}
						if sent, got := w.Held(), r.Held(); !takeover && sent+got != 0 || sent > min(8<<10, 1<<bits) || got > 1<<bits {
							t.Errorf("%d and %d bytes held", sent, got)
						}
					})
				}
			}
		}
	}
}

// message checks the frames of one message by z.
func (z *puff) message(t *testing.T, wire, want []byte) {
	t.Helper()
	var payload []byte
	packed := false
	for len(wire) > 0 {
		h, n, err := ws.ParseHeader(wire)
		if n == 0 || err != nil {
			t.Fatal(n, err)
		}
		part := bytes.Clone(wire[n : n+int(h.Length)])
		if h.Masked {
			ws.Mask(h.Key, part)
		}
		packed = packed || h.Reserved != 0
		payload, wire = append(payload, part...), wire[n+int(h.Length):]
	}
	if !packed {
		if !bytes.Equal(payload, want) {
			t.Fatalf("%q is not %q", payload, want)
		}
		return
	}
	before := len(z.out)
	if err := z.inflate(append(payload, 0, 0, 0xff, 0xff)); err != nil || !bytes.Equal(z.out[before:], want) {
		t.Fatalf("%v: %d bytes, not %d", err, len(z.out)-before, len(want))
	}
}

// Short messages, and those that compression would make longer, are sent as they are; what was not compressed is not referred to.
func TestThreshold(t *testing.T) {
	both := &ws.Params{Client: ws.Direction{Takeover: true, Bits: 15}, Server: ws.Direction{Takeover: true, Bits: 15}}
	noise := make([]byte, 2000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	a := bytes.Repeat([]byte("a"), 600)
	for _, tt := range []struct {
		name string
		c    *ws.Compression
		p    *ws.Params
		msg  []byte
		want bool
	}{
		{"not negotiated", nil, nil, a, false},
		{"default, 511", &ws.Compression{}, &ws.Params{}, a[:511], false},
		{"default, 512", &ws.Compression{}, &ws.Params{}, a[:512], true},
		{"takeover, 127", &ws.Compression{}, both, a[:127], false},
		{"takeover, 128", &ws.Compression{}, both, a[:128], true},
		{"own", &ws.Compression{Threshold: 10}, both, a[:10], true},
		{"own, without use", &ws.Compression{Threshold: 10}, &ws.Params{}, []byte("0123456789"), false},
		{"own, less", &ws.Compression{Threshold: 10}, both, a[:9], false},
		{"never", &ws.Compression{Threshold: -1}, both, a, false},
		{"noise", &ws.Compression{}, &ws.Params{}, noise, false},
		{"noise, to fill the window", &ws.Compression{}, both, noise, true},
	} {
		if tt.p != nil && !tt.p.Server.Takeover {
			tt.p.Server.Bits = 15
		}
		w := ws.NewWriter(ws.Server, tt.c, tt.p)
		h, _, _ := ws.ParseHeader(w.AppendMessage(nil, ws.Binary, tt.msg))
		if got := h.Reserved != 0; got != tt.want {
			t.Errorf("%s: compressed is %v", tt.name, got)
		}
		if n := w.Held(); n > 0 && !tt.want {
			t.Errorf("%s: %d bytes held", tt.name, n)
		}
		h, _, _ = ws.ParseHeader(w.AppendFragment(nil, ws.Binary, nil, false))
		if got := h.Reserved != 0; got != (tt.c != nil && tt.c.Threshold >= 0) {
			t.Errorf("%s: compressed in fragments is %v", tt.name, got)
		}
	}
}

// Takeover pays for small messages that resemble each other.
func TestTakeoverPays(t *testing.T) {
	size := func(takeover bool) (n int) {
		p := &ws.Params{Server: ws.Direction{Takeover: takeover, Bits: 15}}
		w := ws.NewWriter(ws.Server, &ws.Compression{Threshold: 1}, p)
		for i := range 50 {
			n += len(w.AppendMessage(nil, ws.Text, fmt.Appendf(nil, `{"type":"tick","symbol":"TRSN","price":%d.25,"volume":%d,"venue":"XETRA"}`, 100+i, i*i)))
		}
		return n
	}
	if with, without := size(true), size(false); with*2 > without {
		t.Errorf("%d bytes with takeover, %d without", with, without)
	}
}

// Server to client to server, whatever is sent.
func FuzzDeflate(f *testing.F) {
	f.Add([]byte("hello hello hello"), uint8(0), uint8(15), true, 5)
	f.Add(corpus(3000, 1), uint8(1), uint8(9), true, 1000)
	f.Add(corpus(500, 2), uint8(6), uint8(10), false, 0)
	f.Fuzz(func(t *testing.T, msg []byte, level, bits uint8, takeover bool, cut int) {
		bits, level, cut = 8+bits%8, level%10, max(0, min(cut, len(msg)))
		d := ws.Direction{Takeover: takeover, Bits: bits}
		p := &ws.Params{Client: d, Server: d}
		for _, role := range []ws.Role{ws.Server, ws.Client} {
			w := ws.NewWriter(role, &ws.Compression{Level: int(level), Threshold: 1}, p)
			r := ws.NewReader(1-role, &ws.Limits{Ratio: -1, Message: 1 << 24}, p)
			wire := w.AppendMessage(nil, ws.Binary, msg)
			wire = w.AppendFragment(wire, ws.Binary, msg[:cut], false)
			wire = w.AppendFragment(wire, ws.Binary, msg[cut:], true)
			wire = w.AppendMessage(wire, ws.Binary, msg[cut:])
			want := [][]byte{msg, msg, msg[cut:]}
			for {
				ev, n, err := r.Next(wire)
				if err != nil {
					t.Fatal(err)
				}
				wire = wire[n:]
				if ev.Kind == ws.NoEvent {
					break
				}
				if len(want) == 0 || !bytes.Equal(ev.Data, want[0]) {
					t.Fatalf("%v: %q, want %q", role, ev.Data, want)
				}
				want = want[1:]
			}
			if len(want) > 0 {
				t.Fatalf("%v: %d messages are missing", role, len(want))
			}
		}
	})
}
