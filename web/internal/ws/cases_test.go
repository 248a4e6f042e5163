// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// How a connection ends.
const (
	protocolError = " (1002 (protocol error))"
	reserved      = "! reserved bit is set" + protocolError
	opcode        = "! reserved opcode" + protocolError
	fragmented    = "! fragmented control frame" + protocolError
	controlSize   = "! control frame is longer than 125 bytes" + protocolError
	minimal       = "! length is not in its shortest form" + protocolError
	highBit       = "! length has its highest bit set" + protocolError
	noMessage     = "! continuation of no message" + protocolError
	interleaved   = "! new message inside of a fragmented one" + protocolError
	closeCode     = "! invalid close code" + protocolError
	closeLength   = "! close frame of one byte" + protocolError
	closeReason   = "! reason of close is not UTF-8 (1007 (invalid payload))"
	notUTF8       = "! text is not UTF-8 (1007 (invalid payload))"
	tooBig        = "! message is longer than the limit (1009 (message too big))"
	wrongMask     = "! mask"
	half          = "..."
)

// A conversation is what a peer sends, and what has to come of it.
type conversation struct {
	name string
	wire []frame
	want string
}

const (
	cont = ws.Continuation
	text = ws.Text
	bin  = ws.Binary
	ping = ws.Ping
	pong = ws.Pong
	clos = ws.Close
)

