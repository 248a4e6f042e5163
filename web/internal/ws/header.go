// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "encoding/binary"

const (
	bitFinal  = 0x80
	bitRSV1   = 0x40 // the message is compressed, RFC 7692 section 6
	bitsRSV   = 0x70
	bitMask   = 0x80
	maxHeader = 14

	// maxControl is the length in bytes of the longest payload of a control frame.
	maxControl = 125
)

// A Header is what stands before the payload of a frame (RFC 6455 section 5.2).
type Header struct {
	Opcode Opcode
	Final  bool
	// Reserved holds the three reserved bits in place: 0x40 is RSV1.
	Reserved byte
	Masked   bool
	// Key is the masking key, its first byte lowest, as [Mask] takes it.
	Key    uint32
	Length int64 // of the payload
}

// ParseHeader reads a header at the start of b, and returns its length. n is 0 if b ends before the header does. What is wrong in any frame is an error as soon as it can be
// seen: reserved opcodes, long or fragmented control frames, lengths in another than the shortest form. Masks and reserved bits are for the caller to judge.
func ParseHeader(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return h, 0, nil
	}
	h.Final, h.Reserved, h.Opcode = b[0]&bitFinal != 0, b[0]&bitsRSV, Opcode(b[0]&0xf)
	switch {
	case !h.Opcode.known():
		return h, 0, errOpcode
	case h.Opcode.IsControl() && !h.Final:
		return h, 0, errFragmented
	case len(b) == 1:
		return h, 0, nil
	}
	h.Masked, h.Length, n = b[1]&bitMask != 0, int64(b[1]&0x7f), 2
	if h.Length > maxControl {
		if h.Opcode.IsControl() {
			return h, 0, errControlSize
		}
		if h.Length == 126 {
			if n = 4; len(b) < n {
				return h, 0, nil
			}
			if h.Length = int64(binary.BigEndian.Uint16(b[2:])); h.Length <= maxControl {
				return h, 0, errMinimal
			}
		} else {
			if len(b) > 2 && b[2]&0x80 != 0 {
				return h, 0, errLength
			}
			if n = 10; len(b) < n {
				return h, 0, nil
			}
			if h.Length = int64(binary.BigEndian.Uint64(b[2:])); h.Length <= 0xffff {
				return h, 0, errMinimal
			}
		}
	}
	if h.Masked {
		if len(b) < n+4 {
			return h, 0, nil
		}
		h.Key = binary.LittleEndian.Uint32(b[n:])
		n += 4
	}
	return h, n, nil
}

// Size returns the number of bytes that Append appends.
func (h Header) Size() int {
	n := 2
	switch {
	case h.Length > 0xffff:
		n = 10
	case h.Length > maxControl:
		n = 4
	}
	if h.Masked {
		n += 4
	}
	return n
}

// Append appends h to dst. The payload follows; if h is masked, by way of [Mask].
func (h Header) Append(dst []byte) []byte {
	b0, b1 := byte(h.Opcode)|h.Reserved&bitsRSV, byte(0)
	if h.Final {
		b0 |= bitFinal
	}
	if h.Masked {
		b1 = bitMask
	}
	switch {
	case h.Length <= maxControl:
		dst = append(dst, b0, b1|byte(h.Length))
	case h.Length <= 0xffff:
		dst = append(dst, b0, b1|126, byte(h.Length>>8), byte(h.Length))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, b0, b1|127), uint64(h.Length))
	}
	if h.Masked {
		dst = binary.LittleEndian.AppendUint32(dst, h.Key)
	}
	return dst
}
