// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// oracle reads all of b at once, by the letter of RFC 6455 and 7692, and says what run does, with the code alone for an error.
func oracle(role ws.Role, deflate bool, limit uint64, b []byte) string {
	var log []string
	fail := func(code int) string { return strings.Join(append(log, fmt.Sprint("! ", code)), "; ") }
	var op byte // of the message, 0 between messages
	var msg []byte
	var packed bool
	for len(b) > 0 {
		b0 := b[0]
		control, kind := b0&8 != 0, b0&15
		switch {
		case kind > 2 && kind < 8 || kind > 10,
			b0&0x30 != 0, b0&0x40 != 0 && (!deflate || control || kind == 0),
			control && b0&0x80 == 0,
			kind == 0 && op == 0, (kind == 1 || kind == 2) && op != 0:
			return fail(1002)
		}
		if len(b) < 2 {
			break
		}
		masked, n, head := b[1]&0x80 != 0, uint64(b[1]&0x7f), 2
		if masked != (role == ws.Server) || control && n > 125 {
			return fail(1002)
		}
		if n == 126 {
			if head = 4; len(b) < head {
				break
			}
			if n = uint64(binary.BigEndian.Uint16(b[2:])); n < 126 {
				return fail(1002)
			}
		} else if n == 127 {
			if len(b) > 2 && b[2] > 127 {
				return fail(1002)
			}
			if head = 10; len(b) < head {
				break
			}
			if n = binary.BigEndian.Uint64(b[2:]); n < 65536 {
				return fail(1002)
			}
		}
		var key []byte
		if masked {
			if len(b) < head+4 {
				break
			}
			key = b[head : head+4]
			head += 4
		}
		if !control {
			if kind != 0 {
				op, msg, packed = kind, nil, b0&0x40 != 0
			}
			if uint64(len(msg))+n > limit {
				return fail(1009)
			}
		}
		part := bytes.Clone(b[head:])
		whole := uint64(len(part)) >= n
		if whole {
			part = part[:n]
		}
		for i := range part {
			if masked {
				part[i] ^= key[i%4]
			}
		}
		if control {
			if !whole {
				break
			}
			b = b[head+int(n):]
			if kind != 8 {
				log = append(log, tell(ws.Opcode(kind).String(), part))
				continue
			}
			code := 1005
			if n == 1 {
				return fail(1002)
			} else if n > 1 {
				if code = int(part[0])<<8 | int(part[1]); !ws.Code(code).IsValid() {
					return fail(1002)
				}
				if part = part[2:]; !utf8.Valid(part) {
					return fail(1007)
				}
			}
			return strings.Join(append(log, tell(fmt.Sprint("close ", code), part)), "; ")
		}
		msg = append(msg, part...)
		end := whole && b0&0x80 != 0
		if packed && end {
			z := &puff{}
			if err := z.inflate(append(msg, 0, 0, 0xff, 0xff)); err != nil {
				return "?" // in what way is a matter of taste
			}
			if msg = z.out; uint64(len(msg)) > limit {
				return fail(1009)
			}
		}
		if op == 1 && (!packed || end) && (end && !utf8.Valid(msg) || !canGoOn(msg)) {
			return fail(1007)
		}
		if !whole {
			break
		}
		if b = b[head+int(n):]; end {
			log = append(log, tell(ws.Opcode(op).String(), msg))
			op = 0
		}
	}
	if len(b) > 0 || op != 0 {
		log = append(log, "...")
	}
	return strings.Join(log, "; ")
}

// canGoOn reports whether p is the beginning of a UTF-8 text.
func canGoOn(p []byte) bool {
	for len(p) > 0 {
		if !utf8.FullRune(p) {
			return true
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			return false
		}
		p = p[n:]
	}
	return true
}

var errorText = regexp.MustCompile(`! [^!"]* \((\d+) \([^!"]*$`) // the end of what run returns: data may look like it

// FuzzReader checks a reader against the oracle, in several cuts, in messages and in pieces.
func FuzzReader(f *testing.F) {
	for _, c := range conversations() {
		if b := encode(ws.Server, c.wire); len(b) < 500 {
			f.Add(b, true, false)
			f.Add(encode(ws.Client, c.wire), false, true)
		}
	}
	f.Add(encode(ws.Client, frames(z(text, "\xf2\x48\xcd\xc9\xc9\x07\x00"), fin(ping, "x"))), false, true)
	f.Fuzz(checkReader)
}

func checkReader(t *testing.T, b []byte, server, deflate bool) {
	role, limits := ws.Client, &ws.Limits{Message: 100000, Fragments: -1, ControlRate: -1, Ratio: -1}
	if server {
		role = ws.Server
	}
	var p *ws.Params
	if deflate {
		p = deflated
	}
	want := oracle(role, deflate, 100000, b)
	first := ""
	for i, cut := range []func(int) int{whole, byByte, randomly} {
		for _, stream := range []bool{false, true} {
			r := ws.NewReader(role, limits, p)
			r.Stream = stream
			got := run(t, &r, b, cut)
			if first == "" {
				first = got
			}
			if got != first && (!stream || errorText.ReplaceAllString(got, "! $1") != errorText.ReplaceAllString(first, "! $1")) { // what is wrong in two ways is found in the order in which it comes
				t.Errorf("%x, %v, cut %d, stream %v:\n got %s\nwant %s", b, role, i, stream, got, first)
			}
		}
	}
	if first = errorText.ReplaceAllString(first, "! $1"); first != want && want != "?" {
		t.Errorf("%x, %v, deflate %v:\n got %s\nwant %s", b, role, deflate, first, want)
	}
}

// The same with conversations that are random, but mostly make sense.
func TestRandomConversations(t *testing.T) {
	texts := []string{"", "a", "é", "\xc3", "\xa9", "\xe2\x82", "\xac", "日本語", "\xff", strings.Repeat("é", 100), "\xf2\x48\xcd\xc9\xc9\x07\x00", "\x00"}
	ops := []ws.Opcode{text, text, bin, cont, cont, cont, ping, pong}
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var all []frame
		open := false
		for range 1 + rng.IntN(8) {
			op, p := ops[rng.IntN(len(ops))], texts[rng.IntN(len(texts))]
			if rng.IntN(10) > 0 && !op.IsControl() && (op == cont) != open {
				op = map[bool]ws.Opcode{true: cont, false: text}[open]
			}
			if rng.IntN(30) == 0 {
				op, p = clos, []string{"", "\x03", "\x03\xe8", "\x03\xe8bye", "\x03\xed", "\x03\xe8\xff"}[rng.IntN(6)]
			}
			if op.IsControl() && rng.IntN(20) > 0 {
				p = p[:min(len(p), 125)]
			}
			fr := fin(op, p)
			if !op.IsControl() {
				if open = rng.IntN(2) == 0; open {
					fr = part(op, p)
				}
				if op != cont && rng.IntN(3) == 0 {
					fr = fr.rsv(0x40)
				}
			}
			switch rng.IntN(60) {
			case 0:
				fr = fr.wrong()
			case 1:
				fr = fr.rsv(0x10 << rng.IntN(3))
			case 2:
				fr = fr.long(8, uint64(len(p)))
			}
			all = append(all, fr)
		}
		role := ws.Role(rng.IntN(2))
		b := encode(role, all)
		if rng.IntN(4) == 0 {
			b = b[:rng.IntN(len(b)+1)]
		}
		checkReader(t, b, role == ws.Server, rng.IntN(2) == 0)
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, all)
		}
	}
}