func conversations() []conversation {
	long := strings.Repeat("*", 125)
	ok := fin(text, "ok")
	all := []conversation{
		// Messages and their lengths.
		{"empty text", frames(fin(text, "")), `text ""`},
		{"empty binary", frames(fin(bin, "")), `binary ""`},
		{"text", frames(fin(text, "hello")), `text "hello"`},
		{"binary that is not UTF-8", frames(fin(bin, "\xff\x00\xfe")), `binary "\xff\x00\xfe"`},
		{"two messages", frames(fin(text, "a"), fin(bin, "b")), `text "a"; binary "b"`},
		{"nothing", nil, ""},

		// Pings and pongs.
		{"ping", frames(fin(ping, "")), `ping ""`},
		{"ping with payload", frames(fin(ping, "a\x00\xff")), `ping "a\x00\xff"`},
		{"longest ping", frames(fin(ping, long)), fmt.Sprintf("ping %q", long)},
		{"ping of 126", frames(fin(ping, long+"*")), controlSize},
		{"unasked pong", frames(fin(pong, "x")), `pong "x"`},
		{"pong of 126", frames(fin(pong, long+"*")), controlSize},
		{"ten pings", times(10, fin(ping, "x")), strings.TrimSuffix(strings.Repeat(`ping "x"; `, 10), "; ")},
		{"message behind pings", frames(fin(ping, "1"), fin(pong, "2"), ok), `ping "1"; pong "2"; text "ok"`},
		{"fragmented ping", frames(part(ping, "a"), fin(cont, "b")), fragmented},
		{"fragmented pong", frames(part(pong, "")), fragmented},
		{"fragmented close", frames(part(clos, "")), fragmented},
		{"ping, length in two bytes", frames(fin(ping, "").long(2, 0)), controlSize},
		{"ping, length in eight bytes", frames(fin(ping, "").long(8, 0)), controlSize},

		// Fragments.
		{"two fragments", frames(part(text, "he"), fin(cont, "llo")), `text "hello"`},
		{"fragments of binary", frames(part(bin, "he"), part(cont, "l"), fin(cont, "lo")), `binary "hello"`},
		{"empty first", frames(part(text, ""), fin(cont, "a")), `text "a"`},
		{"empty last", frames(part(text, "a"), fin(cont, "")), `text "a"`},
		{"empty in between", frames(part(text, "a"), part(cont, ""), part(cont, ""), fin(cont, "b")), `text "ab"`},
		{"all empty", frames(part(text, ""), part(cont, ""), fin(cont, "")), `text ""`},
		{"one by one", pieces(text, "hello", 1), `text "hello"`},
		{"ping in between", frames(part(text, "a"), fin(ping, "p"), fin(cont, "b")), `ping "p"; text "ab"`},
		{"ping behind empty first", frames(part(bin, ""), fin(ping, ""), fin(cont, "b")), `ping ""; binary "b"`},
		{"pong in between", frames(part(text, "a"), fin(pong, "p"), fin(cont, "b")), `pong "p"; text "ab"`},
		{"pings between many", frames(part(text, "1"), part(cont, "2"), fin(ping, "x"), part(cont, "3"), fin(ping, "y"), fin(cont, "4")), `ping "x"; ping "y"; text "1234"`},
		{"two fragmented messages", frames(part(text, "1"), fin(cont, "2"), part(bin, "3"), fin(cont, "4")), `text "12"; binary "34"`},
		{"close in between", frames(part(text, "a"), closing(1000, ""), fin(cont, "b")), `close 1000 ""`},
		{"message that does not end", frames(part(text, "a"), part(cont, "b")), half},
		{"continuation of nothing", frames(fin(cont, "a")), noMessage},
		{"continuation of nothing, not final", frames(part(cont, "a"), ok), noMessage},
		{"continuation behind a message", frames(ok, fin(cont, "a")), `text "ok"; ` + noMessage},
		{"continuation behind fragments", frames(part(text, "a"), fin(cont, "b"), fin(cont, "c")), `text "ab"; ` + noMessage},
		{"text in text", frames(part(text, "a"), fin(text, "b")), interleaved},
		{"binary in text", frames(part(text, "a"), fin(bin, "b")), interleaved},
		{"fragment in text", frames(part(text, "a"), part(text, "b")), interleaved},
		{"text behind fragments", frames(part(bin, "a"), part(cont, "b"), fin(text, "c")), interleaved},

		// Closing.
		{"close without code", frames(fin(clos, "")), `close 1005 ""`},
		{"close of one byte", frames(fin(clos, "\x03")), closeLength},
		{"close with reason", frames(closing(1000, "bye")), `close 1000 "bye"`},
		{"longest reason", frames(closing(1000, long[:123])), fmt.Sprintf("close 1000 %q", long[:123])},
		{"reason of 124", frames(closing(1000, long[:124])), controlSize},
		{"reason in UTF-8", frames(closing(4000, "schön")), `close 4000 "schön"`},
		{"reason not in UTF-8", frames(closing(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80")), closeReason},
		{"reason cut", frames(closing(1000, "a\xe2\x82")), closeReason},
		{"invalid code and reason", frames(closing(999, "\xff")), closeCode},
		{"data behind close", frames(closing(1000, ""), ok), `close 1000 ""`},
		{"ping behind close", frames(closing(1000, ""), fin(ping, "")), `close 1000 ""`},
		{"two closes", frames(closing(1000, ""), closing(1001, "")), `close 1000 ""`},
		{"rubbish behind close", frames(closing(1000, ""), fin(7, "").rsv(0x70)), `close 1000 ""`},

		// Masks.
		{"wrong mask", frames(fin(text, "a").wrong()), wrongMask},
		{"wrong mask, empty", frames(fin(text, "").wrong()), wrongMask},
		{"wrong mask on ping", frames(fin(ping, "").wrong()), wrongMask},
		{"wrong mask on close", frames(closing(1000, "").wrong()), wrongMask},
		{"wrong mask later", frames(ok, ok.wrong()), `text "ok"; ` + wrongMask},
		{"wrong mask on continuation", frames(part(text, "a"), fin(cont, "").wrong()), wrongMask},

		// Reserved bits, without an extension.
		{"RSV1 on the last fragment", frames(part(text, "a"), fin(cont, "b").rsv(0x40)), reserved},
		{"RSV behind a message", frames(ok, ok.rsv(0x20)), `text "ok"; ` + reserved},
		{"RSV behind a ping", frames(fin(ping, "x"), fin(ping, "y").rsv(0x10)), `ping "x"; ` + reserved},

		// Several things wrong: the first byte is judged first.
		{"reserved opcode and wrong mask", frames(fin(3, "").wrong()), opcode},
		{"reserved bit and wrong mask", frames(ok.rsv(0x20).wrong()), reserved},
		{"reserved opcode and bit", frames(fin(0xb, "").rsv(0x40)), opcode},
		{"wrong mask and long ping", frames(fin(ping, long+"*").wrong()), wrongMask},
		{"fragmented and long", frames(part(ping, long+"*").wrong()), fragmented},
	}
	for _, n := range []int{1, 124, 125, 126, 127, 128, 255, 256, 65535, 65536, 65537, 200000} {
		p := strings.Repeat("*", n)
		all = append(all,
			conversation{fmt.Sprint("text of ", n), frames(fin(text, p)), tell("text", []byte(p))},
			conversation{fmt.Sprint("binary of ", n), frames(fin(bin, p), ok), tell("binary", []byte(p)) + `; text "ok"`})
		if n > 1000 {
			all = append(all, conversation{fmt.Sprint("text of ", n, ", fragments"), pieces(text, p, 997), tell("text", []byte(p))})
		}
	}
	for _, n := range []int{1<<20 - 1, 1 << 20, 1<<20 + 1} {
		want := tell("text", []byte(strings.Repeat("*", n)))
		if n > 1<<20 {
			want = tooBig
		}
		all = append(all, conversation{fmt.Sprint("text of ", n), frames(fin(text, strings.Repeat("*", n))), want})
	}
	for op := ws.Opcode(0); op < 16; op++ {
		if op <= bin || op >= clos && op <= pong {
			continue
		}
		all = append(all,
			conversation{fmt.Sprint(op), frames(ok, fin(op, "a")), `text "ok"; ` + opcode},
			conversation{fmt.Sprint(op, " in between"), frames(part(text, "a"), fin(op, ""), fin(cont, "")), opcode})
	}
	for bits := byte(0x10); bits <= 0x70; bits += 0x10 {
		for _, op := range []ws.Opcode{text, bin, ping, pong, clos} {
			all = append(all, conversation{fmt.Sprintf("reserved bits %#x on %v", bits, op), frames(ok, fin(op, "").rsv(bits)), `text "ok"; ` + reserved})
		}
	}
	for _, n := range []uint64{0, 1, 125} {
		all = append(all, conversation{fmt.Sprint(n, " in two bytes"), frames(fin(text, strings.Repeat("a", int(n))).long(2, n)), minimal})
	}
	for _, n := range []uint64{0, 125, 126, 65535} {
		all = append(all, conversation{fmt.Sprint(n, " in eight bytes"), frames(fin(text, strings.Repeat("a", int(n))).long(8, n)), minimal})
	}
	all = append(all,
		conversation{"length of 64 bits", frames(fin(bin, "").long(8, 1<<63)), highBit},
		conversation{"greatest length of 64 bits", frames(fin(bin, "").long(8, 1<<64-1)), highBit},
		conversation{"greatest length of 63 bits", frames(fin(bin, "").long(8, 1<<63-1)), tooBig},
		conversation{"length with which the sum overflows", frames(part(bin, "a"), fin(cont, "").long(8, 1<<63-1)), tooBig})
	for _, code := range []int{0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1100, 1999, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535} {
		want := fmt.Sprintf(`close %d ""`, code)
		if code < 1000 || slices.Contains([]int{1004, 1005, 1006}, code) || code > 1014 && code < 3000 || code >= 5000 {
			want = closeCode
		}
		all = append(all, conversation{fmt.Sprint("close ", code), frames(closing(code, "")), want})
	}
	return all
}

// The whole table, at both ends, in messages and in pieces, however the input is cut.
func TestConversations(t *testing.T) {
	all := conversations()
	if len(all) < 150 {
		t.Errorf("%d cases", len(all))
	}
	every(t, func(t *testing.T, role ws.Role, stream bool, cut func(int) int) {
		for _, c := range all {
			r := ws.NewReader(role, nil, nil)
			r.Stream = stream
			mask := "! client's frame is not masked"
			if role == ws.Client {
				mask = "! server's frame is masked"
			}
			want := strings.ReplaceAll(c.want, wrongMask, mask+protocolError)
			if got := run(t, &r, encode(role, c.wire), cut); got != want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
			}
			if n := r.Held(); n != 0 && want == half && stream || n != 0 && want != half {
				t.Errorf("%s: %d bytes held", c.name, n)
			}
		}
	})
}
