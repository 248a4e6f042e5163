// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// A frame is one of the wire, well-formed or not.
type frame struct {
	b0      byte // the first byte
	payload string
	form    int    // bytes of the length's extended form: 0, 2, 8; -1: the shortest
	length  uint64 // in place of the payload's, with form 2 or 8
	other   bool   // masked by the server, or not masked by the client
}

// fin is a whole message or control frame, or the last fragment; part is another fragment.
func fin(op ws.Opcode, payload string) frame {
	return frame{b0: 0x80 | byte(op), payload: payload, form: -1}
}
func part(op ws.Opcode, payload string) frame { return frame{b0: byte(op), payload: payload, form: -1} }

func (f frame) rsv(bits byte) frame           { f.b0 |= bits; return f }
func (f frame) wrong() frame                  { f.other = true; return f }
func (f frame) long(form int, n uint64) frame { f.form, f.length = form, n; return f }
func closing(code int, reason string) frame {
	return fin(ws.Close, string([]byte{byte(code >> 8), byte(code)})+reason)
}
func frames(f ...frame) []frame { return f }

// times is n frames like f.
func times(n int, f frame) (all []frame) {
	for range n {
		all = append(all, f)
	}
	return all
}

// pieces are the fragments of p, of n bytes each.
func pieces(op ws.Opcode, p string, n int) (all []frame) {
	for ; len(p) > n; p = p[n:] {
		all = append(all, part(op, p[:n]))
		op = ws.Continuation
	}
	return append(all, fin(op, p))
}

// encode is what reaches a reader of that role.
func encode(to ws.Role, all []frame) (b []byte) {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	for _, f := range all {
		mask := byte(0)
		if (to == ws.Server) != f.other {
			mask = 0x80
		}
		n := uint64(len(f.payload))
		form := f.form
		if form < 0 {
			form = 0
			if n > 125 {
				form = 2
			}
			if n > 65535 {
				form = 8
			}
		} else {
			n = f.length
		}
		b = append(b, f.b0)
		switch form {
		case 0:
			b = append(b, mask|byte(n))
		case 2:
			b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
		case 8:
			b = binary.BigEndian.AppendUint64(append(b, mask|127), n)
		}
		if mask == 0 {
			b = append(b, f.payload...)
			continue
		}
		b = append(b, key[:]...)
		for i := range len(f.payload) {
			b = append(b, f.payload[i]^key[i%4])
		}
	}
	return b
}

// run gives b to r in pieces that cut makes, and tells what came of it: the events, and the error. Pieces of messages are joined; those of messages that did not end are left out.
func run(t testing.TB, r *ws.Reader, b []byte, cut func(left int) int) string {
	t.Helper()
	var log []string
	var joined []byte
	for len(b) > 0 {
		p := append([]byte(nil), b[:cut(len(b))]...)
		b = b[len(p):]
		for {
			ev, n, err := r.Next(p)
			if n > len(p) {
				t.Fatalf("%d bytes read of %d", n, len(p))
			}
			if err != nil {
				if _, _, again := r.Next(p); again != err {
					t.Fatalf("error %v, then %v", err, again)
				}
				if r.Held() != 0 {
					t.Errorf("%d bytes held after an error", r.Held())
				}
				return strings.Join(append(log, "! "+strings.TrimPrefix(err.Error(), "websocket: ")), "; ")
			}
			p = p[n:]
			if ev.Kind == ws.NoEvent {
				if len(p) > 0 {
					t.Fatalf("no event, %d bytes not read", len(p))
				}
				break
			}
			switch ev.Kind {
			case ws.DataEvent:
				if ev.First != (joined == nil) {
					t.Fatalf("piece %q: first is %v", ev.Data, ev.First)
				}
				joined = append(joined, ev.Data...)
				if joined == nil {
					joined = []byte{}
				}
				if ev.Final {
					log = append(log, tell(ev.Opcode.String(), joined))
					joined = nil
				}
			case ws.MessageEvent:
				log = append(log, tell(ev.Opcode.String(), ev.Data))
			case ws.CloseEvent:
				log = append(log, tell(fmt.Sprint("close ", uint16(ev.Code)), ev.Data))
			default:
				log = append(log, tell(ev.Opcode.String(), ev.Data))
			}
			for i := range ev.Data { // lent memory may be changed
				ev.Data[i] = 'X'
			}
		}
	}
	if r.Partial() {
		log = append(log, "...")
	}
	return strings.Join(log, "; ")
}

func tell(kind string, p []byte) string {
	if len(p) > 200 {
		return fmt.Sprintf("%s %d", kind, len(p))
	}
	return fmt.Sprintf("%s %q", kind, p)
}

func whole(left int) int    { return left }
func byByte(left int) int   { return 1 + left>>12 } // large pieces where there is much
func randomly(left int) int { return 1 + rand.IntN(min(left, 1+rand.IntN(40))) }

// every calls f for both roles, both ways of reading, and some ways of cutting.
func every(t *testing.T, f func(t *testing.T, role ws.Role, stream bool, cut func(int) int)) {
	for _, role := range []ws.Role{ws.Server, ws.Client} {
		for _, stream := range []bool{false, true} {
			for name, cut := range map[string]func(int) int{"whole": whole, "by byte": byByte, "randomly": randomly} {
				t.Run(fmt.Sprint(role, " ", name, map[bool]string{true: " stream"}[stream]), func(t *testing.T) { f(t, role, stream, cut) })
			}
		}
	}
}
