// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"encoding/binary"
	"unicode/utf8"
)

// quick is Next for the case that matters: a whole, plain message in one frame of less than 64 KiB, all of it there, and nothing half received before it. What is wrong is left
// to the long way, which may look at all of it again: a text that is not UTF-8 is masked again.
func (r *Reader) quick(p []byte) (ev Event, n int, ok bool) {
	if len(p) < 2 || p[0] != bitFinal|byte(Text) && p[0] != bitFinal|byte(Binary) || r.inFrame || r.message != 0 || r.headLen != 0 || r.lent || r.closed || r.err != nil || r.Stream {
		return ev, 0, false
	}
	length, n := int(p[1]&^bitMask), 2
	if length > maxControl {
		if length > 126 || len(p) < 4 {
			return ev, 0, false
		}
		if length, n = int(p[2])<<8|int(p[3]), 4; length <= maxControl {
			return ev, 0, false
		}
	}
	if l := r.Limits; l != nil && (l.Frame > 0 && int64(length) > l.Frame || l.Message > 0 && int64(length) > l.Message) {
		return ev, 0, false
	}
	var data []byte
	if r.Role == Server {
		if p[1]&bitMask == 0 || len(p)-n-4 < length {
			return ev, 0, false
		}
		key := binary.LittleEndian.Uint32(p[n:])
		n += 4
		data = p[n : n+length]
		Mask(key, data)
		if p[0] != bitFinal|byte(Binary) && !utf8.Valid(data) {
			Mask(key, data)
			return ev, 0, false
		}
	} else {
		if p[1]&bitMask != 0 || len(p)-n < length {
			return ev, 0, false
		}
		data = p[n : n+length]
		if p[0] != bitFinal|byte(Binary) && !utf8.Valid(data) {
			return ev, 0, false
		}
	}
	return Event{Kind: MessageEvent, Opcode: Opcode(p[0] & 0xf), First: true, Final: true, Data: data}, n + length, true
}
